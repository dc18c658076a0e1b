package probe

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/neterr"
)

const (
	// fewQuestions and maxQuestions bound the questions to the resolver that
	// are in flight: so many at first and after losses, and so many at most.
	fewQuestions, maxQuestions = 32, 128
	// deadAfter is how many questions in a row without an answer show that the
	// resolver is dead, once they have lasted a timeout together.
	deadAfter = 4
	// questionTries is how often a question fits into a timeout: one that was
	// lost is asked again within it.
	questionTries = 3
	// deadPause is how long a resolver that is dead is left alone.
	deadPause = 2 * time.Second
)

// A resolverRecord is what a run has learned about its resolver.
type resolverRecord struct {
	mu     sync.Mutex
	silent int           // questions without an answer since the last answer
	since  time.Time     // when the first of them was asked
	trial  chan struct{} // closed when the question that tries a dead resolver is answered or not; nil for none
	until  time.Time     // to when a trial that failed speaks for others
}

// note takes what came of a question.
func (r *resolverRecord) note(asked time.Time, timedOut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.silent == 0 || asked.Before(r.since) {
		r.since = asked
	}
	if r.silent++; !timedOut {
		r.silent = 0
	}
}

// patience is how long to wait for an answer: no longer than until it is clear
// that the resolver is dead.
func (r *resolverRecord) patience(timeout time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	usual := timeout / questionTries
	if r.silent < deadAfter {
		return usual
	}
	return min(usual, max(timeout-time.Since(r.since), timeout/10))
}

// begin says how to ask: as usual, as the one that tries a dead resolver (end
// is to be called when it has), or not at all, for another's trial has just
// failed.
func (r *resolverRecord) begin(ctx context.Context, timeout time.Duration) (dead bool, end func()) {
	for {
		r.mu.Lock()
		switch {
		case r.silent < deadAfter || time.Since(r.since) < timeout:
			r.mu.Unlock()
			return false, nil
		case time.Now().Before(r.until):
			r.mu.Unlock()
			return true, nil
		case r.trial == nil:
			done := make(chan struct{})
			r.trial = done
			r.mu.Unlock()
			return true, func() {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.until, r.trial = time.Now().Add(deadPause), nil
				close(done)
			}
		}
		other := r.trial
		r.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return true, nil
		}
	}
}

// resolve gives the addresses of a host: itself, what the resolve input says
// for any of the ports, or what the resolver says.
func (p *Prober) resolve(ctx context.Context, host string, ports ...uint16) ([]netip.Addr, fact.Resolution) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, fact.Resolution{Outcome: fact.Answered, Addresses: []string{host}}
	}
	var r fact.Resolution
	var addrs []netip.Addr
	for _, port := range ports {
		if given := p.Resolve[fact.HostPort(host, port)]; len(given) > 0 && !r.Override {
			addrs, r.Override = given, true
		}
	}
	if !r.Override {
		addrs, r = p.lookup(ctx, host)
	}
	var out []netip.Addr
	for _, a := range addrs {
		if a = a.Unmap().WithZone(""); !slices.Contains(out, a) {
			out = append(out, a)
			r.Addresses = append(r.Addresses, a.String())
		}
	}
	switch {
	case len(out) > 0:
		r.Outcome, r.Error = fact.Answered, ""
	case r.Outcome == fact.Answered:
		r.Outcome, r.Error = fact.NoSuchName, "no address"
	}
	return out, r
}

// lookup asks the resolver for A and for AAAA records, each by itself and each
// again after a temporary failure. The name is asked as an absolute one, so
// that no search list of the runner makes another name of it; one without a
// dot is a name of the runner's own network and stays as it is.
func (p *Prober) lookup(ctx context.Context, host string) ([]netip.Addr, fact.Resolution) {
	name := host
	if strings.Contains(host, ".") {
		name = strings.TrimSuffix(host, ".") + "."
	}
	families := []fact.Lookup{{Type: "A"}, {Type: "AAAA"}}
	found := make([][]netip.Addr, len(families))
	var wg sync.WaitGroup
	for i, network := range []string{"ip4", "ip6"} {
		wg.Go(func() {
			p.retry(ctx, func(ctx context.Context) error {
				var err error
				found[i], err = p.question(ctx, network, name)
				families[i].Outcome, families[i].Error = outcome(ctx, err, false)
				return err
			})
		})
	}
	wg.Wait()
	r := fact.Resolution{Lookups: families, Outcome: families[0].Outcome, Error: families[0].Error}
	if r.Outcome == fact.NoSuchName { // what the other says weighs more
		r.Outcome, r.Error = families[1].Outcome, families[1].Error
	}
	return slices.Concat(found...), r
}

// question asks the resolver, and again where it fails in a run that has met
// too many open files: what the system's resolver says then may be that the
// name does not exist.
func (p *Prober) question(ctx context.Context, network, name string) ([]netip.Addr, error) {
	for n := 0; ; n++ {
		addrs, err := p.questionOnce(ctx, network, name)
		if noDescriptor(err) {
			p.sockets.short()
		}
		if err == nil || n == shortageTries || p.sockets.shortages.Load() == 0 || neterr.IsTimeout(err) || ctx.Err() != nil {
			return addrs, err
		}
		pause(ctx, shortagePause<<n)
	}
}

// errDeadResolver is what is known of a name while the resolver is dead.
var errDeadResolver error = &net.DNSError{Err: "the resolver does not answer"}

func (p *Prober) questionOnce(ctx context.Context, network, name string) ([]netip.Addr, error) {
	came := queue(ctx)
	if !p.questions.take(ctx, 1) {
		return nil, errNoPlace
	}
	defer p.questions.give(1)
	patience := p.resolver.patience(p.Timeout)
	if dead, end := p.resolver.begin(ctx, p.Timeout); end != nil {
		defer end()
		patience = p.Timeout / 5
	} else if dead {
		return nil, errDeadResolver
	}
	if !p.sockets.take(ctx, resolverDescriptors) {
		return nil, errNoPlace
	}
	defer p.sockets.give(resolverDescriptors)
	came()
	asked := time.Now()
	within, cancel := context.WithTimeout(ctx, timeLeft(ctx, patience))
	defer cancel()
	addrs, err := p.Resolver.LookupNetIP(within, network, name)
	switch timedOut := neterr.IsTimeout(err); {
	case ctx.Err() != nil: // nothing of the resolver's
	case timedOut:
		p.resolver.note(asked, true)
		p.questions.late()
	case !noDescriptor(err):
		p.resolver.note(asked, false)
		p.questions.inTime()
	}
	return addrs, err
}
