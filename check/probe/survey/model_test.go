package survey

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/probe/clienthello"

	"github.com/tlsgate/tlsgate/check/fact"
)

// A modelPort answers hellos as a TLS port would that offers what its fields
// say. It knows every version and suite, and computes no key exchange.
type modelPort struct {
	versions []uint16
	suites   []uint16            // up to TLS 1.2
	suitesAt map[uint16][]uint16 // instead of suites, at these versions
	suites13 []uint16
	// exact refuses a version that is not among versions, instead of taking
	// a lower one.
	exact bool
	// noList takes no notice of lists of versions that lack TLS 1.3.
	noList bool
	// byCertificate chooses the ECDSA certificate whenever the hello has a
	// suite for one, and then takes no suite of RSA.
	byCertificate bool
	// noSentinel and noSCSV leave protections out.
	noSentinel, noSCSV bool
	// refuse answers what is not taken; nil sends a fatal alert.
	refuse func(c net.Conn, alert uint8)
	// flaky, if set, may answer the nth connection (from 0) instead; it
	// returns true if it did.
	flaky func(n int, c net.Conn, h modelHello) bool
	// flight may change the bytes of a flight.
	flight func(records []byte) []byte

	mu    sync.Mutex
	conns int
	most  int // connections at once
	open  int
}

// A modelHello is what a port understands of a hello.
type modelHello struct {
	version  uint16   // SSL2, or the hello's own
	listed   []uint16 // in supported_versions
	suites   []uint16
	fallback bool
}

var (
	rsaLeaf   = sync.OnceValue(func() []byte { return modelLeaf(deploytest.Spec{Key: deploytest.RSA(2048)}) })
	ecdsaLeaf = sync.OnceValue(func() []byte { return modelLeaf(deploytest.Spec{}) })
)

func modelLeaf(s deploytest.Spec) []byte {
	s.Hosts = []string{"a.example"}
	return deploytest.SelfSigned(s).Certificate[0]
}

// dial connects to the port, for 10 s.
func (p *modelPort) dial(ctx context.Context) (net.Conn, error) {
	p.mu.Lock()
	n := p.conns
	p.conns++
	p.open++
	p.most = max(p.most, p.open)
	p.mu.Unlock()
	client, server := net.Pipe()
	client.SetDeadline(time.Now().Add(10 * time.Second))
	context.AfterFunc(ctx, func() { client.SetDeadline(time.Unix(1, 0)) })
	go func() {
		defer server.Close()
		p.serve(n, server)
	}()
	return &modelConn{client, p}, nil
}

// A modelConn is the client's end of a connection.
type modelConn struct {
	net.Conn
	port *modelPort
}

func (c *modelConn) Close() error {
	c.port.mu.Lock()
	c.port.open--
	c.port.mu.Unlock()
	return c.Conn.Close()
}

func (p *modelPort) serve(n int, c net.Conn) {
	h, err := readModelHello(c)
	if err != nil || p.flaky != nil && p.flaky(n, c, h) {
		return
	}
	p.answer(c, h)
}

// answer is what the port itself says to a hello.
func (p *modelPort) answer(c net.Conn, h modelHello) {
	refuse := p.refuse
	if refuse == nil {
		refuse = alertAndClose
	}
	version, ok := p.version(h)
	if !ok {
		refuse(c, clienthello.ProtocolVersion)
		return
	}
	if version == clienthello.SSL2 {
		c.Write(modelSSL2([]byte{1, 0, 128}))
		return
	}
	if h.fallback && !p.noSCSV && version < slices.Max(p.versions) {
		refuse(c, 86)
		return
	}
	have := p.suites
	if at := p.suitesAt[version]; at != nil {
		have = at
	}
	if version == clienthello.TLS13 {
		have = p.suites13
	}
	ecdsa := p.byCertificate && slices.ContainsFunc(h.suites, needsECDSA)
	for _, s := range have {
		if slices.Contains(h.suites, s) && (!ecdsa || needsECDSA(s)) {
			c.Write(p.accept(version, s))
			return
		}
	}
	refuse(c, clienthello.HandshakeFailure)
}

func needsECDSA(suite uint16) bool { return hasAny(fact.SuiteName(suite), "_ECDSA_") }

// version is the one that the port chooses, the highest that it can.
func (p *modelPort) version(h modelHello) (best uint16, ok bool) {
	list := slices.Contains(p.versions, clienthello.TLS13) && len(h.listed) > 0 &&
		!(p.noList && !slices.Contains(h.listed, clienthello.TLS13))
	if p.exact && !list && !slices.Contains(p.versions, h.version) {
		return 0, false
	}
	for _, v := range p.versions {
		offered := clienthello.SSL3 <= v && v <= h.version
		if list {
			offered = slices.Contains(h.listed, v)
		}
		if h.version == clienthello.SSL2 {
			offered = v == clienthello.SSL2
		}
		if offered {
			best = max(best, v)
		}
	}
	return best, best != 0
}

// accept is the flight of a port that takes the version and the suite.
func (p *modelPort) accept(version, suite uint16) []byte {
	var random [32]byte
	if version < slices.Max(p.versions) && !p.noSentinel {
		copy(random[24:], "DOWNGRD\x00")
		if version == clienthello.TLS12 {
			random[31] = 1
		}
	}
	b := modelServerHello(version, suite, random)
	if version < clienthello.TLS13 {
		if leaf := modelChain(suite); leaf != nil {
			b = append(b, modelCertificate(leaf)...)
		}
		b = append(b, 14, 0, 0, 0)
	}
	b = modelRecords(b, 1<<14)
	if p.flight != nil {
		b = p.flight(b)
	}
	return b
}

// modelChain is the leaf shown with a suite, nil for an anonymous one.
func modelChain(suite uint16) []byte {
	switch name := fact.SuiteName(suite); {
	case hasAny(name, "_anon_", "PSK"):
		return nil
	case hasAny(name, "ECDSA"):
		return ecdsaLeaf()
	}
	return rsaLeaf()
}

// readModelHello reads a hello, independently of what wrote it.
func readModelHello(c net.Conn) (h modelHello, err error) {
	var head [5]byte
	if _, err := io.ReadFull(c, head[:2]); err != nil {
		return h, err
	}
	if head[0]&0x80 != 0 {
		_, err := io.CopyN(io.Discard, c, int64(head[1]))
		return modelHello{version: clienthello.SSL2}, err
	}
	if _, err := io.ReadFull(c, head[2:]); err != nil {
		return h, err
	}
	body := make(cryptobyte.String, binary.BigEndian.Uint16(head[3:]))
	if _, err := io.ReadFull(c, body); err != nil {
		return h, err
	}
	var skip, suites, extensions cryptobyte.String
	ok := body.Skip(4) && body.ReadUint16(&h.version) && body.Skip(32) &&
		body.ReadUint8LengthPrefixed(&skip) && body.ReadUint16LengthPrefixed(&suites) && body.ReadUint8LengthPrefixed(&skip)
	if !ok {
		return h, errors.New("malformed hello")
	}
	for !suites.Empty() {
		var s uint16
		suites.ReadUint16(&s)
		h.suites = append(h.suites, s)
	}
	h.fallback = slices.Contains(h.suites, 0x5600)
	for body.ReadUint16LengthPrefixed(&extensions); !extensions.Empty(); {
		var id uint16
		var data cryptobyte.String
		if !extensions.ReadUint16(&id) || !extensions.ReadUint16LengthPrefixed(&data) {
			return h, errors.New("malformed extension")
		}
		if id == 43 { // supported_versions
			for data.Skip(1); !data.Empty(); {
				var v uint16
				data.ReadUint16(&v)
				h.listed = append(h.listed, v)
			}
		}
	}
	return h, nil
}

// The ways to refuse.

func alertAndClose(c net.Conn, alert uint8) { c.Write([]byte{21, 3, 1, 0, 2, 2, alert}) }

func closeOnly(net.Conn, uint8) {}

func plainHTTP(c net.Conn, _ uint8) {
	io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
}

// stall holds the connection until the client gives up.
func stall(c net.Conn) { io.Copy(io.Discard, c) }

// The parts of a flight.

func modelServerHello(version, suite uint16, random [32]byte) []byte {
	var b cryptobyte.Builder
	b.AddUint8(2)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint16(min(version, clienthello.TLS12))
		b.AddBytes(random[:])
		b.AddUint8(0)
		b.AddUint16(suite)
		b.AddUint8(0)
		if version == clienthello.TLS13 {
			b.AddBytes([]byte{0, 6, 0, 43, 0, 2, 3, 4})
		}
	})
	return b.BytesOrPanic()
}

func modelCertificate(chain ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddUint8(11)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, der := range chain {
				b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(der) })
			}
		})
	})
	return b.BytesOrPanic()
}

func modelRecords(messages []byte, size int) (records []byte) {
	for part := range slices.Chunk(messages, size) {
		records = append(records, 22, 3, 1, byte(len(part)>>8), byte(len(part)))
		records = append(records, part...)
	}
	return records
}

func modelSSL2(kinds []byte) []byte {
	body := append([]byte{4, 0, 1, 0, 2, 0, 0, 0, byte(len(kinds)), 0, 0}, kinds...)
	return append([]byte{0x80, byte(len(body))}, body...)
}

// current is the handshake that a current client makes with the port.
func (p *modelPort) current() fact.Handshake {
	h := fact.Handshake{Outcome: fact.BrokenOff, Connected: true, ServerName: "a.example"}
	for _, v := range []uint16{clienthello.TLS13, clienthello.TLS12, clienthello.TLS11, clienthello.TLS10} {
		have := p.suites
		if v == clienthello.TLS13 {
			have = p.suites13
		}
		if !slices.Contains(p.versions, v) || len(have) == 0 {
			continue
		}
		h.Outcome, h.Version, h.Suite = fact.Answered, v, have[0]
		h.Chain = [][]byte{rsaLeaf()}
		if slices.ContainsFunc(p.suites, func(s uint16) bool { return slices.Contains(suites().ecdsa, s) }) {
			h.Chain = [][]byte{ecdsaLeaf()}
		}
		break
	}
	return h
}

// surveyOf surveys the port.
func surveyOf(ctx context.Context, p *modelPort) fact.Capabilities {
	return Port{Dial: p.dial, Pause: pause, Current: p.current()}.Survey(ctx)
}

// pause waits for d or the context's end.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
