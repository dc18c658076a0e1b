package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

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
		m := newAnswerMemory()
		memory := m.share()
		body, err := memory.readBounded(t.Context(), iotest.OneByteReader(c.body), c.limit)
		if len(body) != c.n || !errors.Is(err, c.err) {
			t.Errorf("%s: %d bytes, %v; want %d, %v", name, len(body), err, c.n, c.err)
		}
		memory.release()
		if m.left != sharedAnswers || len(m.large) != 0 {
			t.Errorf("%s: %d bytes and %d places are not given back", name, sharedAnswers-m.left, len(m.large))
		}
	}
}

// exhausted has no memory left, and another has the place of a large answer.
func exhausted() *answerMemory {
	m := newAnswerMemory()
	m.left = 0
	m.large <- struct{}{}
	return m
}

// What is read over a connection is held until it is let go, and whoever finds
// no memory waits for it to the end of the own time.
func TestHoldingConn(t *testing.T) {
	m := exhausted()
	p := &Prober{memory: &memory{answers: m}}
	ctx, cancel := context.WithCancel(t.Context())
	server, client := net.Pipe()
	defer server.Close()
	go func() {
		for { // until the pipe is closed
			if _, err := server.Write(make([]byte, freeShare/8)); err != nil {
				return
			}
		}
	}()
	conn := p.holding(ctx, client, 4)
	b := make([]byte, freeShare/8)
	for range 2 { // twice as much, four times
		if n, err := conn.Read(b); n != len(b) || err != nil {
			t.Errorf("within the free share: %d bytes, %v", n, err)
		}
	}
	cancel()
	if _, err := conn.Read(b); !errors.Is(err, context.Canceled) {
		t.Errorf("beyond it: %v", err)
	}
	conn.letGo()
	if n, err := conn.Read(b); n != len(b) || err != nil {
		t.Errorf("after the handshake: %d bytes, %v", n, err)
	}
	m.left = sharedAnswers
	of := p.holdingConns()
	held := of.add(visit{Conn: client, ctx: t.Context(), end: func() { client.Close() }})
	for range 6 {
		if _, err := held.Read(b); err != nil {
			t.Fatal(err)
		}
	}
	if m.left != sharedAnswers-freeShare/2 {
		t.Errorf("%d bytes are held", sharedAnswers-m.left)
	}
	if err := held.Close(); err != nil || m.left == sharedAnswers {
		t.Errorf("closed: %d bytes are held, %v", sharedAnswers-m.left, err)
	}
	if of.letGo(); m.left != sharedAnswers {
		t.Errorf("%d bytes are not given back", sharedAnswers-m.left)
	}
}

// So is what comes in packets.
func TestHoldingPackets(t *testing.T) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	m := exhausted()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	conn := &holdingPackets{socket, ctx, m.share()}
	b := make([]byte, 1500)
	read := func() (int, error) {
		if _, err := socket.WriteTo(make([]byte, 1000), socket.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		n, _, err := conn.ReadFrom(b)
		return n, err
	}
	for held := 1000 * handshakeCopies; held <= freeShare; held += 1000 * handshakeCopies {
		if n, err := read(); n != 1000 || err != nil {
			t.Errorf("%d bytes within the free share: %d, %v", held, n, err)
		}
	}
	if _, err := read(); !errors.Is(err, context.Canceled) {
		t.Errorf("beyond it: %v", err)
	}
}

// Connections whose answers are kept together do not wait for each other.
func TestHoldingConnsShare(t *testing.T) {
	m := newAnswerMemory()
	m.left = 0
	p := &Prober{memory: &memory{answers: m}}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	of := p.holdingConns()
	for i := range 3 {
		server, client := net.Pipe()
		defer server.Close()
		go server.Write(make([]byte, freeShare))
		held := of.add(visit{Conn: client, ctx: ctx, end: func() { client.Close() }})
		if n, err := held.Read(make([]byte, freeShare)); n != freeShare || err != nil {
			t.Errorf("connection %d: %d bytes, %v", i, n, err)
		}
	}
	if of.letGo(); m.left != 0 || len(m.large) != 0 {
		t.Errorf("%d bytes and %d places are not given back", -m.left, len(m.large))
	}
}

// What is still read of an answer that is over takes no memory: QUIC's packets
// come until the socket is closed.
func TestShareThatIsOver(t *testing.T) {
	m := newAnswerMemory()
	memory := m.share()
	memory.release()
	if err := memory.hold(t.Context(), 2*largeAnswer); !errors.Is(err, net.ErrClosed) || m.left != sharedAnswers || len(m.large) != 0 {
		t.Errorf("%v; %d bytes and %d places are taken", err, sharedAnswers-m.left, len(m.large))
	}
}

// However many bodies want more than there is, each is read in its turn; and
// whose time ends meanwhile is given what came.
func TestBodiesShareMemory(t *testing.T) {
	m := newAnswerMemory()
	big := strings.Repeat("x", 3*largeAnswer/2)
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			memory := m.share()
			body, err := memory.readBounded(t.Context(), strings.NewReader(big), 16<<20)
			if len(body) != len(big) || err != nil {
				t.Errorf("%d bytes, %v", len(body), err)
			}
			memory.release()
		})
	}
	all.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	leave, err := enter(ctx, m.large)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	memory := m.share()
	body, err := memory.readBounded(ctx, strings.NewReader(big), 16<<20)
	if len(body) == 0 || len(body) > 2*largeAnswer || !errors.Is(err, context.Canceled) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	memory.release()
	leave()
	if m.left != sharedAnswers || len(m.large) != 0 {
		t.Errorf("%d bytes and %d places are not given back", sharedAnswers-m.left, len(m.large))
	}
}
