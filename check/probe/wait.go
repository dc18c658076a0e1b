package probe

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/tlsgate/tlsgate/check"
)

// The pauses between looks at a deployment that does not answer yet.
const (
	firstPause = 500 * time.Millisecond
	maxPause   = 10 * time.Second
)

// await looks at a target with growing pauses until one of its addresses
// answers over TLS or at the cleartext port, or the time to wait is over. It
// waits for an answer and never for a verdict.
func (p *Prober) await(ctx context.Context, t check.Target) {
	until := p.Now().Add(p.Wait)
	for next := firstPause; ; next = min(next*3/2, maxPause) {
		why := p.silent(ctx, t)
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

// silent says why no address of the target answers yet, or "".
func (p *Prober) silent(ctx context.Context, t check.Target) string {
	addrs, res := p.resolve(ctx, t.Host, t.Port, t.CleartextPort)
	if len(addrs) == 0 {
		return fmt.Sprintf("%s (%s)", res.Outcome, res.Error)
	}
	why := ""
	for _, a := range addrs[:min(len(addrs), maxAddresses)] {
		if p.barred(a) != "" {
			return "" // nothing to wait for: nothing will be sent there
		}
		h, _, _ := p.httpsOnce(ctx, t, t.Origin(), netip.AddrPortFrom(a, t.Port), asker{webSocket: t.WebSocket()})
		if h.Outcome == check.Answered || h.Outcome == check.Nonsense || len(h.Chain) > 0 {
			return ""
		}
		var x check.Exchange
		p.knock(ctx, t, a, door{port: t.CleartextPort, into: &x}, func() bool { return true })
		if x.Outcome == check.Answered {
			return ""
		}
		why = fmt.Sprintf("TLS port %s, cleartext port %s", h.Outcome, x.Outcome)
	}
	return why
}
