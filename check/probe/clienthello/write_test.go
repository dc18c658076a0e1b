package clienthello

import (
	"bytes"
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/cryptobyte"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// A tape is a connection that gives what was put in, and keeps what is
// written.
type tape struct {
	in  *bytes.Reader
	out bytes.Buffer
}

func (c *tape) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c *tape) Write(p []byte) (int, error)      { return c.out.Write(p) }
func (c *tape) Close() error                     { return nil }
func (c *tape) LocalAddr() net.Addr              { return nil }
func (c *tape) RemoteAddr() net.Addr             { return nil }
func (c *tape) SetDeadline(time.Time) error      { return nil }
func (c *tape) SetReadDeadline(time.Time) error  { return nil }
func (c *tape) SetWriteDeadline(time.Time) error { return nil }

// serve lets a crypto/tls server answer a hello: what it understood, nil if
// it understood nothing, and its flight.
func serve(config *tls.Config, hello []byte) (understood *tls.ClientHelloInfo, flight []byte) {
	conn := &tape{in: bytes.NewReader(hello)}
	config = config.Clone()
	config.GetConfigForClient = func(i *tls.ClientHelloInfo) (*tls.Config, error) {
		understood = i
		return nil, nil
	}
	tls.Server(conn, config).Handshake() // fails: the tape ends after the hello
	return understood, conn.out.Bytes()
}

// anyServer takes all that crypto/tls can.
func anyServer() *tls.Config {
	c := &tls.Config{
		MinVersion:   tls.VersionTLS10,
		Certificates: []tls.Certificate{deploytest.SelfSigned(deploytest.Spec{Hosts: []string{"a.example"}})},
		NextProtos:   []string{"h2"},
	}
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		c.CipherSuites = append(c.CipherSuites, s.ID)
	}
	return c
}

func TestWriteIsUnderstood(t *testing.T) {
	config := anyServer()
	for _, c := range []struct {
		name     string
		hello    ClientHello
		versions []uint16
		server   ServerHello
		chain    int
	}{
		{"TLS 1.0", ClientHello{Version: TLS10, Suites: []uint16{0x1234, 0xC00A}, ServerName: "a.example"},
			[]uint16{TLS10}, ServerHello{Version: TLS10, Suite: 0xC00A}, 1},
		{"TLS 1.1, without a name", ClientHello{Version: TLS11, Suites: []uint16{0xC00A}},
			[]uint16{TLS11, TLS10}, ServerHello{Version: TLS11, Suite: 0xC00A}, 1},
		{"TLS 1.2", ClientHello{Version: TLS12, Suites: []uint16{0xC02B, 0xC00A}, ServerName: "a.example"},
			[]uint16{TLS12, TLS11, TLS10}, ServerHello{Version: TLS12, Suite: 0xC02B}, 1},
		{"TLS 1.3", ClientHello{Version: TLS13, Suites: []uint16{0x1301, 0xC02B}, ServerName: "a.example"},
			[]uint16{TLS13, TLS12}, ServerHello{Version: TLS13, Suite: 0x1301}, 0},
		{"two versions alone", ClientHello{Version: TLS11, Versions: []uint16{TLS11, TLS10}, Suites: []uint16{0xC02B, 0xC00A}},
			[]uint16{TLS11, TLS10}, ServerHello{Version: TLS11, Suite: 0xC00A}, 1},
		{"many suites", ClientHello{Version: TLS12, Suites: append(make([]uint16, 2000), 0xC02B), ServerName: strings.Repeat("a", 253)},
			[]uint16{TLS12, TLS11, TLS10}, ServerHello{Version: TLS12, Suite: 0xC02B}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := Write(c.hello)
			if err != nil {
				t.Fatal(err)
			}
			info, answer := serve(config, b)
			if info == nil {
				t.Fatal("the server did not understand the hello")
			}
			f, err := Read(bytes.NewReader(answer))
			if err != nil || !f.Complete || len(f.Chain) != c.chain {
				t.Fatalf("flight: %v, %+v", err, f)
			}
			if !c.hello.Admits(*f.Server) {
				t.Errorf("what the server chose counts as not offered: %+v", f.Server)
			}
			if want := c.server.Version < TLS13; f.Server.Downgraded() != want {
				t.Errorf("downgraded: %v, want %v", !want, want)
			}
			f.Server.Random = [32]byte{}
			if d := cmp.Diff(c.server, *f.Server); d != "" {
				t.Errorf("server: -want +got\n%s", d)
			}
			got := []any{info.ServerName, info.SupportedVersions, info.CipherSuites, info.SupportedProtos, info.SupportedPoints, len(info.SupportedCurves)}
			want := []any{c.hello.ServerName, c.versions, c.hello.Suites, []string{"h2", "http/1.1"}, []uint8{0}, len(groups)}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("understood: -want +got\n%s", d)
			}
		})
	}
}

func TestWriteRefused(t *testing.T) {
	_, answer := serve(anyServer(), must(Write(ClientHello{Version: TLS12, Suites: []uint16{0x0034}})))
	f, err := Read(bytes.NewReader(answer))
	if d := cmp.Diff(Flight{Alert: &Alert{2, HandshakeFailure}}, f); d != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, d)
	}
	// Go's server refuses a fallback that says it is one.
	_, answer = serve(anyServer(), must(Write(ClientHello{Version: TLS12, Suites: []uint16{0xC02B}, Fallback: true})))
	if f, _ := Read(bytes.NewReader(answer)); f.Alert == nil || f.Alert.String() != "inappropriate_fallback" {
		t.Errorf("fallback: %+v", f)
	}
}

func TestWriteSSL3HasNoExtensions(t *testing.T) {
	s := cryptobyte.String(must(Write(ClientHello{Version: SSL3, Suites: []uint16{0x000A}, ServerName: "a.example"})))
	var header, random, session, suites, compressions []byte
	ok := s.ReadBytes(&header, 5+4+2) && s.ReadBytes(&random, 32) && readBytes8(&s, &session) &&
		readBytes16(&s, &suites) && readBytes8(&s, &compressions)
	want := [][]byte{{22, 3, 0, 0, 47, 1, 0, 0, 43, 3, 0}, {}, {0, 0x0A, 0, 0xFF}, {0}}
	if d := cmp.Diff(want, [][]byte{header, session, suites, compressions}); d != "" || !ok || !s.Empty() {
		t.Errorf("%v, %d bytes left, -want +got\n%s", ok, len(s), d)
	}
}

func TestWriteSSL2(t *testing.T) {
	b := must(Write(ClientHello{Version: SSL2}))
	want := join([]byte{0x80, 46, 1}, u16(SSL2), u16(21), u16(0), u16(16), ssl2Kinds)
	if d := cmp.Diff(want, b[:len(want)]); d != "" || len(b) != 48 {
		t.Errorf("%d bytes, -want +got\n%s", len(b), d)
	}
}

func TestWriteLengths(t *testing.T) {
	for n := range 400 {
		b := must(Write(ClientHello{Version: TLS12, Suites: make([]uint16, n)}))
		if message := len(b) - 5; message >= 256 && message < 512 {
			t.Fatalf("with %d suites the message has %d bytes, at which some servers hang", n, message)
		}
	}
	for name, c := range map[string]ClientHello{
		"more than a record": {Version: TLS12, Suites: make([]uint16, maxRecord/2)},
		"more than a list":   {Version: TLS12, Suites: make([]uint16, 1<<15)},
		"an overlong name":   {Version: TLS12, ServerName: strings.Repeat("a", 1<<16)},
	} {
		if b, err := Write(c); err == nil {
			t.Errorf("%s: written as %d bytes", name, len(b))
		}
	}
}

func TestWriteIsFresh(t *testing.T) {
	c := ClientHello{Version: TLS13, Suites: []uint16{0x1301}}
	a, b := must(Write(c)), must(Write(c))
	if len(a) != len(b) || bytes.Equal(a, b) {
		t.Error("two hellos have the same random values")
	}
}

func TestAdmits(t *testing.T) {
	suites := []uint16{0x000A, 0x1301}
	two := ClientHello{Version: TLS11, Versions: []uint16{TLS11, TLS10}, Suites: suites}
	for version, want := range map[uint16]bool{TLS12: false, TLS11: true, TLS10: true, SSL3: false} {
		if got := two.Admits(ServerHello{Version: version, Suite: 0x000A}); got != want {
			t.Errorf("a hello of two versions admits %#04x: %v", version, got)
		}
	}
	for _, c := range []struct {
		version uint16
		server  ServerHello
		want    bool
	}{
		{TLS12, ServerHello{Version: TLS12, Suite: 0x000A}, true},
		{TLS12, ServerHello{Version: SSL3, Suite: 0x000A}, true},
		{TLS12, ServerHello{Version: TLS13, Suite: 0x1301}, false},
		{TLS11, ServerHello{Version: TLS12, Suite: 0x000A}, false},
		{TLS12, ServerHello{Version: TLS12, Suite: 0x0035}, false},
		{TLS12, ServerHello{Version: TLS12, Suite: 0x000A, Compression: 1}, false},
		{TLS12, ServerHello{Version: SSL2}, false},
		{TLS13, ServerHello{Version: TLS13, Suite: 0x1301}, true},
		{TLS13, ServerHello{Version: TLS12, Suite: 0x000A}, true},
		{TLS13, ServerHello{Version: TLS11, Suite: 0x000A}, false},
		{TLS13, ServerHello{Version: 0x0305, Suite: 0x1301}, false},
		{SSL2, ServerHello{Version: SSL2}, true},
		{SSL2, ServerHello{Version: SSL3, Suite: 0x000A}, false},
	} {
		if got := (ClientHello{Version: c.version, Suites: suites}).Admits(c.server); got != c.want {
			t.Errorf("a hello up to %#04x admits %+v: %v", c.version, c.server, got)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func readBytes8(s *cryptobyte.String, into *[]byte) bool {
	return s.ReadUint8LengthPrefixed((*cryptobyte.String)(into))
}

func readBytes16(s *cryptobyte.String, into *[]byte) bool {
	return s.ReadUint16LengthPrefixed((*cryptobyte.String)(into))
}
