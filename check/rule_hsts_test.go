package check

import (
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check/fact"
)

// hstsCase is a deployment whose addresses answer with these header fields;
// nil stands for one whose TLS port answers, but not over https.
func hstsCase(host string, answers ...[]fact.Header) *Evaluation {
	o := fact.Observation{Target: fact.Target{Scheme: "https", Host: host, Port: 443, CleartextPort: 80, Path: "/"}}
	for i, headers := range answers {
		ip := "192.0.2." + string(rune('1'+i))
		e := fact.Endpoint{IP: ip, TLS: fact.Handshake{Address: ip + ":443", Outcome: fact.Answered, Connected: true}}
		e.HTTPS = fact.Exchange{URL: o.Target.HTTPS(), Address: ip + ":443", Outcome: fact.TimedOut, Connected: true}
		if headers != nil {
			e.HTTPS.Outcome, e.HTTPS.Status, e.HTTPS.Headers = fact.Answered, 404, headers
		}
		o.Endpoints = append(o.Endpoints, e)
	}
	return newEvaluation(o, Policy{}, nil)
}

func hsts(values ...string) []fact.Header {
	headers := []fact.Header{{Name: "Content-Type", Value: "text/html"}}
	for _, v := range values {
		headers = append(headers, fact.Header{Name: hstsField, Value: v})
	}
	return headers
}

func TestHSTS(t *testing.T) {
	demanding := hstsCase("example.com", nil)
	demanding.Endpoints[0].TLS.ClientCertificateRequired = true
	demanding.Endpoints[0].HTTPS.Outcome = fact.BrokenOff
	stalling := hstsCase("example.com", nil)
	stalling.Endpoints[0].TLS.ClientCertificate = true
	answering := hstsCase("example.com", hsts("max-age=31536000"))
	answering.Endpoints[0].TLS.ClientCertificate = true
	for name, tt := range map[string]struct {
		c             *Evaluation
		missing, weak State
		message       string
	}{
		"good":                  {hstsCase("example.com", hsts("max-age=31536000; includeSubDomains")), Pass, Pass, ""},
		"longer than a year":    {hstsCase("example.com", hsts(`max-age="63072000"`)), Pass, Pass, ""},
		"overflow":              {hstsCase("example.com", hsts("max-age=99999999999999999999")), Pass, Pass, ""},
		"none":                  {hstsCase("example.com", hsts()), Fail, NotApplicable, "'https://example.com/' (status 404) has no Strict-Transport-Security"},
		"one address without":   {hstsCase("example.com", hsts("max-age=31536000"), hsts()), Fail, Pass, "Seen at '192.0.2.2:443'."},
		"just too short":        {hstsCase("example.com", hsts("max-age=31535999")), Pass, Fail, "its max-age is 31535999"},
		"ended":                 {hstsCase("example.com", hsts("max-age=0")), Pass, Fail, "ends the policy"},
		"invalid":               {hstsCase("example.com", hsts("max-age=31536000, max-age=31536000")), Pass, Fail, "Browsers drop"},
		"the first field":       {hstsCase("example.com", hsts("max-age=31536000", "max-age=0")), Pass, Pass, ""},
		"the first is invalid":  {hstsCase("example.com", hsts("", "max-age=31536000")), Pass, Fail, "max-age is missing"},
		"IP address":            {hstsCase("192.0.2.1", hsts()), NotApplicable, NotApplicable, ""},
		"preloaded TLD":         {hstsCase("shop.dev", hsts()), NotApplicable, NotApplicable, ""},
		"preloaded TLD, weak":   {hstsCase("a.b.app", hsts("max-age=0")), NotApplicable, NotApplicable, ""},
		"like a preloaded TLD":  {hstsCase("dev.example", hsts()), Fail, NotApplicable, "has no Strict"},
		"no answer":             {hstsCase("example.com", nil), Unknown, Unknown, ""},
		"one address silent":    {hstsCase("example.com", hsts("max-age=31536000"), nil), Unknown, Unknown, ""},
		"no address":            {hstsCase("example.com"), Unknown, Unknown, ""},
		"client certificate":    {demanding, NotApplicable, NotApplicable, ""},
		"asks for one, stalls":  {stalling, Unknown, Unknown, ""},
		"answers without one":   {answering, Pass, Pass, ""},
		"a failure and silence": {hstsCase("example.com", hsts(), nil), Fail, Unknown, "has no Strict"},
	} {
		missing, weak := hstsMissing.Check(tt.c), hstsWeak.Check(tt.c)
		if missing.State != tt.missing || weak.State != tt.weak {
			t.Errorf("%s: %s is %v (%s), %s is %v (%s)", name, hstsMissing.ID, missing.State, missing.Reason(), hstsWeak.ID, weak.State, weak.Reason())
		}
		var messages []string
		for _, f := range append(missing.Findings, weak.Findings...) {
			messages = append(messages, f.Message)
		}
		if got := strings.Join(messages, "\n"); !strings.Contains(got, tt.message) {
			t.Errorf("%s: %q lacks %q", name, got, tt.message)
		}
	}
}

// However many addresses lack it, it is one finding.
func TestHSTSFindingsAreMerged(t *testing.T) {
	v := hstsMissing.Check(hstsCase("example.com", hsts(), hsts()))
	if len(v.Findings) != 1 || len(v.Findings[0].Addresses) != 2 || v.Findings[0].Distinct != "" {
		t.Errorf("findings %+v", v.Findings)
	}
}
