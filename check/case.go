package check

import (
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/pki"
)

// A Case is what a rule judges: the facts about one target under a policy,
// with what can be derived from them, derived once.
type Case struct {
	Observation
	Policy Policy

	rules    []Rule
	verdicts map[string]Verdict
	shown    []shown // nil until derived
}

// newCase makes a case of an observation.
func newCase(o Observation, p Policy, rules []Rule) *Case {
	return &Case{Observation: o, Policy: p, rules: rules, verdicts: map[string]Verdict{}}
}

// verdict is the rule's verdict, judged at most once. A rule that panics
// knows nothing.
func (c *Case) verdict(r Rule) (v Verdict) {
	if v, ok := c.verdicts[r.ID]; ok {
		return v
	}
	defer func() {
		if p := recover(); p != nil {
			v = unknown("the rule '%s' failed inside: '%s'", r.ID, Clip(fmt.Sprint(p), 200))
		}
		c.verdicts[r.ID] = v
	}()
	return r.Check(c)
}

// requirement concludes about one requirement: Fail if a rule of level error
// failed, else Unknown if one of them lacks its facts, else Pass.
func (c *Case) requirement(q Requirement) RequirementVerdict {
	out := RequirementVerdict{Requirement: q, State: Pass}
	judged := false
	var missing []string
	for _, r := range c.rules {
		if r.Level != Error || !r.Speaks(q) {
			continue
		}
		switch v := c.verdict(r); v.State {
		case Fail:
			return RequirementVerdict{Requirement: q, State: Fail}
		case Pass:
			judged = judged || len(r.Requirements) == 1
		case Unknown:
			missing = appendNew(missing, v.Reason)
		}
	}
	if len(missing) > 0 || !judged {
		out.State, out.Reason = Unknown, strings.Join(missing, "; ")
	}
	return out
}

// reached reports whether anything at the address answered a connection.
func (e Endpoint) reached() bool {
	return e.TLS.Connected || e.Cleartext.Connected
}

// judged are the endpoints that rules judge: those reached, if any was (the
// others are told by address-not-verified), else all that were asked.
func (c *Case) judged() []Endpoint {
	var reached, asked []Endpoint
	for _, e := range c.Endpoints {
		if e.NotExternal != "" {
			continue
		}
		asked = append(asked, e)
		if e.reached() {
			reached = append(reached, e)
		}
	}
	if len(reached) > 0 {
		return reached
	}
	return asked
}

// nothing is the verdict of a rule that found no endpoint to judge.
func (c *Case) nothing() Verdict {
	switch {
	case len(c.Endpoints) > 0:
		return notApplicable("no address of the host is external facing, so nothing was sent")
	case c.Resolution.Outcome == Unasked && c.Resolution.Error == "":
		return unknown("the host was not looked up")
	}
	return unknown("%s", c.unresolved())
}

// unresolved says in words why there is no address.
func (c *Case) unresolved() string {
	what := "looking up '" + c.Target.Host + "' failed"
	if c.Resolution.Outcome == NoSuchName {
		what = "the name '" + c.Target.Host + "' does not resolve"
	}
	if c.Resolution.Error != "" {
		what += " ('" + c.Resolution.Error + "')"
	}
	return what
}

// A shown is one certificate chain that a client can be shown, judged.
type shown struct {
	Host    string
	Address string
	Leaf    *x509.Certificate
	pki.Judgement
	// Broken says why the certificates could not be read.
	Broken string
}

// chains are the certificate chains that clients can be shown: of each
// address, and of each https host on the redirect chains. Missing are the
// reasons why the chain of an address could not be had.
func (c *Case) chains() (chains []shown, missing []string) {
	for _, e := range c.judged() {
		if len(e.TLS.Chain) == 0 {
			missing = append(missing, noHandshake(e.TLS))
		}
	}
	if c.shown == nil {
		c.shown = []shown{}
		for _, e := range c.judged() {
			c.show(c.Target.Host, e.TLS)
		}
		for _, h := range c.Hops {
			c.show(hostOf(h.URL), h.TLS)
		}
	}
	return c.shown, missing
}

// show judges a handshake's chain unless the same was shown for the host at
// the same address.
func (c *Case) show(host string, h Handshake) {
	if len(h.Chain) == 0 {
		return
	}
	for _, s := range c.shown {
		if s.Host == host && s.Address == h.Address {
			return
		}
	}
	s := shown{Host: host, Address: h.Address}
	var certs []*x509.Certificate
	for i, der := range h.Chain {
		cert, err := x509.ParseCertificate(der)
		switch {
		case err == nil:
			certs = append(certs, cert)
		case i == 0:
			s.Broken = Clip(err.Error(), 200)
		}
	}
	if s.Broken == "" {
		s.Leaf = certs[0]
		s.Judgement = pki.Judge(pki.Query{
			Host: host, Leaf: certs[0], Sent: certs[1:], Fetched: c.fetched(),
			Roots: c.Policy.Roots, At: c.At,
		})
	}
	c.shown = append(c.shown, s)
}

// fetched are the certificates that were fetched by AIA.
func (c *Case) fetched() []*x509.Certificate {
	var out []*x509.Certificate
	for _, i := range c.Issuers {
		for _, der := range i.Certificates {
			if cert, err := x509.ParseCertificate(der); err == nil {
				out = append(out, cert)
			}
		}
	}
	return out
}
