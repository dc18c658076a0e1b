package probe_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/probe"

	"github.com/tlsgate/tlsgate/check/fact"
)

// Peers that do not play by the protocol cost a bounded time, and are never a
// pass where nothing could be seen.
func TestBadPeers(t *testing.T) {
	endless := deploytest.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/", http.StatusFound)
	}))
	for name, tc := range map[string]struct {
		deploytest.Deployment
		v1221, v1222 check.State
		says         string // in the reason of V12.2.1
	}{
		"TLS stalls":           {deploytest.Deployment{HTTPS: deploytest.Stall, NoTLS: true}, check.Unknown, check.Unknown, "did not finish the TLS handshake in time"},
		"TLS resets":           {deploytest.Deployment{HTTPS: deploytest.Reset, NoTLS: true}, check.Unknown, check.Unknown, "closed the connection during the TLS handshake"},
		"TLS half":             {deploytest.Deployment{HTTPS: deploytest.HalfHandshake, NoTLS: true}, check.Unknown, check.Unknown, "closed the connection during the TLS handshake"},
		"TLS refuses":          {deploytest.Deployment{HTTPS: deploytest.RefuseHandshake, NoTLS: true}, check.Unknown, check.Unknown, "handshake_failure"},
		"TLS garbage":          {deploytest.Deployment{HTTPS: deploytest.Garbage, NoTLS: true}, check.Fail, check.Unknown, ""},
		"HTTPS stalls":         {deploytest.Deployment{HTTPS: deploytest.Stall}, check.Unknown, check.Pass, "gave no HTTP answer"},
		"HTTPS garbage":        {deploytest.Deployment{HTTPS: deploytest.Garbage}, check.Unknown, check.Pass, "the answer is not HTTP"},
		"HTTPS resets":         {deploytest.Deployment{HTTPS: deploytest.Reset}, check.Unknown, check.Pass, "gave no HTTP answer"},
		"HTTPS headers":        {deploytest.Deployment{HTTPS: deploytest.EndlessHeaders}, check.Unknown, check.Pass, "gave no HTTP answer"},
		"HTTPS body":           {deploytest.Deployment{HTTPS: deploytest.EndlessBody}, check.Unknown, check.Pass, "was not read to its end"},
		"HTTPS redirects":      {deploytest.Deployment{HTTPS: deploytest.EndlessRedirects}, check.Unknown, check.Pass, "more than 20 redirects"},
		"HTTPS circle":         {deploytest.Deployment{HTTPS: endless}, check.Pass, check.Pass, ""},
		"cleartext stalls":     {deploytest.Deployment{Cleartext: deploytest.Stall}, check.Unknown, check.Pass, "could not be checked"},
		"cleartext garbage":    {deploytest.Deployment{Cleartext: deploytest.Garbage}, check.Unknown, check.Pass, "what is not HTTP"},
		"cleartext resets":     {deploytest.Deployment{Cleartext: deploytest.Reset}, check.Pass, check.Pass, ""},
		"cleartext headers":    {deploytest.Deployment{Cleartext: deploytest.EndlessHeaders}, check.Unknown, check.Pass, "could not be checked"},
		"cleartext body":       {deploytest.Deployment{Cleartext: deploytest.EndlessBody}, check.Fail, check.Pass, ""},
		"certificate demanded": {deploytest.Deployment{TLS: deploytest.RequireClientCertificate}, check.Pass, check.Pass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			tc.Host = "peer.example"
			r := judge(t, n, n.Deploy(tc.Deployment).URL(), func(o *probe.Options) {
				o.Timeout, o.Retries = 20*time.Second, 0
				if strings.HasSuffix(name, "stalls") {
					o.Timeout = 2 * time.Second // spent whole: enough for the good side on a busy machine
				}
			})
			if got := state(r, check.TLSOnly); got != tc.v1221 {
				t.Errorf("V12.2.1: %s\n%q", got, messages(r))
			}
			if got := state(r, check.PubliclyTrusted); got != tc.v1222 {
				t.Errorf("V12.2.2: %s\n%q", got, messages(r))
			}
			if reason := r.Requirements[0].Reason(); !strings.Contains(reason, tc.says) {
				t.Errorf("reason %q does not say %q", reason, tc.says)
			}
		})
	}
}

// Retries get past a reset, a timeout and a temporary failure of the resolver,
// and are spent on nothing else.
func TestRetries(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.70"}})
	n.FailLookup("shop.example", &net.DNSError{Err: "server misbehaving", IsTemporary: true}, 2)
	n.FailDial("203.0.113.70:443", &net.OpError{Op: "dial", Err: syscall.ECONNRESET}, 2)
	var pauses atomic.Int32
	r := judge(t, n, "https://shop.example/", func(o *probe.Options) {
		o.Pause = func(context.Context, time.Duration) { pauses.Add(1) }
	})
	if state(r, check.TLSOnly) != check.Pass || state(r, check.PubliclyTrusted) != check.Pass || pauses.Load() != 4 {
		t.Errorf("%d pauses; %q", pauses.Load(), messages(r))
	}

	n.Deploy(deploytest.Deployment{Host: "shut.example", Addresses: []string{"203.0.113.71"}})
	n.FailDial("203.0.113.71:443", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, 2) // the handshake, and cleartext on the TLS port
	r = judge(t, n, "https://shut.example/", nil)
	if state(r, check.PubliclyTrusted) != check.Unknown {
		t.Errorf("a refused connection was tried again")
	}
	n.FailLookup("gone.example", errors.New("broken resolver"), 1)
	r = judge(t, n, "https://gone.example/", nil)
	if state(r, check.TLSOnly) != check.Unknown || !strings.Contains(r.Requirements[0].Reason(), "broken resolver") {
		t.Errorf("%q", messages(r))
	}
}

// Nothing is sent to addresses that are not external, not by DNS, nor by
// redirect.
func TestPrivateAddresses(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "inner.example", Addresses: []string{"10.0.0.5"}})
	n.Deploy(deploytest.Deployment{Host: "outer.example", HTTPS: deploytest.Redirect("https://inner.example/")})
	r := judge(t, n, "https://inner.example/", nil)
	if got := failed(r); len(got) != 1 || got[0] != "target-not-external" {
		t.Errorf("failed %q", got)
	}
	r = judge(t, n, "https://outer.example/", nil)
	if got := failed(r); len(got) != 0 {
		t.Errorf("failed %q: %q", got, messages(r))
	}
	for _, at := range []string{"10.0.0.5:443", "10.0.0.5:80"} {
		if total, _ := n.Connections(at); total != 0 {
			t.Errorf("%d connections to %s", total, at)
		}
	}
	r = judge(t, n, "https://inner.example/", func(o *probe.Options) { o.AllowPrivate = true })
	if got := failed(r); len(got) != 0 {
		t.Errorf("allowed, yet failed %q", got)
	}
}

// What the resolve input says takes the resolver's place, for every port.
func TestResolve(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.72"}})
	n.Name("shop.example", "203.0.113.99")
	r := judge(t, n, "https://shop.example/", func(o *probe.Options) {
		o.Resolve = map[string][]netip.Addr{"shop.example:443": {netip.MustParseAddr("203.0.113.72")}}
	})
	if state(r, check.TLSOnly) != check.Pass || !r.Observation.Resolution.Override {
		t.Errorf("%q", messages(r))
	}
}

// A good deployment costs few connections, and none of its redirects is
// asked twice.
func TestConnections(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.73"}})
	r := judge(t, n, "https://shop.example/", nil)
	if state(r, check.TLSOnly) != check.Pass {
		t.Fatalf("%q", messages(r))
	}
	tls, tlsPeak := n.Connections("203.0.113.73:443")
	cleartext, _ := n.Connections("203.0.113.73:80")
	// The thirteenth asks for the chain of the other kind in TLS 1.3, the
	// fourteenth the cleartext port to switch to TLS.
	if tls+cleartext > 14 || tlsPeak > 9 {
		t.Errorf("%d connections to the TLS port, %d at once, %d to the cleartext port", tls, tlsPeak, cleartext)
	}

	// A second path of the host is not surveyed again.
	target := func(url string) fact.Target {
		t.Helper()
		target, err := fact.ParseTarget(url)
		if err != nil {
			t.Fatal(err)
		}
		return target
	}
	p := check.Policy{Roots: rootsOf(t, n)}
	both := []fact.Target{target("https://shop.example/a"), target("https://shop.example/b")}
	check.Run(t.Context(), both, probe.New(probe.Options{Resolver: n, Dial: n.DialContext, Roots: p.Roots}), p, 2, nil)
	again, peak := n.Connections("203.0.113.73:443")
	if again-tls > tls+2 || peak > 9 {
		t.Errorf("%d connections to the TLS port for one path, %d for two, %d at once", tls, again-tls, peak)
	}
}

// Ports that end the connection as soon as they may are closed each time,
// however the end races with the request.
func TestHangupsRace(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "fin.example", Cleartext: deploytest.Raw(func(net.Conn) {})})
	n.Deploy(deploytest.Deployment{Host: "rst.example", Cleartext: deploytest.Reset})
	for range 20 {
		for _, host := range []string{"fin.example", "rst.example"} {
			if r := judge(t, n, "https://"+host+"/", nil); state(r, check.TLSOnly) != check.Pass {
				t.Fatalf("%s: %q", host, messages(r))
			}
		}
	}
}

// User info of a URL or a redirect is never sent.
func TestNoUserInfo(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.74"},
		Cleartext: deploytest.Redirect("http://user:sesame@shop.example/next?q")})
	judge(t, n, "https://user:sesame@shop.example/", nil)
	if sent := string(n.Transmitted("203.0.113.74:80")); strings.Contains(sent, "sesame") || strings.Contains(sent, "Authorization") {
		t.Errorf("sent in cleartext: %s", sent)
	}
}

// A compressed page is read as any other; one that cannot be read is not verified.
func TestCompressedPage(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "zip.example", HTTPS: deploytest.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Strict-Transport-Security", deploytest.GoodHSTS)
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.WriteHeader(http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Encoding", r.URL.Path[1:])
		z := gzip.NewWriter(w)
		io.WriteString(z, `<!doctype html><script src="http://cdn.example/a.js"></script>`)
		z.Close()
	}))})
	r := judge(t, n, "https://zip.example/gzip", nil)
	if got := failed(r); len(got) != 1 || got[0] != "mixed-content" {
		t.Errorf("failed %q: %q", got, messages(r))
	}
	r = judge(t, n, "https://zip.example/br", nil)
	if state(r, check.TLSOnly) != check.Unknown || !strings.Contains(r.Requirements[0].Reason(), "not in its content coding 'br'") {
		t.Errorf("a body that is not in its coding: %q", messages(r))
	}
}

// A port 80 that serves the first request, and answers 429 to those after it,
// serves content; one that answers 429 to all is asked again slowly, and is
// then not verified.
func TestRateLimit(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	many := deploytest.Answer(http.StatusTooManyRequests, "slower")
	n.Deploy(deploytest.Deployment{Host: "first.example", Cleartext: deploytest.First(1, deploytest.Answer(200, "hello"), many)})
	n.Deploy(deploytest.Deployment{Host: "never.example", Cleartext: many})
	n.Deploy(deploytest.Deployment{Host: "slow.example", Cleartext: deploytest.First(1, many, deploytest.ToHTTPS(443))})
	for host, want := range map[string]check.State{"first.example": check.Fail, "never.example": check.Unknown, "slow.example": check.Pass} {
		r := judge(t, n, "https://"+host+"/", nil)
		if got := state(r, check.TLSOnly); got != want {
			t.Errorf("%s: %s\n%q", host, got, messages(r))
		}
	}
}

// An HTTP/2 server that shuts down before it answers is asked again.
func TestGoAway(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	var connections atomic.Int32
	n.Deploy(deploytest.Deployment{Host: "shop.example",
		TLS: func(c *tls.Config) { c.NextProtos = []string{"h2"} },
		HTTPS: deploytest.Raw(func(c net.Conn) {
			io.ReadFull(c, make([]byte, len(http2.ClientPreface)))
			f := http2.NewFramer(c, c)
			f.WriteSettings()
			for {
				frame, err := f.ReadFrame()
				if err != nil {
					return
				}
				h, ok := frame.(*http2.HeadersFrame)
				if !ok {
					continue
				}
				if connections.Add(1) == 1 {
					f.WriteGoAway(0, http2.ErrCodeNo, nil)
					return
				}
				var b bytes.Buffer
				e := hpack.NewEncoder(&b)
				e.WriteField(hpack.HeaderField{Name: ":status", Value: "204"})
				e.WriteField(hpack.HeaderField{Name: "strict-transport-security", Value: deploytest.GoodHSTS})
				f.WriteHeaders(http2.HeadersFrameParam{StreamID: h.StreamID, BlockFragment: b.Bytes(), EndHeaders: true, EndStream: true})
			}
		})})
	r := judge(t, n, "https://shop.example/", nil)
	if got := failed(r); len(got) != 0 || connections.Load() != 2 {
		t.Errorf("failed %q after %d requests: %q", got, connections.Load(), messages(r))
	}
}
