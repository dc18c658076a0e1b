package deliver

import (
	"fmt"
	"io"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/tlsgate/tlsgate/report"
)

// A Job is the GitHub Actions job that the program runs in.
type Job struct {
	action *githubactions.Action
	getenv func(string) string
}

// NewJob is the job whose log is w and whose environment getenv reads.
func NewJob(w io.Writer, getenv func(string) string) *Job {
	return &Job{githubactions.New(githubactions.WithWriter(w), githubactions.WithGetenv(getenv)), getenv}
}

// Annotate writes annotations as workflow commands to the log.
func (j *Job) Annotate(annotations []report.Annotation) {
	for _, a := range annotations {
		props := githubactions.CommandProperties{"title": a.Title}
		if a.File != "" {
			props["file"] = a.File
			props["line"] = fmt.Sprint(max(a.Line, 1))
		}
		j.action.IssueCommand(&githubactions.Command{Name: a.Level, Message: a.Message, Properties: props})
	}
}

// Summarize appends Markdown to the step summary.
func (j *Job) Summarize(markdown string) error {
	return j.toFile("GITHUB_STEP_SUMMARY", func() { j.action.AddStepSummary(markdown) })
}

// An Output is a step output.
type Output struct{ Name, Value string }

// Output sets step outputs.
func (j *Job) Output(outputs []Output) error {
	return j.toFile("GITHUB_OUTPUT", func() {
		for _, o := range outputs {
			j.action.SetOutput(o.Name, strings.NewReplacer("\r", " ", "\n", " ").Replace(o.Value))
		}
	})
}

// toFile writes to the file that an environment variable names. The library
// panics where that cannot be done; here it is an error.
func (j *Job) toFile(variable string, write func()) (err error) {
	if j.getenv(variable) == "" {
		return fmt.Errorf("%s is not set", variable)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %v", variable, p)
		}
	}()
	write()
	return nil
}
