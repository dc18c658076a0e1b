package check

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/fact"
)

// answer is an exchange that sets these cookies.
func answer(url string, cookies ...string) fact.Exchange {
	x := fact.Exchange{URL: url, Address: "192.0.2.1:443", Outcome: fact.Answered, Connected: true, Status: 200}
	for _, c := range cookies {
		x.Headers = append(x.Headers, fact.Header{Name: "Set-Cookie", Value: c})
	}
	return x
}

func TestInsecureCookie(t *testing.T) {
	const here, clear = "https://example.com/", "http://example.com/"
	const secure = "sid=…; Path=/; Secure"
	silent := fact.Exchange{URL: here, Outcome: fact.TimedOut, Connected: true}
	for name, tt := range map[string]struct {
		cleartext, https fact.Exchange
		hops             []fact.Exchange
		demands          bool
		want             State
		distinct         []string
	}{
		"none":                      {https: answer(here), want: Pass},
		"secure":                    {https: answer(here, secure, "__Host-a=…; Secure; Path=/"), want: Pass},
		"insecure":                  {https: answer(here, secure, "a=…; HttpOnly"), want: Fail, distinct: []string{"a"}},
		"two":                       {https: answer(here, "b=…", "a=…", "a=…; Path=/x"), want: Fail, distinct: []string{"b", "a"}},
		"without a name":            {https: answer(here, "…"), want: Fail, distinct: []string{""}},
		"deleted":                   {https: answer(here, "a=; Max-Age=0", "b=…; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), want: Pass},
		"not deleted yet":           {https: answer(here, "a=…; Expires=Tue, 24 Nov 2026 00:00:00 GMT"), want: Fail, distinct: []string{"a"}},
		"ignored by browsers":       {https: answer(here, "", "="), want: Pass},
		"broken prefix":             {https: answer(here, "__Host-a=…; Secure; Path=/; Domain=example.com"), want: Pass},
		"SameSite=None":             {https: answer(here, "a=…; SameSite=None"), want: Pass},
		"Partitioned":               {https: answer(here, "a=…; Partitioned"), want: Pass},
		"of another domain":         {https: answer(here, "a=…; Domain=example.net"), want: Pass},
		"replaced":                  {https: answer(here, "a=…", "a=…; Secure"), want: Pass},
		"replaced by an insecure":   {https: answer(here, "a=…; Secure", "a=…"), want: Fail, distinct: []string{"a"}},
		"not replaced":              {https: answer(here, "a=…", "a=…; Path=/x; Secure"), want: Fail, distinct: []string{"a"}},
		"not replaced by a refused": {https: answer(here, "a=…", "a=…; Domain=example.net; Secure"), want: Fail, distinct: []string{"a"}},
		"deleted again":             {https: answer(here, "a=…", "a=; Max-Age=0"), want: Pass},
		"over cleartext":            {cleartext: answer(clear, secure), https: answer(here), want: Fail, distinct: []string{"sid"}},
		"deleted over cleartext":    {cleartext: answer(clear, "sid=; Max-Age=0"), https: answer(here), want: Pass},
		"by a hop":                  {https: answer(here), hops: []fact.Exchange{answer("https://www.example.com/", "a=…")}, want: Fail, distinct: []string{"a"}},
		"by a cleartext hop":        {https: answer(here), hops: []fact.Exchange{answer("http://www.example.com/", secure)}, want: Fail, distinct: []string{"sid"}},
		"no answer":                 {cleartext: answer(clear), https: silent, want: Unknown},
		"no answer but cleartext's": {cleartext: answer(clear, secure), https: silent, want: Fail, distinct: []string{"sid"}},
		"client certificate":        {https: fact.Exchange{URL: here, Outcome: fact.BrokenOff, Connected: true}, demands: true, want: NotApplicable},
		"asks for one and stalls":   {https: silent, demands: true, want: Unknown},
	} {
		o := fact.Observation{
			Target: fact.Target{Scheme: "https", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/"},
			At:     time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
			Endpoints: []fact.Endpoint{{IP: "192.0.2.1", Cleartext: tt.cleartext, HTTPS: tt.https,
				TLS: fact.Handshake{Address: "192.0.2.1:443", Outcome: fact.Answered, Connected: true, ClientCertificate: tt.demands, ClientCertificateRequired: tt.demands && tt.https.Outcome == fact.BrokenOff}}},
		}
		for _, x := range tt.hops {
			o.Hops = append(o.Hops, fact.Hop{Exchange: x})
		}
		v := insecureCookie.Check(newEvaluation(o, Policy{}, nil))
		var distinct []string
		for _, f := range v.Findings {
			distinct = append(distinct, f.Distinct)
		}
		if d := cmp.Diff(tt.distinct, distinct); v.State != tt.want || d != "" {
			t.Errorf("%s: %v (%s) (-want +got):\n%s", name, v.State, v.Reason(), d)
		}
	}
}

func TestInsecureCookieMessages(t *testing.T) {
	o := fact.Observation{Endpoints: []fact.Endpoint{{
		Cleartext: answer("http://example.com/", "a=…"),
		HTTPS:     answer("https://example.com/", "b=…", "__Secure-c=…"),
	}}}
	var got []string
	for _, f := range insecureCookie.Check(newEvaluation(o, Policy{}, nil)).Findings {
		got = append(got, f.Message)
	}
	want := []string{
		"The cookie 'a' is set over cleartext, by 'http://example.com/'. Seen at '192.0.2.1:443'.",
		"The cookie 'b' that 'https://example.com/' sets lacks the attribute Secure, so that clients send it in cleartext too. Seen at '192.0.2.1:443'.",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
