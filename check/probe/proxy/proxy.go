// Package proxy reaches addresses through an HTTP proxy: by CONNECT (RFC 9110
// section 9.3.6), and by connections over which requests go in absolute form
// (RFC 9112 section 3.2.2). No text of it holds a proxy's credentials.
package proxy

import (
	"context"
	"encoding/base64"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tlsgate/tlsgate/check/probe/neterr"
)

// MaxConnections is how many connections go through one proxy at the same
// time: proxies bound them, some for each client (tinyproxy's MaxClients is 100).
const MaxConnections = 64

// Options say how a proxy is reached.
type Options struct {
	// Dial connects to the proxy itself.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds the first connection to the proxy, which all others wait
	// for: a proxy that cannot be reached costs it once.
	Timeout   time.Duration
	UserAgent string
}

// A Proxy is an HTTP proxy. It is safe for concurrent use.
type Proxy struct {
	Options
	name          string
	address       string
	serverName    string // of an https proxy; empty for an http one
	authorization string

	begin   sync.Once
	reached chan struct{} // closed when the first connection stands, or failed
	dead    *Error        // why it failed; nil if it stands
	alive   atomic.Bool
}

// New makes a Proxy of a URL: http or https, with a host.
func New(u *url.URL, o Options) *Proxy {
	p := &Proxy{Options: o, name: Name(u), reached: make(chan struct{})}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	p.address = net.JoinHostPort(u.Hostname(), port)
	if u.Scheme == "https" {
		p.serverName = u.Hostname()
	}
	if u.User != nil {
		password, _ := u.User.Password()
		p.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
	}
	return p
}

// Name is a proxy's URL without credentials: "http://proxy.example:3128".
func Name(u *url.URL) string { return u.Scheme + "://" + u.Host }

// Name is the proxy's URL without credentials.
func (p *Proxy) Name() string { return p.name }

// Authorization is the value of Proxy-Authorization (RFC 9110 section 11.7.2);
// empty for none.
func (p *Proxy) Authorization() string { return p.authorization }

// Dial opens a connection to the proxy itself, for a request in absolute form.
// Its errors are of type [*Error].
func (p *Proxy) Dial(ctx context.Context) (net.Conn, error) {
	if !p.alive.Load() {
		p.begin.Do(func() { go p.first(context.WithoutCancel(ctx)) })
		select {
		case <-p.reached:
		case <-ctx.Done():
			return nil, p.unreached(ctx.Err())
		}
		if p.dead != nil {
			return nil, p.dead
		}
	}
	conn, err := p.open(ctx)
	if err != nil {
		e := p.unreached(err)
		e.Again = neterr.IsTimeout(err) || neterr.IsReset(err)
		return nil, e
	}
	return conn, nil
}

// first makes the first connection, which shows whether there is a proxy.
func (p *Proxy) first(ctx context.Context) {
	defer close(p.reached)
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	conn, err := p.open(ctx)
	if err != nil {
		p.dead = p.unreached(err)
		return
	}
	p.alive.Store(true)
	_ = conn.Close() // it carried nothing
}

// open connects, by TLS where the proxy's URL is https.
func (p *Proxy) open(ctx context.Context) (net.Conn, error) {
	conn, err := p.Options.Dial(ctx, "tcp", p.address)
	if err != nil || p.serverName == "" {
		return conn, err
	}
	secure, err := p.secure(ctx, conn)
	if err != nil {
		_ = conn.Close() // the handshake's error says more
		return nil, err
	}
	return secure, nil
}

// unreached is the error of a proxy that no connection stands to.
func (p *Proxy) unreached(err error) *Error {
	return &Error{Text: "the proxy " + p.name + " cannot be reached (" + neterr.Text(err) + ")"}
}
