package input

import (
	"fmt"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/report"
)

// An Output is a step output of the Action.
type Output struct {
	Name string
	// Meaning says in one phrase what it is.
	Meaning string

	value func(Outcome) string
}

// An Outcome is what outputs are made of.
type Outcome struct {
	Report *check.Report
	// Files are the files that were written, relative to the workspace, by the
	// input that names them.
	Files map[string]string
}

// Value is the output's value.
func (o Output) Value(of Outcome) string { return o.value(of) }

// Outputs declares every output, in the order of action.yml and the README.
func Outputs() []Output {
	outputs := []Output{
		{"verdict", "pass, fail or not-verified", func(o Outcome) string { return string(o.Report.Conclusion()) }},
		{"violations", "number of findings at or above fail-on, except target-not-verified",
			count(func(c check.Counts) int { return c.Violations })},
		{"warnings", "number of findings with the level warning", count(func(c check.Counts) int { return c.Warnings })},
		{"not-verified", "number of targets with a requirement that could not be verified",
			count(func(c check.Counts) int { return c.NotVerified })},
		{"targets", "number of targets", count(func(c check.Counts) int { return c.Targets })},
	}
	for _, f := range report.Formats() {
		if f.Output != "" {
			outputs = append(outputs, Output{f.Input, f.Output, func(o Outcome) string { return o.Files[f.Input] }})
		}
	}
	return outputs
}

func count(of func(check.Counts) int) func(Outcome) string {
	return func(o Outcome) string { return fmt.Sprint(of(o.Report.Counts())) }
}
