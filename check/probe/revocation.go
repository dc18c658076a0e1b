package probe

import (
	"bytes"
	"context"
	"sync"

	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

const (
	maxCRL  = 20 << 20 // bytes of one revocation list
	maxOCSP = 64 << 10 // bytes of one OCSP response
)

// A suspect is a certificate whose revocation is looked for.
type suspect struct{ cert, issuer *pki.Certificate }

// revocation asks the sources that the certificates of the chosen paths name,
// all certificates at once.
func (p *Prober) revocation(ctx context.Context, o *fact.Observation) {
	if p.Revocation == fact.RevocationOff {
		return
	}
	suspects := p.suspects(o)
	facts := make([][]fact.RevocationFact, len(suspects))
	var wg sync.WaitGroup
	for i, s := range suspects {
		wg.Go(func() { facts[i] = p.status(ctx, o, s) })
	}
	wg.Wait()
	for _, f := range facts {
		o.Revocations = append(o.Revocations, f...)
	}
}

// suspects are the certificates of the chosen paths, each once, those left
// out that a valid staple speaks for.
func (p *Prober) suspects(o *fact.Observation) []suspect {
	var out []suspect
	seen := map[string]bool{}
	for _, chain := range o.Chains(p.Roots) {
		path := chain.Path
		staple := chain.Staple(path, *o)
		for i, c := range fact.Revocable(path) {
			told := i == 0 && (staple.State == pki.StatusGood || staple.State == pki.StatusRevoked)
			if id := fact.Thumbprint(c); !told && !seen[id] {
				seen[id] = true
				out = append(out, suspect{c, issuerOf(path, c)})
			}
		}
	}
	return out
}

// issuerOf is the certificate that stands above another on a path.
func issuerOf(path []*pki.Certificate, c *pki.Certificate) *pki.Certificate {
	for i := range path[:len(path)-1] {
		if path[i] == c {
			return path[i+1]
		}
	}
	return nil
}

// status asks the sources of a certificate one by one until one knows: the
// revocation lists, then the OCSP responders.
func (p *Prober) status(ctx context.Context, o *fact.Observation, s suspect) []fact.RevocationFact {
	crls, ocsps := pki.RevocationURLs(s.cert)
	var facts []fact.RevocationFact
	add := func(f fact.RevocationFact) (known bool) {
		f.Certificate = fact.Thumbprint(s.cert)
		facts = append(facts, f)
		return f.Status.State == pki.StatusGood || f.Status.State == pki.StatusRevoked
	}
	for _, u := range crls[:min(len(crls), 3)] {
		f := fact.RevocationFact{Source: "crl", URL: fact.Clip(u, maxValue)}
		body := p.shared(ctx, u, fetchSpec{limit: maxCRL})
		f.Outcome, f.Error = body.outcome, body.err
		if f.Outcome == fact.Answered {
			f.Status = pki.ReadCRL(bytes.NewReader(body.data), pki.CRLQuery{Cert: s.cert, Issuer: s.issuer, URL: u, At: o.At})
		}
		if add(f) {
			return facts
		}
	}
	for _, u := range ocsps[:min(len(ocsps), 2)] {
		if add(p.askResponder(ctx, o, s, u)) {
			return facts
		}
	}
	return facts
}

// askResponder asks an OCSP responder (RFC 6960 appendix A.1).
func (p *Prober) askResponder(ctx context.Context, o *fact.Observation, s suspect, u string) fact.RevocationFact {
	f := fact.RevocationFact{Source: "ocsp", URL: fact.Clip(u, maxValue)}
	request, err := pki.OCSPRequest(s.cert, s.issuer)
	if err != nil {
		f.Outcome, f.Error = fact.Failed, fact.Clip(err.Error(), maxError)
		return f
	}
	body := p.shared(ctx, u, fetchSpec{limit: maxOCSP, post: request, kind: "application/ocsp-request"})
	f.Outcome, f.Error = body.outcome, body.err
	if f.Outcome == fact.Answered {
		f.Status = pki.ReadOCSP(body.data, s.cert, s.issuer, o.At)
	}
	return f
}
