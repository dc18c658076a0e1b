package probe_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"
)

// A pipeNetwork is a network in memory, for tests in a bubble of
// testing/synctest: its time is the bubble's.
type pipeNetwork struct {
	names map[string][]netip.Addr
	ports map[string]func(net.Conn) // by ip:port; a dial to any other is never answered
	roots *pki.Roots
	now   time.Time
	rtt   time.Duration // that a dial and a look-up take
	// descriptors is how many connections may be open at a time; 0 for any number.
	descriptors int
	// lookup, if set, may fail the nth look-up (from 0) of a name.
	lookup func(ctx context.Context, name string, n int) error

	mu      sync.Mutex
	lookups map[string]int
	all     int // connections that are open
	dials   map[string]int
	open    map[string]int
	most    map[string]int
	// addresses to which connections are open, by how many, and the most at a time.
	addresses     map[string]int
	mostAddresses int
}

// newPipeNetwork is made outside the bubble.
func newPipeNetwork(t *testing.T) (*pipeNetwork, func(host string) *tls.Config) {
	t.Helper()
	return newPipeNetworkOf(t, deploytest.Issued(deploytest.Spec{}))
}

// newPipeNetworkOf presents certificates of one kind.
func newPipeNetworkOf(t *testing.T, certificate deploytest.Issue) (*pipeNetwork, func(host string) *tls.Config) {
	t.Helper()
	real := deploytest.NewNetwork()
	t.Cleanup(real.Close)
	n := &pipeNetwork{names: map[string][]netip.Addr{}, ports: map[string]func(net.Conn){}, roots: rootsOf(t, real), now: time.Now(),
		lookups: map[string]int{}, dials: map[string]int{}, open: map[string]int{}, most: map[string]int{}, addresses: map[string]int{}}
	return n, func(host string) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{certificate(real, host)}, NextProtos: []string{"http/1.1"},
			Time: func() time.Time { return n.now }}
	}
}

func (n *pipeNetwork) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	number := n.lookups[network+host]
	n.lookups[network+host]++
	short := n.descriptors > 0 && n.all >= n.descriptors
	n.mu.Unlock()
	time.Sleep(n.rtt)
	if n.lookup != nil {
		if err := n.lookup(ctx, host, number); err != nil {
			return nil, err
		}
	}
	if short { // what a system's resolver says that cannot read its files
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var found []netip.Addr
	for _, a := range n.names[strings.TrimSuffix(host, ".")] {
		if a.Is4() == (network == "ip4") {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return found, nil
}

func (n *pipeNetwork) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	serve := n.ports[address]
	n.dials[address]++
	short := n.descriptors > 0 && n.all >= n.descriptors
	n.mu.Unlock()
	if short {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
	}
	if serve == nil {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	n.count(address, 1)
	time.Sleep(n.rtt)
	client, server := n.pipe()
	go func() {
		defer server.Close()
		serve(server)
	}()
	return &pipeConn{client, sync.OnceFunc(func() { n.count(address, -1) })}, nil
}

// pipe is a connection on which bytes are half a round trip on their way.
func (n *pipeNetwork) pipe() (client, server net.Conn) {
	client, near := net.Pipe()
	if n.rtt == 0 {
		return client, near
	}
	far, server := net.Pipe()
	go n.carry(near, far)
	go n.carry(far, near)
	return client, server
}

// carry brings bytes, and the end, from one connection to another.
func (n *pipeNetwork) carry(from, to net.Conn) {
	type parcel struct {
		bytes []byte
		due   time.Time
	}
	way := make(chan parcel, 1000)
	go func() {
		defer close(way)
		for {
			b := make([]byte, 4096)
			size, err := from.Read(b)
			if err != nil {
				way <- parcel{nil, time.Now().Add(n.rtt / 2)}
				return
			}
			way <- parcel{b[:size], time.Now().Add(n.rtt / 2)}
		}
	}()
	for p := range way {
		time.Sleep(time.Until(p.due))
		if p.bytes == nil {
			to.Close()
		} else {
			to.Write(p.bytes)
		}
	}
}

func (n *pipeNetwork) count(address string, by int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.open[address] += by
	n.all += by
	n.most[address] = max(n.most[address], n.open[address])
	host, _, _ := net.SplitHostPort(address)
	if n.addresses[host] += by; n.addresses[host] == 0 {
		delete(n.addresses, host)
	}
	n.mostAddresses = max(n.mostAddresses, len(n.addresses))
}

type pipeConn struct {
	net.Conn
	closed func()
}

func (c *pipeConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

// options are those of a prober on the network.
func (n *pipeNetwork) options() probe.Options {
	return probe.Options{Resolver: n, Dial: n.dial, Roots: n.roots, Retries: 2, Now: func() time.Time { return n.now }}
}

// judge judges a URL, and gives how long it took.
func (n *pipeNetwork) judge(t *testing.T, url string, edit func(*probe.Options)) (check.Result, time.Duration) {
	t.Helper()
	target, err := fact.ParseTarget(url)
	if err != nil {
		t.Fatal(err)
	}
	o := n.options()
	if edit != nil {
		edit(&o)
	}
	begun := time.Now()
	r := check.Run(t.Context(), []fact.Target{target}, probe.New(o), check.Policy{Roots: n.roots}, 1, nil)[0]
	return r, time.Since(begun)
}

// servedByTLS answers requests over TLS.
func servedByTLS(c *tls.Config, answer func(*http.Request) string) func(net.Conn) {
	return func(conn net.Conn) {
		s := tls.Server(conn, c)
		defer s.Close()
		inCleartext(answer)(s)
	}
}

// inCleartext answers requests.
func inCleartext(answer func(*http.Request) string) func(net.Conn) {
	return func(conn net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err == nil {
			io.WriteString(conn, answer(r))
		}
	}
}

func silence(conn net.Conn) { io.Copy(io.Discard, conn) }

func goodPage(*http.Request) string {
	return "HTTP/1.1 200 OK\r\nStrict-Transport-Security: " + deploytest.GoodHSTS + "\r\nContent-Length: 0\r\n\r\n"
}

func toTLS(r *http.Request) string {
	return fmt.Sprintf("HTTP/1.1 301 Moved\r\nLocation: https://%s%s\r\nContent-Length: 0\r\n\r\n", r.Host, r.URL.Path)
}

// good adds so many good deployments, and gives their targets.
func (n *pipeNetwork) good(t *testing.T, count int, config func(host string) *tls.Config) (targets []fact.Target) {
	t.Helper()
	for i := range count {
		host, a := fmt.Sprintf("t%d.example", i), netip.AddrFrom4([4]byte{198, 51, byte(100 + i/200), byte(1 + i%200)})
		n.names[host] = []netip.Addr{a}
		n.ports[a.String()+":443"], n.ports[a.String()+":80"] = servedByTLS(config(host), goodPage), inCleartext(toTLS)
		target, err := fact.ParseTarget("https://" + host + "/")
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, target)
	}
	return targets
}

// What is silent costs one timeout, and the message is one sentence.
func TestSilenceTakesOneTimeout(t *testing.T) {
	for name, tc := range map[string]struct {
		serve   func(net.Conn) // at both ports; nil for a host that is dead
		timeout time.Duration
		says    string
	}{
		"dead host":                   {nil, 0, "no port answered within 10 s at '203.0.113.1'"},
		"dead host, raised timeout":   {nil, 30 * time.Second, "no port answered within 30 s at '203.0.113.1'"},
		"tarpit":                      {silence, 0, "no port answered within 10 s at '203.0.113.1', though connections were accepted"},
		"tarpit, raised timeout":      {silence, 90 * time.Second, "no port answered within 1 min 30 s at '203.0.113.1', though connections were accepted"},
		"tarpit with a little to say": {func(c net.Conn) { c.Write([]byte{22, 3}); silence(c) }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n, _ := newPipeNetwork(t)
			n.names["slow.example"] = []netip.Addr{netip.MustParseAddr("203.0.113.1")}
			if tc.serve != nil {
				n.ports["203.0.113.1:443"], n.ports["203.0.113.1:80"] = tc.serve, tc.serve
			}
			synctest.Test(t, func(t *testing.T) {
				r, took := n.judge(t, "https://slow.example/", func(o *probe.Options) { o.Timeout = tc.timeout })
				limit := max(tc.timeout, 10*time.Second) + 500*time.Millisecond
				if took > limit {
					t.Errorf("took %v", took)
				}
				for _, q := range r.Requirements {
					if q.State != check.Unknown || tc.says != "" && q.Reason() != tc.says {
						t.Errorf("%s: %s, %q", q.Requirement, q.State, q.Reason())
					}
				}
			})
		})
	}
}

// One deadline holds for everything about a target; what is not known then is
// not verified, and the reason says what used the time.
func TestDeadline(t *testing.T) {
	n, config := newPipeNetwork(t)
	for i := range 8 {
		a := netip.AddrFrom4([4]byte{203, 0, 113, byte(10 + i)})
		n.names["far.example"] = append(n.names["far.example"], a)
		n.ports[a.String()+":80"] = inCleartext(toTLS)
		n.ports[a.String()+":443"] = servedByTLS(config("far.example"), func(r *http.Request) string {
			time.Sleep(4 * time.Second)
			return fmt.Sprintf("HTTP/1.1 302 Found\r\nLocation: /%sa\r\nContent-Length: 0\r\n\r\n", strings.TrimPrefix(r.URL.Path, "/"))
		})
	}
	synctest.Test(t, func(t *testing.T) {
		r, took := n.judge(t, "https://far.example/", func(o *probe.Options) { o.Timeout, o.Deadline = 5*time.Second, 30*time.Second })
		if took > 31*time.Second {
			t.Errorf("took %v", took)
		}
		const says = "the deadline of 30 s ended while following its redirects, which had taken"
		if got := r.Requirements[0]; got.State != check.Unknown || !strings.HasPrefix(got.Reason(), says) {
			t.Errorf("%s, %q", got.State, got.Reason())
		}
		if got := state(r, check.PubliclyTrusted); got != check.Pass {
			t.Errorf("what was known is %s: %q", got, messages(r))
		}
		time.Sleep(time.Minute) // the bubble's: the servers end
	})
	synctest.Test(t, func(t *testing.T) {
		_, took := n.judge(t, "https://far.example/", func(o *probe.Options) { o.Timeout, o.Deadline = 5*time.Second, time.Hour })
		if took > 90*time.Second { // 20 redirects of 4 s, at all addresses at once
			t.Errorf("took %v", took)
		}
		time.Sleep(time.Minute)
	})
}

// A shorter time turns nothing that was not seen into a pass.
func TestDeadlineIsNoSilence(t *testing.T) {
	n, config := newPipeNetwork(t)
	n.names["cut.example"] = []netip.Addr{netip.MustParseAddr("203.0.113.20")}
	n.ports["203.0.113.20:443"] = servedByTLS(config("cut.example"), goodPage)
	late := func(wait time.Duration) func(net.Conn) {
		return func(c net.Conn) {
			time.Sleep(wait)
			inCleartext(goodPage)(c)
		}
	}
	for name, tc := range map[string]struct {
		port80   func(net.Conn)
		deadline time.Duration
		want     check.State
	}{
		"filtered":                     {nil, time.Minute, check.Pass},
		"not known to be filtered":     {nil, 3 * time.Second, check.Unknown},
		"content, late":                {late(4 * time.Second), time.Minute, check.Fail},
		"content, later than the end":  {late(4 * time.Second), 3 * time.Second, check.Unknown},
		"content, just before the end": {late(4 * time.Second), 10 * time.Second, check.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			n.ports["203.0.113.20:80"] = tc.port80
			synctest.Test(t, func(t *testing.T) {
				r, took := n.judge(t, "https://cut.example/", func(o *probe.Options) { o.Deadline = tc.deadline })
				if got := state(r, check.TLSOnly); got != tc.want || took > tc.deadline {
					t.Errorf("%s after %v: %q", got, took, messages(r))
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// A server of issuers and revocation lists that sends a byte a second is read
// once for all targets, and costs one timeout.
func TestSlowAuthority(t *testing.T) {
	for name, tc := range map[string]struct {
		certificate deploytest.Issue
		reads       int
	}{
		"issuer":           {deploytest.Incomplete, 1},
		"revocation lists": {deploytest.Issued(deploytest.Spec{}), 2}, // of the root and of the issuer
	} {
		t.Run(name, func(t *testing.T) {
			n, config := newPipeNetworkOf(t, tc.certificate)
			n.names["ca.example"] = []netip.Addr{netip.MustParseAddr("203.0.113.99")}
			n.ports["203.0.113.99:80"] = func(c net.Conn) {
				http.ReadRequest(bufio.NewReader(c))
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
				for {
					time.Sleep(time.Second)
					if _, err := c.Write([]byte{0x30}); err != nil {
						return
					}
				}
			}
			targets := n.good(t, 32, config)
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				p := check.Policy{Roots: n.roots, Revocation: fact.RevocationSoft}
				o := n.options()
				o.Revocation = p.Revocation
				results := check.Run(t.Context(), targets, probe.New(o), p, len(targets), nil)
				if took := time.Since(begun); took > 11*time.Second || took < 10*time.Second {
					t.Errorf("took %v", took)
				}
				if got := n.dials["203.0.113.99:80"]; got != tc.reads {
					t.Errorf("%d connections to the authority", got)
				}
				for _, r := range results {
					if got := state(r, check.TLSOnly); got != check.Pass {
						t.Fatalf("%s: %q", got, messages(r))
					}
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// However few files may be open, all targets are judged, and a name is not
// taken for one that does not exist.
func TestFewDescriptors(t *testing.T) {
	for _, descriptors := range []int{3, 12} {
		t.Run(fmt.Sprint(descriptors), func(t *testing.T) {
			n, config := newPipeNetwork(t)
			n.rtt = 20 * time.Millisecond
			targets := n.good(t, 40, config)
			n.descriptors = descriptors
			synctest.Test(t, func(t *testing.T) {
				p := check.Policy{Roots: n.roots}
				for _, r := range check.Run(t.Context(), targets, probe.New(n.options()), p, 0, nil) {
					if state(r, check.TLSOnly) != check.Pass || state(r, check.PubliclyTrusted) != check.Pass {
						t.Fatalf("%s: %q", r.Observation.Target.Host, messages(r))
					}
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// A dead resolver is noticed once for all targets; one that loses questions, or
// comes back, fails none.
func TestResolverThatDoesNotAnswer(t *testing.T) {
	lost := func(ctx context.Context) error {
		<-ctx.Done()
		return &net.DNSError{Err: "i/o timeout", IsTimeout: true}
	}
	for name, tc := range map[string]struct {
		lookup func(ctx context.Context, name string, n int) error
		took   time.Duration
		want   check.State
	}{
		"dead": {func(ctx context.Context, _ string, _ int) error { return lost(ctx) }, 14 * time.Second, check.Unknown},
		"loses two of the first three questions for many": {func(ctx context.Context, name string, n int) error {
			if n < 2 && (strings.HasSuffix(name, "0.example.") || strings.HasSuffix(name, "5.example.")) {
				return lost(ctx)
			}
			return nil
		}, time.Minute, check.Pass},
		"begins to answer after 6 s": {func() func(context.Context, string, int) error {
			var once sync.Once
			var begun time.Time
			return func(ctx context.Context, _ string, _ int) error {
				once.Do(func() { begun = time.Now() })
				if time.Since(begun) < 6*time.Second {
					return lost(ctx)
				}
				return nil
			}
		}(), 20 * time.Second, check.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			n, config := newPipeNetwork(t)
			shared := config("*.example")
			targets := n.good(t, 100, func(string) *tls.Config { return shared })
			n.lookup = tc.lookup
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				results := check.Run(t.Context(), targets, probe.New(n.options()), check.Policy{Roots: n.roots}, 0, nil)
				if took := time.Since(begun); took > tc.took {
					t.Errorf("took %v", took)
				}
				for _, r := range results {
					if got := state(r, check.TLSOnly); got != tc.want {
						t.Fatalf("%s: %s, %q", r.Observation.Target.Host, got, messages(r))
					}
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// A target that waits for what does not answer keeps no other waiting.
func TestTarpitDelaysNoOther(t *testing.T) {
	n, config := newPipeNetwork(t)
	n.rtt = 100 * time.Millisecond
	shared := config("*.example")
	targets := n.good(t, 120, func(string) *tls.Config { return shared })
	for i := range 50 {
		at := n.names[targets[i].Host][0].String()
		n.ports[at+":443"], n.ports[at+":80"] = silence, silence
	}
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var last time.Duration // until the last good one
		check.Run(t.Context(), targets, probe.New(n.options()), check.Policy{Roots: n.roots}, 0, func(_ int, r check.Result) {
			if state(r, check.TLSOnly) == check.Pass {
				last = time.Since(begun)
			}
		})
		if took := time.Since(begun); last > 8*time.Second || took > 17*time.Second {
			t.Errorf("good ones took %v, all %v", last, took)
		}
		time.Sleep(time.Minute)
	})
}

// Hosts of many addresses have no more of them asked at a time than the machine
// can do; and all are asked.
func TestManyAddresses(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const hosts, addresses, most = 2, 64, 2 + 64
	n, config := newPipeNetwork(t)
	n.rtt = 10 * time.Millisecond
	targets := n.good(t, hosts, config)
	for i, target := range targets {
		first := n.names[target.Host][0].String()
		for j := 1; j < addresses; j++ {
			a := netip.AddrFrom4([4]byte{203, 0, byte(113 + i), byte(j)})
			n.names[target.Host] = append(n.names[target.Host], a)
			n.ports[a.String()+":443"], n.ports[a.String()+":80"] = n.ports[first+":443"], n.ports[first+":80"]
		}
	}
	synctest.Test(t, func(t *testing.T) {
		for i, r := range check.Run(t.Context(), targets, probe.New(n.options()), check.Policy{Roots: n.roots}, 0, nil) {
			if len(r.Observation.Endpoints) != addresses || state(r, check.TLSOnly) != check.Pass {
				t.Errorf("%s: %d endpoints, %s", targets[i].Host, len(r.Observation.Endpoints), state(r, check.TLSOnly))
			}
		}
		time.Sleep(time.Minute)
	})
	if n.mostAddresses > most {
		t.Errorf("%d addresses are asked at a time", n.mostAddresses)
	}
}

// A good deployment is judged in as many round trips as a client needs for one
// page: name, TCP, TLS (two with TLS 1.2) and HTTP. One question more, the tenth
// to a TLS 1.3 port, waits for one of the nine connections that may be open.
func TestRoundTrips(t *testing.T) {
	for name, tc := range map[string]struct {
		edit  func(*tls.Config)
		trips int
	}{
		"TLS 1.3": {func(c *tls.Config) {}, 5},
		"TLS 1.2": {func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, 5},
	} {
		t.Run(name, func(t *testing.T) {
			n, config := newPipeNetwork(t)
			n.names["near.example"] = []netip.Addr{netip.MustParseAddr("203.0.113.40")}
			c := config("near.example")
			tc.edit(c)
			n.ports["203.0.113.40:443"], n.ports["203.0.113.40:80"] = servedByTLS(c, goodPage), inCleartext(toTLS)
			n.rtt = 100 * time.Millisecond
			synctest.Test(t, func(t *testing.T) {
				r, took := n.judge(t, "https://near.example/", func(o *probe.Options) { o.Revocation = fact.RevocationOff })
				if state(r, check.TLSOnly) != check.Pass || state(r, check.PubliclyTrusted) != check.Pass {
					t.Errorf("%q", messages(r))
				}
				if took > time.Duration(tc.trips)*n.rtt {
					t.Errorf("%v round trips", float64(took)/float64(n.rtt))
				}
				if all, most := n.dials["203.0.113.40:443"]+n.dials["203.0.113.40:80"], n.most["203.0.113.40:443"]; all > 14 || most > 9 {
					t.Errorf("%d connections, %d at once to the TLS port", all, most)
				}
				time.Sleep(time.Minute)
				if left := n.all; left != 0 {
					t.Errorf("%d connections are left open", left)
				}
			})
		})
	}
}
