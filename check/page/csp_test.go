package page

import (
	"strings"
	"testing"
)

func TestParseCSP(t *testing.T) {
	for _, tt := range []struct {
		values []string
		want   CSP
	}{
		{nil, CSP{}},
		{[]string{""}, CSP{}},
		{[]string{"upgrade-insecure-requests"}, CSP{Upgrade: true}},
		{[]string{"UPGRADE-Insecure-Requests"}, CSP{Upgrade: true}},
		{[]string{"block-all-mixed-content;"}, CSP{Block: true}},
		{[]string{"default-src 'self';\tupgrade-insecure-requests ; block-all-mixed-content"}, CSP{true, true}},
		{[]string{"default-src *", "upgrade-insecure-requests"}, CSP{Upgrade: true}},
		{[]string{"default-src *, upgrade-insecure-requests"}, CSP{Upgrade: true}},
		{[]string{"upgrade-insecure-requests 1"}, CSP{Upgrade: true}},
		{[]string{"default-src upgrade-insecure-requests"}, CSP{}},
		{[]string{"upgrade-insecure-requests-x; xblock-all-mixed-content"}, CSP{}},
		{[]string{"upgrade insecure requests"}, CSP{}},
	} {
		if got := ParseCSP(tt.values...); got != tt.want {
			t.Errorf("ParseCSP(%q) = %+v; want %+v", tt.values, got, tt.want)
		}
	}
}

func TestDefuses(t *testing.T) {
	for _, tt := range []struct {
		policy CSP
		kind   Kind
		want   bool
	}{
		{CSP{}, Blockable, false}, {CSP{}, Passive, false}, {CSP{}, Form, false},
		{CSP{Upgrade: true}, Blockable, true}, {CSP{Upgrade: true}, Passive, true}, {CSP{Upgrade: true}, Form, true},
		{CSP{Block: true}, Blockable, true}, {CSP{Block: true}, Passive, true}, {CSP{Block: true}, Form, false},
	} {
		if got := tt.policy.Defuses(tt.kind); got != tt.want {
			t.Errorf("%+v defuses %s: %v", tt.policy, tt.kind, got)
		}
	}
}

func FuzzParseCSP(f *testing.F) {
	f.Add("default-src 'self'; upgrade-insecure-requests", "block-all-mixed-content")
	f.Add("x,upgrade-insecure-requests", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		got := ParseCSP(a, b)
		if joined := ParseCSP(a + "," + b); joined != got {
			t.Errorf("ParseCSP(%q, %q) = %+v; joined %+v", a, b, got, joined)
		}
		if got.Upgrade && !strings.Contains(strings.ToLower(a+" "+b), "upgrade-insecure-requests") {
			t.Errorf("ParseCSP(%q, %q) = %+v", a, b, got)
		}
	})
}
