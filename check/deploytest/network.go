// Package deploytest is to deployments what net/http/httptest is to HTTP: an
// in-memory PKI, a pretend internet on loopback, and deployments on it, good
// and misconfigured, for tests and for demonstrations. Real net/http servers and
// crypto/tls answer; no root is needed and nothing leaves the machine.
//
// A [Network] has names, public-looking addresses and the real port numbers:
// a client that is given its LookupNetIP and DialContext meets
// "203.0.113.10:443" where in truth a listener on 127.0.0.1 answers. The zero
// [Deployment] is good; each field that is set makes it different, mostly
// for the worse.
package deploytest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// A Network is a pretend internet: names, and servers at public-looking
// addresses. It is safe for concurrent use.
type Network struct {
	mu         sync.Mutex
	closed     bool
	done       chan struct{}
	running    sync.WaitGroup // servers, and connections they have not closed yet
	names      map[string][]netip.Addr
	records    map[string][][]byte // HTTPS records by name
	known      map[netip.Addr]bool
	ports      map[netip.AddrPort]*port
	udp        map[netip.AddrPort]netip.AddrPort // the loopback address behind a UDP port
	udpBlocked bool
	faults     map[string]*fault // of names, addresses and address:port pairs
	listeners  []net.Listener
	accepted   map[*serverConn]bool
	given      int // default addresses given out

	authority func() *authority
}

// A port is where a server listens.
type port struct {
	real        string // the loopback address behind it
	total       int
	open, peak  int
	transmitted bytes.Buffer
}

// NewNetwork returns an empty network. Close it when done.
func NewNetwork() *Network {
	n := &Network{
		done:     make(chan struct{}),
		names:    map[string][]netip.Addr{},
		records:  map[string][][]byte{},
		known:    map[netip.Addr]bool{},
		ports:    map[netip.AddrPort]*port{},
		udp:      map[netip.AddrPort]netip.AddrPort{},
		faults:   map[string]*fault{},
		accepted: map[*serverConn]bool{},
	}
	n.authority = sync.OnceValue(func() *authority { return newAuthority(n) })
	return n
}

// Close stops every server, breaks every connection and waits until the
// servers have let go of them.
func (n *Network) Close() {
	n.mu.Lock()
	if !n.closed {
		n.closed = true
		close(n.done)
	}
	for _, l := range n.listeners {
		_ = l.Close() // the port is gone either way
	}
	for c := range n.accepted {
		_ = c.Conn.Close()
	}
	n.mu.Unlock()
	n.running.Wait()
}

// Name adds addresses to a name. Dials to them are refused until something
// is served there.
func (n *Network) Name(host string, addresses ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	host = canonical(host)
	for _, s := range addresses {
		a := must(netip.ParseAddr(s))
		n.known[a] = true
		if !slices.Contains(n.names[host], a) {
			n.names[host] = append(n.names[host], a)
		}
	}
}

// LookupNetIP is [net.Resolver.LookupNetIP] on this network.
func (n *Network) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if err := ctx.Err(); err != nil {
		return nil, &net.DNSError{Err: err.Error(), Name: host, IsTimeout: err == context.DeadlineExceeded}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if f := n.takeFault(canonical(host)); f != nil {
		return nil, f.err
	}
	var found []netip.Addr
	for _, a := range n.names[canonical(host)] {
		if network == "ip" || network == "ip4" && a.Is4() || network == "ip6" && a.Is6() {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return found, nil
}

// HTTPSRecord adds an HTTPS record to a name, by its data in wire form (RFC
// 9460 section 2.2).
func (n *Network) HTTPSRecord(host string, data []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.records[canonical(host)] = append(n.records[canonical(host)], data)
}

// LookupHTTPS gives the data of the HTTPS records of a name.
func (n *Network) LookupHTTPS(ctx context.Context, host string) ([][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, &net.DNSError{Err: err.Error(), Name: host}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.records[canonical(host)]), nil
}

// DialContext is [net.Dialer.DialContext] on this network, for "tcp" and an
// address:port or name:port.
func (n *Network) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	at, err := n.resolve(ctx, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	p, err := n.route(ctx, at)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(at), Err: err}
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", p.real)
	if err != nil {
		return nil, err
	}
	return n.connected(c, p, at), nil
}

// route finds the port that answers at an address, or says as the operating
// system would why none does.
func (n *Network) route(ctx context.Context, at netip.AddrPort) (*port, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n.mu.Lock()
	f, p, known := n.takeFault(at.String(), at.Addr().String()), n.ports[at], n.known[at.Addr()]
	closed := n.closed
	n.mu.Unlock()
	switch {
	case f != nil:
		return nil, f.meet(ctx, n)
	case !known:
		return nil, os.NewSyscallError("connect", syscall.EHOSTUNREACH)
	case p == nil || closed:
		return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
	}
	return p, nil
}

// resolve reads address:port or name:port.
func (n *Network) resolve(ctx context.Context, address string) (netip.AddrPort, error) {
	if at, err := netip.ParseAddrPort(address); err == nil {
		return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), nil
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	addrs, err := n.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.ParseAddrPort(net.JoinHostPort(addrs[0].String(), service))
}

// Serve lets a server answer at "address:port". It panics if something does
// already.
func (n *Network) Serve(at string, s Server) {
	ap := must(netip.ParseAddrPort(at))
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed || n.ports[ap] != nil {
		panic(fmt.Sprintf("deploytest: cannot serve at %s: network closed or address in use", at))
	}
	n.known[ap.Addr()] = true
	if s == Closed {
		return
	}
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	n.ports[ap] = &port{real: l.Addr().String()}
	n.listeners = append(n.listeners, l)
	n.running.Go(func() {
		// A server ends when its listener is closed; how it says so is its own.
		_ = s.Serve(&listener{l, n})
	})
}

// Connections says how many connections to "address:port" were made so far,
// and how many were open at once at most, as the client sees it.
func (n *Network) Connections(at string) (total, peak int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.ports[must(netip.ParseAddrPort(at))]; p != nil {
		return p.total, p.peak
	}
	return 0, 0
}

// Transmitted is what clients have written to "address:port" on the wire, all
// connections together; at most the first MiB.
func (n *Network) Transmitted(at string) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.ports[must(netip.ParseAddrPort(at))]; p != nil {
		return bytes.Clone(p.transmitted.Bytes())
	}
	return nil
}

// Root is the network's root CA: the one to trust.
func (n *Network) Root() *CA { return n.authority().root }

// Issuer is the intermediate CA below [Network.Root] that issues the certificates of good deployments.
func (n *Network) Issuer() *CA { return n.authority().issuer }

// canonical is a name as the resolver compares it.
func canonical(host string) string {
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
