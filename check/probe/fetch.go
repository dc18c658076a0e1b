package probe

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"sync"

	"github.com/tlsgate/tlsgate/check/fact"
)

// maxShared bounds the bytes that a run keeps of what its targets share.
const maxShared = 256 << 20

// A fetchSpec says how to fetch: at most limit bytes, by POST where there is
// something to send.
type fetchSpec struct {
	limit int64
	post  []byte
	kind  string // the Content-Type of what is sent
}

// A fetched is the outcome of a fetch.
type fetched struct {
	outcome fact.Outcome
	err     string
	data    []byte
}

// A sharedFetch is a fetch that all targets of a run share.
type sharedFetch struct {
	once sync.Once
	fetched
}

// shared fetches a URL, once in a run however many targets ask for it.
func (p *Prober) shared(ctx context.Context, u string, spec fetchSpec) fetched {
	f := remembered(p, p.fetches, u+"\x00"+string(spec.post))
	f.once.Do(func() {
		p.retry(ctx, func() error {
			var err error
			f.data, err = p.fetch(ctx, u, spec)
			f.outcome, f.err = outcome(err, true)
			return err
		})
		if p.kept.Add(int64(len(f.data))) > maxShared {
			f.fetched = fetched{outcome: fact.Skipped, err: "too much was fetched in this run already"}
		}
	})
	return f.fetched
}

// fetch gets a cleartext http URL as certificates name them, from external
// addresses only, following no redirect. A longer answer than the limit is an
// error.
func (p *Prober) fetch(ctx context.Context, u string, spec fetchSpec) ([]byte, error) {
	t, err := fact.ParseTarget(u)
	if err != nil {
		return nil, err
	}
	if t.Scheme != "http" {
		return nil, fmt.Errorf("the scheme of '%s' is not http", fact.Clip(u, maxError))
	}
	v, err := p.connectExternal(ctx, t)
	if err != nil {
		return nil, err
	}
	defer v.end()
	method := http.MethodGet
	if spec.post != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(v.ctx, method, t.HTTP(), bytes.NewReader(spec.post))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", p.UserAgent)
	if spec.kind != "" {
		req.Header.Set("Content-Type", spec.kind)
	}
	tr := transport(v.Conn, false)
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered with status %d", resp.StatusCode)
	}
	if resp.ContentLength > spec.limit {
		return nil, fmt.Errorf("the answer has %d bytes, and %d are the most that are read", resp.ContentLength, spec.limit)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, spec.limit+1))
	if err == nil && int64(len(body)) > spec.limit {
		err = fmt.Errorf("the answer has more than %d bytes, the most that are read", spec.limit)
	}
	return body, err
}

// connectExternal connects to the first address of a cleartext URL's host
// that may be reached and answers.
func (p *Prober) connectExternal(ctx context.Context, t fact.Target) (visit, error) {
	addrs, res := p.resolve(ctx, t.Host, t.CleartextPort)
	err := fmt.Errorf("'%s' did not resolve: %s", t.Host, res.Error)
	for _, a := range addrs[:min(len(addrs), 4)] {
		if why := p.barred(a); why != "" {
			err = fmt.Errorf("'%s' is at an address that is %s; nothing was sent", t.Host, why)
			continue
		}
		var v visit
		if v, err = p.connect(ctx, netip.AddrPortFrom(a, t.CleartextPort), p.Timeout); err == nil {
			return v, nil
		}
	}
	return visit{}, err
}
