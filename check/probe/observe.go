package probe

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// Observe gathers the facts about a target: all addresses at once, and at
// each everything at once that does not wait for another answer; then the
// redirects, and the issuers of chains that do not reach a root. What is not
// known at the deadline is left, and the observation says what used the time.
func (p *Prober) Observe(ctx context.Context, t fact.Target) fact.Observation {
	p = p.of(t)
	if p.Wait > 0 && clockBefore(p.Now()) == "" { // no certificate becomes trusted otherwise
		p.await(ctx, t)
	}
	defer p.begin(ctx)()
	p = p.observing()
	ctx, cancel := p.within(ctx)
	defer cancel()
	o := fact.Observation{Target: t, At: p.Now().UTC().Truncate(time.Second), HeaderGiven: len(p.Headers) > 0}
	o.ClockBefore = clockBefore(o.At)
	o.Limits = fact.Limits{Timeout: p.Timeout.Seconds(), Deadline: p.Deadline.Seconds()}
	o.Judge = fact.NewJudge(p.Roots, o.At)
	https, http := p.viaPorts(t)
	o.Proxies = fact.Proxies{HTTPS: https.proxyName(), HTTP: http.proxyName()}
	services := p.askServices(ctx, t)
	defer services.cancel()
	var addrs []netip.Addr
	var jars []cookieJars
	steps := []struct {
		name string
		do   func()
	}{
		{"looking up its name", func() { addrs, o.Resolution = p.addresses(ctx, t) }},
		{"connecting to its ports", func() { jars = p.endpoints(ctx, &o, addrs, services) }},
		{"following its redirects", func() { p.follow(ctx, &o, jars) }},
		{"fetching the issuers of its certificates", func() { p.complete(ctx, &o) }},
		{"reading the revocation status of its certificates", func() { p.revocation(ctx, &o) }},
	}
	for _, step := range steps {
		begun := time.Now()
		step.do()
		if ended(ctx) == errDeadline && o.Overrun == nil {
			o.Overrun = &fact.Overrun{Step: step.name, Took: time.Since(begun).Seconds()}
		}
	}
	p.compact(&o)
	if len(p.Headers) > 0 {
		newMask(p.Headers, t.URL()).observation(&o)
	}
	return o
}

// clockBefore is the day of the embedded data where a time is before it, else "".
func clockBefore(now time.Time) string {
	if date := pki.EmbeddedDate(); now.Before(date) {
		return date.Format(time.DateOnly)
	}
	return ""
}

// observing is the prober with the evidence of one observation.
func (p *Prober) observing() *Prober {
	own := *p
	own.evidence = newEvidence(&p.evidenceLeft)
	return &own
}

// begin waits for a place among the targets in flight, and gives what is to be
// called when the target is done.
func (p *Prober) begin(ctx context.Context) (end func()) {
	begun, leave, ok := inFlight(ctx, &p.targets.places, &p.otherAddresses)
	if !ok {
		return leave
	}
	return func() {
		leave()
		p.targets.done(time.Since(begun))
	}
}

// inFlight waits for a place, to be left at the end, and says when there was
// one. It is left before where what has it waits for what does not answer, and
// nobody for one of the places behind: else more and more would wait there.
func inFlight(ctx context.Context, among, behind *places) (begun time.Time, end func(), ok bool) {
	if !among.take(ctx, 1) {
		return time.Time{}, func() {}, false
	}
	done := make(chan struct{})
	leave := sync.OnceFunc(func() { among.give(1) })
	go leaveWhileCalm(done, leave, behind)
	return time.Now(), func() {
		close(done)
		leave()
	}, true
}

// within is a context for one target: it ends with errDeadline or
// errInterrupted.
func (p *Prober) within(run context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(context.WithoutCancel(run))
	timer := time.AfterFunc(p.Deadline, func() { end(errDeadline) })
	unwatch := context.AfterFunc(run, func() { end(errInterrupted) })
	return ctx, func() {
		timer.Stop()
		unwatch()
		end(nil)
	}
}
