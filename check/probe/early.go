package probe

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// earlyConnections are connections to one port that are dialled before it is
// known what to say over them: what waits for another answer has its connection
// by then. They are opened only where places are free, and those that nobody
// takes are closed soon.
type earlyConnections struct {
	prober *Prober
	at     netip.AddrPort

	mu     sync.Mutex
	unused []*earlyConnection
	over   bool
}

// An earlyConnection is being dialled until done is closed.
type earlyConnection struct {
	done   chan struct{}
	cancel context.CancelFunc // of the dial
	conn   net.Conn
	leave  func()
	err    error
}

// dial begins to open so many connections.
func (e *earlyConnections) dial(ctx context.Context, count int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for range count {
		leave, ok := e.prober.freePlace(e.at)
		if e.over || !ok {
			break
		}
		dialing, cancel := context.WithTimeout(ctx, e.prober.patience(connectPatience))
		c := &earlyConnection{done: make(chan struct{}), cancel: cancel, leave: leave}
		e.unused = append(e.unused, c)
		go func() {
			defer close(c.done)
			c.conn, c.err = e.prober.dial(dialing, e.at)
		}()
	}
	// Half the time after which a second connection asks what the first did not
	// answer: that one needs a place.
	time.AfterFunc(e.prober.hedge()/2, e.drop)
}

// connect gives a connection that was dialled early, or a new one. Its time
// begins now.
func (e *earlyConnections) connect(ctx context.Context, timeout time.Duration) (visit, error) {
	e.mu.Lock()
	var c *earlyConnection
	if len(e.unused) > 0 {
		c, e.unused = e.unused[0], e.unused[1:]
	}
	e.mu.Unlock()
	if c == nil {
		return e.prober.connect(ctx, e.at, timeout)
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		c.cancel()
		<-c.done
	}
	c.cancel()
	if c.err == nil {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		return newVisit(ctx, cancel, c.conn, c.leave), nil
	}
	c.leave()
	if ctx.Err() != nil {
		return visit{}, ctx.Err()
	}
	return e.prober.connect(ctx, e.at, timeout)
}

// drop closes the connections that nobody took, and lets none be opened any more.
func (e *earlyConnections) drop() {
	e.mu.Lock()
	unused := e.unused
	e.unused, e.over = nil, true
	e.mu.Unlock()
	for _, c := range unused {
		c.cancel()
		go func() {
			if <-c.done; c.err == nil {
				c.conn.Close()
			}
			c.leave()
		}()
	}
}
