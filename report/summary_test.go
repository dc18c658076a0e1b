package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"
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
		"certificates that end later not drawn.",
		"targets more not drawn.",
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

func TestSummaryNamesTheRoots(t *testing.T) {
	for _, c := range []struct {
		report *check.Report
		want   string
	}{
		{cleanReport(t), pki.Embedded().Name()},
		{cleanReport(t), fmt.Sprintf("Chrome Root Store, version %d of %s", pki.Chrome().Version, pki.Chrome().Date.Format("2006-01"))},
		{violatedReport(t), userRoots(t).Name()},
	} {
		_, roots, _ := strings.Cut(string(newView(c.report, testRules).summary(SummaryOptions{})), "## Roots\n\n")
		if line, _, _ := strings.Cut(roots, "\n"); !strings.Contains(line, markdown(c.want)) {
			t.Errorf("the roots are told as %q, without %q", line, c.want)
		}
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

func TestConnectionPath(t *testing.T) {
	tg := target("x.example")
	o := check.Observation{Target: tg, Endpoints: []check.Endpoint{{
		IP:        "192.0.2.1",
		Cleartext: check.Exchange{URL: tg.HTTP(), Outcome: check.Refused},
		TLS:       check.Handshake{Version: 0x0303},
		HTTPS:     check.Exchange{URL: tg.HTTPS(), Outcome: check.Answered, Status: 302, Headers: []check.Header{{Name: "Location", Value: "http://y.example/?secret"}}},
	}}}
	// A second address that answers the same adds nothing.
	o.Endpoints = append(o.Endpoints, o.Endpoints[0])
	picture := drawPath("t", o)
	want := `  subgraph t["https#58;//x.example/"]
    direction LR
    tc(["client"])
    tn0["http#58;//x.example/<br/>refused"]:::unseen
    tn1["https#58;//x.example/<br/>answered 302<br/>TLS 1.2"]:::tls
    tn2["http#58;//y.example/<br/>not asked"]:::exposed
    tc -.->|"cleartext"| tn0
    tc -->|"TLS"| tn1
    tn1 -.->|"302 by Location, cleartext"| tn2
  end
`
	if got := picture; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Every node that an arrow names is drawn, however long the chain.
func TestConnectionPathIsBounded(t *testing.T) {
	tg := target("x.example")
	o := check.Observation{Target: tg, Endpoints: []check.Endpoint{{Cleartext: check.Exchange{URL: tg.HTTP(), Outcome: check.Answered}, HTTPS: check.Exchange{URL: tg.HTTPS(), Outcome: check.Answered}}}}
	for i := range 50 {
		o.Hops = append(o.Hops, check.Hop{Exchange: check.Exchange{
			URL: fmt.Sprintf("https://h%d.example/", i), Outcome: check.Answered, Status: 302,
			Headers: []check.Header{{Name: "Location", Value: fmt.Sprintf("https://h%d.example/", i+1)}},
		}})
	}
	picture := drawPath("t", o)
	drawn := map[string]bool{"tc": true}
	for _, m := range regexp.MustCompile(`(?m)^    (tn\d+)\[`).FindAllStringSubmatch(picture, -1) {
		drawn[m[1]] = true
	}
	if len(drawn) != maxDrawnNodes+1 {
		t.Errorf("%d nodes, want %d and the client", len(drawn), maxDrawnNodes)
	}
	for _, m := range regexp.MustCompile(`(?m)^    (\w+) -.*\| (\w+)$`).FindAllStringSubmatch(picture, -1) {
		if !drawn[m[1]] || !drawn[m[2]] {
			t.Errorf("%q joins what is not drawn", m[0])
		}
	}
}

// Dates that a certificate makes up do not stretch the picture.
func TestLifetimeBar(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct{ from, to, want string }{
		{"2026-10-01", "2026-12-30", "to 2026-12-30, x.example :2026-10-01, 2026-12-31"},
		{"2026-09-01", "2026-11-30", "to 2026-11-30, x.example :active, 2026-09-01, 2026-12-01"},
		{"2026-09-01", "2026-11-19", "to 2026-11-19, x.example :crit, 2026-09-01, 2026-11-20"},
		{"0001-01-01", "9999-12-31", "to 9999-12-31, x.example :2025-10-16, 2029-01-29"},
		{"1999-01-01", "1999-12-31", "to 1999-12-31, x.example :crit, 2025-10-16, 2025-10-17"},
		{"2999-01-01", "2999-12-31", "to 2999-12-31, x.example :2029-01-28, 2029-01-29"},
	} {
		l := lifetime{hosts: []string{"x.example"}, start: day(c.from), end: day(c.to), at: checked}
		if got := l.bar(); got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}
