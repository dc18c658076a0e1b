package fact_test

import (
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check/fact"
)

func TestNotDeployment(t *testing.T) {
	field := func(name, value string) []fact.Header { return []fact.Header{{Name: name, Value: value}} }
	for _, tt := range []struct {
		status  int
		headers []fact.Header
		part    string // of the reason; empty for the deployment's own answer
	}{
		{200, nil, ""}, {301, nil, ""}, {403, nil, ""}, {404, nil, ""}, {428, nil, ""}, {430, nil, ""}, {500, nil, ""}, {501, nil, ""}, {505, nil, ""}, {519, nil, ""}, {531, nil, ""},
		{429, nil, "rate limit"}, {502, nil, "not up"}, {503, nil, "input wait"}, {504, nil, "504"}, {520, nil, "520"}, {530, nil, "530"},
		{403, field("Cf-Mitigated", "challenge"), "input header"}, {202, field("X-Amzn-Waf-Action", "challenge"), "challenge to bots"}, {405, field("X-Amzn-Waf-Action", "captcha"), "captcha"},
		{403, field("Content-Type", "text/html"), ""},
	} {
		x := fact.Exchange{URL: "https://a.example/", Outcome: fact.Answered, Status: tt.status, Headers: tt.headers}
		if got := x.NotDeployment(nil); (got == "") != (tt.part == "") || !strings.Contains(got, tt.part) {
			t.Errorf("%d %v: %q", tt.status, tt.headers, got)
		}
	}
	long := fact.Exchange{URL: "https://a.example/" + strings.Repeat("a", 5000), Outcome: fact.Answered, Status: 503}
	if got := long.NotDeployment(nil); len(got) > 1000 {
		t.Errorf("a reason of %d bytes", len(got))
	}
	expected := []fact.StatusRange{{From: 200, To: 299}, {From: 503, To: 503}}
	for status, want := range map[int]bool{200: true, 299: true, 503: true, 199: false, 300: false, 404: false} {
		x := fact.Exchange{URL: "https://a.example/", Outcome: fact.Answered, Status: status}
		if got := x.NotDeployment(expected); (got == "") != want {
			t.Errorf("%d is expected: %v, got %q", status, want, got)
		}
	}
	if got := (fact.Exchange{Status: 503}).NotDeployment(nil); got != "" {
		t.Errorf("no answer: %q", got)
	}
}
