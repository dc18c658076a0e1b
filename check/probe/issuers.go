package probe

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"
)

const (
	// maxIssuer bounds an issuer's answer in bytes.
	maxIssuer = 256 << 10
	// maxIssuerLevels bounds how far up a chain is completed.
	maxIssuerLevels = 3
)

// An issuerFetch is a fetch that all targets of a run share.
type issuerFetch struct {
	once sync.Once
	done check.Issuer
}

// complete fetches the issuers of chains that do not reach a root as they
// were sent, from the places their certificates name.
func (p *Prober) complete(ctx context.Context, o *check.Observation) {
	for range maxIssuerLevels {
		urls := p.wanted(o)
		if len(urls) == 0 {
			return
		}
		fetched := make([]check.Issuer, len(urls))
		var wg sync.WaitGroup
		for i, u := range urls {
			wg.Go(func() { fetched[i] = p.issuer(ctx, u) })
		}
		wg.Wait()
		o.Issuers = append(o.Issuers, fetched...)
	}
}

// wanted are the URLs to fetch next, those already fetched left out.
func (p *Prober) wanted(o *check.Observation) []string {
	var urls []string
	fetched := o.Fetched()
	for _, c := range o.Chains() {
		if c.Broken != "" {
			continue
		}
		for _, u := range pki.IssuerURLs(c.Query(fetched, p.Roots, o.At)) {
			known := slices.ContainsFunc(o.Issuers, func(i check.Issuer) bool { return i.URL == u })
			if !known && !slices.Contains(urls, u) {
				urls = append(urls, u)
			}
		}
	}
	return urls
}

// issuer fetches a URL, once for all targets.
func (p *Prober) issuer(ctx context.Context, u string) check.Issuer {
	p.mu.Lock()
	f := p.issuers[u]
	if f == nil {
		f = new(issuerFetch)
		p.issuers[u] = f
	}
	p.mu.Unlock()
	f.once.Do(func() { f.done = p.fetchIssuer(ctx, u) })
	return f.done
}

func (p *Prober) fetchIssuer(ctx context.Context, u string) check.Issuer {
	i := check.Issuer{URL: u}
	var body []byte
	p.retry(ctx, func(ctx context.Context) error {
		var err error
		body, err = p.fetch(ctx, u, maxIssuer)
		i.Outcome, i.Error = outcome(err, true)
		return err
	})
	if i.Outcome != check.Answered {
		return i
	}
	certs, err := pki.ParseIssuers(body)
	if err != nil {
		i.Outcome, i.Error = check.Nonsense, check.Clip(err.Error(), maxError)
	}
	for _, c := range certs {
		i.Certificates = append(i.Certificates, c.Raw)
	}
	return i
}

// fetch gets a cleartext http URL as certificates name them, from external
// addresses only, following no redirect. A longer answer than limit is an error.
func (p *Prober) fetch(ctx context.Context, u string, limit int64) ([]byte, error) {
	t, err := check.ParseTarget(u)
	if err != nil {
		return nil, err
	}
	if t.Scheme != "http" {
		return nil, fmt.Errorf("the scheme of '%s' is not http", check.Clip(u, maxError))
	}
	conn, done, err := p.connectExternal(ctx, t)
	if err != nil {
		return nil, err
	}
	defer done()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.HTTP(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", p.UserAgent)
	tr := transport(conn, false)
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered with status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = fmt.Errorf("the answer is longer than %d bytes", limit)
	}
	return body, err
}

// connectExternal connects to the first address of a cleartext URL's host
// that may be reached and answers.
func (p *Prober) connectExternal(ctx context.Context, t check.Target) (net.Conn, func(), error) {
	addrs, res := p.resolve(ctx, t.Host, t.CleartextPort)
	err := fmt.Errorf("'%s' did not resolve: %s", t.Host, res.Error)
	for _, a := range addrs[:min(len(addrs), 4)] {
		if why := p.barred(a); why != "" {
			err = fmt.Errorf("'%s' is at an address that is %s; nothing was sent", t.Host, why)
			continue
		}
		var conn net.Conn
		var done func()
		if conn, done, err = p.connect(ctx, netip.AddrPortFrom(a, t.CleartextPort)); err == nil {
			return conn, done, nil
		}
	}
	return nil, nil, err
}
