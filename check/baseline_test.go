package check

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tlsgate/tlsgate/check/fact"
)

var (
	baselineMade = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	comparedAt   = baselineMade.AddDate(0, 0, 9)
)

// baselineTarget is a target by its URL and label.
func baselineTarget(t *testing.T, url, label string) fact.Target {
	t.Helper()
	target, err := fact.ParseTarget(url)
	if err != nil {
		t.Fatal(err)
	}
	target.Label = label
	return target
}

// ruleOf is a rule that gives one verdict.
func ruleOf(id string, v Verdict) Rule {
	return Rule{ID: id, Level: Error, Requirements: []Requirement{TLSOnly}, Check: func(*Evaluation) Verdict { return v }}
}

// reportOf is the report of one target that a rule judged.
func reportOf(target fact.Target, at time.Time, p Policy, r Rule) *Report {
	return NewReport("1.2.3", at, at, p, Shard{}, []Result{judge(fact.Observation{Target: target, At: at}, p, []Rule{r})})
}

func failed(findings ...Finding) Verdict { return Verdict{State: Fail, Findings: findings} }

// What the baseline holds is known; what is new, has new items or a higher
// level counts, whatever the label, scheme or host of a label has become.
func TestBaselineStanding(t *testing.T) {
	const legacy = "legacy-protocol"
	one := Finding{Message: "bad", Items: []string{"TLS 1.0"}}
	type side struct {
		url, label string
		finding    Finding
	}
	for name, tc := range map[string]struct {
		then, now side
		want      Standing
		known     bool
	}{
		"the same":                   {side{"https://a.example", "", one}, side{"https://a.example", "", one}, Standing{Since: baselineMade}, true},
		"fewer items":                {side{"https://a.example", "", Finding{Items: []string{"TLS 1.1", "TLS 1.0"}}}, side{"https://a.example", "", one}, Standing{Since: baselineMade}, true},
		"a new item":                 {side{"https://a.example", "", one}, side{"https://a.example", "", Finding{Items: []string{"TLS 1.1", "TLS 1.0"}}}, Standing{Since: baselineMade, NewItems: []string{"TLS 1.1"}}, false},
		"a higher level":             {side{"https://a.example", "", Finding{Level: Note}}, side{"https://a.example", "", Finding{}}, Standing{Since: baselineMade, Was: Note}, false},
		"a lower level":              {side{"https://a.example", "", Finding{}}, side{"https://a.example", "", Finding{Level: Note}}, Standing{Since: baselineMade}, true},
		"another part":               {side{"https://a.example", "", Finding{Distinct: "sid"}}, side{"https://a.example", "", Finding{Distinct: "lang"}}, Standing{}, false},
		"another port":               {side{"https://a.example", "", one}, side{"https://a.example:8443", "", one}, Standing{}, false},
		"the same port, written":     {side{"https://a.example", "", one}, side{"https://a.example:443/", "", one}, Standing{Since: baselineMade}, true},
		"another path":               {side{"https://a.example", "", one}, side{"https://a.example/b", "", one}, Standing{}, false},
		"another host":               {side{"https://a.example", "", one}, side{"https://b.example", "", one}, Standing{}, false},
		"another scheme":             {side{"http://a.example", "", one}, side{"https://a.example", "", one}, Standing{Since: baselineMade}, true},
		"a label's other host":       {side{"https://pr-1.example", "preview", one}, side{"https://pr-2.example", "preview", one}, Standing{Since: baselineMade}, true},
		"a label's other port":       {side{"https://pr-1.example", "preview", one}, side{"https://pr-2.example:444", "preview", one}, Standing{}, false},
		"a label's host in a URL":    {side{"https://pr-1.example", "preview", Finding{Distinct: "http://pr-1.example/x"}}, side{"https://pr-2.example", "preview", Finding{Distinct: "http://pr-2.example/x"}}, Standing{Since: baselineMade}, true},
		"a redirect elsewhere":       {side{"https://a.example", "", Finding{Distinct: "http://a.example/x"}}, side{"https://a.example", "", Finding{Distinct: "http://b.example/x"}}, Standing{}, false},
		"another label":              {side{"https://a.example", "old", one}, side{"https://a.example", "new", one}, Standing{Since: baselineMade}, true},
		"a label gained":             {side{"https://a.example", "", one}, side{"https://a.example", "new", one}, Standing{Since: baselineMade}, true},
		"a label lost":               {side{"https://a.example", "old", one}, side{"https://a.example", "", one}, Standing{Since: baselineMade}, true},
		"a host called like a label": {side{"https://preview", "", one}, side{"https://pr-2.example", "preview", one}, Standing{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			earlier := reportOf(baselineTarget(t, tc.then.url, tc.then.label), baselineMade, Policy{}, ruleOf(legacy, failed(tc.then.finding)))
			p := Policy{Baseline: NewBaseline(earlier)}
			r := reportOf(baselineTarget(t, tc.now.url, tc.now.label), comparedAt, p, ruleOf(legacy, failed(tc.now.finding)))
			f := r.Results[0].Verdicts[0].Findings[0]
			if d := cmp.Diff(&tc.want, f.Baseline); d != "" {
				t.Errorf("standing (-want +got)\n%s", d)
			}
			if f.Baseline.Known() != tc.known || f.Counts() == tc.known {
				t.Errorf("known: %t", f.Baseline.Known())
			}
			if got := r.Results[0].Requirements[0]; got.State != Fail && f.Level == "" || got.Known != (tc.known && f.Level == "") {
				t.Errorf("requirement %+v", got)
			}
			if c := r.Counts(); tc.known && (c.Known != 1 || c.Violations+c.Errors+c.Notes != 0) {
				t.Errorf("counts %+v", c)
			}
		})
	}
}

// An accepted risk ends with its waiver, and what was not verified is known to
// nobody; what was known before keeps its date.
func TestNewBaseline(t *testing.T) {
	target := baselineTarget(t, "https://a.example", "")
	waived := Finding{Waived: &Waiver{}}
	old := Finding{Baseline: &Standing{Since: baselineMade.AddDate(0, -1, 0)}}
	r := NewReport("1.2.3", baselineMade, baselineMade, Policy{}, Shard{}, []Result{{
		Observation: fact.Observation{Target: target},
		Verdicts: []RuleVerdict{
			{"weak-key", failed(waived)}, {notVerifiedID, failed(Finding{})}, {"hsts-missing", failed(old)}, {"weak-signature", failed(Finding{})},
		},
	}})
	want := []BaselineTarget{{URL: "https://a.example/", Findings: []BaselineEntry{
		{Rule: "hsts-missing", Level: Warning, Since: baselineMade.AddDate(0, -1, 0)},
		{Rule: "weak-signature", Level: Error, Since: baselineMade},
	}}}
	if d := cmp.Diff(want, NewBaseline(r).Targets); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// What was not verified stays so, whatever a baseline holds.
func TestNoBaselineHoldsNotVerified(t *testing.T) {
	b := &Baseline{Made: baselineMade, Targets: []BaselineTarget{{URL: "https://a.example/", Findings: []BaselineEntry{{Rule: notVerifiedID, Level: Error, Since: baselineMade}}}}}
	r := reportOf(baselineTarget(t, "https://a.example", ""), comparedAt, Policy{Baseline: b}, ruleOf(notVerifiedID, failed(Finding{})))
	if f := r.Results[0].Verdicts[0].Findings[0]; f.Baseline != nil || !f.Counts() {
		t.Errorf("%+v", f)
	}
	if r.Conclusion() != NotVerified {
		t.Error(r.Conclusion())
	}
}

// What a rule no longer finds is gone only if the rule was judged to the end.
func TestDifference(t *testing.T) {
	a := baselineTarget(t, "https://a.example", "")
	earlier := reportOf(a, baselineMade, Policy{}, ruleOf("insecure-cookie", failed(Finding{Distinct: "sid"})))
	p := Policy{Baseline: NewBaseline(earlier)}
	absent := func(reason string) []Absent {
		return []Absent{{Rule: "insecure-cookie", Target: "https://a.example/", Distinct: "sid", Since: baselineMade, Reason: reason}}
	}
	for name, tc := range map[string]struct {
		rule Rule
		want Difference
	}{
		"still there":          {ruleOf("insecure-cookie", failed(Finding{Distinct: "sid"})), Difference{}},
		"passed":               {ruleOf("insecure-cookie", Verdict{State: Pass}), Difference{Gone: absent("")}},
		"another":              {ruleOf("insecure-cookie", failed(Finding{Distinct: "lang"})), Difference{Gone: absent("")}},
		"another, and unknown": {ruleOf("insecure-cookie", Verdict{State: Fail, Reasons: []string{"no answer"}, Findings: []Finding{{Distinct: "lang"}}}), Difference{NotSeen: absent("no answer")}},
		"unknown":              {ruleOf("insecure-cookie", Verdict{Reasons: []string{"no answer"}}), Difference{NotSeen: absent("no answer")}},
		"not applicable":       {ruleOf("insecure-cookie", notApplicable("no page")), Difference{NotSeen: absent("no page")}},
		"no such rule":         {ruleOf("weak-key", Verdict{State: Pass}), Difference{NotSeen: absent("this version has no such rule")}},
	} {
		tc.want.Made = baselineMade
		if d := cmp.Diff(&tc.want, reportOf(a, comparedAt, p, tc.rule).Difference); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
	other := baselineTarget(t, "https://b.example", "")
	if d := cmp.Diff(&Difference{Made: baselineMade, Unchecked: []string{"https://a.example/"}}, reportOf(other, comparedAt, p, ruleOf("weak-key", Verdict{})).Difference); d != "" {
		t.Errorf("unchecked (-want +got)\n%s", d)
	}
	if d := NewReport("1.2.3", comparedAt, comparedAt, p, Shard{Index: 1, Count: 2}, nil).Difference; len(d.Unchecked) > 0 {
		t.Errorf("a shard misses the targets of others: %q", d.Unchecked)
	}
}

// Judged again from its JSON form, a report with a baseline is the same.
func TestBaselineReplays(t *testing.T) {
	a := baselineTarget(t, "https://a.example", "")
	p := Policy{Baseline: NewBaseline(NewReport("1.2.3", baselineMade, baselineMade, Policy{}, Shard{}, []Result{Judge(fact.Observation{Target: a, At: baselineMade, Resolution: fact.Resolution{Outcome: fact.Failed}}, Policy{})}))}
	p.Baseline.Targets = append(p.Baseline.Targets, BaselineTarget{URL: "https://a.example/", Findings: []BaselineEntry{{Rule: "weak-key", Level: Error, Since: baselineMade}}})
	r := NewReport("1.2.3", comparedAt, comparedAt, p, Shard{}, []Result{Judge(fact.Observation{Target: a, At: comparedAt}, p)})
	first, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var read Report
	if err := json.Unmarshal(first, &read); err != nil {
		t.Fatal(err)
	}
	merged, err := Merge("1.2.3", []*Report{&read}, func(*Policy) {})
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(merged)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, again) {
		t.Errorf("(-first +again)\n%s", cmp.Diff(string(first), string(again)))
	}
}

// Shards that were compared with one baseline give, merged, the difference of
// a single run.
func TestMergedShardsDiffer(t *testing.T) {
	var targets []fact.Target
	for _, host := range []string{"a.example", "b.example", "c.example", "d.example"} {
		targets = append(targets, baselineTarget(t, "https://"+host, ""))
	}
	p := Policy{Baseline: &Baseline{Made: baselineMade}}
	for _, target := range append(targets, baselineTarget(t, "https://dropped.example", "")) {
		p.Baseline.Targets = append(p.Baseline.Targets, BaselineTarget{URL: target.HTTPS(), Findings: []BaselineEntry{{Rule: "weak-key", Level: Error, Since: baselineMade}}})
	}
	run := func(targets []fact.Target, s Shard) *Report {
		var results []Result
		for _, target := range targets {
			results = append(results, Judge(fact.Observation{Target: target, At: comparedAt}, p))
		}
		return NewReport("1.2.3", comparedAt, comparedAt, p, s, results)
	}
	var shards []*Report
	for i := range 3 {
		shards = append(shards, run(Share(targets, i+1, 3)))
	}
	merged, err := Merge("1.2.3", shards, func(*Policy) {})
	if err != nil {
		t.Fatal(err)
	}
	want := run(targets, Shard{}).Difference
	if len(want.NotSeen) != 4 || len(want.Unchecked) != 1 {
		t.Fatalf("of one run: %+v", want)
	}
	byTarget := cmpopts.SortSlices(func(a, b Absent) bool { return a.Target < b.Target })
	if d := cmp.Diff(want, merged.Difference, byTarget); d != "" {
		t.Errorf("(-one run +merged)\n%s", d)
	}
}
