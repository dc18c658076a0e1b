package deploytest

import (
	"net"
	"net/netip"
	"sync"
)

// maxTransmitted bounds what is kept of a port's incoming bytes.
const maxTransmitted = 1 << 20

// A clientConn is the client's end of a connection: it counts, and keeps what
// is written. Counting at this end makes the numbers exact when the client
// looks at them.
type clientConn struct {
	net.Conn
	network *Network
	port    *port
	remote  netip.AddrPort
	once    sync.Once
}

// connected wraps a connection that was just made.
func (n *Network) connected(c net.Conn, p *port, at netip.AddrPort) net.Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	p.total++
	p.open++
	p.peak = max(p.peak, p.open)
	return &clientConn{Conn: c, network: n, port: p, remote: at}
}

// RemoteAddr is the pretended address.
func (c *clientConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

func (c *clientConn) Write(b []byte) (int, error) {
	c.network.mu.Lock()
	room := max(0, maxTransmitted-c.port.transmitted.Len())
	c.port.transmitted.Write(b[:min(room, len(b))])
	c.network.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *clientConn) Close() error {
	c.once.Do(func() {
		c.network.mu.Lock()
		c.port.open--
		c.network.mu.Unlock()
	})
	return c.Conn.Close()
}

// A listener hands out connections that the network can break and wait for.
type listener struct {
	net.Listener
	network *Network
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	n := l.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	s := &serverConn{Conn: c, network: n}
	n.accepted[s] = true
	n.running.Add(1)
	return s, nil
}

// A serverConn is the server's end of a connection.
type serverConn struct {
	net.Conn
	network *Network
	once    sync.Once
}

// NetConn is the connection underneath.
func (c *serverConn) NetConn() net.Conn { return c.Conn }

func (c *serverConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.network.mu.Lock()
		delete(c.network.accepted, c)
		c.network.mu.Unlock()
		c.network.running.Done()
	})
	return err
}
