package deploytest

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// Always is the number of times of a fault that never ends.
const Always = -1

// A fault is what a lookup or a dial meets instead of an answer.
type fault struct {
	err   error // nil: a black hole
	times int
}

// FailLookup lets the next lookups of a name fail with err: so many times, or
// [Always].
func (n *Network) FailLookup(host string, err error, times int) {
	n.setFault(canonical(host), fault{err, times})
}

// FailDial lets the next dials to "address" or "address:port" fail with err,
// wrapped in a [net.OpError]: so many times, or [Always].
func (n *Network) FailDial(at string, err error, times int) {
	n.setFault(place(at), fault{err, times})
}

// Unreachable makes "address" or "address:port" a place without a route.
func (n *Network) Unreachable(at string) {
	n.FailDial(at, os.NewSyscallError("connect", syscall.ENETUNREACH), Always)
}

// BlackHole makes "address" or "address:port" a place that never answers: a
// dial there lasts until its context ends.
func (n *Network) BlackHole(at string) {
	n.setFault(place(at), fault{nil, Always})
}

func (n *Network) setFault(at string, f fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults[at] = &f
}

// takeFault returns the first fault in force at any of the places, and counts
// it. The network is locked.
func (n *Network) takeFault(places ...string) *fault {
	for _, at := range places {
		f := n.faults[at]
		if f == nil || f.times == 0 {
			continue
		}
		if f.times > 0 {
			f.times--
		}
		return f
	}
	return nil
}

// meet is the error of a dial that meets the fault.
func (f *fault) meet(ctx context.Context, n *Network) error {
	if f.err != nil {
		return f.err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-n.done:
		return net.ErrClosed
	}
}

// place writes "address" or "address:port" in the one way they are compared.
func place(at string) string {
	if ap, err := netip.ParseAddrPort(at); err == nil {
		return ap.String()
	}
	return must(netip.ParseAddr(at)).String()
}
