package probe

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/page"
)

// follow asks every URL that the endpoints' first answers redirect to, hop by
// hop: each URL once, on the target's own host at each address that leads
// there. The chains of all addresses are followed at once. Jars are the cookies
// of each endpoint's chains.
func (p *Prober) follow(ctx context.Context, o *fact.Observation, jars []cookieJars) {
	f := &follower{Prober: p, o: o, mask: newMask(p.Headers, o.Target.URL()), hops: map[hopKey]*sharedHop{}}
	walked := make([][]fact.Hop, len(o.Endpoints)) // in the order of each endpoint's chains
	var wg sync.WaitGroup
	for i, e := range o.Endpoints {
		wg.Go(func() {
			walked[i] = append(f.from(ctx, e.IP, e.HTTPS, jars[i].tls, false), f.fromCleartext(ctx, e, jars[i])...)
		})
	}
	wg.Wait()
	seen := map[hopKey]bool{}
	for _, hops := range walked {
		for _, h := range hops {
			if key := f.key(h.Exchange); !seen[key] {
				seen[key] = true
				o.Hops = append(o.Hops, h)
			}
		}
	}
}

// maxURL bounds the URLs that are asked, in bytes: several times what servers
// take.
const maxURL = 64 << 10

// A follower follows the redirects of one target.
type follower struct {
	*Prober
	o    *fact.Observation // its endpoints; hops are added when all are known
	mask mask

	mu   sync.Mutex
	hops map[hopKey]*sharedHop
}

// A hopKey tells apart what is asked for redirects: a URL, the address if it is
// on the target's own host, how often the chain came by it before, and whether
// it sends cookies of the cleartext port there.
type hopKey struct {
	url, address string
	again        int
	cookies      bool
}

// A sharedHop is asked once for all chains that lead to it.
type sharedHop struct {
	once sync.Once
	hop  fact.Hop
}

// key is that of an exchange, of which the URL, the address (an ip:port or an
// IP) and what tells those of one URL apart are set.
func (f *follower) key(x fact.Exchange) hopKey {
	k := hopKey{url: x.URL, again: x.Again, cookies: x.CleartextCookies}
	if fact.HostOf(x.URL) == f.o.Target.Host {
		k.address = fact.WithoutPort(x.Address)
	}
	return k
}

// shared is the hop at a key, asked if it was not yet.
func (f *follower) shared(key hopKey, ask func() fact.Hop) fact.Hop {
	f.mu.Lock()
	h := f.hops[key]
	if h == nil {
		h = new(sharedHop)
		f.hops[key] = h
	}
	f.mu.Unlock()
	h.once.Do(func() { h.hop = ask() })
	return h.hop
}

// fromCleartext follows the chain that begins at an endpoint's cleartext port: a
// browser takes the cookies that are set there along.
func (f *follower) fromCleartext(ctx context.Context, e fact.Endpoint, jars cookieJars) []fact.Hop {
	if jars.cleartext.empty() {
		return f.from(ctx, e.IP, e.Cleartext, jars.tls, false)
	}
	return f.from(ctx, e.IP, e.Cleartext, jars.cleartext, true)
}

// from follows the chain that begins with an answer of an address, and gives
// what was asked on it. A URL that comes again is asked again where other
// cookies would be sent to it; a page that reloads itself only once, for it may
// do so for ever. With cleartextCookies the jar has those that the cleartext port
// set, so that no answer to other cookies counts.
func (f *follower) from(ctx context.Context, ip string, x fact.Exchange, jar *cookieJar, cleartextCookies bool) (hops []fact.Hop) {
	seen := map[string]int{x.URL: 1}
	sent := map[string]bool{x.URL + "\n": true}
	reloaded := false
	for n := 1; ; n++ {
		r, ok := x.Redirect()
		if !ok && !reloaded {
			r, ok = x.Reload()
			reloaded = true
		}
		if !ok {
			return hops
		}
		cookies, again := f.jarFor(r, jar), seen[r.URL]
		header := cookies.header(r.To)
		request := r.URL + "\n" + header
		if again > 0 && sent[request] {
			return hops // a circle
		}
		seen[r.URL], sent[request] = again+1, true
		with := cleartextCookies && header != ""
		if next, asked := f.o.Followed(r, ip, again, false); asked && !with {
			x = next // an endpoint's own answer
			continue
		}
		key := f.key(fact.Exchange{URL: r.URL, Address: ip, Again: again, CleartextCookies: with})
		hop := f.shared(key, func() fact.Hop {
			hop := f.ask(ctx, r, x, n, ip, cookies)
			hop.Again, hop.CleartextCookies = again, with
			return hop
		})
		hops = append(hops, hop)
		x = hop.Exchange
	}
}

// ask asks what a redirect from an answer leads to, the nth of its chain,
// unless there is a reason against it.
func (f *follower) ask(ctx context.Context, r fact.Redirect, from fact.Exchange, n int, ip string, cookies *cookieJar) fact.Hop {
	hop := fact.Hop{Exchange: fact.Exchange{URL: r.URL, Outcome: fact.Skipped}}
	if r.To.Host == f.o.Target.Host {
		hop.Address = fact.HostPort(ip, r.To.URLPort())
	}
	switch {
	case r.Err != nil:
		hop.Error = fact.Clip(r.Err.Error(), maxError)
	case n > fact.MaxRedirects:
		hop.Error = fmt.Sprintf("more than %d redirects", fact.MaxRedirects)
	case strings.HasPrefix(from.URL, "https:") && r.To.Cleartext() && strings.Contains(r.URL, "?"):
		// What came over TLS may be secret, and is not ours to give away.
		hop.Error = "the query of a URL that came over TLS is not sent in cleartext"
	case (r.To.Cleartext() || r.To.Origin() != f.o.Target.Origin()) && f.mask.holds(r.URL):
		hop.Error = "a secret header's value in the URL is not sent to another origin"
	case len(r.URL) > maxURL:
		hop.Error = fmt.Sprintf("a URL of more than %d KiB is not asked", maxURL>>10)
	case f.blocked(r.To):
		hop.Error = blockedPort(r.To.URLPort())
	case ended(ctx) != nil:
		hop.Outcome, hop.Error = fact.OutOfTime, ended(ctx).Error()
	default:
		hop = f.hop(ctx, r.To, ip, cookies)
	}
	return hop
}

// jarFor is the jar of what a redirect leads to; nil in cleartext, and where
// cookies that a secret header won would go to another origin.
func (f *follower) jarFor(r fact.Redirect, jar *cookieJar) *cookieJar {
	if r.To.Cleartext() || len(f.Headers) > 0 && r.To.Origin() != f.o.Target.Origin() {
		return nil
	}
	return jar
}

// hop asks one URL of a redirect chain: at the given address where it is on
// the target's host, else at the first address that answers.
func (f *follower) hop(ctx context.Context, t fact.Target, ip string, jar *cookieJar) fact.Hop {
	p, o, url := f.via(t), f.o, t.URL()
	h := fact.Hop{Exchange: fact.Exchange{URL: url}}
	port := t.URLPort()
	var addrs []netip.Addr
	var res fact.Resolution
	if t.Host == o.Target.Host {
		addrs = []netip.Addr{parseIP(ip)}
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
			h.Exchange = fact.Exchange{URL: url, Address: portText(at), Outcome: fact.Skipped, Error: "the address is " + why}
			continue
		}
		if t.Cleartext() {
			p.probeCleartext(ctx, t, a, cleartextRequest{port: port, patient: true, byProxy: true, into: &h.Exchange}, func() bool { return false })
		} else {
			h.TLS, h.Exchange = p.https(ctx, t, o.Target.Origin(), at, requestOptions{jar: jar, judge: o.Judge})
		}
		if h.Connected || h.Outcome == fact.Answered {
			break
		}
	}
	return h
}

// blocked reports whether a redirect leads to a port that browsers do not
// connect to, other than one of the target's own, which was declared.
func (f *follower) blocked(to fact.Target) bool {
	t, port := f.o.Target, to.URLPort()
	declared := to.Host == t.Host && (port == t.Port || port == t.CleartextPort)
	return page.BlockedPort(port) && !declared
}

// blockedPort says why nothing was sent to a port.
func blockedPort(port uint16) string {
	return fmt.Sprintf("browsers do not connect to port %d, which is another protocol's", port)
}
