package probe

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/tlsgate/tlsgate/check/probe/http1"
)

const (
	// freeBody is how much of a body each answer may hold in any case, in bytes.
	freeBody = 16 << 10
	// sharedBodies is how much the bodies of all answers hold together beyond
	// that.
	sharedBodies = 24 << 20
	// largeBody is how much a body may hold beside others; what is larger is read
	// alone.
	largeBody = 1 << 20
	// maxReaders is how many pages are read at a time: reading one takes several
	// times its size.
	maxReaders = 3
	// maxWindows is how many bodies in codings with large windows (br, zstd) are
	// decoded at a time.
	maxWindows = 3
)

// bodyMemory is what all targets of a run share of it. Whoever finds none waits
// for it, up to the end of the own time.
type bodyMemory struct {
	mu      sync.Mutex
	left    int
	freed   chan struct{} // closed when there is more
	large   chan struct{} // the place of the one body that is not counted
	readers chan struct{}
	windows chan struct{}
}

func newBodyMemory() *bodyMemory {
	return &bodyMemory{
		left: sharedBodies, freed: make(chan struct{}), large: make(chan struct{}, 1),
		readers: make(chan struct{}, maxReaders), windows: make(chan struct{}, maxWindows),
	}
}

// take takes bytes, if there are enough; freed is closed when there are more.
func (m *bodyMemory) take(n int) (ok bool, freed <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > m.left {
		return false, m.freed
	}
	m.left -= n
	return true, nil
}

// free gives bytes back.
func (m *bodyMemory) free(n int) {
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

// A share is the memory that one body has.
type share struct {
	*bodyMemory
	held  int
	alone bool // it has the place of a large body, and is not counted
}

// grow waits until the body may hold so many bytes. There is always one body
// that may grow, so that they do not wait for each other.
func (s *share) grow(ctx context.Context, size int) error {
	for !s.alone && s.held < size {
		var freed <-chan struct{}
		if size <= largeBody {
			var ok bool
			if ok, freed = s.take(size - s.held); ok {
				s.held = size
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
	if s.held > 0 {
		s.free(s.held)
	}
	if s.alone {
		<-s.large
	}
	s.held, s.alone = 0, false
}

// readBounded reads a body as far as the memory that all targets share lasts;
// release gives it back. What came before an error is given too.
func (m *bodyMemory) readBounded(ctx context.Context, r io.Reader, limit int64) (body []byte, release func(), err error) {
	s := &share{bodyMemory: m}
	body = make([]byte, 0, 4<<10)
	for {
		if len(body) == cap(body) {
			size := min(2*cap(body), int(limit)+1)
			if size > freeBody {
				if err := s.grow(ctx, size-freeBody); err != nil {
					return body, s.release, err
				}
			}
			body = append(make([]byte, 0, size), body...)
		}
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case err == io.EOF:
			return body, s.release, nil
		case err != nil:
			return body, s.release, err
		case int64(len(body)) > limit:
			return body[:limit], s.release, http1.ErrTooLarge
		}
	}
}

// wide reports whether content codings may have large windows.
func wide(codings []string) bool {
	all := strings.ToLower(strings.Join(codings, ","))
	return strings.Contains(all, "br") || strings.Contains(all, "zstd")
}
