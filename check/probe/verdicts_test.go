package probe_test

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/probe"
)

// countedConn adds the bytes of both directions to a sum.
type countedConn struct {
	net.Conn
	sum *atomic.Int64
}

func (c countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.sum.Add(int64(n))
	return n, err
}

func (c countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.sum.Add(int64(n))
	return n, err
}

// A good deployment costs at most 24 kB on the wire, both directions together.
func TestBytesOnTheWire(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "shop.example"})
	var sum atomic.Int64
	r := judge(t, n, "https://shop.example/", func(o *probe.Options) {
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := n.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return countedConn{c, &sum}, nil
		}
	})
	if state(r, check.TLSOnly) != check.Pass {
		t.Fatalf("%q", messages(r))
	}
	if got := sum.Load(); got == 0 || got > 24_000 {
		t.Errorf("%d bytes", got)
	}
}

// Servers that accept little of what clients offer are judged like all others.
func TestNarrowServers(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	group := func(id tls.CurveID, version uint16) func(*tls.Config) {
		return func(c *tls.Config) {
			c.CurvePreferences = []tls.CurveID{id}
			c.MinVersion, c.MaxVersion = version, version
		}
	}
	suite := func(id uint16) func(*tls.Config) {
		return func(c *tls.Config) {
			c.CipherSuites = []uint16{id}
			c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		}
	}
	for host, edit := range map[string]func(*tls.Config){
		"p384-tls13.example":  group(tls.CurveP384, tls.VersionTLS13),
		"p521-tls13.example":  group(tls.CurveP521, tls.VersionTLS13),
		"p384-tls12.example":  group(tls.CurveP384, tls.VersionTLS12),
		"p521-tls12.example":  group(tls.CurveP521, tls.VersionTLS12),
		"mlkem-tls13.example": group(tls.X25519MLKEM768, tls.VersionTLS13),
		"chacha.example":      suite(tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
		"aes256.example":      suite(tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
	} {
		t.Run(host, func(t *testing.T) {
			r := judge(t, n, n.Deploy(deploytest.Deployment{Host: host, TLS: edit}).URL(), nil)
			for _, q := range check.Requirements() {
				if state(r, q) != check.Pass {
					t.Errorf("%s: %s", q, state(r, q))
				}
			}
			if got := failed(r); len(got) > 0 {
				t.Errorf("failed: %q\n%q", got, messages(r))
			}
		})
	}
}
