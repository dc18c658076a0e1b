package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/page"
	"github.com/tlsgate/tlsgate/check/probe/http1"
)

// maxShared bounds the bytes that a run keeps of what its targets share.
const maxShared = 48 << 20

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
	turn
	fetched
}

func newSharedFetch() *sharedFetch { return &sharedFetch{turn: newTurn()} }

// shared fetches a URL, once in a run however many targets ask for it, and
// within the time of one probe.
func (p *Prober) shared(ctx context.Context, u string, spec fetchSpec) fetched {
	f := remembered(p, p.fetches, u+"\x00"+string(spec.post), newSharedFetch)
	if !f.take(ctx) {
		o, text := outcome(ctx, ctx.Err(), true)
		return fetched{outcome: o, err: text}
	}
	defer f.leave()
	if f.outcome != fact.Unasked {
		return f.fetched
	}
	var now fetched
	once, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	p.retry(once, func(ctx context.Context) error {
		var err error
		now.data, err = p.fetch(ctx, u, spec)
		now.outcome, now.err = outcome(ctx, err, true)
		return err
	})
	if ctx.Err() != nil { // the time of this target, not of the others
		return now
	}
	if p.kept.Add(int64(len(now.data))) > maxShared {
		now = fetched{outcome: fact.Skipped, err: "too much was fetched in this run already"}
	}
	f.fetched = now
	return now
}

// maxFetchRedirects is how many redirects are followed to a PKI object.
const maxFetchRedirects = 5

// fetch gets what a URL that a certificate names has, whole. A longer answer
// than the limit is an error.
func (p *Prober) fetch(ctx context.Context, u string, spec fetchSpec) ([]byte, error) {
	b, err := p.open(ctx, u, spec)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	body, err := io.ReadAll(io.LimitReader(b, spec.limit+1))
	if err == nil && int64(len(body)) > spec.limit {
		err = fmt.Errorf("the answer has more than %d bytes, the most that are read", spec.limit)
	}
	return body, err
}

// A body is an answer that is read from its connection.
type body struct {
	io.Reader
	close func()
}

func (b body) Close() { b.close() }

// open asks for a cleartext http URL as certificates name them, from external
// addresses only, and follows its redirects under the same conditions. What is
// at their end is signed itself: where a redirect leads to https, the
// certificate there is not verified, for that may need this very object.
func (p *Prober) open(ctx context.Context, u string, spec fetchSpec) (body, error) {
	t, err := fact.ParseTarget(u)
	if err != nil {
		return body{}, err
	}
	if t.Scheme != "http" {
		return body{}, fmt.Errorf("the scheme of '%s' is not http", fact.Clip(u, maxError))
	}
	for range maxFetchRedirects + 1 {
		b, next, err := p.exchange(ctx, t, spec)
		if err != nil || next == nil {
			return b, err
		}
		if next.status != 307 && next.status != 308 {
			spec.post, spec.kind = nil, "" // as browsers do (Fetch, HTTP-redirect fetch)
		}
		if t, err = fact.ParseTarget(next.url); err != nil {
			return body{}, err
		}
		if t.Scheme != "http" && t.Scheme != "https" {
			return body{}, fmt.Errorf("a redirect leads to '%s'", fact.Clip(next.url, maxError))
		}
	}
	return body{}, fmt.Errorf("answered with more than %d redirects", maxFetchRedirects)
}

// A fetchRedirect is where an answer sends to, and its status.
type fetchRedirect struct {
	url    string
	status int
}

// exchange asks once: for the answer, or for where it redirects to.
func (p *Prober) exchange(ctx context.Context, t fact.Target, spec fetchSpec) (b body, next *fetchRedirect, err error) {
	p = p.via(t)
	v, err := p.connectExternal(ctx, t)
	byProxy := false
	if proxyRefused(err) != nil && t.Cleartext() {
		byProxy = true
		v, err = p.connectProxy(ctx)
	}
	if err != nil {
		return body{}, nil, err
	}
	var conn net.Conn = v.Conn
	if t.Scheme == "https" {
		conn = tls.Client(v.Conn, &tls.Config{ServerName: t.Host, InsecureSkipVerify: true})
	}
	memory := p.answers.share()
	defer memory.release()
	resp, err := p.askFor(conn, t, spec, byProxy, func(n int) error { return memory.hold(v.ctx, n) })
	if err != nil {
		v.end()
		return body{}, nil, err
	}
	answer := fact.Exchange{URL: t.URL(), Outcome: fact.Answered, Status: resp.Status, Headers: keptHeaders(resp.Header)}
	switch to, redirects := answer.Redirect(); {
	case redirects && to.Via == "Location":
		next = &fetchRedirect{to.URL, resp.Status}
	case resp.Status != 200:
		err = fmt.Errorf("answered with status %d", resp.Status)
	case resp.Length > spec.limit:
		err = fmt.Errorf("the answer has %d bytes, and %d are the most that are read", resp.Length, spec.limit)
	default:
		return body{http1.Decode(resp.Body, resp.Header.Values("Content-Encoding"), spec.limit+1), v.end}, nil, nil
	}
	v.end()
	return body{}, next, err
}

// askFor sends the request over a connection; in absolute form over one to the
// proxy itself.
func (p *Prober) askFor(conn net.Conn, t fact.Target, spec fetchSpec, byProxy bool, hold func(n int) error) (*http1.Response, error) {
	req := http1.Request{Target: t.Path, Host: authority(t), Header: http1.Header{{Name: "User-Agent", Value: p.UserAgent}}}
	if byProxy {
		req = p.absolute(req, t)
	}
	if spec.post != nil {
		req.Method, req.Body = "POST", spec.post
	}
	if spec.kind != "" {
		req.Header = append(req.Header, http1.Field{Name: "Content-Type", Value: spec.kind})
	}
	if _, err := req.WriteTo(conn); err != nil {
		return nil, err
	}
	return http1.ReadResponse(bufio.NewReader(conn), http1.Options{Cleartext: t.Cleartext(), Hold: hold})
}

// connectExternal connects to the first address of a URL's host that may be
// reached and answers.
func (p *Prober) connectExternal(ctx context.Context, t fact.Target) (visit, error) {
	port := t.Port
	if t.Cleartext() {
		port = t.CleartextPort
	}
	if page.BlockedPort(port) {
		return visit{}, errors.New(blockedPort(port))
	}
	addrs, res := p.resolve(ctx, t.Host, port)
	err := fmt.Errorf("'%s' did not resolve: %s", t.Host, res.Error)
	for _, a := range addrs[:min(len(addrs), 4)] {
		if why := p.barred(a); why != "" {
			err = fmt.Errorf("'%s' is at an address that is %s; nothing was sent", t.Host, why)
			continue
		}
		var v visit
		if v, err = p.connect(ctx, netip.AddrPortFrom(a, port), p.Timeout); err == nil {
			return v, nil
		}
	}
	return visit{}, err
}
