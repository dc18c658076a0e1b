package probe

import (
	"context"
	"slices"
	"sync"

	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

const (
	// maxIssuer bounds an issuer's answer in bytes.
	maxIssuer = 256 << 10
	// maxIssuerLevels bounds how far up a chain is completed.
	maxIssuerLevels = 3
)

// complete fetches the issuers of chains that do not reach a root as they
// were sent, from the places their certificates name.
func (p *Prober) complete(ctx context.Context, o *fact.Observation) {
	for range maxIssuerLevels {
		urls := p.wanted(o)
		if len(urls) == 0 {
			return
		}
		fetched := make([]fact.Issuer, len(urls))
		var wg sync.WaitGroup
		for i, u := range urls {
			wg.Go(func() { fetched[i] = p.issuer(ctx, u) })
		}
		wg.Wait()
		o.Issuers = append(o.Issuers, fetched...)
	}
}

// wanted are the URLs to fetch next, those already fetched left out.
func (p *Prober) wanted(o *fact.Observation) []string {
	var urls []string
	for _, c := range o.Chains(p.Roots) {
		if len(c.Faults)+len(c.Unknown) == 0 {
			continue
		}
		for _, u := range pki.IssuerURLs(c.Query(o.Fetched(), p.Roots, o.At)) {
			known := slices.ContainsFunc(o.Issuers, func(i fact.Issuer) bool { return i.URL == u })
			if !known && !slices.Contains(urls, u) {
				urls = append(urls, u)
			}
		}
	}
	return urls
}

// issuer fetches a URL.
func (p *Prober) issuer(ctx context.Context, u string) fact.Issuer {
	body := p.shared(ctx, u, fetchSpec{limit: maxIssuer})
	i := fact.Issuer{URL: u, Outcome: body.outcome, Error: body.err}
	if i.Outcome != fact.Answered {
		return i
	}
	certs, err := pki.ParseIssuers(body.data)
	if err != nil {
		i.Outcome, i.Error = fact.Malformed, fact.Clip(err.Error(), maxError)
	}
	for _, c := range certs {
		i.Certificates = append(i.Certificates, c.Raw)
	}
	return i
}
