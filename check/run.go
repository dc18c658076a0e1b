package check

import (
	"context"
	"fmt"
	"sync"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// An Observer gathers the facts about a target. It never fails: what it
// could not see is left at its zero value or said in an [Outcome].
type Observer interface {
	Observe(context.Context, fact.Target) fact.Observation
}

// maxInFlight bounds the targets that are observed at a time where the observer
// itself says when to begin.
const maxInFlight = 1024

// Run observes every target, at most concurrency at a time (0 for as many as
// the observer begins), and judges it.
// The results are in the order of the targets; those of a long list have no
// evidence (see [Report.Whole]). Progress, if not nil, gets
// each result as it comes, one call at a time, with how many are done.
//
// When the context ends, targets not yet observed are not verified.
func Run(ctx context.Context, targets []fact.Target, observer Observer, p Policy, concurrency int, progress func(done int, r Result)) []Result {
	results := make([]Result, len(targets))
	if concurrency <= 0 {
		concurrency = maxInFlight
	}
	free := make(chan struct{}, concurrency)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	condenser := newCondenser(len(targets))
	for i, t := range targets {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			results[i] = Judge(observe(ctx, observer, t), p)
			condenser.condense(&results[i])
			mu.Lock()
			defer mu.Unlock()
			done++
			if progress != nil {
				progress(done, results[i])
			}
		})
	}
	wg.Wait()
	return results
}

// observe guards against an ended context and a panic of the observer: both
// leave the target unobserved, which is not verified.
func observe(ctx context.Context, observer Observer, t fact.Target) (o fact.Observation) {
	defer func() {
		if p := recover(); p != nil {
			o = fact.Observation{Target: t, Resolution: fact.Resolution{Outcome: fact.Failed, Error: text.Clip(fmt.Sprintf("probing failed inside: %v", p), 200)}}
		}
	}()
	if ctx.Err() != nil {
		return fact.Observation{Target: t, Resolution: fact.Resolution{Outcome: fact.Skipped, Error: "the run was interrupted before this target was checked"}}
	}
	o = observer.Observe(ctx, t)
	o.Target = t
	return o
}

// Judge gives every rule's verdict on an observation, and what follows for
// the requirements.
func Judge(o fact.Observation, p Policy) Result { return judge(o, p.For(o.Target), Rules()) }

func judge(o fact.Observation, p Policy, rules []Rule) Result {
	return newEvaluation(o, p, rules).result()
}

// result gives every rule's verdict.
func (c *Evaluation) result() Result {
	rules := c.rules
	r := Result{Verdicts: make([]RuleVerdict, 0, len(rules))}
	for _, rule := range rules {
		r.Verdicts = append(r.Verdicts, RuleVerdict{Rule: rule.ID, Verdict: c.verdict(rule)})
	}
	for _, q := range Requirements() {
		r.Requirements = append(r.Requirements, c.requirement(q))
	}
	r.Clients = c.clients()
	r.Forecast = c.forecast()
	r.Observation = c.Observation
	r.Observation.Judge = nil // what was parsed for judging is let go
	return r
}
