package deploytest

import (
	"bufio"
	"crypto/tls"
	"net"
	"sync"
)

// recordHandshake is the first byte of a TLS connection (RFC 8446 section 5.1).
const recordHandshake = 22

// secure puts a server behind TLS, and sniff, where there is one, in front of
// it for clients that speak something else.
type secure struct {
	inner  Server
	config *tls.Config
	sniff  Server
}

func (s secure) Serve(l net.Listener) error {
	if s.sniff == nil {
		return s.inner.Serve(tls.NewListener(l, s.config))
	}
	return Raw(func(c net.Conn) {
		b := bufio.NewReader(c)
		first, err := b.Peek(1)
		if err != nil {
			return
		}
		one := &single{Conn: c, buffered: b, over: make(chan struct{})}
		if first[0] == recordHandshake {
			_ = s.inner.Serve(tls.NewListener(one, s.config))
		} else {
			_ = s.sniff.Serve(one)
		}
	}).Serve(l)
}

// A single is one connection whose first bytes were looked at, and the
// listener that hands out this connection alone.
type single struct {
	net.Conn
	buffered     *bufio.Reader
	handed, once sync.Once
	over         chan struct{}
}

func (s *single) Accept() (net.Conn, error) {
	var c net.Conn
	s.handed.Do(func() { c = s })
	if c != nil {
		return c, nil
	}
	<-s.over
	return nil, net.ErrClosed
}

func (s *single) Addr() net.Addr { return s.LocalAddr() }

func (s *single) Read(b []byte) (int, error) { return s.buffered.Read(b) }

func (s *single) Close() error {
	s.once.Do(func() { close(s.over) })
	return s.Conn.Close()
}
