package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check"
)

// baselineReport has findings that are new, worse and known to its baseline,
// and the baseline has some that are gone, not seen and not checked.
func baselineReport(t testing.TB) *check.Report {
	made := checked.AddDate(0, 0, -12)
	older := made.AddDate(0, -1, 0)
	r := violatedReport(t)
	r.Policy.Roots = nil
	r.Policy.Baseline = &check.Baseline{Made: made}
	standings := map[string]*check.Standing{
		"cleartext-content":    {Since: made},
		"hsts-missing":         {Since: older},
		"redirect-downgrade":   {},
		"untrusted-root":       {Since: made, Was: check.Warning, NewItems: []string{"a", "b"}},
		"address-not-verified": {},
	}
	for i := range r.Results {
		for j := range r.Results[i].Verdicts {
			v := &r.Results[i].Verdicts[j]
			for k := range v.Findings {
				v.Findings[k].Baseline = standings[v.Rule]
			}
		}
	}
	for i := range 2 {
		r.Results[i].Requirements[0].Known = true
	}
	r.Difference = &check.Difference{
		Made:      made,
		Gone:      []check.Absent{{Rule: "hsts-missing", Target: "https://old.example/", Distinct: "<|distinct|>", Since: older}},
		NotSeen:   []check.Absent{{Rule: "untrusted-root", Target: "https://shop.example/", Since: made, Reason: "connection refused"}},
		Unchecked: []string{"https://dropped.example/"},
	}
	return r
}

// Known findings stay in SARIF: the log is that of a run without a baseline.
func TestBaselineChangesNoSARIF(t *testing.T) {
	with := baselineReport(t)
	without := violatedReport(t)
	without.Policy.Roots = nil
	a, err := newView(with, testRules).SARIF("")
	if err != nil {
		t.Fatal(err)
	}
	b, err := newView(without, testRules).SARIF("")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the baseline changed the SARIF log")
	}
}

// Only what is new or worse is annotated, and the difference stands first.
func TestBaselineFirst(t *testing.T) {
	v := newView(baselineReport(t), testRules)
	const difference = "Compared with the baseline of 2026-11-08: 2 new findings, 1 worse, 3 known, 1 gone, 1 not seen today; 1 target of the baseline not checked."
	for _, a := range v.Annotations()[1:] {
		if strings.HasPrefix(a.Title, "cleartext-content") || strings.HasPrefix(a.Title, "hsts-missing") {
			t.Errorf("a known finding is annotated: %+v", a)
		}
	}
	if a := v.Annotations()[0]; !strings.Contains(a.Message, difference) {
		t.Errorf("roll-up: %q", a.Message)
	}
	if _, after, _ := strings.Cut(string(v.Console(ConsoleOptions{})), "\n\n"); !strings.HasPrefix(after, difference) {
		t.Errorf("console: %q", after)
	}
	summary := string(v.Summary())
	if at := strings.Index(summary, "## Compared with the baseline"); at < 0 || at > strings.Index(summary, "## Targets") {
		t.Error("the summary does not begin with the difference")
	}
}
