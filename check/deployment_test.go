package check

import (
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/page"
)

// answeredCase is a deployment whose https URL gives an answer without HSTS,
// with a page in which everything is wrong.
func answeredCase(p Policy, host string, first fact.Exchange, hops ...fact.Exchange) *Evaluation {
	bad := &page.Page{References: []page.Reference{{Kind: page.Blockable, URL: "http://a.example/a.js", Element: "script", Attribute: "src", Line: 1}, {Kind: page.Form, URL: "http://a.example/", Element: "form", Attribute: "action", Line: 2}}}
	o := fact.Observation{Target: fact.Target{Scheme: "https", Host: host, Port: 443, CleartextPort: 80, Path: "/"}}
	dress := func(x fact.Exchange) fact.Exchange {
		x.Address, x.Outcome, x.Connected = "192.0.2.1:443", fact.Answered, true
		x.Headers = append(x.Headers, fact.Header{Name: "Set-Cookie", Value: "sid=***"}, fact.Header{Name: "Content-Type", Value: "text/html"})
		if x.Status != 302 {
			x.Page = bad
		}
		return x
	}
	first.URL = o.Target.HTTPS()
	o.Endpoints = []fact.Endpoint{{IP: "192.0.2.1", TLS: fact.Handshake{Address: "192.0.2.1:443", Outcome: fact.Answered, Connected: true}, HTTPS: dress(first)}}
	for _, hop := range hops {
		o.Hops = append(o.Hops, fact.Hop{Exchange: dress(hop)})
	}
	return newEvaluation(o, p, nil)
}

func to(url string, more ...fact.Header) fact.Exchange {
	return fact.Exchange{Status: 302, Headers: append(more, fact.Header{Name: "Location", Value: url})}
}

// Where the deployment was not seen, nothing is concluded about its pages.
func TestDeploymentNotSeen(t *testing.T) {
	status := func(n int, headers ...fact.Header) fact.Exchange { return fact.Exchange{Status: n, Headers: headers} }
	challenge := fact.Header{Name: "Cf-Mitigated", Value: "challenge"}
	field := func(n int, name, value string) *Evaluation {
		return answeredCase(Policy{}, "shop.example", status(n, fact.Header{Name: name, Value: value}))
	}
	expect := func(from, to int) Policy { return Policy{ExpectStatus: []fact.StatusRange{{From: from, To: to}}} }
	header := answeredCase(Policy{}, "shop.example", status(401))
	header.HeaderGiven = true
	for name, tt := range map[string]struct {
		c      *Evaluation
		want   State
		reason string
	}{
		"page":                      {answeredCase(Policy{}, "shop.example", status(200)), Fail, ""},
		"500":                       {answeredCase(Policy{}, "shop.example", status(500)), Fail, ""},
		"401":                       {answeredCase(Policy{}, "shop.example", status(401)), Fail, ""},
		"401 with the header":       {header, Unknown, "the input header was given"},
		"429":                       {answeredCase(Policy{}, "shop.example", status(429)), Unknown, "rate limit"},
		"503":                       {answeredCase(Policy{}, "shop.example", status(503)), Unknown, "503"},
		"challenge":                 {answeredCase(Policy{}, "shop.example", status(403, challenge)), Unknown, "challenge to bots"},
		"challenge of AWS":          {field(202, "X-Amzn-Waf-Action", "challenge"), Unknown, "challenge to bots"},
		"CAPTCHA of AWS":            {field(405, "X-Amzn-Waf-Action", "captcha"), Unknown, "challenge to bots"},
		"challenge of Vercel":       {field(403, "X-Vercel-Mitigated", "Challenge"), Unknown, "challenge to bots"},
		"refusal of Vercel":         {field(403, "X-Vercel-Mitigated", "deny"), Fail, ""},
		"challenge of DataDome":     {field(403, "X-Dd-B", "1"), Unknown, "challenge to bots"},
		"page through DataDome":     {field(200, "X-Dd-B", "1"), Fail, ""},
		"another value":             {field(200, "Cf-Mitigated", "none"), Fail, ""},
		"503 is expected":           {answeredCase(expect(503, 503), "shop.example", status(503)), Fail, ""},
		"challenge is expected":     {answeredCase(expect(400, 499), "shop.example", status(403, challenge)), Fail, ""},
		"404 is not expected":       {answeredCase(expect(200, 399), "shop.example", status(404)), Unknown, "expect-status"},
		"429 at the redirects' end": {answeredCase(Policy{}, "shop.example", to("/in"), fact.Exchange{URL: "https://shop.example/in", Status: 429}), Unknown, "'https://shop.example/in' answers 429"},
	} {
		for _, r := range []Rule{mixedContent, insecureForm, insecureCookie, hstsMissing} {
			if v := r.Check(tt.c); v.State != tt.want || tt.reason != "" && !strings.Contains(v.Reason(), tt.reason) {
				t.Errorf("%s: %s is %v: %s", name, r.ID, v.State, v.Reason())
			}
		}
	}
}

// A page is the deployment's as far as its site reaches.
func TestOwnSite(t *testing.T) {
	good := []fact.Header{{Name: hstsField, Value: "max-age=63072000"}}
	for name, tt := range map[string]struct {
		host, end string
		own       bool
	}{
		"same host":                    {"shop.example", "https://shop.example/in", true},
		"subdomain":                    {"shop.example", "https://www.shop.example/", true},
		"sibling":                      {"a.shop.example", "https://b.shop.example/", true},
		"sign-in of somebody else":     {"shop.example", "https://login.idp.example/", false},
		"under a private suffix":       {"a.github.io", "https://b.github.io/", false},
		"the same under a private one": {"a.github.io", "https://www.a.github.io/", true},
		"another address":              {"192.0.2.1", "https://192.0.2.2/", false},
		"address to a name":            {"192.0.2.1", "https://shop.example/", false},
	} {
		c := answeredCase(Policy{}, tt.host, to(tt.end, good...), fact.Exchange{URL: tt.end, Status: 200})
		for _, r := range []Rule{mixedContent, insecureForm} {
			v := r.Check(c)
			if (v.State == Fail) != tt.own || !tt.own && (v.State != NotApplicable || len(v.Evidence) != 1 || !strings.Contains(v.Reason(), "declare")) {
				t.Errorf("%s: %s is %v: %s", name, r.ID, v.State, v.Reason())
			}
		}
		if v := hstsMissing.Check(c); (v.State == Fail) != tt.own {
			t.Errorf("%s: %s is %v", name, hstsMissing.ID, v.State)
		}
		judged := false
		for _, f := range insecureCookie.Check(c).Findings {
			judged = judged || strings.Contains(f.Message, "'"+tt.end+"'")
		}
		if judged != tt.own {
			t.Errorf("%s: cookies judged is %v", name, judged)
		}
	}
}
