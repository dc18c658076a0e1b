package probe

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A visit is an open connection to a port, with the time it may take.
type visit struct {
	net.Conn
	ctx context.Context // ends when the time is over
	end func()          // closes the connection, and gives its slot at the port back
}

// Close ends the visit.
func (v visit) Close() error {
	v.end()
	return nil
}

// connect opens a TCP connection when the port has a free slot, and the run a
// socket. The time begins then: waiting for other connections of this run is no
// fault of the port.
func (p *Prober) connect(ctx context.Context, at netip.AddrPort, timeout time.Duration) (visit, error) {
	came := queue(ctx)
	leave, err := p.place(ctx, at)
	came()
	if err != nil {
		return visit{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeLeft(ctx, timeout))
	conn, err := p.dial(ctx, at)
	if err != nil {
		cancel()
		leave()
		return visit{}, err
	}
	return newVisit(ctx, cancel, conn, leave), nil
}

// newVisit is a visit over a connection that stands, for as long as its context
// lasts.
func newVisit(ctx context.Context, cancel func(), conn net.Conn, leave func()) visit {
	unwatch := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	var once sync.Once
	return visit{conn, ctx, func() {
		once.Do(func() {
			unwatch()
			cancel()
			conn.Close()
			leave()
		})
	}}
}
