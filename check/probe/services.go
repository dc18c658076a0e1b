package probe

import (
	"context"
	"fmt"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/svcb"
)

// A serviceQuestion is the question for a target's HTTPS records, which is
// under way while the target is asked. Nothing waits for it longer than for
// the rest of what an address shows.
type serviceQuestion struct {
	done     chan struct{}
	services fact.Services // when done is closed
	asked    fact.Services // what is known until then
	cancel   context.CancelFunc
}

// askServices asks for the HTTPS records of a target (RFC 9460 section 9). A
// host that is an address, and one whose addresses the input resolve gives,
// has none to ask for; and none are used behind a proxy, for all that they
// advertise is HTTP/3.
func (p *Prober) askServices(ctx context.Context, t fact.Target) *serviceQuestion {
	q := &serviceQuestion{done: make(chan struct{}), cancel: func() {}}
	https, _ := p.viaPorts(t)
	if p.LookupHTTPS == nil || t.IP().IsValid() || p.overridden(t) || https.gateway != nil {
		close(q.done)
		return q
	}
	name := t.Host
	if t.Port != 443 {
		name = fmt.Sprintf("_%d._https.%s", t.Port, t.Host)
	}
	q.asked = fact.Services{Name: name, Outcome: fact.TimedOut, Error: "there was no answer by the time that all else was done"}
	ctx, q.cancel = context.WithCancel(ctx)
	go func() {
		defer close(q.done)
		if !p.questions.take(ctx, 1) {
			return
		}
		defer p.questions.give(1)
		if !p.sockets.take(ctx, resolverDescriptors) {
			return
		}
		defer p.sockets.give(resolverDescriptors)
		data, err := p.LookupHTTPS(ctx, name+".")
		q.services = fact.Services{Name: name, Records: svcb.Read(data)}
		q.services.Outcome, q.services.Error = outcome(ctx, err, false)
	}()
	return q
}

// by waits until the records are known, or a channel is closed.
func (q *serviceQuestion) by(end <-chan struct{}) fact.Services {
	select {
	case <-q.done:
	case <-end:
	}
	return q.known()
}

// known is what is known of the records now.
func (q *serviceQuestion) known() fact.Services {
	select {
	case <-q.done:
		return q.services
	default:
		return q.asked
	}
}
