package deploytest_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

const request = "GET / HTTP/1.1\r\nHost: peer.example\r\nConnection: close\r\n\r\n"

// ask sends a request and returns up to 100 kB of what comes back.
func ask(c net.Conn) (string, error) {
	if _, err := io.WriteString(c, request); err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(c, 100_000))
	return string(b), err
}

func TestPeers(t *testing.T) {
	tests := []struct {
		name   string
		server deploytest.Server
		want   func(answer string, err error) bool
	}{
		{"hangup", deploytest.Hangup, func(a string, err error) bool { return a == "" && err == nil }},
		{"reset", deploytest.Reset, func(a string, err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		{"garbage", deploytest.Garbage, func(a string, err error) bool {
			_, bad := http.ReadResponse(bufio.NewReader(strings.NewReader(a)), nil)
			return err == nil && len(a) == 1200 && bad != nil
		}},
		{"headers", deploytest.EndlessHeaders, func(a string, err error) bool {
			return err == nil && len(a) == 100_000 && !strings.Contains(a, "\r\n\r\n") && strings.HasPrefix(a, "HTTP/1.1 200 OK\r\n")
		}},
		{"body", deploytest.EndlessBody, func(a string, err error) bool { return err == nil && len(a) == 100_000 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := network(t)
			d := n.Deploy(deploytest.Deployment{Host: "peer.example", Cleartext: tt.server, HTTPS: tt.server})
			if a, err := ask(dial(t, n, "peer.example:80")); !tt.want(a, err) {
				t.Errorf("cleartext: %.100q (%d), %v", a, len(a), err)
			}
			c, err := handshake(t, n, d, &tls.Config{})
			if err != nil {
				t.Fatal(err)
			}
			if a, err := ask(c); !tt.want(a, err) {
				t.Errorf("TLS: %.100q (%d), %v", a, len(a), err)
			}
		})
	}
}

// TestStall has no other way to see silence than to wait a little for a word.
func TestStall(t *testing.T) {
	n := network(t)
	d := n.Deploy(deploytest.Deployment{Host: "peer.example", Cleartext: deploytest.Stall, HTTPS: deploytest.Stall})
	c, err := handshake(t, n, d, &tls.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{c, dial(t, n, "peer.example:80")} {
		c.SetDeadline(time.Now().Add(20 * time.Millisecond))
		if a, err := ask(c); a != "" || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q, %v", a, err)
		}
	}
}

func TestBrokenHandshakes(t *testing.T) {
	tests := []struct {
		name   string
		server deploytest.Server
		want   string
	}{
		{"garbage", deploytest.Garbage, "first record does not look like a TLS handshake"},
		{"hangup", deploytest.Hangup, "EOF"},
		{"half", deploytest.HalfHandshake, "unexpected EOF"},
		{"reset", deploytest.Reset, "connection reset by peer"},
		{"refused", deploytest.RefuseHandshake, "remote error: tls: handshake failure"},
		{"cleartext", deploytest.Page(""), "first record does not look like a TLS handshake"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := network(t)
			d := n.Deploy(deploytest.Deployment{Host: "peer.example", HTTPS: tt.server, NoTLS: true})
			if _, err := handshake(t, n, d, &tls.Config{}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestEndlessRedirects(t *testing.T) {
	n := network(t)
	d := n.Deploy(deploytest.Deployment{Host: "loop.example", HTTPS: deploytest.EndlessRedirects})
	_, err := client(n, true).Get(d.URL())
	if err == nil || !strings.Contains(err.Error(), `"/?n=10": stopped after 10 redirects`) {
		t.Error(err)
	}
}

func TestClientCertificate(t *testing.T) {
	n := network(t)
	d := n.Deploy(deploytest.Deployment{Host: "mutual.example", TLS: deploytest.RequireClientCertificate})
	asked := false
	config := &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked = true
		return new(tls.Certificate), nil
	}}
	c, err := handshake(t, n, d, config)
	if err == nil {
		_, err = ask(c)
	}
	if !asked || err == nil || !strings.Contains(err.Error(), "certificate required") {
		t.Errorf("asked %v, then %v", asked, err)
	}
}

func TestFirst(t *testing.T) {
	n := network(t)
	n.Deploy(deploytest.Deployment{Host: "flaky.example",
		Cleartext: deploytest.First(2, deploytest.Reset, deploytest.Answer(http.StatusNotFound, ""))})
	for i := range 4 {
		a, err := ask(dial(t, n, "flaky.example:80"))
		if _, _, found := strings.Cut(a, "HTTP/1.1 404"); found != (i >= 2) {
			t.Errorf("connection %d: %q, %v", i, a, err)
		}
	}
}
