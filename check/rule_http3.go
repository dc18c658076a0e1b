package check

import (
	"fmt"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/text"
)

var http3Certificate = Rule{
	ID: "http3-certificate", Level: Warning, Requirements: []Requirement{PubliclyTrusted}, CWE: 295,
	Sources: []Source{{Document: "RFC 9114", Section: "3.1"}, {Document: "RFC 7838", Section: "2.1"}, {Document: "RFC 9460", Section: "9.3"}},
	Short:   "HTTP/3 clients are shown a worse certificate.",
	What:    "An answer (Alt-Svc) or an HTTPS record of the host advertises HTTP/3, and the certificate that clients are shown over QUIC has a fault that the one over TCP has not: it expired, it is for another host, its chain is incomplete, and the like. Where UDP is blocked on the way, or nothing advertises HTTP/3, nothing is judged.",
	Why:     "Clients refuse the connection and go back to TCP, so that the fault stays unseen while HTTP/3 is lost; clients that use HTTP/3 alone cannot connect.",
	Remediation: Remediation{
		Text:  "Let the HTTP/3 listener use the same certificate as the TCP one, and reload or restart it after each renewal. Check that no second process, container or load balancer listens on the UDP port with an old certificate.",
		Nginx: "listen 443 ssl;\nlisten 443 quic reuseport;   # same server block, same ssl_certificate\n# after each renewal: nginx -s reload",
		Caddy: "# Caddy serves HTTP/3 with the certificate of the site; restart it if it shows an old one:\nsystemctl restart caddy",
		Cloud: "Check the certificate of every listener and edge location, and that the renewal reached the one with HTTP/3.",
	},
	Check: func(c *Evaluation) Verdict {
		var t tally
		for _, e := range c.judged() {
			c.judgeHTTP3(&t, e)
		}
		return withServices(c, t.verdict(notApplicable("neither an answer nor an HTTPS record advertises HTTP/3")))
	},
}

// withServices adds what DNS said of the HTTPS records to a verdict's evidence.
func withServices(c *Evaluation, v Verdict) Verdict {
	s := c.Services
	show := func(format string, args ...any) {
		v.Evidence = append(v.Evidence, Evidence{Text: fmt.Sprintf(format, args...)})
	}
	name := text.Clip(s.Name, 200)
	switch {
	case s.Failed():
		show("The HTTPS records of '%s' could not be read: %s.", name, why(s.Outcome, s.Error))
	case len(s.Records) > 0:
		for _, r := range s.Records {
			switch {
			case r.Target == "":
				show("Clients pass over an HTTPS record of '%s': %s.", name, r.Error)
			case r.Error != "":
				show("Clients pass over the HTTPS record '%s' of '%s': %s.", text.Clip(r.String(), 300), name, r.Error)
			case r.ECH:
				show("'%s' has the HTTPS record '%s', which offers Encrypted ClientHello.", name, text.Clip(r.String(), 300))
			default:
				show("'%s' has the HTTPS record '%s'.", name, text.Clip(r.String(), 300))
			}
		}
	}
	return v
}

// judgeHTTP3 compares the chain that HTTP/3 clients are shown at an address
// with the one over TCP.
func (c *Evaluation) judgeHTTP3(t *tally, e fact.Endpoint) {
	h := e.HTTP3
	switch {
	case h.Outcome == fact.Unasked && e.HTTPS.Outcome != fact.Answered:
		t.unknown("%s", noAnswer(c.Target, e))
		return
	case h.Outcome == fact.Unasked:
		return
	case len(h.Chain) == 0:
		t.unknown("HTTP/3 was not checked at '%s' (UDP): %s", h.Address, why(h.Outcome, h.Error))
		return
	}
	overTCP := map[pki.Kind]bool{}
	for _, f := range c.Presented(c.Policy.Roots, c.Target.Host, e.TLS).Faults {
		overTCP[f.Kind] = true
	}
	good := true
	for _, f := range c.Presented(c.Policy.Roots, c.Target.Host, h).Faults {
		if !overTCP[f.Kind] {
			good = false
			t.fail(h.Address, string(f.Kind), "HTTP/3 clients are shown a certificate with a fault that the one over TCP has not: %s", f.Detail)
		}
	}
	if good {
		t.pass(h.Address, "HTTP/3 clients are shown a certificate that has no fault beyond those of the one over TCP (%s).", negotiated(h))
	}
}
