// Package report writes a [check.Report] in the forms that people and machines
// read: SARIF 2.1.0, a GitHub job summary, annotations, a table for the
// console, and JSON. It is pure: a report in, bytes out, the same bytes for
// the same report.
//
// Reports quote remote text (header values, certificate names, URLs). Each
// form escapes it for its own medium: see escape.go.
package report

import (
	"fmt"
	"slices"

	"github.com/tlsgate/tlsgate/check"
)

// informationURI is where tlsgate is at home.
const informationURI = "https://github.com/tlsgate/tlsgate"

// A view is a report with what several formats derive from it, derived once.
type view struct {
	*check.Report
	rules      []check.Rule
	targets    []judged    // in the order they were declared
	violations []violation // of all targets
	counts     check.Counts
	conclusion check.Conclusion
}

// A judged target is a result with its findings.
type judged struct {
	check.Result
	violations []violation // in rule order
}

// A violation is a finding with where it belongs.
type violation struct {
	check.Finding
	rule   check.Rule
	order  int // of the rule among the rules; -1 if it is not one of them
	target check.Target
	level  check.Level
}

func newView(r *check.Report, rules []check.Rule) *view {
	v := &view{Report: r, rules: rules, counts: r.Counts(), conclusion: r.Conclusion()}
	for _, res := range r.Results {
		t := judged{res, violations(res, rules)}
		v.targets = append(v.targets, t)
		v.violations = append(v.violations, t.violations...)
	}
	return v
}

// violations lists a target's findings. A rule that is not in the list, which
// only a report of another version can name, is taken for an error.
func violations(res check.Result, rules []check.Rule) []violation {
	var out []violation
	for _, verdict := range res.Verdicts {
		order := slices.IndexFunc(rules, func(r check.Rule) bool { return r.ID == verdict.Rule })
		rule := check.Rule{ID: verdict.Rule, Level: check.Error}
		if order >= 0 {
			rule = rules[order]
		}
		for _, f := range verdict.Findings {
			level := f.Level
			if level.Rank() == 0 {
				level = rule.Level
			}
			out = append(out, violation{f, rule, order, res.Observation.Target, level})
		}
	}
	slices.SortStableFunc(out, func(a, b violation) int { return a.order - b.order })
	return out
}

// tally is the report in one sentence, without a full stop.
func (v *view) tally() string {
	c := v.counts
	return fmt.Sprintf("%s, %s and %s at %s; %d not verified",
		plural(c.Errors, "error"), plural(c.Warnings, "warning"), plural(c.Notes, "note"),
		plural(c.Targets, "target"), c.NotVerified)
}

// verdictWord is the conclusion as it is said to people.
func (v *view) verdictWord() string {
	switch v.conclusion {
	case check.Passed:
		return "pass"
	case check.Violated:
		return "fail"
	}
	return "not verified"
}

// state is the target's state under a requirement.
func (t judged) state(q check.Requirement) check.State {
	for _, rv := range t.Requirements {
		if rv.Requirement == q {
			return rv.State
		}
	}
	return check.Unknown
}

// stateWord is a requirement's state as it is said to people.
func stateWord(s check.State) string {
	switch s {
	case check.Pass:
		return "pass"
	case check.Fail:
		return "fail"
	}
	return "not verified"
}

// declared lists the files that declare a target, each with its line:
// "deploy/urls.txt:3". A place in no file says nothing that helps.
func declared(t check.Target) []string {
	var out []string
	for _, p := range t.Places {
		switch {
		case p.File != "" && p.Line > 0:
			out = append(out, fmt.Sprintf("%s:%d", p.File, p.Line))
		case p.File != "":
			out = append(out, p.File)
		}
	}
	return out
}

// plural counts things: "1 target", "2 targets".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
