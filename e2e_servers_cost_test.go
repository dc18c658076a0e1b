//go:build servers

package main

import (
	"context"
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"
)

// What a good address may cost, redirects, retries, revocation and QUIC apart.
// Twelve connections are those of the answer over TLS, of the survey's hellos,
// and of HTTP port 80 in HTTP/1.1, HTTP/2 and WebSocket. A thirteenth
// asks in TLS 1.3 for the certificate of the other kind, a fourteenth offers
// HTTP port 80 to switch to TLS (RFC 2817).
const (
	mostConnections = 14
	mostBytes       = 24_000
)

// aboveInfo finds a log line about a client of a level above info: those of
// nginx and Apache, which name the client, the priority of syslog with the
// facility local0, and JSON.
var aboveInfo = regexp.MustCompile(`(?m)^.*\[(\w+:)?(warn|error|crit|alert|emerg)\].*client.*$|^<1(28|29|30|31|32)>.*$|^.*"level":"(warn|error|fatal|panic)".*$`)

// A meter counts what a run costs a server.
type meter struct{ connections, sent, received atomic.Int64 }

type meteredConn struct {
	net.Conn
	m *meter
}

func (c meteredConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.m.received.Add(int64(n))
	return n, err
}

func (c meteredConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.m.sent.Add(int64(n))
	return n, err
}

// look judges a host at an address, and measures what that costs.
func (m *meter) look(t *testing.T, host, address string, roots *pki.Roots) check.Result {
	t.Helper()
	target, err := fact.ParseTarget("https://" + host + "/")
	if err != nil {
		t.Fatal(err)
	}
	policy := check.Policy{Roots: roots, AllowPrivate: true, Revocation: fact.RevocationOff}
	p := probe.New(probe.Options{
		Resolve: map[string][]netip.Addr{fact.HostPort(host, 443): {netip.MustParseAddr(address)}}, AllowPrivate: true, Roots: roots, Revocation: fact.RevocationOff,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			m.connections.Add(1)
			c, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return meteredConn{c, m}, nil
		},
	})
	return check.Run(t.Context(), []fact.Target{target}, p, policy, 1, nil)[0]
}

// goServer serves both ports with Go's library.
func goServer(t *testing.T, s setup) {
	t.Helper()
	certificate, err := tls.LoadX509KeyPair(s.Chain, s.Key)
	if err != nil {
		t.Fatal(err)
	}
	logged, err := os.Create(filepath.Join(s.Dir, "output.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { logged.Close() })
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", s.HSTS)
		w.Write([]byte(s.Page))
	})
	to := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+s.Host+r.URL.Path, http.StatusMovedPermanently)
	})
	for port, server := range map[string]*http.Server{"443": {Handler: page, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}, "80": {Handler: to}} {
		l, err := net.Listen("tcp", net.JoinHostPort(s.Address, port))
		if err != nil {
			t.Fatal(err)
		}
		server.ErrorLog = log.New(logged, "", 0)
		if port == "443" {
			go server.ServeTLS(l, "", "")
		} else {
			go server.Serve(l)
		}
		t.Cleanup(func() { server.Close() })
	}
}

// tools are servers of one port, by their commands.
var tools = []server{
	{"openssl", "", []string{"openssl", "s_server", "-accept", "{address}:443", "-cert", "{chain}", "-cert_chain", "{chain}", "-key", "{key}", "-WWW"}, "127.0.1.15"},
	{"gnutls", "", []string{"gnutls-serv", "--quiet", "--disable-client-cert", "--http", "-p", "443", "--x509certfile", "{chain}", "--x509keyfile", "{key}", "--priority", "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"}, "127.0.1.16"},
}

// A good server is asked little, and logs nothing that wakes anybody.
func TestCostOfAGoodAddress(t *testing.T) {
	needs(t)
	ca := newAuthority(t)
	roots, err := pki.ParseRoots(ca.root.PEM())
	if err != nil {
		t.Fatal(err)
	}
	furnished := func(t *testing.T, name, address string) setup {
		s := setup{Host: name + ".example", Address: address, Dir: folder(t), Page: "<!doctype html><title>A page</title>", HSTS: deploytest.GoodHSTS, certificate: good}
		ca.furnish(t, &s)
		return s
	}
	measure := func(t *testing.T, s setup) {
		before := logs(t, s)
		var m meter
		r := m.look(t, s.Host, s.Address, roots)
		connections, bytes := m.connections.Load(), m.sent.Load()+m.received.Load()
		t.Logf("%s: %d TCP connections, %d bytes (%d sent, %d received)", s.Host, connections, bytes, m.sent.Load(), m.received.Load())
		if connections > mostConnections || bytes > mostBytes {
			t.Errorf("%d connections, %d bytes", connections, bytes)
		}
		for _, v := range r.Requirements {
			if v.State != check.Pass {
				t.Errorf("%s: %s %q", v.Requirement, v.State, v.Reason())
			}
		}
		after := strings.TrimPrefix(logs(t, s), before)
		if lines := aboveInfo.FindAllString(after, -1); len(lines) > 0 {
			t.Errorf("%d log lines above info:\n%s", len(lines), strings.Join(lines, "\n"))
		}
	}
	for _, srv := range servers {
		t.Run(srv.name, func(t *testing.T) {
			needs(t, srv.command[0])
			s := furnished(t, srv.name, srv.address)
			srv.start(t, s)
			measure(t, s)
		})
	}
	for _, tool := range tools {
		t.Run(tool.name, func(t *testing.T) {
			needs(t, tool.command[0])
			s := furnished(t, tool.name, tool.address)
			fill := strings.NewReplacer("{address}", s.Address, "{chain}", s.Chain, "{key}", s.Key)
			args := strings.Split(fill.Replace(strings.Join(tool.command, "\x00")), "\x00")
			launch(t, args[0], args[1:]...)
			eventually(t, func() error { return dialable(net.JoinHostPort(s.Address, "443")) })
			measure(t, s)
		})
	}
	t.Run("go", func(t *testing.T) {
		s := furnished(t, "go", "127.0.1.17")
		goServer(t, s)
		measure(t, s)
	})
}

// logs are what a server has logged so far.
func logs(t *testing.T, s setup) string {
	t.Helper()
	var all strings.Builder
	for _, name := range []string{"error.log", "output.log"} {
		if text, err := os.ReadFile(filepath.Join(s.Dir, name)); err == nil {
			all.Write(text)
		}
	}
	return all.String()
}
