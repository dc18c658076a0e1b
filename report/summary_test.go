package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check"
)

const maxSummary = 900 << 10

var details = regexp.MustCompile(`</?details>`)

// readable fails for a summary that is too long or leaves a fold or a fence
// open.
func readable(t *testing.T, md string) {
	t.Helper()
	if len(md) >= maxSummary {
		t.Errorf("%d bytes, want under %d", len(md), maxSummary)
	}
	depth := 0
	for _, tag := range details.FindAllString(md, -1) {
		if tag == "<details>" {
			depth++
		} else {
			depth--
		}
		if depth < 0 {
			t.Fatal("a fold is closed that was not opened")
		}
	}
	if depth != 0 {
		t.Errorf("%d folds are left open", depth)
	}
	if n := len(regexp.MustCompile("(?m)^```").FindAllString(md, -1)); n%2 != 0 {
		t.Error("a fence is left open")
	}
}

func TestSummaryOf500Targets(t *testing.T) {
	md := string(newView(manyReport(t, 500), testRules).summary(SummaryOptions{Cut: 7}))
	readable(t, md)
	for _, want := range []string{
		"333 errors, 666 warnings and 0 notes at 500 targets; 0 not verified.",
		"The SARIF log holds the 5000 worst results; 7 more had no room in it.",
		"<details><summary>167 targets passed without a finding</summary>",
		"certificates that end no sooner.",
		"Not drawn: 328 targets.",
	} {
		if !strings.Contains(md, want) {
			t.Errorf("the summary does not say %q", want)
		}
	}
	for i := range 500 {
		if host := fmt.Sprintf("host%04d.example/</code> |", i); !strings.Contains(md, host) {
			t.Fatalf("target %d is not in the matrix", i)
		}
	}
}

// Nothing that grows with the report may break the bound.
func TestSummaryOfTheWorst(t *testing.T) {
	long := strings.Repeat("<|`*", 1000)
	r := manyReport(t, 300)
	for i := range r.Results {
		res := &r.Results[i]
		res.Observation.Target.Path = "/" + long
		res.Observation.Target.Label = long
		for range 3 {
			res.Observation.Target.Places = append(res.Observation.Target.Places, check.Place{File: long, Line: 1})
		}
		for j := range res.Verdicts {
			res.Verdicts[j].Reason = fmt.Sprint(i, long)
		}
	}
	md := string(newView(r, testRules).summary(SummaryOptions{}))
	readable(t, md)
	for _, thing := range []string{"targets", "findings", "reasons"} {
		if !regexp.MustCompile(`\n\d+ ` + thing + ` left out here for want of room; the JSON report has all\.\n`).MatchString(md) {
			t.Errorf("the summary does not say how many %s it leaves out", thing)
		}
	}
}

func TestSummaryOfGoldens(t *testing.T) {
	for _, g := range goldens {
		readable(t, string(newView(g.report(t), testRules).summary(SummaryOptions{})))
	}
}

// The worst comes first: what failed, then what is not known, then the rest.
func TestMatrixOrder(t *testing.T) {
	good, warned := sound(t, target("good.example"), "192.0.2.1"), sound(t, target("warned.example"), "192.0.2.2")
	fail(&warned, "hsts-missing", check.Finding{Message: "No."})
	unknown := sound(t, target("unknown.example"), "192.0.2.3")
	unknown.Requirements = nil
	bad := sound(t, target("bad.example"), "192.0.2.4")
	bad.Requirements = requirementStates(check.Pass, check.Fail)
	md := string(newView(newReport(good, warned, unknown, bad), testRules).summary(SummaryOptions{}))
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^\| <code>https&#58;//(\w+)\.example/</code>`).FindAllStringSubmatch(md, -1) {
		got = append(got, m[1])
	}
	if want := "bad unknown warned good"; strings.Join(got, " ") != want {
		t.Errorf("order %q, want %q", got, want)
	}
}
