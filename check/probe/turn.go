package probe

import "context"

// A turn is a lock that is waited for no longer than a context lasts.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take takes the lock; it reports false if the context ended first.
func (t turn) take(ctx context.Context) bool {
	select {
	case t <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave gives the lock back.
func (t turn) leave() { <-t }
