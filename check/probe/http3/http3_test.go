package http3_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/quic"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/http3"
)

// socket opens a UDP socket at loopback.
func socket(t *testing.T) net.PacketConn {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func addrPort(c net.PacketConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

// serve answers QUIC handshakes.
func serve(t *testing.T, config *tls.Config) netip.AddrPort {
	t.Helper()
	e, err := quic.Listen("udp", "127.0.0.1:0", &quic.Config{TLSConfig: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		_ = e.Close(over) // connections that are left are cut off
	})
	return e.LocalAddr()
}

func TestHandshake(t *testing.T) {
	certificate := deploytest.SelfSigned(deploytest.Spec{Hosts: []string{"a.example"}})
	certificate.OCSPStaple, certificate.SignedCertificateTimestamps = []byte("staple"), [][]byte{[]byte("one")}
	with := func(edit func(*tls.Config)) *tls.Config {
		c := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13, NextProtos: []string{"h3"}}
		edit(c)
		return c
	}
	for name, tc := range map[string]struct {
		config  *tls.Config
		outcome fact.Outcome
		chain   bool
	}{
		"good":                          {with(func(*tls.Config) {}), fact.Answered, true},
		"another protocol":              {with(func(c *tls.Config) { c.NextProtos = []string{"doq"} }), fact.Failed, false},
		"a client certificate demanded": {with(func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }), "", true},
		"no certificate for the name": {with(func(c *tls.Config) {
			c.Certificates = nil
			c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, context.Canceled }
		}), fact.Failed, false},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			h := http3.Handshake(ctx, socket(t), serve(t, tc.config), "a.example")
			if tc.outcome != "" && h.Outcome != tc.outcome || (len(h.Chain) == 1) != tc.chain || h.ServerName != "a.example" {
				t.Errorf("%+v", h)
			}
			if h.Outcome == fact.Answered && tc.outcome == fact.Answered && (h.Version != tls.VersionTLS13 || h.ALPN != "h3" || h.Suite == 0 || h.Group == 0 || string(h.Staple) != "staple" || !slices.Equal(h.Chain[0], certificate.Certificate[0]) || !h.Connected) {
				t.Errorf("%+v", h)
			}
		})
	}
}

// A peer that is silent, is not there, or speaks no QUIC takes no longer than
// the context, and shows nothing.
func TestNoHandshake(t *testing.T) {
	answering := func(reply func(question []byte) []byte) netip.AddrPort {
		c := socket(t)
		go func() {
			b := make([]byte, 2048)
			for {
				n, from, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				if r := reply(b[:n]); r != nil {
					c.WriteTo(r, from)
				}
			}
		}()
		return addrPort(c)
	}
	gone := socket(t)
	gone.Close()
	for name, at := range map[string]netip.AddrPort{
		"silent":  answering(func([]byte) []byte { return nil }),
		"echo":    answering(func(q []byte) []byte { return q }),
		"garbage": answering(func([]byte) []byte { return []byte("\xc0\x00\x00\x00\x01garbage that is no QUIC") }),
		"a version that is none": answering(func(q []byte) []byte { // Version Negotiation (RFC 9000 section 17.2.1)
			if len(q) < 23 {
				return nil
			}
			dst := q[6 : 6+int(q[5])]
			rest := q[6+len(dst):]
			src := rest[1 : 1+int(rest[0])]
			out := append([]byte{0xc0, 0, 0, 0, 0, byte(len(src))}, src...)
			out = append(append(out, byte(len(dst))), dst...)
			return append(out, 0xfa, 0xfa, 0xfa, 0xfa)
		}),
		"not there": addrPort(gone),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			began := time.Now()
			h := http3.Handshake(ctx, socket(t), at, "a.example")
			if h.Outcome == fact.Answered || h.Outcome == fact.Unasked || len(h.Chain) > 0 || h.Connected || time.Since(began) > 5*time.Second {
				t.Errorf("%+v after %s", h, time.Since(began))
			}
		})
	}
}
