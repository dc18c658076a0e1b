//go:build servers

package main

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// serveLateAlert serves TLS 1.2 and 1.3 at a port of loopback, with a
// certificate and key of a file. Hellos of older versions get a fatal alert
// after a while; it counts them.
func serveLateAlert(t *testing.T, port, file string, after time.Duration) *atomic.Int32 {
	t.Helper()
	certificate, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	var old atomic.Int32
	var running sync.WaitGroup
	accepted := make(chan net.Conn)
	s := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Strict-Transport-Security", deploytest.GoodHSTS)
	})}
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				c.SetReadDeadline(time.Now().Add(30 * time.Second))
				first := make([]byte, 16<<10)
				n, err := c.Read(first)
				if err != nil {
					c.Close()
					return
				}
				if first[0] != 22 || n > 11 && binary.BigEndian.Uint16(first[9:]) >= tls.VersionTLS12 {
					accepted <- &replayed{c, first[:n]}
					return
				}
				old.Add(1)
				time.Sleep(after)
				c.Write([]byte{21, 3, 1, 0, 2, 2, 70}) // protocol_version
				c.Close()
			})
		}
	})
	go s.Serve(tls.NewListener(&handedOver{l, accepted}, &tls.Config{Certificates: []tls.Certificate{certificate}}))
	t.Cleanup(func() { l.Close(); running.Wait(); close(accepted); s.Close() })
	return &old
}

// A handedOver listener gives connections that were accepted elsewhere.
type handedOver struct {
	net.Listener
	accepted chan net.Conn
}

func (l *handedOver) Accept() (net.Conn, error) {
	c, ok := <-l.accepted
	if !ok {
		return nil, io.EOF
	}
	return c, nil
}

// A replayed connection gives what was read of it once more.
type replayed struct {
	net.Conn
	first []byte
}

func (c *replayed) Read(b []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}
