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

// await asks a target with growing pauses until the deployment itself answers
// with a trusted certificate, or the time to wait is over. It waits for the
// deployment and never for a verdict.
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

// notReady says why the deployment does not answer yet, or "". An address that
// gives nothing is not waited for while another one is ready.
func (p *Prober) notReady(ctx context.Context, t fact.Target) string {
	addrs, res := p.resolve(ctx, t.Host, t.Port, t.CleartextPort)
	if len(addrs) == 0 {
		return fmt.Sprintf("%s (%s)", res.Outcome, res.Error)
	}
	why, ready := "", false
	for _, a := range addrs[:min(len(addrs), maxAddresses)] {
		if p.barred(a) != "" {
			return "" // nothing to wait for: nothing will be sent there
		}
		h, x, _ := p.httpsOnce(ctx, t, t.Origin(), netip.AddrPortFrom(a, t.Port), requestOptions{webSocket: t.WebSocket()})
		switch {
		case !h.Connected || len(h.Chain) == 0:
			why = fmt.Sprintf("TLS port %s", h.Outcome)
		case !p.trusted(nil, t, h):
			return "the certificate is not trusted yet"
		case x.NotDeployment() != "":
			return fmt.Sprintf("answers %d", x.Status)
		case x.Outcome == fact.Answered, x.Outcome == fact.Malformed, h.ClientCertificateRequired:
			ready = true
		default:
			why = fmt.Sprintf("https answer %s", x.Outcome)
		}
	}
	if ready {
		return ""
	}
	return why
}
