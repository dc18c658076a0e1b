package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
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

// Annotations gives a roll-up of the report, then its notices and findings: at
// most 9 errors and 10 warnings. What was declared in a file stands there.
func (v *View) Annotations() []Annotation {
	room := map[check.Level]int{check.Error: maxErrorAnnotations, check.Warning: maxWarningAnnotations}
	var notices, findings []Annotation
	for _, n := range v.Notices[:min(len(v.Notices), maxWarningAnnotations)] {
		room[check.Warning]--
		notices = append(notices, noticeAnnotation(n))
	}
	for _, level := range []check.Level{check.Error, check.Warning} {
		for _, f := range v.findings {
			if f.level == level && room[level] > 0 {
				room[level]--
				findings = append(findings, f.annotation())
			}
		}
	}
	rollUp := v.rollUp(len(v.findings)-len(findings), len(v.Notices)-len(notices))
	return slices.Concat([]Annotation{rollUp}, notices, findings)
}

// rollUp is the report in one annotation: an error if the run fails. Hidden
// are the numbers of findings and notices that are not annotated.
func (v *View) rollUp(hiddenFindings, hiddenNotices int) Annotation {
	a := Annotation{Level: "notice", Title: "tlsgate: " + v.verdictWord(), Message: v.tally() + "."}
	if v.ExitCode() != 0 {
		a.Level = "error"
	}
	if s := v.difference(); s != "" {
		a.Message += " " + s
	}
	if s := v.shard(); s != "" {
		a.Message = s + " " + a.Message
	}
	if hiddenFindings > 0 {
		a.Message += fmt.Sprintf(" %s not annotated; see the job summary for all.", text.Count(hiddenFindings, "finding"))
	}
	if hiddenNotices > 0 {
		a.Message += fmt.Sprintf(" %s not annotated; see the job summary for all.", text.Count(hiddenNotices, "notice"))
	}
	a.Message += " " + v.roots
	return a
}

// noticeAnnotation is a notice at the line that it is about.
func noticeAnnotation(n check.Notice) Annotation {
	a := Annotation{Level: "warning", Title: "tlsgate", Message: defuse(text.Line(text.Clip(n.Text, maxMessage)))}
	a.stand(n.Place)
	return a
}

// annotation is a finding at the first file that declares its target.
func (f finding) annotation() Annotation {
	a := Annotation{
		Level: string(f.level),
		Title: f.rule.ID + " (" + requirements(f.rule) + ")",
		Message: defuse(text.Line(fmt.Sprintf("%s: %s", f.target.URL(), text.Clip(f.Message, maxMessage))) +
			"\nHow to fix: " + cmp.Or(f.rule.Remediation.Text, "see "+ruleURI(f.rule.ID))),
	}
	for _, p := range f.target.Places {
		if a.stand(p) {
			break
		}
	}
	return a
}

// stand puts the annotation at a place, if it is one that GitHub can show. A
// file's name is printed as it is, so one that could drive a runner or a
// terminal is no such place.
func (a *Annotation) stand(p fact.Place) bool {
	if !linkable(p) || Line(p.File) != p.File {
		return false
	}
	a.File, a.Line = p.File, p.Line
	return true
}
