package probe

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/tlsgate/tlsgate/check/probe/http1"
)

const (
	// freeShare is how much each answer may hold in any case, in bytes: enough for
	// most handshakes, headers and small pages.
	freeShare = 24 << 10
	// sharedAnswers is how much all answers hold together beyond that.
	sharedAnswers = 24 << 20
	// largeAnswer is how much an answer may hold beside others; what is larger is
	// read alone.
	largeAnswer = 1 << 20
	// handshakeCopies and helloCopies are how many times what a server sends is in
	// memory while a handshake, or the answer to a hello, is read.
	handshakeCopies, helloCopies = 4, 2
	// maxReaders is how many pages are read at a time: reading one takes several
	// times its size.
	maxReaders = 3
	// maxWindows is how many bodies in codings with large windows (br, zstd) are
	// decoded at a time.
	maxWindows = 3
)

// answerMemory is what all targets of a run share of it for what servers send,
// until it is known what to keep. Whoever finds none waits for it, up to the end
// of the own time.
type answerMemory struct {
	mu      sync.Mutex
	left    int
	freed   chan struct{} // closed when there is more
	large   chan struct{} // the place of the one answer that is not counted
	readers chan struct{}
	windows chan struct{}
}

func newAnswerMemory() *answerMemory {
	return &answerMemory{
		left: sharedAnswers, freed: make(chan struct{}), large: make(chan struct{}, 1),
		readers: make(chan struct{}, maxReaders), windows: make(chan struct{}, maxWindows),
	}
}

// take takes bytes, if there are enough; freed is closed when there are more.
func (m *answerMemory) take(n int) (ok bool, freed <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > m.left {
		return false, m.freed
	}
	m.left -= n
	return true, nil
}

// free gives bytes back.
func (m *answerMemory) free(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left += n
	close(m.freed)
	m.freed = make(chan struct{})
}

// enter waits for one of a number of places; leave gives it back.
func enter(ctx context.Context, places chan struct{}) (leave func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return func() {}, context.Cause(ctx)
	}
}

// A share is the memory that one answer holds, or several that are kept until
// all are read. It is safe for concurrent use.
type share struct {
	*answerMemory
	mu     sync.Mutex
	freely int  // how many it may hold in any case
	size   int  // bytes that it holds
	held   int  // of these, what is counted
	alone  bool // it has the place of a large answer, and is not counted
	over   bool // it was given back
}

// share is a share of one answer.
func (m *answerMemory) share() *share { return &share{answerMemory: m, freely: freeShare} }

// hold waits until the answer may hold n bytes more. There is always one that
// may grow, so that they do not wait for each other.
func (s *share) hold(ctx context.Context, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over { // what is still read of it is not kept
		return net.ErrClosed
	}
	s.size += n
	for counted := s.size - s.freely; !s.alone && s.held < counted; {
		var freed <-chan struct{}
		if counted <= largeAnswer {
			var ok bool
			if ok, freed = s.take(counted - s.held); ok {
				s.held = counted
				break
			}
		}
		select {
		case s.large <- struct{}{}:
			s.alone = true
		case <-freed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// release gives the memory back.
func (s *share) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held > 0 {
		s.free(s.held)
	}
	if s.alone {
		<-s.large
	}
	s.size, s.held, s.alone, s.over = 0, 0, false, true
}

// readBounded reads a body as far as the memory that all targets share lasts.
// What came before an error is given too.
func (s *share) readBounded(ctx context.Context, r io.Reader, limit int64) (body []byte, err error) {
	for {
		if len(body) == cap(body) {
			size := min(max(2*cap(body), 4<<10), int(limit)+1)
			if err := s.hold(ctx, size-cap(body)); err != nil {
				return body, err
			}
			body = append(make([]byte, 0, size), body...)
		}
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		case int64(len(body)) > limit:
			return body[:limit], http1.ErrTooLarge
		}
	}
}

// A holdingConn takes what is read from it, and what is made of that, from a
// share: handshakes and hellos' answers are kept as a whole until they are read.
type holdingConn struct {
	net.Conn
	ctx    context.Context
	share  *share
	copies int // how many times it is in memory; 0 once no more is kept
}

func (c *holdingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.copies == 0 || n == 0 {
		return n, err
	}
	if full := c.share.hold(c.ctx, n*c.copies); full != nil {
		return n, full
	}
	return n, err
}

// holding holds what is read over a connection, so many times.
func (p *Prober) holding(ctx context.Context, conn net.Conn, copies int) *holdingConn {
	return &holdingConn{Conn: conn, ctx: ctx, share: p.answers.share(), copies: copies}
}

// letGo gives the memory of a handshake back that is over.
func (c *holdingConn) letGo() {
	c.copies = 0
	c.share.release()
}

// holdingPackets is the same for packets of QUIC.
type holdingPackets struct {
	net.PacketConn
	ctx   context.Context
	share *share
}

func (c *holdingPackets) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(b)
	if full := c.share.hold(c.ctx, n*handshakeCopies); full != nil {
		return n, from, full
	}
	return n, from, err
}

// holdingConns are connections whose answers are kept until all are read. They
// hold one share, so that none of them waits for what another one holds.
type holdingConns struct{ share *share }

func (p *Prober) holdingConns() *holdingConns { return &holdingConns{&share{answerMemory: p.answers}} }

// add holds what the answer to a hello holds.
func (h *holdingConns) add(v visit) net.Conn {
	h.share.mu.Lock()
	defer h.share.mu.Unlock()
	h.share.freely += freeShare
	return &holdingConn{Conn: v, ctx: v.ctx, share: h.share, copies: helloCopies}
}

// letGo gives the memory of all back.
func (h *holdingConns) letGo() { h.share.release() }

// wide reports whether content codings may have large windows.
func wide(codings []string) bool {
	all := strings.ToLower(strings.Join(codings, ","))
	return strings.Contains(all, "br") || strings.Contains(all, "zstd")
}
