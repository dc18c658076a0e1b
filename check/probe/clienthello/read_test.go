package clienthello

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	hello12 := serverHello(TLS12, 0xC02F, sentinel)
	server12 := &ServerHello{Version: TLS12, Suite: 0xC02F, Random: sentinel}
	whole := Flight{Server: server12, Chain: [][]byte{leaf, issuer}, Complete: true}
	chain := certificate(leaf, issuer)
	big := bytes.Repeat([]byte{0x30}, 30<<10)
	tls13 := extension(extSupportedVersions, 3, 4)
	grease := extension(0x0A0A, 1, 2, 3)

	for _, c := range []struct {
		name string
		in   []byte
		want Flight
		err  error
	}{
		{"a record for each message", join(split(1<<14, hello12), split(1<<14, chain), split(1<<14, done)), whole, nil},
		{"all messages in one record", split(1<<14, hello12, chain, done), whole, nil},
		{"records of one byte", split(1, hello12, chain, done), whole, nil},
		{"records of seven bytes", split(7, hello12, chain, done), whole, nil},
		{"empty records between", join(record(22), split(7, hello12), record(22), record(21), split(7, chain, done)), whole, nil},
		{"a warning first", join(record(21, []byte{1, 112}), split(99, hello12, chain, done)), whole, nil},
		{"a warning in two records", join(record(21, []byte{1}), record(21, []byte{112}), split(99, hello12, chain, done)), whole, nil},
		{"a warning between messages", join(split(99, hello12), record(21, []byte{1, 112}), split(99, chain, done)), whole, nil},
		{"a HelloRequest first", split(99, message(typeHelloRequest), hello12, chain, done), whole, nil},
		{"all optional messages", split(99, hello12, message(typeSupplementalData, leaf), chain, message(typeCertificateStatus, leaf),
			message(typeServerKeyExchange, leaf), message(typeCertificateRequest, leaf), done), whole, nil},
		{"what follows the flight", join(split(99, hello12, chain, done), []byte("anything")), whole, nil},
		{"GREASE and unknown extensions", split(99, serverHello(TLS12, 0xC02F, sentinel, grease, extension(0xFF01, 0)), chain, done), whole, nil},
		{"64 KiB", split(1<<14, hello12, certificate(big, big, leaf), message(typeServerKeyExchange, big[:4<<10]), done),
			Flight{Server: server12, Chain: [][]byte{big, big, leaf}, Complete: true}, nil},
		{"no certificate", split(99, serverHello(TLS10, 0x0034, [32]byte{}), message(typeServerKeyExchange, leaf), done),
			Flight{Server: &ServerHello{Version: TLS10, Suite: 0x0034}, Complete: true}, nil},
		{"SSL 3", split(99, serverHello(SSL3, 0x000A, [32]byte{}), certificate(leaf), done),
			Flight{Server: &ServerHello{Version: SSL3, Suite: 0x000A}, Chain: [][]byte{leaf}, Complete: true}, nil},
		{"TLS 1.3", split(99, serverHello(TLS12, 0x1301, sentinel, grease, tls13)),
			Flight{Server: &ServerHello{Version: TLS13, Suite: 0x1301, Random: sentinel}, Complete: true}, nil},
		{"HelloRetryRequest", split(99, serverHello(TLS12, 0x1301, retryRandom, tls13)),
			Flight{Server: &ServerHello{Version: TLS13, Suite: 0x1301, Random: retryRandom, Retry: true}, Complete: true}, nil},

		{"fatal alert", record(21, []byte{2, 70}), Flight{Alert: &Alert{2, 70}}, nil},
		{"warning, then fatal alert", record(21, []byte{1, 112, 2, 40}), Flight{Alert: &Alert{2, 40}}, nil},
		{"alert of no known level", record(21, []byte{0, 80}), Flight{Alert: &Alert{0, 80}}, nil},
		{"alert after the ServerHello", join(split(99, hello12), record(21, []byte{2, 80})), Flight{Server: server12, Alert: &Alert{2, 80}}, nil},
		{"close_notify", record(21, []byte{1, 0}), Flight{}, io.EOF},

		{"nothing", nil, Flight{}, io.EOF},
		{"closed between messages", split(99, hello12), Flight{Server: server12}, io.EOF},
		{"closed inside a message", split(99, hello12[:20]), Flight{}, io.ErrUnexpectedEOF},
		{"closed inside a record", split(99, hello12)[:20], Flight{}, io.ErrUnexpectedEOF},
		{"closed inside a record's header", []byte{22, 3}, Flight{}, io.ErrUnexpectedEOF},

		{"HTTP", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), Flight{}, ErrMalformed},
		{"a byte of something", []byte("H"), Flight{}, ErrMalformed},
		{"SSH", []byte("SSH-2.0-OpenSSH_9.2\r\n"), Flight{}, ErrMalformed},
		{"another major version", join([]byte{22, 2, 0, 0, 4}, done), Flight{}, ErrMalformed},
		{"an overlong record", []byte{22, 3, 3, 0x48, 0x01}, Flight{}, ErrMalformed},
		{"application data", record(23, leaf), Flight{}, ErrMalformed},
		{"an alert inside a message", join(split(99, hello12[:20]), record(21, []byte{1, 112})), Flight{}, ErrMalformed},
		{"an overlong message", split(99, join([]byte{2}, u24(maxFlight+1))), Flight{}, ErrMalformed},
		{"endless warnings", bytes.Repeat(record(21, []byte{1, 112}), maxFlight/7+1), Flight{}, ErrMalformed},
		{"endless empty records", bytes.Repeat(record(22), maxFlight/5+1), Flight{}, ErrMalformed},
		{"endless HelloRequests", bytes.Repeat(split(99, message(typeHelloRequest)), maxFlight/9+1), Flight{}, ErrMalformed},
		{"no ServerHello", split(99, chain), Flight{}, ErrMalformed},
		{"two ServerHellos", split(99, hello12, hello12), Flight{Server: server12}, ErrMalformed},
		{"a Finished", split(99, hello12, message(20, leaf)), Flight{Server: server12}, ErrMalformed},
		{"a short ServerHello", split(99, message(typeServerHello, u16(TLS12))), Flight{}, ErrMalformed},
		{"a ServerHello of version 2", split(99, serverHello(SSL2, 1, sentinel)), Flight{}, ErrMalformed},
		{"more after a ServerHello's extensions", split(99, message(typeServerHello, serverHello(TLS12, 1, sentinel, grease)[4:], leaf)), Flight{}, ErrMalformed},
		{"a cut extension", split(99, serverHello(TLS12, 1, sentinel, grease[:5])), Flight{}, ErrMalformed},
		{"a long supported_versions", split(99, serverHello(TLS12, 1, sentinel, extension(extSupportedVersions, 3, 4, 0))), Flight{}, ErrMalformed},
		{"two chains", split(99, hello12, chain, chain), Flight{Server: server12, Chain: whole.Chain}, ErrMalformed},
		{"a cut certificate list", split(99, hello12, message(typeCertificate, u24(9), leaf)), Flight{Server: server12}, ErrMalformed},
		{"an empty certificate", split(99, hello12, certificate(nil)), Flight{Server: server12}, ErrMalformed},

		{"SSL 2", ssl2([]byte{4, 0, 1}, u16(SSL2), u16(4), u16(3), u16(2), leaf, []byte{1, 0, 128}, []byte{7, 7}),
			Flight{Server: &ServerHello{Version: SSL2}, Complete: true}, nil},
		{"SSL 2 without a cipher", ssl2([]byte{4, 0, 1}, u16(SSL2), u16(4), u16(0), u16(2), leaf, []byte{7, 7}), Flight{NoCipher: true}, nil},
		{"SSL 2 error", ssl2([]byte{0}, u16(1)), Flight{NoCipher: true}, nil},
		{"SSL 2 of wrong lengths", ssl2([]byte{4, 0, 1}, u16(SSL2), u16(5), u16(3), u16(2), leaf), Flight{}, ErrMalformed},
		{"SSL 2 of another version", ssl2([]byte{4, 0, 1}, u16(SSL3), u16(0), u16(3), u16(0), []byte{1, 0, 128}), Flight{}, ErrMalformed},
		{"SSL 2 of no message", ssl2(nil), Flight{}, ErrMalformed},
		{"SSL 2 cut", []byte{0x80, 9, 4}, Flight{}, io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{
				"at once":  bytes.NewReader(c.in),
				"by bytes": iotest.OneByteReader(bytes.NewReader(c.in)),
				"with end": iotest.DataErrReader(bytes.NewReader(c.in)),
			} {
				got, err := Read(r)
				if !errors.Is(err, c.err) {
					t.Errorf("%s: error %v, want %v", how, err, c.err)
				}
				if d := cmp.Diff(c.want, got, wholeBytes); d != "" {
					t.Errorf("%s: -want +got\n%s", how, d)
				}
			}
		})
	}
}

func TestReadPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	in := split(99, serverHello(TLS12, 0xC02F, sentinel), certificate(leaf), done)
	for n := range in {
		_, err := Read(io.MultiReader(bytes.NewReader(in[:n]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
	if _, err := Read(iotest.ErrReader(net.ErrClosed)); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if _, err := Read(stuck{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader without progress: %v", err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestReadSaysWhatItMet(t *testing.T) {
	_, err := Read(strings.NewReader("HTTP/1.1 400 Bad Request\r\n"))
	if want := `it begins with "HTTP/"`; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestAlertString(t *testing.T) {
	for d, want := range map[uint8]string{70: "protocol_version", 40: "handshake_failure", 200: "alert 200"} {
		if got := fmt.Sprint(Alert{2, d}); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
}

// A peer may send anything for ever: what reading allocates stays bounded.
func TestReadHoldsLittle(t *testing.T) {
	const most = 256 << 10
	hello12 := serverHello(TLS12, 0xC02F, sentinel)
	huge := bytes.Repeat([]byte{0x30}, 90<<10)
	tiny := make([][]byte, 20<<10)
	for i := range tiny {
		tiny[i] = []byte{0}
	}
	for name, in := range map[string][]byte{
		"two messages that claim the most": split(1<<14, message(typeServerHello, huge), message(typeCertificate, huge)),
		"hello, then all in one message":   split(1<<14, hello12, message(typeServerKeyExchange, huge), join([]byte{11}, u24(maxFlight), huge)),
		"a chain of tiny certificates":     split(1<<14, hello12, certificate(tiny...)),
		"one extension after the other":    split(1<<14, serverHello(TLS12, 1, sentinel, bytes.Repeat(extension(0x0A0A), 15<<10))),
		"SSL 2 of the greatest length":     join([]byte{0xFF, 0xFF}, huge),
		"records of one byte":              split(1, hello12, message(typeServerKeyExchange, huge[:12<<10]), message(typeServerKeyExchange, huge)),
	} {
		r := io.MultiReader(bytes.NewReader(in), zeros{})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Read(r)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > most {
			t.Errorf("%s: %d bytes allocated", name, got)
		}
	}
}

// zeros is a peer that never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
