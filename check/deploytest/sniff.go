package deploytest

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"
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
		one := &single{Conn: c, from: b, over: make(chan struct{})}
		if first[0] == recordHandshake {
			_ = s.inner.Serve(tls.NewListener(one, s.config))
		} else {
			_ = s.sniff.Serve(one)
		}
	}).Serve(l)
}

// First lets one server take the first connections, so many, that anything is
// said over, and another all that come after.
func First(times int32, first, then Server) Server {
	var taken atomic.Int32
	return Raw(func(c net.Conn) {
		b := bufio.NewReader(c)
		if _, err := b.Peek(1); err != nil {
			return
		}
		s := then
		if taken.Add(1) <= times {
			s = first
		}
		_ = s.Serve(&single{Conn: c, from: b, over: make(chan struct{})})
	})
}

// A single is one connection, and the listener that hands out this connection
// alone and ends with it.
type single struct {
	net.Conn
	from   io.Reader // the connection, with what was read ahead of it
	handed atomic.Bool
	once   sync.Once
	over   chan struct{}
}

func (s *single) Accept() (net.Conn, error) {
	if !s.handed.Swap(true) {
		return s, nil
	}
	<-s.over
	return nil, net.ErrClosed
}

func (s *single) Addr() net.Addr { return s.LocalAddr() }

func (s *single) Read(b []byte) (int, error) { return s.from.Read(b) }

// NetConn is the connection underneath.
func (s *single) NetConn() net.Conn { return s.Conn }

func (s *single) Close() error {
	s.once.Do(func() { close(s.over) })
	return s.Conn.Close()
}
