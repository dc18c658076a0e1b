package probe

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
)

// The pauses between attempts at a deployment that does not answer yet.
const (
	firstPause = 500 * time.Millisecond
	maxPause   = 10 * time.Second
)

// await asks a target with growing pauses until one of its addresses
// answers over TLS or at the cleartext port, or the time to wait is over. It
// waits for an answer and never for a verdict.
func (p *Prober) await(ctx context.Context, t fact.Target) {
	until := p.Now().Add(p.Wait)
	for next := firstPause; ; next = min(next*3/2, maxPause) {
		why := p.notReady(ctx, t)
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

// notReady says why no address of the target answers yet, or "".
func (p *Prober) notReady(ctx context.Context, t fact.Target) string {
	addrs, res := p.resolve(ctx, t.Host, t.Port, t.CleartextPort)
	if len(addrs) == 0 {
		return fmt.Sprintf("%s (%s)", res.Outcome, res.Error)
	}
	why := ""
	for _, a := range addrs[:min(len(addrs), maxAddresses)] {
		if p.barred(a) != "" {
			return "" // nothing to wait for: nothing will be sent there
		}
		h, _, _ := p.httpsOnce(ctx, t, t.Origin(), netip.AddrPortFrom(a, t.Port), requestOptions{webSocket: t.WebSocket()})
		if h.Outcome == fact.Answered || h.Outcome == fact.Malformed || len(h.Chain) > 0 {
			return ""
		}
		var x fact.Exchange
		p.probeCleartext(ctx, t, a, cleartextRequest{port: t.CleartextPort, into: &x}, func() bool { return true })
		if x.Outcome == fact.Answered {
			return ""
		}
		why = fmt.Sprintf("TLS port %s, cleartext port %s", h.Outcome, x.Outcome)
	}
	return why
}
