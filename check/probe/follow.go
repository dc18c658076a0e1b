package probe

import (
	"context"
	"net/netip"
	"strings"

	"github.com/tlsgate/tlsgate/check"
)

// follow asks every URL that the endpoints' first answers redirect to, each
// once, hop by hop.
func (p *Prober) follow(ctx context.Context, o *check.Observation) {
	known := map[string]bool{o.Target.HTTPS(): true, o.Target.HTTP(): true}
	for _, e := range o.Endpoints {
		for _, start := range []check.Exchange{e.HTTPS, e.Cleartext} {
			p.followFrom(ctx, o, start, known)
		}
	}
}

func (p *Prober) followFrom(ctx context.Context, o *check.Observation, from check.Exchange, known map[string]bool) {
	for n := 1; ; n++ {
		r, ok := from.Redirect()
		if !ok || known[r.URL] {
			return
		}
		known[r.URL] = true
		hop := check.Hop{Exchange: check.Exchange{URL: r.URL, Outcome: check.Withheld}}
		switch {
		case n > check.MaxRedirects:
			hop.Error = "more than 10 redirects"
		case strings.HasPrefix(from.URL, "https:") && strings.HasPrefix(r.URL, "http:") && strings.Contains(r.URL, "?"):
			// What came over TLS may be secret, and is not ours to give away.
			hop.Error = "the query of a URL that came over TLS is not sent in cleartext"
		default:
			hop = p.hop(ctx, o, r.URL)
		}
		o.Hops = append(o.Hops, hop)
		from = hop.Exchange
	}
}

// hop asks one URL of a redirect chain: at the target's own addresses where
// it is on the same host, else at the first address that answers.
func (p *Prober) hop(ctx context.Context, o *check.Observation, url string) check.Hop {
	h := check.Hop{Exchange: check.Exchange{URL: url}}
	t, err := check.ParseTarget(url)
	if err != nil {
		h.Outcome, h.Error = check.Withheld, check.Clip(err.Error(), maxError)
		return h
	}
	port := t.Port
	if t.Cleartext() {
		port = t.CleartextPort
	}
	addrs, res := p.hopAddresses(ctx, o, t.Host, port)
	if len(addrs) == 0 {
		h.Outcome, h.Error = res.Outcome, res.Error
		return h
	}
	for _, a := range addrs[:min(len(addrs), 4)] {
		at := netip.AddrPortFrom(a, port)
		if why := p.barred(a); why != "" {
			h.Exchange = check.Exchange{URL: url, Address: at.String(), Outcome: check.Withheld, Error: "the address is " + why}
			continue
		}
		if t.Cleartext() {
			p.knock(ctx, t, a, door{port: port, patient: true, into: &h.Exchange}, func() bool { return false })
		} else {
			h.TLS, h.Exchange = p.https(ctx, t, o.Target.Origin(), at)
		}
		if h.Connected {
			break
		}
	}
	return h
}

// hopAddresses are the addresses to ask for a hop.
func (p *Prober) hopAddresses(ctx context.Context, o *check.Observation, host string, port uint16) ([]netip.Addr, check.Resolution) {
	if host != o.Target.Host {
		return p.resolve(ctx, host, port)
	}
	var first, rest []netip.Addr
	for _, e := range o.Endpoints {
		a, err := netip.ParseAddr(e.IP)
		switch {
		case err != nil || e.NotExternal != "":
		case e.HTTPS.Outcome == check.Answered || e.Cleartext.Outcome == check.Answered:
			first = append(first, a)
		default:
			rest = append(rest, a)
		}
	}
	return append(first, rest...), o.Resolution
}
