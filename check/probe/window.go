package probe

import (
	"sync"
	"time"
)

// A window is how much of a kind may be in flight: it grows while answers keep
// coming in time, by one for each at first and by one for each windowful after
// a loss, and shrinks by half on a loss (additive increase, multiplicative
// decrease, as RFC 5681 section 3.1 has it for TCP).
type window struct {
	places
	least, most int

	state  sync.Mutex
	lossy  bool    // there was a loss
	credit float64 // towards the next place
	since  int     // answers since the last loss
}

func newWindow(least, most int) *window {
	w := &window{least: least, most: most}
	w.limit = least
	return w
}

// inTime notes an answer that came in time.
func (w *window) inTime() {
	w.state.Lock()
	defer w.state.Unlock()
	w.since++
	w.resize(func(limit int) int {
		w.credit++
		if w.lossy && w.credit < float64(limit) {
			return limit
		}
		w.credit = 0
		return min(limit+1, w.most)
	})
}

// late notes a loss: one that was late, or found no room. What was in flight
// together counts once.
func (w *window) late() {
	w.state.Lock()
	defer w.state.Unlock()
	w.resize(func(limit int) int {
		if w.lossy && w.since < limit {
			return limit
		}
		w.lossy, w.since, w.credit = true, 0, 0
		return max(limit/2, w.least)
	})
}

// A pace is the window of targets. A target is late if it takes much longer
// than targets took when few were in flight: then the machine has all it can
// do, and more at once would only wait for each other.
type pace struct {
	*window
	mu          sync.Mutex
	count       int
	usual, best float64 // seconds: the moving average of what a target takes, and the least that it was
}

const (
	// paceSamples is how many targets the moving average speaks of.
	paceSamples = 16
	// paceGrow and paceShrink are how often the least average a target may
	// take for the window to grow, and until it shrinks.
	paceGrow, paceShrink = 2, 4
)

// done notes how long a target took. One that kept its place to the end of the
// time for it waited for what does not answer, and says nothing of the machine.
func (p *pace) done(took time.Duration) {
	if took > placePatience {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	weight := 1 / float64(min(p.count, paceSamples))
	p.usual += (took.Seconds() - p.usual) * weight
	if p.count == paceSamples || p.count > paceSamples && p.usual < p.best {
		p.best = p.usual
	}
	switch {
	case p.count < paceSamples, p.usual <= paceGrow*p.best:
		p.inTime()
	case p.usual > paceShrink*p.best:
		p.late()
	}
}

const (
	// placePatience is how long a target keeps its place among those in flight:
	// one that waits for what does not answer keeps no other waiting.
	placePatience = 2 * time.Second
	// A machine is calm if so many timers in a row came no later than that. One
	// that is not has all it can do, and targets are slow for want of it.
	calmTimers   = 5
	calmEvery    = 100 * time.Millisecond
	calmLateness = 5 * time.Millisecond
)

// leaveWhileCalm calls leave when a target has had its place for long enough
// and the machine is calm, unless the target is done before. It is not calm while
// anybody waits for one of the places behind, if there are any.
func leaveWhileCalm(done <-chan struct{}, leave func(), behind *places) {
	due := time.Now().Add(placePatience)
	timer := time.NewTimer(placePatience)
	defer timer.Stop()
	for calm := 0; calm < calmTimers; calm++ {
		select {
		case <-done:
			return
		case <-timer.C:
		}
		if time.Since(due) > calmLateness || behind.awaited() {
			calm = -1
		}
		due = time.Now().Add(calmEvery)
		timer.Reset(calmEvery)
	}
	leave()
}
