package probe

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/tlsgate/tlsgate/check/fact"
)

// follow asks every URL that the endpoints' first answers redirect to, hop by
// hop: each URL once, on the target's own host at each address that leads
// there. Jars are the cookies of each endpoint's chain over TLS.
func (p *Prober) follow(ctx context.Context, o *fact.Observation, jars []http.CookieJar) {
	f := follower{p, o, newMask(p.Headers, o.Target.URL()), map[string]bool{}}
	for i, e := range o.Endpoints {
		f.known[f.key(e.IP, o.Target.HTTPS())], f.known[f.key(e.IP, o.Target.HTTP())] = true, true
		for _, start := range []fact.Exchange{e.HTTPS, e.Cleartext} {
			f.from(ctx, e.IP, start, jars[i])
		}
	}
}

// newJar holds the cookies of one chain of redirects, in memory only: some
// sites redirect for ever without.
func newJar() http.CookieJar {
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		panic(err) // it has no way to fail
	}
	return jar
}

// A follower follows the redirects of one target.
type follower struct {
	*Prober
	o     *fact.Observation
	mask  mask
	known map[string]bool // URLs asked, by key
}

// key tells what is asked once: a URL, and on the target's own host also the
// address.
func (f *follower) key(ip, url string) string {
	if t, err := fact.ParseTarget(url); err == nil && t.Host == f.o.Target.Host {
		return url + " " + ip
	}
	return url
}

// from follows the chain that begins with an answer of an address.
func (f *follower) from(ctx context.Context, ip string, x fact.Exchange, jar http.CookieJar) {
	seen := map[string]bool{}
	for n := 1; ; n++ {
		r, ok := x.Redirect()
		if !ok || seen[r.URL] {
			return
		}
		seen[r.URL] = true
		key := f.key(ip, r.URL)
		if f.known[key] {
			if key != r.URL {
				return // followed from here before, at this address
			}
			x = f.asked(r.URL) // it may lead back to this address
			continue
		}
		f.known[key] = true
		hop := fact.Hop{Exchange: fact.Exchange{URL: r.URL, Outcome: fact.Skipped}}
		t, err := fact.ParseTarget(r.URL)
		switch {
		case err != nil:
			hop.Error = fact.Clip(err.Error(), maxError)
		case n > fact.MaxRedirects:
			hop.Error = "more than 10 redirects"
		case strings.HasPrefix(x.URL, "https:") && t.Cleartext() && strings.Contains(r.URL, "?"):
			// What came over TLS may be secret, and is not ours to give away.
			hop.Error = "the query of a URL that came over TLS is not sent in cleartext"
		case (t.Cleartext() || t.Origin() != f.o.Target.Origin()) && f.mask.holds(r.URL):
			hop.Error = "a secret header's value in the URL is not sent to another origin"
		case len(f.Headers) > 0 && t.Origin() != f.o.Target.Origin():
			// Cookies that a secret header won stay with the origin too.
			hop = f.hop(ctx, t, ip, nil)
		default:
			hop = f.hop(ctx, t, ip, jar)
		}
		f.o.Hops = append(f.o.Hops, hop)
		x = hop.Exchange
	}
}

// asked is what a URL of another host answered.
func (f *follower) asked(url string) fact.Exchange {
	for _, h := range f.o.Hops {
		if h.URL == url {
			return h.Exchange
		}
	}
	return fact.Exchange{URL: url}
}

// hop asks one URL of a redirect chain: at the given address where it is on
// the target's host, else at the first address that answers.
func (f *follower) hop(ctx context.Context, t fact.Target, ip string, jar http.CookieJar) fact.Hop {
	p, o, url := f.Prober, f.o, t.URL()
	h := fact.Hop{Exchange: fact.Exchange{URL: url}}
	port := t.Port
	if t.Cleartext() {
		port = t.CleartextPort
	}
	var addrs []netip.Addr
	var res fact.Resolution
	if t.Host == o.Target.Host {
		addrs = []netip.Addr{netip.MustParseAddr(ip)}
	} else {
		addrs, res = p.resolve(ctx, t.Host, port)
	}
	if len(addrs) == 0 {
		h.Outcome, h.Error = res.Outcome, res.Error
		return h
	}
	for _, a := range addrs[:min(len(addrs), 4)] {
		at := netip.AddrPortFrom(a, port)
		if why := p.barred(a); why != "" {
			h.Exchange = fact.Exchange{URL: url, Address: at.String(), Outcome: fact.Skipped, Error: "the address is " + why}
			continue
		}
		if t.Cleartext() {
			p.probeCleartext(ctx, t, a, cleartextRequest{port: port, patient: true, into: &h.Exchange}, func() bool { return false })
		} else {
			h.TLS, h.Exchange = p.https(ctx, t, o.Target.Origin(), at, requestOptions{jar: jar})
		}
		if h.Connected {
			break
		}
	}
	return h
}
