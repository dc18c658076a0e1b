package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
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
	v := newView(manyReport(t, 500), testRules)
	v.cut = 7
	md := string(v.Summary())
	readable(t, md)
	const most = 400 << 10 // a run page with more is slow to open
	if len(md) >= most {
		t.Errorf("%d bytes, want under %d", len(md), most)
	}
	for _, want := range []string{
		"333 errors, 666 warnings and 0 notes at 500 targets; 0 not verified.",
		"The SARIF file has the 5000 most severe results; 7 more are omitted (size limit).",
		"<details><summary>167 targets passed without findings</summary>",
		"certificates that expire later.",
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
	md := string(newView(everythingFails(150, strings.Repeat("<|`*", 1000)), check.Rules()).Summary())
	readable(t, md)
	for _, thing := range []string{"notices", "targets", "findings", "reasons"} {
		if !regexp.MustCompile(`\n\d+ ` + thing + ` omitted \(size limit\); the JSON report has all\.\n`).MatchString(md) {
			t.Errorf("the summary does not say how many %s it leaves out", thing)
		}
	}
	for _, picture := range regexp.MustCompile("(?s)```mermaid\n(.*?)```").FindAllString(md, -1) {
		if len(picture) > 50000 {
			t.Errorf("a picture of %d bytes, which GitHub does not draw", len(picture))
		}
	}
}

// With every part full, and what does not grow for every rule, there is room.
func TestSummaryHasRoom(t *testing.T) {
	once := len(newView(everythingFails(maxDrawnTargets, "x"), check.Rules()).Summary())
	full := comparisonBytes + noticesBytes + matrixBytes + findingsBytes + knownBytes + acceptedBytes + clientsBytes + evidenceBytes + notCheckedBytes
	if once+full >= maxSummary {
		t.Errorf("%d bytes of frames and %d of what grows, want under %d", once, full, maxSummary)
	}
}

// A list folds what is behind its first blocks, and counts what has no room.
func TestPartList(t *testing.T) {
	blocks := func(n int) []string {
		return slices.Repeat([]string{"0123456789"}, n)
	}
	for _, c := range []struct {
		blocks, room       int
		open, all, leftOut int
		folds              int
	}{
		{0, 1000, 0, 0, 0, 0},
		{shownUnfolded, 1000, shownUnfolded, shownUnfolded, 0, 0},
		{shownUnfolded + 2, 1000, shownUnfolded, shownUnfolded + 2, 0, 1},
		{shownUnfolded + 2, 25, 2, 2, shownUnfolded, 0},
		{shownUnfolded + 5, 10*shownUnfolded + 25, shownUnfolded, shownUnfolded + 2, 3, 1},
	} {
		var b strings.Builder
		p := newPart(&b, c.room)
		p.list(blocks(c.blocks))
		before, _, _ := strings.Cut(b.String(), "<details>")
		open, all := strings.Count(before, "0123456789"), strings.Count(b.String(), "0123456789")
		if folds := strings.Count(b.String(), "</details>"); open != c.open || all != c.all || p.omitted != c.leftOut || folds != c.folds {
			t.Errorf("%d blocks of 10 bytes in %d: %d open, %d in all, %d left out, %d folds; want %d, %d, %d, %d",
				c.blocks, c.room, open, all, p.omitted, folds, c.open, c.all, c.leftOut, c.folds)
		}
	}
}

// Rules that rest on the same are one row, and what did not pass says so.
func TestEvidenceRows(t *testing.T) {
	verdict := func(rule string, s check.State, evidence ...check.Evidence) check.RuleVerdict {
		return check.RuleVerdict{Rule: rule, Verdict: check.Verdict{State: s, Evidence: evidence}}
	}
	a, b := check.Evidence{Address: "192.0.2.1:443", Text: "Chain."}, check.Evidence{Address: "192.0.2.2:443", Text: "Chain."}
	verdicts := []check.RuleVerdict{
		verdict("one", check.Pass, a, b),
		verdict("two", check.Fail, a),
		verdict("three", check.Pass, a, b, check.Evidence{Text: "Else."}),
		verdict("four", check.Unknown, a),
		verdict("five", check.NotApplicable),
	}
	var got []string
	for _, row := range evidenceRows(verdicts) {
		got = append(got, fmt.Sprintf("%v %v %s", row.rules, row.addresses, row.text))
	}
	want := []string{
		"[one three] [192.0.2.1:443 192.0.2.2:443] Chain.",
		"[two (in part) four (in part)] [192.0.2.1:443] Chain.",
		"[three] [] Else.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, want := stateCounts(verdicts), "2 rules passed, 1 failed, 1 unknown, 1 not applicable"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Rules and targets that share a reason are listed together.
func TestUnjudged(t *testing.T) {
	var results []check.Result
	for i, host := range []string{"a.example", "b.example", "c.example"} {
		r := check.Result{Observation: fact.Observation{Target: target(host)}}
		for _, rule := range []string{"one", "two", "three"} {
			reason := "the port is closed"
			if i == 2 && rule == "three" {
				reason = "no page"
			}
			r.Verdicts = append(r.Verdicts, check.RuleVerdict{Rule: rule, Verdict: check.Verdict{Reasons: []string{reason}}})
		}
		results = append(results, r)
	}
	got := newView(newReport(results...), testRules).unjudged(check.Unknown)
	want := []string{
		"- <code>https&#58;//a.example/</code> and 1 more: the port is closed (one, two, three)\n",
		"- <code>https&#58;//c.example/</code>: the port is closed (one, two)\n",
		"- <code>https&#58;//c.example/</code>: no page (three)\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSummaryOfGoldens(t *testing.T) {
	for _, g := range goldens {
		readable(t, string(newView(g.report(t), testRules).Summary()))
	}
}

// The worst comes first: what failed, then what is not known, then the rest.
func TestMatrixOrder(t *testing.T) {
	good, warned := goodResult(t, target("good.example"), "192.0.2.1"), goodResult(t, target("warned.example"), "192.0.2.2")
	fail(&warned, "hsts-missing", check.Finding{Message: "No."})
	unknown := goodResult(t, target("unknown.example"), "192.0.2.3")
	unknown.Requirements = nil
	bad := goodResult(t, target("bad.example"), "192.0.2.4")
	bad.Requirements = requirementStates(check.Pass, check.Fail)
	md := string(newView(newReport(good, warned, unknown, bad), testRules).Summary())
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^\| <code>https&#58;//(\w+)\.example/</code>`).FindAllStringSubmatch(md, -1) {
		got = append(got, m[1])
	}
	if want := "bad unknown warned good"; strings.Join(got, " ") != want {
		t.Errorf("order %q, want %q", got, want)
	}
}
