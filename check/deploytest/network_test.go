package deploytest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

func TestLookup(t *testing.T) {
	n := network(t)
	n.Name("Shop.example.", "203.0.113.10", "2001:db8::10", "203.0.113.10")
	tests := []struct {
		network, host string
		want          []string
	}{
		{"ip", "shop.example", []string{"203.0.113.10", "2001:db8::10"}},
		{"ip", "SHOP.example.", []string{"203.0.113.10", "2001:db8::10"}},
		{"ip4", "shop.example", []string{"203.0.113.10"}},
		{"ip6", "shop.example", []string{"2001:db8::10"}},
		{"ip", "2001:db8::99", []string{"2001:db8::99"}},
		{"ip", "other.example", nil},
	}
	for _, tt := range tests {
		found, err := n.LookupNetIP(t.Context(), tt.network, tt.host)
		var got []string
		for _, a := range found {
			got = append(got, a.String())
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %s: %s", tt.network, tt.host, diff)
		}
		var dns *net.DNSError
		if notFound := errors.As(err, &dns) && dns.IsNotFound; notFound != (tt.want == nil) {
			t.Errorf("%s %s: error %v", tt.network, tt.host, err)
		}
	}
}

func TestFailLookup(t *testing.T) {
	n := network(t)
	n.Name("shop.example", "203.0.113.10")
	busy := &net.DNSError{Err: "server misbehaving", Name: "shop.example", IsTemporary: true}
	n.FailLookup("shop.example", busy, 2)
	for i, want := range []error{busy, busy, nil} {
		if _, err := n.LookupNetIP(t.Context(), "ip", "shop.example"); !errors.Is(err, want) {
			t.Errorf("lookup %d: %v, want %v", i, err, want)
		}
	}
	n.FailLookup("shop.example", busy, deploytest.Always)
	for range 3 {
		if _, err := n.LookupNetIP(t.Context(), "ip", "shop.example"); err == nil {
			t.Error("a lookup that always fails did not")
		}
	}
}

func TestDialErrors(t *testing.T) {
	n := network(t)
	n.Name("shop.example", "203.0.113.10", "203.0.113.11", "203.0.113.12")
	n.Serve("203.0.113.10:443", deploytest.Hangup)
	n.Serve("203.0.113.11:443", deploytest.Hangup)
	n.Serve("203.0.113.13:443", deploytest.Closed)
	n.Unreachable("203.0.113.11")
	n.BlackHole("203.0.113.12:80")
	n.FailDial("[2001:db8:0::1]:443", syscall.EPIPE, 1)
	n.Serve("[2001:db8::1]:443", deploytest.Hangup)
	tests := []struct {
		at   string
		want error
	}{
		{"203.0.113.10:443", nil},
		{"shop.example:443", nil},
		{"203.0.113.10:80", syscall.ECONNREFUSED},
		{"203.0.113.11:443", syscall.ENETUNREACH},
		{"203.0.113.11:80", syscall.ENETUNREACH},
		{"203.0.113.12:443", syscall.ECONNREFUSED},
		{"203.0.113.12:80", context.DeadlineExceeded},
		{"203.0.113.13:443", syscall.ECONNREFUSED},
		{"203.0.113.99:443", syscall.EHOSTUNREACH},
		{"[2001:db8::1]:443", syscall.EPIPE},
		{"[2001:db8::1]:443", nil},
	}
	for _, tt := range tests {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if tt.want == context.DeadlineExceeded {
			cancel()
			ctx, cancel = context.WithTimeout(t.Context(), 10*time.Millisecond)
		}
		c, err := n.DialContext(ctx, "tcp", tt.at)
		cancel()
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.at, err, tt.want)
		}
		if err == nil {
			if got := c.RemoteAddr().String(); !strings.HasPrefix(tt.at, "shop") && got != tt.at {
				t.Errorf("%s: the remote address is %s", tt.at, got)
			}
			c.Close()
			continue
		}
		var op *net.OpError
		if !errors.As(err, &op) || op.Op != "dial" || op.Addr.String() != tt.at {
			t.Errorf("%s: error is %#v", tt.at, err)
		}
		if op.Timeout() != (tt.want == context.DeadlineExceeded) {
			t.Errorf("%s: Timeout is %v", tt.at, op.Timeout())
		}
	}
	if _, err := n.DialContext(t.Context(), "tcp", "nobody.example:443"); !strings.Contains(err.Error(), "no such host") {
		t.Errorf("unknown name: %v", err)
	}
}

func TestCloseEndsBlackHole(t *testing.T) {
	n := network(t)
	n.BlackHole("203.0.113.10")
	ended := make(chan error)
	go func() {
		_, err := n.DialContext(context.Background(), "tcp", "203.0.113.10:443")
		ended <- err
	}()
	n.Close()
	if err := <-ended; err == nil {
		t.Error("dialled into a black hole")
	}
}

func TestConnections(t *testing.T) {
	n := network(t)
	const at = "203.0.113.10:80"
	n.Serve(at, deploytest.Stall)
	a, b := dial(t, n, at), dial(t, n, at)
	io.WriteString(a, "one ")
	io.WriteString(b, "two ")
	a.Close()
	a.Close()
	b.Close()
	io.WriteString(dial(t, n, at), "three")
	if total, peak := n.Connections(at); total != 3 || peak != 2 {
		t.Errorf("%d connections, %d at once; want 3 and 2", total, peak)
	}
	if got := string(n.Transmitted(at)); got != "one two three" {
		t.Errorf("transmitted %q", got)
	}
	if total, _ := n.Connections("203.0.113.10:443"); total != 0 || n.Transmitted("203.0.113.10:443") != nil {
		t.Error("connections where nothing is")
	}
}

func TestTransmittedIsBounded(t *testing.T) {
	n := network(t)
	n.Serve("203.0.113.10:80", deploytest.Stall)
	c := dial(t, n, "203.0.113.10:80")
	for range 3 {
		if _, err := c.Write(make([]byte, 700<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(n.Transmitted("203.0.113.10:80")); got != 1<<20 {
		t.Errorf("%d bytes kept", got)
	}
}

func TestServeTwiceAtOnePlace(t *testing.T) {
	n := network(t)
	n.Serve("203.0.113.10:80", deploytest.Stall)
	defer func() {
		if recover() == nil {
			t.Error("two servers at one address")
		}
	}()
	n.Serve("203.0.113.10:80", deploytest.Stall)
}

// TestCloseLeavesNothing stops a network in the middle of everything.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	n := deploytest.NewNetwork()
	n.Deploy(deploytest.Deployment{Host: "stall.example", Cleartext: deploytest.Stall, HTTPS: deploytest.Stall})
	n.Deploy(deploytest.Deployment{Host: "body.example", HTTPS: deploytest.EndlessBody, Sniff: deploytest.EndlessHeaders})
	c, err := n.DialContext(t.Context(), "tcp", "stall.example:80")
	if err != nil {
		t.Fatal(err)
	}
	hc := client(n, true)
	res, err := hc.Get("https://body.example/")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := n.DialContext(t.Context(), "tcp", "body.example:443")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(raw, "GET / HTTP/1.1\r\nHost: body.example\r\n\r\n")
	raw.Read(make([]byte, 1))
	n.Close()
	if _, err := io.Copy(io.Discard, res.Body); err == nil {
		t.Error("an endless body ended well")
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("a stalled connection outlived the network")
	}
	for _, c := range []io.Closer{c, raw, res.Body} {
		c.Close()
	}
	hc.CloseIdleConnections()
	if _, err := n.DialContext(t.Context(), "tcp", "stall.example:80"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial after Close: %v", err)
	}
	// What has been told to end needs a moment of processor time for it.
	for end := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, before %d\n%s", runtime.NumGoroutine(), before,
				stacks[:runtime.Stack(stacks, true)])
		}
	}
}

var _ interface {
	LookupNetIP(context.Context, string, string) ([]netip.Addr, error)
	DialContext(context.Context, string, string) (net.Conn, error)
} = (*deploytest.Network)(nil)
