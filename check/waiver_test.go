package check

import (
	"reflect"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
)

func TestWaiverMatches(t *testing.T) {
	for _, tc := range []struct {
		pattern, url, label string
		want                bool
	}{
		{"shop.example", "https://shop.example/a", "", true},
		{"SHOP.example.", "https://shop.example/", "", true},
		{"shop.example", "https://www.shop.example/", "", false},
		{"*.shop.example", "https://www.shop.example:8443/", "", true},
		{"*.shop.example", "https://shop.example/", "", false},
		{"*.shop.example", "https://evilshop.example/", "", false},
		{"https://shop.example", "https://shop.example/", "", true},
		{"https://shop.example/", "https://shop.example/a", "", false},
		{"https://shop.example/*", "https://shop.example/a?b=c", "", true},
		{"http://shop.example/", "http://shop.example/", "", true},
		{"https://shop.example/", "http://shop.example/", "", true},
		{"https://shop.example:8443/", "https://shop.example/", "", false},
		{"https://*.preview.example/*", "https://pr-7.preview.example/", "", true},
		{"https://*.example.com/*", "https://evil.test/x.example.com/y", "", false},
		{"https://api.example*", "https://api.example/deep", "", false},
		{"https://api.example/*", "https://api.example/deep/er", "", true},
		{"web-preview", "https://pr-7.preview.example/", "web-preview", true},
		{"web-*", "https://pr-7.preview.example/", "web-preview", true},
		{"*", "https://shop.example/", "", true},
		{"", "https://shop.example/", "", false},
		{"a*a", "https://a/", "", false},
	} {
		target, err := fact.ParseTarget(tc.url)
		if err != nil {
			t.Fatal(err)
		}
		target.Label = tc.label
		if got := (Waiver{Target: tc.pattern}).Matches(target); got != tc.want {
			t.Errorf("%q at %s (label %q): %t", tc.pattern, tc.url, tc.label, got)
		}
	}
}

func TestWaiverNames(t *testing.T) {
	for _, tc := range []struct {
		detail string
		f      Finding
		want   bool
	}{
		{"", Finding{Distinct: "sid"}, true},
		{"sid", Finding{Distinct: "sid"}, true},
		{"sid", Finding{Distinct: "SID"}, false},
		{"s*", Finding{Distinct: "sid"}, true},
		{"sid", Finding{}, false},
		{"*", Finding{}, false},
		{"/a", Finding{Distinct: "/a", Items: []string{"http://b.example/x"}}, true},
		{"http://b.example/*", Finding{Distinct: "/a", Items: []string{"http://b.example/x", "http://b.example/y"}}, true},
		{"http://b.example/*", Finding{Distinct: "/a", Items: []string{"http://b.example/x", "http://c.example/y"}}, false},
		{"TLS 1.1", Finding{Items: []string{"TLS 1.1"}}, true},
		{"TLS 1.1", Finding{Items: []string{"TLS 1.1", "SSL 3"}}, false},
	} {
		if got := (Waiver{Detail: tc.detail}).names(tc.f); got != tc.want {
			t.Errorf("%q, %+v: %t", tc.detail, tc.f, got)
		}
	}
}

func TestWaiverExpires(t *testing.T) {
	w := Waiver{Expires: "2026-11-23"}
	for at, want := range map[string]bool{
		"2026-11-22T00:00:00Z": false, "2026-11-23T23:59:59Z": false, "2026-11-24T00:00:00Z": true,
		"2026-11-24T01:30:00+02:00": false,
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Expired(when); got != want {
			t.Errorf("%s: %t", at, got)
		}
	}
	if !(Waiver{Expires: "soon"}).Expired(time.Unix(0, 0)) {
		t.Error("a waiver without a date counts")
	}
}

// A waived failure fails nothing and stays to be told; what is not verified
// cannot be waived away.
func TestWaived(t *testing.T) {
	fails := func(id string, level Level, state State) Rule {
		return Rule{ID: id, Level: level, Requirements: []Requirement{TLSOnly}, Check: func(*Evaluation) Verdict {
			v := Verdict{State: state}
			if state == Unknown {
				v.Reasons = []string{"unseen"}
			}
			if state == Fail {
				v.Findings = []Finding{{Message: "bad"}}
			}
			return v
		}}
	}
	target := fact.Target{Scheme: "https", Host: "shop.example", Port: 443, CleartextPort: 80, Path: "/"}
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	waiver := Waiver{Rule: "bad", Target: "shop.example", Reason: "known", Owner: "web", Expires: "2026-12-31"}
	for name, tc := range map[string]struct {
		rules   []Rule
		waivers []Waiver
		want    RequirementVerdict
	}{
		"failed":              {[]Rule{fails("bad", Error, Fail)}, nil, RequirementVerdict{Requirement: TLSOnly, State: Fail}},
		"waived":              {[]Rule{fails("bad", Error, Fail)}, []Waiver{waiver}, RequirementVerdict{Requirement: TLSOnly, State: Fail, Waived: true}},
		"one of two waived":   {[]Rule{fails("bad", Error, Fail), fails("worse", Error, Fail)}, []Waiver{waiver}, RequirementVerdict{Requirement: TLSOnly, State: Fail}},
		"waived, and unknown": {[]Rule{fails("bad", Error, Fail), fails("dark", Error, Unknown)}, []Waiver{waiver}, RequirementVerdict{Requirement: TLSOnly, State: Unknown, Reasons: []string{"unseen"}}},
		"waived, unknown at another address": {[]Rule{{ID: "bad", Level: Error, Requirements: []Requirement{TLSOnly}, Check: func(*Evaluation) Verdict {
			return Verdict{State: Fail, Reasons: []string{"unseen"}, Findings: []Finding{{Message: "bad"}}}
		}}}, []Waiver{waiver}, RequirementVerdict{Requirement: TLSOnly, State: Unknown, Reasons: []string{"unseen"}}},
		"waived, and passed": {[]Rule{fails("bad", Error, Fail), fails("good", Error, Pass)}, []Waiver{waiver}, RequirementVerdict{Requirement: TLSOnly, State: Fail, Waived: true}},
		"expired":            {[]Rule{fails("bad", Error, Fail)}, []Waiver{{Rule: "bad", Target: "*", Expires: "2026-11-22"}}, RequirementVerdict{Requirement: TLSOnly, State: Fail}},
	} {
		r := judge(fact.Observation{Target: target, At: at}, Policy{Waivers: tc.waivers}, tc.rules)
		if !reflect.DeepEqual(r.Requirements[0], tc.want) {
			t.Errorf("%s: %+v, want %+v", name, r.Requirements[0], tc.want)
		}
	}
	if Waivable("target-not-verified") {
		t.Error("what was not verified can be waived")
	}
}
