package probe

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/tlsgate/tlsgate/check/probe/neterr"
)

// leastRetry is the time from which a retry is worth while.
const leastRetry = time.Second

// A budget is the time that the attempts of one probe share. What they wait for
// their turn is not of it.
type budget struct {
	waited atomic.Int64  // nanoseconds
	left   time.Duration // for the next attempt; 0 for as much as usual
}

// budgetKey is that of a context's budget.
type budgetKey struct{}

// queue begins to wait for a turn, and gives what is to be called when it came.
func queue(ctx context.Context) (came func()) {
	b, ok := ctx.Value(budgetKey{}).(*budget)
	if !ok {
		return func() {}
	}
	begun := time.Now()
	return func() { b.waited.Add(int64(time.Since(begun))) }
}

// timeLeft is how much an attempt has of the time that is usual.
func timeLeft(ctx context.Context, usual time.Duration) time.Duration {
	if b, ok := ctx.Value(budgetKey{}).(*budget); ok && b.left > 0 {
		return min(usual, b.left)
	}
	return usual
}

// retry makes attempts until one meets no transient network error or the
// retries are used up. After a timeout only the time is left that the attempts
// before did not use: a port that is silent costs one timeout.
func (p *Prober) retry(ctx context.Context, attempt func(context.Context) error) {
	b, begun := new(budget), time.Now()
	ctx = context.WithValue(ctx, budgetKey{}, b)
	for n := 0; ; n++ {
		err := attempt(ctx)
		if n >= p.Retries || !transient(err) || ctx.Err() != nil {
			return
		}
		if neterr.IsTimeout(err) {
			if b.left = p.Timeout - time.Since(begun) + time.Duration(b.waited.Load()); b.left < leastRetry {
				return
			}
		}
		p.Pause(ctx, 250*time.Millisecond<<n)
	}
}
