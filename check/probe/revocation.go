package probe

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"
	"sync"

	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

const (
	maxCRL  = 100 << 20 // bytes of one revocation list
	maxOCSP = 64 << 10  // bytes of one OCSP response
)

// A suspect is a certificate whose revocation is looked for. Stapled is set
// where a stapled OCSP response says that it is good: a responder says no
// more, but a revocation list may.
type suspect struct {
	cert, issuer *pki.Certificate
	stapled      bool
}

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
// out that a staple says are revoked.
func (p *Prober) suspects(o *fact.Observation) []suspect {
	var out []suspect
	seen := map[string]bool{}
	for _, chain := range o.Chains(p.Roots) {
		path := chain.Path
		staple := chain.Staple(path, *o)
		for i, c := range fact.Revocable(path) {
			revoked := i == 0 && staple.State == pki.StatusRevoked
			if id := fact.Thumbprint(c); !revoked && !seen[id] {
				seen[id] = true
				out = append(out, suspect{c, issuerOf(path, c), i == 0 && staple.State == pki.StatusGood})
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

// The most sources of each kind that are asked about a certificate.
const (
	maxLists      = 3
	maxResponders = 2
)

// status asks the sources of a certificate: its revocation lists, and its OCSP
// responders too, for either may be the first to say that it is revoked.
func (p *Prober) status(ctx context.Context, o *fact.Observation, s suspect) []fact.RevocationFact {
	sources := pki.RevocationSources(s.cert)
	if len(sources) == 0 {
		return nil
	}
	var lists, responders []fact.RevocationFact
	var listed pki.RevocationState
	read := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(read)
		lists, listed = askSources(s, sources, false, func(source pki.RevocationSource, u string, f *fact.RevocationFact) {
			f.Outcome, f.Error, f.Status = p.askList(ctx, pki.CRLQuery{Cert: s.cert, Issuer: s.issuer, URL: u, Source: source, At: o.At, MaxBytes: maxCRL})
		})
	})
	if !s.stapled {
		known := func() bool {
			<-read
			return listed != ""
		}
		responders, _ = askSources(s, sources, true, func(_ pki.RevocationSource, u string, f *fact.RevocationFact) {
			p.askResponder(ctx, o, s, u, known, f)
		})
	}
	wg.Wait()
	return append(lists, responders...)
}

// askSources asks the sources of one kind one by one until one knows: it gives
// what each said, and what is known. A source that cannot be read is a fact too.
func askSources(s suspect, sources []pki.RevocationSource, responders bool, ask func(pki.RevocationSource, string, *fact.RevocationFact)) (facts []fact.RevocationFact, known pki.RevocationState) {
	kind, most := "crl", maxLists
	if responders {
		kind, most = "ocsp", maxResponders
	}
	asked := 0
	for _, source := range sources {
		if source.OCSP != responders {
			continue
		}
		if source.Unreadable != "" {
			facts = append(facts, fact.RevocationFact{Certificate: fact.Thumbprint(s.cert), Source: kind,
				Outcome: fact.Skipped, Error: fact.Clip(source.Unreadable, maxError)})
		}
		for _, u := range source.URLs {
			if asked++; asked > most {
				break
			}
			f := fact.RevocationFact{Certificate: fact.Thumbprint(s.cert), Source: kind, URL: fact.Clip(u, maxValue)}
			ask(source, u, &f)
			facts = append(facts, f)
			if f.Status.State == pki.StatusGood || f.Status.State == pki.StatusRevoked {
				return facts, f.Status.State
			}
		}
	}
	return facts, ""
}

// askResponder asks an OCSP responder: by GET, which is what every one has to
// answer (Baseline Requirements section 4.9.10), then by POST (RFC 6960
// appendix A.1). Where the lists know the status, which known tells when they are
// read, one request has to do: a responder that is down takes no time twice.
func (p *Prober) askResponder(ctx context.Context, o *fact.Observation, s suspect, u string, known func() bool, f *fact.RevocationFact) {
	request, err := pki.OCSPRequest(s.cert, s.issuer)
	if err != nil {
		f.Outcome, f.Error = fact.Failed, fact.Clip(err.Error(), maxError)
		return
	}
	attempt := func(u string, spec fetchSpec) bool {
		answer := p.shared(ctx, u, spec)
		status := pki.Status{}
		if answer.outcome == fact.Answered {
			status = pki.ReadOCSP(answer.data, s.cert, s.issuer, o.At)
		}
		says := status.State == pki.StatusGood || status.State == pki.StatusRevoked
		// What the first way said stands, unless the second says more.
		if f.Outcome == fact.Unasked || says || f.Outcome != fact.Answered && answer.outcome == fact.Answered {
			f.Outcome, f.Error, f.Status = answer.outcome, answer.err, status
		}
		return says
	}
	if !strings.Contains(u, "?") {
		encoded := url.QueryEscape(base64.StdEncoding.EncodeToString(request))
		if attempt(strings.TrimSuffix(u, "/")+"/"+encoded, fetchSpec{limit: maxOCSP}) || known() {
			return
		}
	}
	attempt(u, fetchSpec{limit: maxOCSP, post: request, kind: "application/ocsp-request"})
}
