package probe

import (
	"context"
	"slices"
	"sync"
)

// places bound how much is in use at the same time, first come, first served.
// The bound may change meanwhile.
type places struct {
	mu      sync.Mutex
	limit   int
	taken   int
	waiting []*waiter
}

// A waiter waits for so many places at once.
type waiter struct {
	count   int
	granted chan struct{}
}

// take takes places; it reports false if the context ended before there were
// as many. Whoever finds all free gets them, even if there are fewer.
func (p *places) take(ctx context.Context, count int) bool {
	p.mu.Lock()
	if len(p.waiting) == 0 && p.fits(count) {
		p.taken += count
		p.mu.Unlock()
		return true
	}
	w := &waiter{count, make(chan struct{})}
	p.waiting = append(p.waiting, w)
	p.mu.Unlock()
	select {
	case <-w.granted:
		return true
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, w); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	} else { // granted at the same moment
		p.taken -= count
	}
	p.grant()
	return false
}

// takeFree takes a place if nobody waits for one, and so many more stay free.
func (p *places) takeFree(more int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) > 0 || p.taken+more >= p.limit {
		return false
	}
	p.taken++
	return true
}

// awaited reports whether anybody waits for a place; nobody waits for those of nil.
func (p *places) awaited() bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting) > 0
}

// fits reports whether so many places may be taken now. The caller has the lock.
func (p *places) fits(count int) bool { return p.taken == 0 || p.taken+count <= p.limit }

// give gives places back.
func (p *places) give(count int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken -= count
	p.grant()
}

// resize changes the limit to what a function makes of it.
func (p *places) resize(change func(limit int) int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = change(p.limit)
	p.grant()
}

// grant gives free places to those that wait. The caller has the lock.
func (p *places) grant() {
	for len(p.waiting) > 0 {
		w := p.waiting[0]
		if !p.fits(w.count) {
			return
		}
		p.taken += w.count
		close(w.granted)
		p.waiting = p.waiting[1:]
	}
}
