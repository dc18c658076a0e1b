package report

import (
	"cmp"
	"fmt"

	"github.com/tlsgate/tlsgate/check"
)

// GitHub shows ten annotations of each level from a step; the roll-up takes
// the place of one error.
const (
	maxErrorAnnotations   = 9
	maxWarningAnnotations = 10
)

// An Annotation is a message that GitHub shows with a run, and at a line of a
// pull request where it names one. Its remote text is on one line and breaks
// out of no log; who writes it as a workflow command escapes it for that.
type Annotation struct {
	Level   string // "error", "warning" or "notice"
	Title   string
	File    string // relative to the workspace; empty for none
	Line    int    // from 1; 0 for none
	Message string
}

// Annotations gives a roll-up of the report, then the findings: at most 9
// errors and 10 warnings. Those of a target declared in a file stand there.
func Annotations(r *check.Report) []Annotation {
	return newView(r, check.Rules()).annotations()
}

func (v *view) annotations() []Annotation {
	room := map[check.Level]int{check.Error: maxErrorAnnotations, check.Warning: maxWarningAnnotations}
	var findings []Annotation
	for _, level := range []check.Level{check.Error, check.Warning} {
		for _, f := range v.violations {
			if f.level == level && room[level] > 0 {
				room[level]--
				findings = append(findings, f.annotation())
			}
		}
	}
	return append([]Annotation{v.rollUp(len(findings))}, findings...)
}

// rollUp is the report in one annotation: an error if the run fails.
func (v *view) rollUp(shown int) Annotation {
	a := Annotation{Level: "notice", Title: "tlsgate: " + v.verdictWord(), Message: v.tally() + "."}
	if v.ExitCode() != 0 {
		a.Level = "error"
	}
	if hidden := len(v.violations) - shown; hidden > 0 {
		a.Message += fmt.Sprintf(" %s not annotated here; the job summary has all.", plural(hidden, "finding"))
	}
	if note := v.customRoots(); note != "" {
		a.Message += " " + note
	}
	return a
}

// annotation is a finding at the first file that declares its target.
func (f violation) annotation() Annotation {
	a := Annotation{
		Level: string(f.level),
		Title: f.rule.ID + " (" + requirements(f.rule) + ")",
		Message: defuse(plain(fmt.Sprintf("%s: %s", f.target.URL(), check.Clip(f.Message, maxMessage))) +
			"\nHow to mend it: " + cmp.Or(f.rule.Mend.Text, "see "+ruleURI(f.rule.ID))),
	}
	for _, p := range f.target.Places {
		if linkable(p) {
			a.File, a.Line = p.File, p.Line
			break
		}
	}
	return a
}
