// Package report writes a [check.Report] in the forms that people and machines
// read: SARIF 2.1.0, Markdown, JUnit XML, GitLab Code Quality, annotations, a
// table for the console, and JSON. It is pure: a report in, bytes out, the same bytes for
// the same report.
//
// Reports quote remote text (header values, certificate names, URLs). Each
// form escapes it for its own medium: see escape.go.
package report

import (
	"slices"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// informationURI is where tlsgate is at home.
const informationURI = "https://github.com/tlsgate/tlsgate"

// A View is a report with what several formats derive from it, derived once.
type View struct {
	*check.Report
	rules      []check.Rule
	targets    []judged  // in the order they were declared
	findings   []finding // of all targets, those accepted or known apart
	accepted   []finding // those that a waiver accepts
	known      []finding // those that the baseline holds
	reported   []finding // those of SARIF: all but the accepted
	counts     check.Counts
	conclusion check.Conclusion
	roots      string   // that certificates were judged against
	proxies    string   // that connections went through; empty for none
	alerts     []*alert // of SARIF
	cut        int      // the number of alerts that SARIF has no room for
}

// NewView derives what the formats need of a report.
func NewView(r *check.Report) *View { return newView(r, check.Rules()) }

// A judged target is a result with its findings.
type judged struct {
	*check.Result
	findings, accepted, known []finding // in rule order
}

// A finding is one of a rule with where it belongs.
type finding struct {
	check.Finding
	rule   check.Rule
	order  int // of the rule among the rules; -1 if it is not one of them
	target fact.Target
	level  check.Level
}

func newView(r *check.Report, rules []check.Rule) *View {
	v := &View{Report: r, rules: rules, counts: r.Counts(), conclusion: r.Conclusion(), roots: rootsUsed(r), proxies: proxiesUsed(r)}
	for i := range r.Results {
		t := judged{Result: &r.Results[i]}
		for _, f := range findingsOf(r.Results[i], rules) {
			if f.Waived == nil {
				v.reported = append(v.reported, f)
			}
			switch {
			case f.Waived != nil:
				t.accepted = append(t.accepted, f)
			case f.Baseline.Known():
				t.known = append(t.known, f)
			default:
				t.findings = append(t.findings, f)
			}
		}
		v.targets = append(v.targets, t)
		v.findings = append(v.findings, t.findings...)
		v.accepted = append(v.accepted, t.accepted...)
		v.known = append(v.known, t.known...)
	}
	v.alerts, v.cut = v.mergeAlerts()
	return v
}

// findingsOf lists a target's findings. A rule that is not in the list, which
// only a report of another version can name, is taken for an error.
func findingsOf(res check.Result, rules []check.Rule) []finding {
	var out []finding
	for _, verdict := range res.Verdicts {
		if len(verdict.Findings) == 0 {
			continue
		}
		order := slices.IndexFunc(rules, func(r check.Rule) bool { return r.ID == verdict.Rule })
		rule := check.Rule{ID: text.Line(verdict.Rule), Level: check.Error}
		if order >= 0 {
			rule = rules[order]
		}
		for _, f := range verdict.Findings {
			level := f.Level
			if level.Rank() == 0 {
				level = rule.Level
			}
			out = append(out, finding{f, rule, order, res.Observation.Target, level})
		}
	}
	slices.SortStableFunc(out, func(a, b finding) int { return a.order - b.order })
	return out
}

// A standing is how a target stands under a requirement.
type standing int

const (
	unverified standing = iota
	passed
	failed
	accepted // all that fails is an accepted risk
	known    // all that fails is known by the baseline, or accepted
)

// standings are the words, icons and colours of each standing.
var standings = [...]struct{ word, icon, color string }{
	unverified: {"not verified", "⚠️", yellow},
	passed:     {"pass", "✅", green},
	failed:     {"fail", "❌", red},
	accepted:   {"accepted risk", "☑️", yellow},
	known:      {"known", "🕒", yellow},
}

// standing is how the target stands under a requirement.
func (t judged) standing(q check.Requirement) standing {
	for _, rv := range t.Requirements {
		switch {
		case rv.Requirement != q:
		case rv.State == check.Pass:
			return passed
		case rv.State == check.Fail && rv.Waived:
			return accepted
		case rv.State == check.Fail && rv.Known:
			return known
		case rv.State == check.Fail:
			return failed
		}
	}
	return unverified
}

// A waivedGroup is the findings that one waiver accepts.
type waivedGroup struct {
	check.Waiver
	findings []finding
}

// byWaiver groups the accepted findings, so that a waiver that covers many
// targets is listed once.
func (v *View) byWaiver() []*waivedGroup {
	var groups []*waivedGroup
	of := map[check.Waiver]*waivedGroup{}
	for _, f := range v.accepted {
		g := of[*f.Waived]
		if g == nil {
			g = &waivedGroup{Waiver: *f.Waived}
			of[*f.Waived] = g
			groups = append(groups, g)
		}
		g.findings = append(g.findings, f)
	}
	return groups
}
