//go:build hostile && unix

package main

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"
)

// leakTargets is how many hostile targets a run leaves nothing of.
const leakTargets = 1000

// leakBehaviours are what the targets do, in turn.
var leakBehaviours = []func(*attackServer, net.Conn){
	func(*attackServer, net.Conn) {},
	func(a *attackServer, _ net.Conn) { <-a.done },
	func(_ *attackServer, c net.Conn) { _, _ = io.Copy(c, rand.Reader) },
	func(a *attackServer, c net.Conn) { a.drip(c, record(22, "\x02\x00\x40\x00")) },
	raw(record(22, "")), raw(record(21, "\x01\x5a")),
	goodAnswer,
	afterTLS(func(a *attackServer, _ net.Conn) { <-a.done }),
	afterTLS(func(*attackServer, net.Conn) {}),
	answers("X: ", func(_ *attackServer, w io.Writer) { endless(w, []byte("x")) }),
	answers("Content-Type: text/html\r\n", func(_ *attackServer, w io.Writer) { endless(w, []byte("<p>x ")) }),
	answers("Content-Type: text/html\r\nContent-Encoding: gzip\r\n", textBody("no gzip")),
	answers("Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n", func(_ *attackServer, w io.Writer) { endless(w, []byte("1\r\nx\r\n")) }),
	redirects("Set-Cookie: cN=x\r\n"),
	records(22, []byte{24, 0, 0, 1, 1}),
}

// TestLeaks checks many hostile targets in this process, and that no goroutine
// and no descriptor is left afterwards.
func TestLeaks(t *testing.T) {
	first, err := net.Listen("tcp4", "127.0.0.1:0") // begins the runtime's poller, which keeps files of its own
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	results := checkHostile(t)
	if len(results) != leakTargets {
		t.Errorf("%d results", len(results))
	}
	verified := 0
	for _, r := range results {
		if len(r.Verdicts) == 0 {
			t.Fatalf("no verdict on %s", r.Observation.Target.URL())
		}
		if len(r.Observation.Endpoints) > 0 && r.Observation.Endpoints[0].HTTPS.Status == 200 {
			verified++
		}
	}
	if verified == 0 {
		t.Error("not even the good targets were seen")
	}
	for end := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > goroutines || openFiles(t) > files; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			var stacks bytes.Buffer
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Fatalf("%d goroutines and %d files are left, of %d and %d before\n%.5000s", runtime.NumGoroutine(), openFiles(t), goroutines, files, stacks.String())
		}
	}
}

// checkHostile serves the targets and checks them.
func checkHostile(t *testing.T) []check.Result {
	t.Helper()
	n := deploytest.NewNetwork()
	defer n.Close()
	a := &attackServer{network: n, done: make(chan struct{}), certs: map[string]tls.Certificate{}}
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	defer close(a.done)
	a.port = l.Addr().(*net.TCPAddr).Port
	go deploytest.Raw(func(c net.Conn) {
		at := c.LocalAddr().(*net.TCPAddr).IP.To4()
		leakBehaviours[(int(at[1])<<8+int(at[2]))%len(leakBehaviours)](a, c)
	}).Serve(l)
	roots, err := pki.ParseRoots(n.Root().PEM())
	if err != nil {
		t.Fatal(err)
	}
	var targets []fact.Target
	resolve := map[string][]netip.Addr{}
	for i := range leakTargets {
		target, err := fact.ParseTarget(fmt.Sprintf("https://h%d.attack.example:%d/", i, a.port))
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, target)
		resolve[fact.HostPort(target.Host, target.Port)] = []netip.Addr{netip.AddrFrom4([4]byte{127, byte(1 + i>>8), byte(i), 1})}
	}
	p := check.Policy{Roots: roots, AllowPrivate: true, Revocation: fact.RevocationOff}
	o := probe.Options{
		Resolve: resolve, AllowPrivate: true, Roots: roots, Revocation: fact.RevocationOff,
		Timeout: attackTimeout, Deadline: attackDeadline, Retries: 1,
	}
	return check.Run(t.Context(), targets, probe.New(o), p, 0, nil)
}

// openFiles is how many descriptors this process has.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}
