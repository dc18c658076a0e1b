package probe

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/tlsgate/tlsgate/check/probe/http1"
)

// A body is read to its end, or up to the bound that applies to it, and the
// memory is given back.
func TestReadBounded(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		body  io.Reader
		limit int64
		n     int
		err   error
	}{
		"nothing":  {strings.NewReader(""), 100, 0, nil},
		"short":    {strings.NewReader("12345"), 100, 5, nil},
		"exact":    {strings.NewReader("12345"), 5, 5, nil},
		"too long": {strings.NewReader("123456"), 5, 5, http1.ErrTooLarge},
		"shared":   {strings.NewReader(strings.Repeat("x", 200<<10)), 16 << 20, 200 << 10, nil},
		"large":    {strings.NewReader(strings.Repeat("x", 5<<20)), 16 << 20, 5 << 20, nil},
		"broken":   {io.MultiReader(strings.NewReader("123"), iotest.ErrReader(broken)), 100, 3, broken},
		"cut":      {io.MultiReader(strings.NewReader("123"), iotest.ErrReader(io.ErrUnexpectedEOF)), 100, 3, io.ErrUnexpectedEOF},
	} {
		m := newBodyMemory()
		body, release, err := m.readBounded(t.Context(), iotest.OneByteReader(c.body), c.limit)
		if len(body) != c.n || !errors.Is(err, c.err) {
			t.Errorf("%s: %d bytes, %v; want %d, %v", name, len(body), err, c.n, c.err)
		}
		release()
		if m.left != sharedBodies || len(m.large) != 0 {
			t.Errorf("%s: %d bytes and %d places are not given back", name, sharedBodies-m.left, len(m.large))
		}
	}
}

// However many bodies want more than there is, each is read in its turn; and
// whose time ends meanwhile is given what came.
func TestBodiesShareMemory(t *testing.T) {
	m := newBodyMemory()
	big := strings.Repeat("x", 3*largeBody/2)
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			body, release, err := m.readBounded(t.Context(), strings.NewReader(big), 16<<20)
			if len(body) != len(big) || err != nil {
				t.Errorf("%d bytes, %v", len(body), err)
			}
			release()
		})
	}
	all.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	leave, err := enter(ctx, m.large)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	body, release, err := m.readBounded(ctx, strings.NewReader(big), 16<<20)
	if len(body) == 0 || len(body) > 2*largeBody || !errors.Is(err, context.Canceled) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	release()
	leave()
	if m.left != sharedBodies || len(m.large) != 0 {
		t.Errorf("%d bytes and %d places are not given back", sharedBodies-m.left, len(m.large))
	}
}
