package report

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/text"
)

// The elements of JUnit XML that are written, with the attributes that the
// schemas of Jenkins (junit-10.xsd) and of Maven Surefire have in common.
type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"` // in seconds; Surefire's schema wants one
		Failure *junitProblem `xml:"failure"`
		Skipped *junitProblem `xml:"skipped"`
		Error   *junitProblem `xml:"error"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report as JUnit XML: a test suite for each target, and
// in it a test case for each rule that applies. A failure is at or above the
// level that fails the run; what was not verified is an error. One test suite is
// in memory at a time.
func (v *View) WriteJUnit(w io.Writer) error {
	var tests, failures, errors int
	for _, t := range v.targets {
		s := v.junitSuite(t)
		tests += s.Tests
		failures += s.Failures
		errors += s.Errors
	}
	out := errWriter{w: w}
	out.write(fmt.Appendf(nil, "%s<testsuites name=\"tlsgate\" tests=\"%d\" failures=\"%d\" errors=\"%d\">", xml.Header, tests, failures, errors))
	for _, t := range v.targets {
		suite, err := xml.MarshalIndent(v.junitSuite(t), " ", " ")
		if err != nil {
			return err
		}
		out.write([]byte("\n"), bytes.ReplaceAll(suite, []byte("##["), []byte("#&#35;[")))
	}
	if len(v.targets) > 0 {
		out.write([]byte("\n"))
	}
	out.write([]byte("</testsuites>\n"))
	return out.err
}

// junitSuite is the test suite of one target.
func (v *View) junitSuite(t judged) junitSuite {
	url := text.Line(text.Clip(t.Observation.Target.URL(), maxMessage))
	if t.Observation.Target.Label != "" {
		url += " (" + text.Line(t.Observation.Target.Label) + ")"
	}
	s := junitSuite{Name: url}
	for _, verdict := range t.Verdicts {
		if verdict.State == check.NotApplicable {
			continue
		}
		c := v.junitCase(t, verdict)
		c.Name += " at " + url
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}

// junitCase is the test case of one rule.
func (v *View) junitCase(t judged, verdict check.RuleVerdict) junitCase {
	c := junitCase{Name: text.Line(verdict.Rule), Class: "tlsgate", Time: "0"}
	var failing, milder, excused []string
	level := check.Note
	of := func(fs []finding) (of []finding) {
		for _, f := range fs {
			if f.rule.ID == c.Name {
				of = append(of, f)
			}
		}
		return of
	}
	for _, f := range of(t.findings) {
		line := string(f.level) + ": " + junitText(f.Message)
		if f.level.Rank() < v.Policy.Threshold().Rank() {
			milder = append(milder, line)
			continue
		}
		failing = append(failing, line)
		if f.level.Rank() > level.Rank() {
			level = f.level
		}
	}
	for _, f := range of(t.accepted) {
		excused = append(excused, "accepted risk: "+junitText(f.Message))
	}
	for _, f := range of(t.known) {
		excused = append(excused, "known: "+junitText(f.Message))
	}
	switch {
	case v.notVerified(verdict):
		c.Error = newProblem("not-verified", cmp.Or(strings.Join(append(failing, milder...), "\n"), "not verified"))
	case len(failing) > 0:
		c.Failure = newProblem(string(level), strings.Join(append(failing, milder...), "\n")+"\n"+remediationOf(v.rules, verdict.Rule))
	case len(milder) > 0:
		c.Output = strings.Join(append(milder, excused...), "\n")
	case len(excused) > 0:
		c.Skipped = &junitProblem{Message: strings.Join(excused, " ")}
	case verdict.State == check.Unknown:
		c.Skipped = &junitProblem{Message: "unknown: " + junitText(verdict.Reason())}
	}
	return c
}

// notVerified reports whether a verdict is that a target was not verified.
func (v *View) notVerified(verdict check.RuleVerdict) bool {
	return !check.Waivable(verdict.Rule) && verdict.State == check.Fail
}

// newProblem is a failure or an error: a message of one line, and all of it.
func newProblem(kind, all string) *junitProblem {
	first, _, _ := strings.Cut(all, "\n")
	return &junitProblem{Message: first, Type: kind, Text: all}
}

// remediationOf says how to fix a failure of a rule.
func remediationOf(rules []check.Rule, id string) string {
	for _, r := range rules {
		if r.ID == id {
			return "How to fix: " + cmp.Or(r.Remediation.Text, "see "+ruleURI(id))
		}
	}
	return fmt.Sprintf("This version of tlsgate does not know the rule %s.", text.Line(id))
}

// junitText is remote text on one line; encoding/xml escapes what is active.
func junitText(s string) string { return text.Line(text.Clip(s, maxMessage)) }
