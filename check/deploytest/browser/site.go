package browser

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Request is one that a [Site] got.
type Request struct {
	// TLS is set unless the request came in cleartext.
	TLS bool
	// Method, Host (with its port), URI and Cookie are as they came.
	Method, Host, URI, Cookie string
}

// URL is what the client asked for.
func (r Request) URL() string {
	scheme := "http"
	if r.TLS {
		scheme = "https"
	}
	return scheme + "://" + r.Host + r.URI
}

// A Site is a web server on loopback that takes TLS and cleartext on one port,
// HTTP/2 over TLS too, and records every request.
type Site struct {
	// Port is where it listens on 127.0.0.1.
	Port string

	server *http.Server
	done   chan error

	mu       sync.Mutex
	requests []Request
	arrived  []time.Time
}

// NewSite starts a site. Close it when done.
func NewSite(handler http.Handler, config *tls.Config) (*Site, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	config = config.Clone()
	config.NextProtos = []string{"h2", "http/1.1"}
	s := &Site{Port: port, done: make(chan error, 1)}
	s.server = &http.Server{Handler: s.recording(handler), TLSConfig: config, ErrorLog: discard, ReadHeaderTimeout: time.Minute}
	go func() { s.done <- s.server.Serve(newEither(l, config)) }()
	return s, nil
}

// recording notes each request before it is answered.
func (s *Site) recording(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, Request{
			TLS: r.TLS != nil, Method: r.Method, Host: r.Host, URI: r.RequestURI, Cookie: strings.Join(r.Header["Cookie"], "; "),
		})
		s.arrived = append(s.arrived, time.Now())
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	})
}

// Requests gives those whose URI begins with the prefix, in the order they came.
func (s *Site) Requests(prefix string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []Request
	for _, r := range s.requests {
		if strings.HasPrefix(r.URI, prefix) {
			some = append(some, r)
		}
	}
	return some
}

// Forget drops the requests whose URI begins with the prefix.
func (s *Site) Forget(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.requests) - 1; i >= 0; i-- {
		if strings.HasPrefix(s.requests[i].URI, prefix) {
			s.requests = slices.Delete(s.requests, i, i+1)
			s.arrived = slices.Delete(s.arrived, i, i+1)
		}
	}
}

// Quiet waits until no new request whose URI begins with one of the prefixes
// has come for the given time, counted from the call at the earliest. What was
// requested before is not new: a page may go on to load itself for ever.
func (s *Site) Quiet(ctx context.Context, quiet time.Duration, prefixes ...string) error {
	start := time.Now()
	for {
		left := time.Until(s.latest(start, prefixes).Add(quiet))
		if left <= 0 {
			return nil
		}
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// latest is when the last new request came that begins with a prefix, at least start.
func (s *Site) latest(start time.Time, prefixes []string) time.Time {
	known := map[Request]bool{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.requests {
		if known[r] || !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(r.URI, prefix) }) {
			continue
		}
		known[r] = true
		if s.arrived[i].After(start) {
			start = s.arrived[i]
		}
	}
	return start
}

// Close ends the site with its connections.
func (s *Site) Close() error {
	err := s.server.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// An either is a listener whose connections are TLS where the client begins
// with a handshake record, else cleartext.
type either struct {
	net.Listener
	config *tls.Config
	conns  chan net.Conn
	failed chan error
	closed chan struct{}
}

func newEither(l net.Listener, config *tls.Config) *either {
	e := &either{Listener: l, config: config, conns: make(chan net.Conn), failed: make(chan error, 1), closed: make(chan struct{})}
	go e.run()
	return e
}

// run accepts until the listener is closed. A client that says nothing keeps nobody waiting.
func (e *either) run() {
	for {
		c, err := e.Listener.Accept()
		if err != nil {
			e.failed <- err
			return
		}
		go func() {
			buffered := &bufferedConn{Conn: c, r: bufio.NewReader(c)}
			first, err := buffered.r.Peek(1)
			const handshake = 22 // RFC 8446 section 5.1
			switch {
			case err != nil:
				_ = c.Close() // a connection opened in advance, and not used
			case first[0] == handshake:
				e.hand(tls.Server(buffered, e.config))
			default:
				e.hand(buffered)
			}
		}()
	}
}

// hand gives a connection to Accept.
func (e *either) hand(c net.Conn) {
	select {
	case e.conns <- c:
	case <-e.closed:
		_ = c.Close() // nobody is left to serve it
	}
}

func (e *either) Close() error {
	close(e.closed)
	return e.Listener.Close()
}

func (e *either) Accept() (net.Conn, error) {
	select {
	case c := <-e.conns:
		return c, nil
	case err := <-e.failed:
		return nil, err
	}
}

// A bufferedConn is a connection whose first bytes were read ahead.
type bufferedConn struct {
	net.Conn
	r *bufio.Reader
}

func (c *bufferedConn) Read(p []byte) (int, error) { return c.r.Read(p) }

// discard is for what servers log of clients that break off.
var discard = log.New(io.Discard, "", 0)
