package tlsclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// A server that does not hold its certificate's key is found out.
func TestProof(t *testing.T) {
	t.Setenv("GODEBUG", "tlsrsakex=1")
	for name, c := range map[string]struct {
		config *tls.Config
		want   error
	}{
		"TLS 1.3":          {&tls.Config{}, ErrSignature},
		"TLS 1.2":          {&tls.Config{MaxVersion: tls.VersionTLS12}, ErrSignature},
		"TLS 1.1":          {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, ErrSignature},
		"RSA key exchange": {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{0x009C}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			shown := certificate(t, rsaKey())
			shown.PrivateKey = otherKey()
			c.config.Certificates = []tls.Certificate{shown}
			client := Client(serve(t, c.config), Config{})
			err := client.Handshake(context.Background())
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if s := client.State(); s.Proven || len(s.Chain) != 1 {
				t.Errorf("proven: %v, certificates: %d", s.Proven, len(s.Chain))
			}
			if _, err := client.Write([]byte("secret")); err == nil {
				t.Error("data went to a server that proved nothing")
			}
		})
	}
}

// A certificate's form ends no handshake.
func TestUnreadableCertificates(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		shown := certificate(t, p256Key())
		shown.Certificate = append(shown.Certificate, []byte("no certificate"), nil)
		client := Client(serve(t, &tls.Config{Certificates: []tls.Certificate{shown}, MaxVersion: version}), Config{})
		if err := client.Handshake(context.Background()); err != nil || !client.State().Proven || len(client.State().Chain) != 3 {
			t.Errorf("behind the leaf: %v, %+v", err, client.State())
		}
		shown.Certificate = [][]byte{[]byte("no certificate")}
		client = Client(serve(t, &tls.Config{Certificates: []tls.Certificate{shown}, MaxVersion: version}), Config{})
		if err := client.Handshake(context.Background()); err != nil || client.State().Proven {
			t.Errorf("the leaf: %v, proven: %v", err, client.State().Proven)
		}
		echo(t, client)
	}
}

// What a peer sends instead of a handshake ends it soon, and is reported.
func TestHostilePeers(t *testing.T) {
	record := func(kind byte, n int, body ...byte) []byte {
		return append([]byte{kind, 3, 3, byte(n >> 8), byte(n)}, body...)
	}
	for name, c := range map[string]struct {
		sends []byte
		want  string
	}{
		"HTTP":             {[]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), `not an answer in TLS: it begins with "HTTP/"`},
		"one byte":         {[]byte("S"), `not an answer in TLS: it begins with "S"`},
		"nothing":          {nil, io.EOF.Error()},
		"half a record":    {record(22, 20, 2), io.ErrUnexpectedEOF.Error()},
		"half a header":    {[]byte{22, 3}, io.ErrUnexpectedEOF.Error()},
		"alert":            {record(21, 2, 2, 40), "the server sent the alert 'handshake_failure'"},
		"odd alert":        {record(21, 1, 2), "malformed alert"},
		"close_notify":     {record(21, 2, 1, 0), io.EOF.Error()},
		"long record":      {record(22, maxSealed+1), "malformed record"},
		"long message":     {record(22, 4, 2, 1, 0, 1), "a handshake message of 65537 bytes"},
		"no ServerHello":   {record(22, 4, 14, 0, 0, 0), "before its ServerHello"},
		"data":             {record(23, 1, 0), "a record of type 23 in the handshake"},
		"early signal":     {record(20, 1, 1), "a record of type 20 in the handshake"},
		"endless warnings": {bytes.Repeat(record(21, 2, 1, 112), handshakeBudget/7+1), "too much"},
		"endless requests": {bytes.Repeat(record(22, 4, 0, 0, 0, 0), handshakeBudget/9+1), "too much"},
		"endless nothing":  {bytes.Repeat(record(22, 0), handshakeBudget/5+1), "too much"},
	} {
		t.Run(name, func(t *testing.T) {
			client := Client(over(t, func(conn net.Conn) {
				io.ReadFull(conn, make([]byte, 100))
				conn.Write(c.sends)
				conn.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, conn)
			}), Config{})
			err := client.Handshake(context.Background())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
			client.conn.Close()
		})
	}
}

func TestHandshakeEndsWithItsContext(t *testing.T) {
	gone := make(chan struct{})
	client := Client(over(t, func(net.Conn) { <-gone }), Config{})
	defer close(gone)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := client.Handshake(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// After a deadline reading goes on where it was.
func TestReadAfterDeadline(t *testing.T) {
	shown := certificate(t, p256Key())
	client := Client(serve(t, &tls.Config{Certificates: []tls.Certificate{shown}}), Config{})
	if err := client.Handshake(context.Background()); err != nil {
		t.Fatal(err)
	}
	client.SetReadDeadline(time.Unix(1, 0))
	if _, err := client.Read(make([]byte, 1)); err == nil {
		t.Fatal("no timeout")
	}
	client.SetReadDeadline(time.Now().Add(10 * time.Second))
	echo(t, client)
}
