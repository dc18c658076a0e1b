package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
)

// The pauses between attempts at a deployment that does not answer yet.
const (
	firstPause = 500 * time.Millisecond
	maxPause   = 10 * time.Second
)

// await asks a target with growing pauses until the deployment itself answers
// with a trusted certificate, or the time to wait is over. It waits for the
// deployment and never for a verdict.
func (p *Prober) await(ctx context.Context, t fact.Target) {
	until := p.Now().Add(p.Wait)
	for next := firstPause; ; next = min(next*3/2, maxPause) {
		asking, cancel := context.WithTimeout(ctx, max(until.Sub(p.Now()), 0)+p.Timeout)
		why := p.notReady(asking, t)
		cancel()
		left := until.Sub(p.Now())
		if why == "" || left <= 0 || ctx.Err() != nil {
			return
		}
		if p.Waiting != nil {
			p.Waiting(t, why)
		}
		p.Pause(ctx, min(next, left))
	}
}

// notReady says why the deployment does not answer yet, or "": the answer that
// the redirects of each address end at has to be the deployment's own. An
// address that gives nothing is not waited for while another one is ready.
func (p *Prober) notReady(ctx context.Context, t fact.Target) string {
	addrs, res := p.addresses(ctx, t)
	https, _ := p.viaPorts(t)
	if len(addrs) == 0 {
		return fmt.Sprintf("%s (%s)", res.Outcome, res.Error)
	}
	addrs = addrs[:min(len(addrs), maxAddresses)]
	if slices.ContainsFunc(addrs, func(a netip.Addr) bool { return p.barred(a) != "" }) {
		return "" // nothing to wait for: nothing will be sent there
	}
	o := fact.Observation{Target: t, Judge: fact.NewJudge(p.Roots, p.Now()), Endpoints: make([]fact.Endpoint, len(addrs))}
	jars := make([]cookieJars, len(addrs))
	var wg sync.WaitGroup
	for i, a := range addrs {
		jars[i] = newCookieJars(p.Now)
		wg.Go(func() {
			ask := requestOptions{webSocket: t.WebSocket(), jar: jars[i].tls, judge: o.Judge}
			h, x, _ := https.httpsOnce(ctx, t, t.Origin(), netip.AddrPortFrom(a, t.Port), ask)
			o.Endpoints[i] = fact.Endpoint{IP: ipText(a), TLS: h, HTTPS: x}
		})
	}
	wg.Wait()
	p.follow(ctx, &o, jars)
	var reasons []string
	for _, e := range o.Endpoints {
		why, waits := p.endpointNotReady(o, e)
		if waits {
			return why
		}
		reasons = append(reasons, why)
	}
	if slices.Contains(reasons, "") {
		return ""
	}
	return reasons[len(reasons)-1]
}

// endpointNotReady says why an address is not ready, or "". Waits is set where
// it is to be waited for even if another address is ready.
func (p *Prober) endpointNotReady(o fact.Observation, e fact.Endpoint) (why string, waits bool) {
	_, end, _ := o.RedirectChain(e.HTTPS)
	switch {
	case !e.TLS.Connected || len(e.TLS.Chain) == 0:
		return fmt.Sprintf("HTTPS port %d: %s", o.Target.Port, e.TLS.Outcome), false
	case !p.trusted(o.Judge, o.Target, e.TLS):
		return "the certificate is not trusted yet", true
	case end.NotDeployment(p.ExpectStatus) != "":
		return fmt.Sprintf("%sanswers %d", subject(e, end), end.Status), true
	case end.Outcome == fact.Answered, end.Outcome == fact.Malformed, end.Outcome == fact.Skipped, o.WantsCertificate(end.URL):
		return "", false
	}
	return fmt.Sprintf("%shttps answer %s", subject(e, end), end.Outcome), false
}

// subject names the URL that redirects end at, where it is another one.
func subject(e fact.Endpoint, end fact.Exchange) string {
	if end.URL == e.HTTPS.URL {
		return ""
	}
	return fmt.Sprintf("'%s' ", fact.Clip(end.URL, 200))
}
