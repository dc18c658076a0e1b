package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
)

func TestConnectionPath(t *testing.T) {
	tg := target("x.example")
	o := fact.Observation{Target: tg, Endpoints: []fact.Endpoint{{
		IP:        "192.0.2.1",
		Cleartext: fact.Exchange{URL: tg.HTTP(), Outcome: fact.Refused},
		TLS:       fact.Handshake{Version: 0x0303},
		HTTPS:     fact.Exchange{URL: tg.HTTPS(), Outcome: fact.Answered, Status: 302, Headers: []fact.Header{{Name: "Location", Value: "http://y.example/?secret"}}},
	}}}
	// A second address that answers the same adds nothing.
	o.Endpoints = append(o.Endpoints, o.Endpoints[0])
	picture := drawPath(o, true)
	want := `  client(["client"])
  n0["http#58;//x.example/<br/>refused"]:::unseen
  n1["https#58;//x.example/<br/>answered 302<br/>TLS 1.2"]:::tls
  n2["http#58;//y.example/<br/>not requested"]:::exposed
  client -.->|"cleartext"| n0
  client -->|"TLS"| n1
  n1 -.->|"302 by Location, cleartext"| n2
`
	if got := picture; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Every node that an arrow names is drawn, however long the chain.
func TestConnectionPathIsBounded(t *testing.T) {
	tg := target("x.example")
	o := fact.Observation{Target: tg, Endpoints: []fact.Endpoint{{Cleartext: fact.Exchange{URL: tg.HTTP(), Outcome: fact.Answered}, HTTPS: fact.Exchange{URL: tg.HTTPS(), Outcome: fact.Answered}}}}
	for i := range 50 {
		o.Hops = append(o.Hops, fact.Hop{Exchange: fact.Exchange{
			URL: fmt.Sprintf("https://h%d.example/", i), Outcome: fact.Answered, Status: 302,
			Headers: []fact.Header{{Name: "Location", Value: fmt.Sprintf("https://h%d.example/", i+1)}},
		}})
	}
	picture := drawPath(o, true)
	drawn := map[string]bool{"client": true}
	for _, m := range regexp.MustCompile(`(?m)^  (n\d+)\[`).FindAllStringSubmatch(picture, -1) {
		drawn[m[1]] = true
	}
	if len(drawn) != maxDrawnNodes+1 {
		t.Errorf("%d nodes, want %d and the client", len(drawn), maxDrawnNodes)
	}
	for _, m := range regexp.MustCompile(`(?m)^  (\w+) -.*\| (\w+)$`).FindAllStringSubmatch(picture, -1) {
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

// Where addresses differ, the picture shows the worst; a redirect into
// cleartext is as bad as content.
func TestConnectionPathShowsTheWorst(t *testing.T) {
	const plain, secure = "http://x.example/", "https://x.example/"
	answered := func(url string, status int, location string) fact.Exchange {
		x := fact.Exchange{URL: url, Outcome: fact.Answered, Status: status}
		if location != "" {
			x.Headers = []fact.Header{{Name: "Location", Value: location}}
		}
		return x
	}
	challenge := answered(plain, 401, "")
	challenge.Headers = []fact.Header{{Name: "Www-Authenticate", Value: "Basic"}}
	good := fact.Endpoint{Cleartext: answered(plain, 308, secure), HTTPS: answered(secure, 200, "")}
	for _, c := range []struct {
		name string
		with fact.Endpoint
		want []string
		not  []string
	}{
		{"good", good, []string{`answered 308"]:::cleartext`, `answered 200"]:::tls`}, []string{":::exposed"}},
		{"content at one address", fact.Endpoint{Cleartext: answered(plain, 200, "")}, []string{`answered 200"]:::exposed`}, []string{`answered 308"]`}},
		{"closed at one address", fact.Endpoint{Cleartext: fact.Exchange{URL: plain, Outcome: fact.Refused}}, []string{`answered 308"]:::cleartext`}, []string{"refused"}},
		{"credentials", fact.Endpoint{Cleartext: challenge}, []string{`answered 401"]:::exposed`}, nil},
		{"no way to give credentials", fact.Endpoint{Cleartext: answered(plain, 401, "")}, nil, []string{":::exposed"}},
		{"HTTP/2", fact.Endpoint{H2C: answered(plain, 200, "")}, []string{`answered 200 over HTTP/2"]:::exposed`, `answered 308"]:::cleartext`}, nil},
		{"HTTP/2 as HTTP/1.1", fact.Endpoint{Cleartext: answered(plain, 200, ""), H2C: answered(plain, 200, "")}, []string{":::exposed"}, []string{"HTTP/2"}},
		{"WebSocket", fact.Endpoint{WebSocket: answered(plain, 101, "")}, []string{`answered 101 over WebSocket"]:::exposed`}, nil},
		{"no WebSocket", fact.Endpoint{WebSocket: answered(plain, 200, "")}, nil, []string{"WebSocket"}},
		{"cleartext on the TLS port", fact.Endpoint{CleartextOnTLS: answered("http://x.example:443/", 200, "")}, []string{`http#58;//x.example#58;443/<br/>answered 200"]:::exposed`}, nil},
		{"refusal on the TLS port", fact.Endpoint{CleartextOnTLS: answered("http://x.example:443/", 400, "")}, nil, []string{"443"}},
		{"downgrade", fact.Endpoint{HTTPS: answered(secure, 302, plain)}, []string{`answered 308"]:::exposed`, `n1 -.->|"302 by Location, cleartext"| n0`}, nil},
		{"no handshake", fact.Endpoint{HTTPS: fact.Exchange{URL: "https://y.example/"}, TLS: fact.Handshake{Outcome: fact.BrokenOff}}, []string{`broken off"]:::unseen`}, nil},
		{"a redirect from nowhere", fact.Endpoint{HTTPS: answered("", 302, secure)}, nil, []string{`[""]`}},
	} {
		got := drawPath(fact.Observation{Endpoints: []fact.Endpoint{good, c.with}}, true)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", c.name, want, got)
			}
		}
		for _, not := range c.not {
			if strings.Contains(got, not) {
				t.Errorf("%s: %q is in\n%s", c.name, not, got)
			}
		}
	}
}

// Red accuses: it is for targets that a rule found at fault, or a user accepts
// as such.
func TestConnectionPathAccusesNobody(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(*check.Result)
		want bool
	}{
		{"nothing found", func(*check.Result) {}, false},
		{"another requirement", func(r *check.Result) { fail(r, "untrusted-root", check.Finding{Message: "No."}) }, false},
		{"a finding", func(r *check.Result) { fail(r, "cleartext-content", check.Finding{Message: "Yes."}) }, true},
		{"an accepted finding", func(r *check.Result) {
			fail(r, "cleartext-content", check.Finding{Message: "Yes.", Waived: &check.Waiver{}})
		}, true},
	} {
		r := goodResult(t, target("x.example"), "192.0.2.1")
		r.Observation.Endpoints[0].Cleartext.Status = 200 // at a path that may be served so
		c.with(&r)
		if got := strings.Contains(string(newView(newReport(r), testRules).Summary()), ":::exposed"); got != c.want {
			t.Errorf("%s: drawn as a fault: %t, want %t", c.name, got, c.want)
		}
	}
}
