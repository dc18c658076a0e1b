package deliver

import (
	"errors"
	"fmt"
	"io"
	"os"
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

// Annotate writes annotations as workflow commands to the log, until one
// cannot be written.
func (j *Job) Annotate(annotations []report.Annotation) error {
	for _, a := range annotations {
		props := githubactions.CommandProperties{"title": a.Title}
		if a.File != "" {
			props["file"] = a.File
			props["line"] = fmt.Sprint(max(a.Line, 1))
		}
		command := &githubactions.Command{Name: a.Level, Message: a.Message, Properties: props}
		if err := guard("annotations", func() { j.action.IssueCommand(command) }); err != nil {
			return err
		}
	}
	return nil
}

// Summarize appends Markdown to the step summary.
func (j *Job) Summarize(markdown string) error {
	return j.toFile("GITHUB_STEP_SUMMARY", func() { j.action.AddStepSummary(markdown) })
}

// An Output is a step output.
type Output struct{ Name, Value string }

// Output sets step outputs: all of them or none.
func (j *Job) Output(outputs []Output) error {
	return j.toFile("GITHUB_OUTPUT", func() {
		for _, o := range outputs {
			j.action.SetOutput(o.Name, strings.NewReplacer("\r", " ", "\n", " ").Replace(o.Value))
		}
	})
}

// toFile appends to the file that an environment variable names. Where that
// fails half way, the file is left as it was: a runner fails the step for half
// an output.
func (j *Job) toFile(variable string, write func()) error {
	name := j.getenv(variable)
	if name == "" {
		return fmt.Errorf("%s is not set", variable)
	}
	before, statErr := os.Stat(name)
	err := guard(variable, write)
	if err != nil && statErr == nil && before.Mode().IsRegular() {
		err = errors.Join(err, os.Truncate(name, before.Size()))
	}
	return err
}

// guard makes an error of the library's panics, which it has where it cannot
// write.
func guard(what string, write func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %v", what, p)
		}
	}()
	write()
	return nil
}
