package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/http1"
	"github.com/tlsgate/tlsgate/check/probe/proxy"
)

// A gateway is a proxy that connections of a run go through, with the places
// for them.
type gateway struct {
	*proxy.Proxy
	places places
}

// take takes a place for a connection; there is always one where no proxy is.
// It reports false if the context ended before.
func (g *gateway) take(ctx context.Context) bool { return g == nil || g.places.take(ctx, 1) }

// takeFree is take where nobody has to wait, and some places stay free.
func (g *gateway) takeFree() bool { return g == nil || g.places.takeFree(proxy.MaxConnections/4) }

// give gives a place back.
func (g *gateway) give() {
	if g != nil {
		g.places.give(1)
	}
}

// via is the prober whose connections to a URL's port go through the proxy
// that the options name for it, or to the port itself where they name none.
func (p *Prober) via(t fact.Target) *Prober {
	if p.Proxy == nil {
		return p
	}
	scheme := "https"
	if t.Cleartext() {
		scheme = "http"
	}
	own := *p
	own.gateway = nil
	if u := p.Proxy(&url.URL{Scheme: scheme, Host: net.JoinHostPort(t.Host, strconv.Itoa(int(t.URLPort())))}); u != nil {
		own.gateway = remembered(p, p.gateways, u.String(), func() *gateway {
			return &gateway{
				proxy.New(u, proxy.Options{Dial: p.Dial, Timeout: p.patience(connectPatience), UserAgent: p.UserAgent}),
				places{limit: proxy.MaxConnections},
			}
		})
	}
	return &own
}

// viaPorts are the probers of a target's HTTPS and HTTP ports.
func (p *Prober) viaPorts(t fact.Target) (https, http *Prober) {
	secure, cleartext := t, t
	secure.Scheme, cleartext.Scheme = "https", "http"
	return p.via(secure), p.via(cleartext)
}

// proxyName is the name of the proxy that connections go through; empty for none.
func (p *Prober) proxyName() string {
	if p.gateway == nil {
		return ""
	}
	return p.gateway.Name()
}

// namedZone begins the zone of an address that stands for a name.
const namedZone = "name="

// named is an address that stands for a host that only a proxy can look up: it
// is connected to by name.
func named(host string) netip.Addr { return netip.IPv6Unspecified().WithZone(namedZone + host) }

// nameOf is the host that an address stands for; empty for a real address.
func nameOf(a netip.Addr) string {
	if zone := a.Zone(); len(zone) > len(namedZone) && zone[:len(namedZone)] == namedZone {
		return zone[len(namedZone):]
	}
	return ""
}

// ipText is an address as observations have it: a host in its place where it
// stands for one.
func ipText(a netip.Addr) string {
	if name := nameOf(a); name != "" {
		return name
	}
	return a.String()
}

// portText is a port of an address as observations have it.
func portText(at netip.AddrPort) string { return fact.HostPort(ipText(at.Addr()), at.Port()) }

// parseIP is the address that an observation has.
func parseIP(ip string) netip.Addr {
	if a, err := netip.ParseAddr(ip); err == nil {
		return a
	}
	return named(ip)
}

// addresses looks up a target's host. One that was declared, and that only the
// proxy can look up, is connected to by name.
func (p *Prober) addresses(ctx context.Context, t fact.Target) ([]netip.Addr, fact.Resolution) {
	addrs, r := p.resolve(ctx, t.Host, t.Port, t.CleartextPort)
	secure, _ := p.viaPorts(t)
	if len(addrs) > 0 || r.Outcome == fact.OutOfTime || secure.gateway == nil {
		return addrs, r
	}
	r.ByProxy = true
	return []netip.Addr{named(t.Host)}, r
}

// overridden reports whether the input resolve says where a target is.
func (p *Prober) overridden(t fact.Target) bool {
	return len(p.Resolve[fact.HostPort(t.Host, t.Port)]) > 0 || len(p.Resolve[fact.HostPort(t.Host, t.CleartextPort)]) > 0
}

// errNotResolved is what is known of a name that does not resolve here, where
// the port is not asked through the proxy.
var errNotResolved error = &net.DNSError{Err: "the name does not resolve here, and this port is not reached through a proxy", IsNotFound: true}

// connectOnce connects to a port, through the proxy if there is one.
func (p *Prober) connectOnce(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
	switch {
	case p.gateway != nil:
		return p.gateway.Connect(ctx, portText(at))
	case nameOf(at.Addr()) != "":
		return nil, errNotResolved
	}
	return p.Dial(ctx, "tcp", at.String())
}

// askByProxy lets the proxy make a request that it refused a tunnel for, as
// many do for every port but 443. The proxy may answer itself, and it alone
// knows which address it asks; so only a redirect to https on the same host
// is taken for the deployment's answer.
func (p *Prober) askByProxy(ctx context.Context, t fact.Target, at netip.AddrPort, refusal *proxy.Error) (fact.Exchange, error) {
	x := fact.Exchange{URL: t.URL(), Address: portText(at), ByProxy: true}
	hidden := func(why string) { x.Outcome, x.Error = fact.ProxyError, fact.Clip(refusal.Text+"; "+why, maxError) }
	if p.overridden(t) {
		hidden("the address of the input resolve can be asked in no other way")
		return x, refusal
	}
	v, err := p.connectProxy(ctx)
	if err != nil {
		x.Outcome, x.Error = outcome(ctx, err, false)
		return x, err
	}
	defer v.end()
	var answer fact.Exchange
	err = p.request(v.ctx, v.Conn, t, requestOptions{byProxy: true}, &answer)
	switch to, redirects := answer.Redirect(); {
	case err != nil:
		hidden("it gave no answer to GET either (" + words(err) + ")")
	case redirects && to.To.Host == t.Host && !to.To.Cleartext():
		x.Outcome, x.Status, x.Protocol = answer.Outcome, answer.Status, answer.Protocol
		for _, name := range []string{"Location", "Refresh"} {
			for _, value := range answer.Values(name) {
				x.Headers = append(x.Headers, fact.Header{Name: name, Value: value})
			}
		}
	default:
		hidden("its answer to GET (status " + strconv.Itoa(answer.Status) + ") may be its own")
	}
	return x, err
}

// proxyRefused gives the proxy's refusal to open a tunnel; nil if an error is
// something else.
func proxyRefused(err error) *proxy.Error {
	var e *proxy.Error
	if errors.As(err, &e) && e.Refused() {
		return e
	}
	return nil
}

// absolute is a request in the form in which a proxy takes it (RFC 9112 section
// 3.2.2), with its credentials for the proxy.
func (p *Prober) absolute(r http1.Request, t fact.Target) http1.Request {
	r.Target = t.URL()
	r.Header = append(r.Header, http1.Field{Name: "Cache-Control", Value: "no-cache"})
	if authorization := p.gateway.Authorization(); authorization != "" {
		r.Header = append(r.Header, http1.Field{Name: "Proxy-Authorization", Value: authorization})
	}
	return r
}

// connectProxy opens a connection to the proxy itself, for a request in
// absolute form.
func (p *Prober) connectProxy(ctx context.Context) (visit, error) {
	if !p.sockets.take(ctx, 1) {
		return visit{}, errNoPlace
	}
	if !p.gateway.take(ctx) {
		p.sockets.give(1)
		return visit{}, errNoPlace
	}
	leave := func() { p.gateway.give(); p.sockets.give(1) }
	dialing, connected := context.WithTimeout(ctx, p.patience(connectPatience))
	defer connected()
	conn, err := p.gateway.Dial(dialing)
	if err != nil {
		leave()
		return visit{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeLeft(ctx, p.Timeout))
	return newVisit(ctx, cancel, conn, leave), nil
}
