package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// otherDescriptors are left for what is no socket of a probe: standard
	// streams, the runtime's poller, the resolver's files, reports.
	otherDescriptors = 16
	// leastSockets is how many sockets are used however few files may be open.
	leastSockets = 4
	// maxSockets bounds the sockets of a run.
	maxSockets = 16 << 10
	// resolverDescriptors is how many files a look-up has open: its socket, and
	// those that configure it.
	resolverDescriptors = 3
	// socketsOfTarget is about how many a target has open at a time.
	socketsOfTarget = 4
	// shortagePause is waited before a socket is opened again for which there
	// was no descriptor.
	shortagePause = 20 * time.Millisecond
	// shortageTries is how often a look-up is made again that failed in a run
	// that has met a shortage of descriptors.
	shortageTries = 5
)

// sockets are the places of a run's open sockets.
type sockets struct {
	places
	most      int          // the limit at the beginning
	shortages atomic.Int64 // how often there was no descriptor
	last      atomic.Int64 // when the limit was lowered, in nanoseconds
}

// newSockets has places for as many sockets as the process may have open.
func newSockets() *sockets {
	s := new(sockets)
	s.most = min(max(descriptors()-otherDescriptors, leastSockets), maxSockets)
	s.limit = s.most
	return s
}

// short notes that there was no descriptor for a socket: others use more than
// was left to them. Shortages at one moment count once.
func (s *sockets) short() {
	s.shortages.Add(1)
	now, last := time.Now().UnixNano(), s.last.Load()
	if now-last < int64(shortagePause) || !s.last.CompareAndSwap(last, now) {
		return
	}
	s.resize(func(limit int) int { return max(min(limit, s.taken)*3/4, 1) })
}

// noDescriptor reports whether an error comes of too many open files. The
// resolver gives no more of its errors than their text.
func noDescriptor(err error) bool {
	var dns *net.DNSError
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) ||
		errors.As(err, &dns) && (strings.Contains(dns.Err, syscall.EMFILE.Error()) || strings.Contains(dns.Err, syscall.ENFILE.Error()))
}

// A port is what the connections to one port of one address share.
type port struct {
	places
	users int // that have a place or wait for one; the prober's lock is over it
}

// place takes a place at a port, and one for a socket. Leave gives both back.
func (p *Prober) place(ctx context.Context, at netip.AddrPort) (leave func(), err error) {
	there := p.enter(at)
	if !there.take(ctx, 1) {
		p.forget(at)
		return nil, errNoPlace
	}
	if !p.sockets.take(ctx, 1) {
		there.give(1)
		p.forget(at)
		return nil, errNoPlace
	}
	if !p.gateway.take(ctx) {
		p.leave(at, there)
		return nil, errNoPlace
	}
	return func() { p.gateway.give(); p.leave(at, there) }, nil
}

// freePlace is place where nobody has to wait, and enough sockets stay free for
// what cannot wait.
func (p *Prober) freePlace(at netip.AddrPort) (leave func(), ok bool) {
	there := p.enter(at)
	if !there.takeFree(0) {
		p.forget(at)
		return nil, false
	}
	if !p.sockets.takeFree(p.sockets.most / 4) {
		there.give(1)
		p.forget(at)
		return nil, false
	}
	if !p.gateway.takeFree() {
		p.leave(at, there)
		return nil, false
	}
	return func() { p.gateway.give(); p.leave(at, there) }, true
}

// leave gives the places of a socket at a port back.
func (p *Prober) leave(at netip.AddrPort, there *port) {
	p.sockets.give(1)
	there.give(1)
	p.forget(at)
}

// enter is the port at an address, kept until everybody who entered has
// forgotten it.
func (p *Prober) enter(at netip.AddrPort) *port {
	p.mu.Lock()
	defer p.mu.Unlock()
	there := p.ports[at]
	if there == nil {
		there = &port{places: places{limit: maxAtOnce}}
		p.ports[at] = there
	}
	there.users++
	return there
}

// forget ends the use of a port that was entered.
func (p *Prober) forget(at netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	there := p.ports[at]
	if there.users--; there.users == 0 {
		delete(p.ports, at)
	}
}

// dialSystem dials by the operating system, which chooses the local port for the
// remote one. A port that is bound before serves one connection at a time, as
// [net.Dialer.DialTCP] does it even for the zero address.
func dialSystem(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{KeepAlive: -1}
	return dialer.DialContext(ctx, network, address)
}

// dial opens a connection, again while there is no descriptor for it.
func (p *Prober) dial(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
	for begun := time.Now(); ; {
		conn, err := p.dialOnce(ctx, at)
		if err == nil || !noDescriptor(err) || ctx.Err() != nil || time.Since(begun) > p.Timeout {
			return conn, err
		}
		p.sockets.short()
		pause(ctx, shortagePause)
	}
}

// dialOnce opens a connection within the time that a port has to take it.
func (p *Prober) dialOnce(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
	before := time.Now().Add(p.patience(connectPatience))
	if ends, ok := ctx.Deadline(); !ok || before.Before(ends) {
		limited, stop := context.WithDeadline(ctx, before)
		defer stop()
		ctx = limited
	}
	return p.connectOnce(ctx, at)
}
