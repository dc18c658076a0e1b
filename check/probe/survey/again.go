package survey

import (
	"context"
	"sync"
	"time"
)

const (
	// overdueAfter is how long a hello may go without an answer before it is
	// sent again. The first connection is listened to all the while, so that
	// each has its whole time, and both together take little more than one.
	overdueAfter = 2500 * time.Millisecond
	// againPause is waited between the hellos that are sent again.
	againPause = time.Second
)

// A secondChance sends again what got no answer, of hellos that were sent
// together: once, slowly, one after the other, if the port answers a current
// client.
//
// A hello of SSL to TLS 1.1 that is ignored both times is refused if the port
// answers a current one before and after the second: intrusion prevention
// systems drop such hellos, and routers by SNI wait for more of them; either
// way no client that knows only these gets through. It is not the port that
// stops answering under probing, for that one ignores the current hello as
// well, which comes from the same address at the same pace. Silence to any
// other hello says nothing of what was offered.
type secondChance struct {
	*surveyor
	ctx    context.Context
	cancel context.CancelFunc
	asks   sync.WaitGroup
	once   sync.Once
	alive  chan struct{} // closed when it is known whether the port answers a current client
	turn   chan struct{} // holds an element while one waits to send again
	sent   int           // how many were, by who has the turn
}

func newSecondChance(ctx context.Context, s *surveyor) *secondChance {
	ctx, cancel := context.WithCancel(ctx)
	return &secondChance{surveyor: s, ctx: ctx, cancel: cancel, alive: make(chan struct{}), turn: make(chan struct{}, 1)}
}

// end ends what still waits for an answer that is not needed any more.
func (s *secondChance) end() {
	s.cancel()
	s.asks.Wait()
}

// ask asks a question, and again where the answer is overdue.
func (s *secondChance) ask(q question) reply {
	if s.slow {
		return s.surveyor.ask(s.ctx, q.ClientHello)
	}
	first := s.begin(q)
	overdue := time.NewTimer(overdueAfter)
	defer overdue.Stop()
	known := reply{}
	select {
	case known = <-first:
		if first = nil; known.state != silent {
			return known
		}
	case <-overdue.C:
	}
	s.once.Do(func() { s.asks.Go(s.findAlive) })
	if first != nil {
		select {
		case known = <-first:
			if first = nil; known.state != silent {
				return known
			}
		case <-s.alive:
		}
	}
	if <-s.alive; s.gone.Load() {
		if first != nil {
			known = <-first
		}
		return known
	}
	return s.sendAgain(q, known, first)
}

// findAlive finds out whether the port answers a current client.
func (s *secondChance) findAlive() {
	defer close(s.alive)
	if !s.isAlive(s.ctx) && s.ctx.Err() == nil {
		s.gone.Store(true)
	}
}

// sendAgain sends the hello a second time, and gives the answer of whichever
// connection has one. Of the first one the reply is known, or yet to come.
func (s *secondChance) sendAgain(q question, known reply, first <-chan reply) reply {
	s.turn <- struct{}{}
	if s.sent > 0 {
		s.Pause(s.ctx, againPause)
	}
	s.sent++
	<-s.turn
	var last reply
	second := s.begin(q)
	for first != nil || second != nil {
		select {
		case known = <-first:
			if first = nil; known.state != silent {
				return known
			}
		case last = <-second:
			if second = nil; last.state != silent {
				last.twice = true
				return last
			}
		}
	}
	last.twice, last.ignored = true, known.ignored && last.ignored
	if last.ignored && q.aboutOld() {
		last.state = ended
	}
	return last
}

// begin sends a hello; its answer comes through the channel.
func (s *secondChance) begin(q question) <-chan reply {
	c := make(chan reply, 1)
	s.asks.Go(func() { c <- s.surveyor.ask(s.ctx, q.ClientHello) })
	return c
}
