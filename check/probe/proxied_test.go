package probe_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe"
)

const proxyAt = "198.18.0.8:3128"

// behind lets nothing out of a network but through a proxy.
func behind(t *testing.T, n *deploytest.Network, p *deploytest.Proxy, proxyURL string) func(*probe.Options) {
	serveProxy(n, p)
	u, err := url.Parse(proxyURL)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *probe.Options) {
		o.Proxy = func(*url.URL) *url.URL { return u }
		o.LookupHTTPS = func(context.Context, string) ([][]byte, error) {
			t.Error("HTTPS records are looked up")
			return nil, nil
		}
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != "proxy.example:3128" {
				t.Errorf("dials %s, which is not the proxy", address)
			}
			return n.DialContext(ctx, network, address)
		}
	}
}

func serveProxy(n *deploytest.Network, p *deploytest.Proxy) {
	p.Network = n
	n.Name("proxy.example", strings.TrimSuffix(proxyAt, ":3128"))
	n.Serve(proxyAt, p)
}

const plainProxy = "http://proxy.example:3128"

// Behind a proxy with default rules the verdicts are the same as without, but
// for what it hides.
func TestBehindProxy(t *testing.T) {
	redirect, all := deploytest.Redirect, []string{"80", "443", "8443"}
	good := deploytest.Deployment{}
	content := deploytest.Deployment{Cleartext: deploytest.Page("<p>hello")}
	for name, tc := range map[string]struct {
		deploytest.Deployment
		proxy        *deploytest.Proxy
		v1221, v1222 check.State
		fails        []string
		says         string // in the reason of V12.2.1
	}{
		"good":                                  {good, &deploytest.Proxy{}, check.Pass, check.Pass, nil, ""},
		"good, every port open":                 {good, &deploytest.Proxy{Ports: all}, check.Pass, check.Pass, nil, ""},
		"content":                               {content, &deploytest.Proxy{Ports: all}, check.Fail, check.Pass, []string{"cleartext-content"}, ""},
		"content that the proxy may have given": {content, &deploytest.Proxy{}, check.Unknown, check.Pass, nil, "its answer to GET (status 200) may be its own"},
		"a filter's page":                       {good, &deploytest.Proxy{Page: "<p>blocked"}, check.Unknown, check.Pass, []string{"revocation-unknown"}, "may be its own"},
		"a redirect to http": {deploytest.Deployment{Cleartext: redirect("http://other.example/")}, &deploytest.Proxy{},
			check.Unknown, check.Pass, nil, "its answer to GET (status 301) may be its own"},
		"a redirect to another host": {deploytest.Deployment{Cleartext: redirect("https://other.example/")}, &deploytest.Proxy{},
			check.Unknown, check.Pass, nil, "may be its own"},
		"an error page":                      {deploytest.Deployment{Cleartext: deploytest.Answer(503, "down")}, &deploytest.Proxy{}, check.Unknown, check.Pass, nil, "status 503"},
		"HTTP closed, hidden":                {deploytest.Deployment{Cleartext: deploytest.Closed}, &deploytest.Proxy{}, check.Unknown, check.Pass, nil, "refused CONNECT"},
		"HTTP closed, as the proxy says":     {deploytest.Deployment{Cleartext: deploytest.Closed}, &deploytest.Proxy{Ports: all}, check.Pass, check.Pass, nil, ""},
		"HTTPS closed, as the proxy says":    {deploytest.Deployment{HTTPS: deploytest.Closed, NoTLS: true, Cleartext: deploytest.Page("x")}, &deploytest.Proxy{Ports: all}, check.Fail, check.Unknown, []string{"cleartext-content", "tls-missing"}, ""},
		"HTTPS downgrades":                   {deploytest.Deployment{HTTPS: redirect("http://other.example/x")}, &deploytest.Proxy{}, check.Fail, check.Pass, []string{"cleartext-redirect", "redirect-downgrade"}, ""},
		"another TLS port is refused":        {deploytest.Deployment{Port: 8443}, &deploytest.Proxy{}, check.Unknown, check.Unknown, nil, "refused CONNECT 203.0.113.10:8443 (status 403): its rules do not allow it"},
		"another TLS port":                   {deploytest.Deployment{Port: 8443}, &deploytest.Proxy{Ports: all}, check.Pass, check.Pass, nil, ""},
		"CONNECT ends without an answer":     {good, &deploytest.Proxy{Reply: func(net.Conn, string) {}}, check.Unknown, check.Unknown, nil, "gave no answer to CONNECT"},
		"CONNECT is answered with garbage":   {good, &deploytest.Proxy{Reply: says("SSH-2.0-x\r\n")}, check.Unknown, check.Unknown, nil, "no HTTP answer"},
		"CONNECT is answered without an end": {good, &deploytest.Proxy{Reply: endless}, check.Unknown, check.Unknown, nil, "its header has more than 32768 bytes"},
		"CONNECT meets an unknown name":      {good, &deploytest.Proxy{Reply: says("HTTP/1.1 503 x\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n\r\n")}, check.Unknown, check.Unknown, nil, "could not resolve"},
		"CONNECT fails for any reason":       {good, &deploytest.Proxy{Reply: says("HTTP/1.1 502 x\r\n\r\n")}, check.Unknown, check.Unknown, nil, "could not connect to 203.0.113.10:443 (status 502)"},
		"authentication by NTLM":             {good, &deploytest.Proxy{Reply: says("HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\n\r\n")}, check.Unknown, check.Unknown, nil, "Basic authentication only"},
		"authentication":                     {good, &deploytest.Proxy{User: "u", Password: "p"}, check.Unknown, check.Unknown, nil, "demands authentication (status 407): give user and password in its URL"},
		"revoked, by a list":                 {deploytest.Deployment{Certificate: deploytest.RevokedByCRL}, &deploytest.Proxy{}, check.Pass, check.Fail, []string{"certificate-revoked"}, ""},
		"revoked, by OCSP":                   {deploytest.Deployment{Certificate: deploytest.RevokedByOCSP}, &deploytest.Proxy{Ports: all}, check.Pass, check.Fail, []string{"certificate-revoked"}, ""},
		"an issuer to fetch":                 {deploytest.Deployment{Certificate: deploytest.Incomplete}, &deploytest.Proxy{}, check.Pass, check.Fail, []string{"incomplete-chain"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			tc.Host, tc.Addresses = "shop.example", []string{"203.0.113.10"}
			d := n.Deploy(tc.Deployment)
			r := judge(t, n, d.URL(), behind(t, n, tc.proxy, plainProxy))
			if state(r, check.TLSOnly) != tc.v1221 || state(r, check.PubliclyTrusted) != tc.v1222 || !strings.Contains(r.Requirements[0].Reason(), tc.says) {
				t.Errorf("%s, %s: %q\nrequests %q", state(r, check.TLSOnly), state(r, check.PubliclyTrusted), messages(r), tc.proxy.Requests())
			}
			got := slices.DeleteFunc(failed(r), func(rule string) bool { return rule == "target-not-verified" })
			if diff := cmp.Diff(append([]string{}, tc.fails...), got); diff != "" {
				t.Errorf("%s\n%q", diff, messages(r))
			}
			if r.Observation.Proxies.HTTPS != plainProxy {
				t.Errorf("proxies %+v", r.Observation.Proxies)
			}
		})
	}
}

// says answers CONNECT.
func says(answer string) func(net.Conn, string) {
	return func(c net.Conn, _ string) { _, _ = io.WriteString(c, answer) }
}

// endless is an answer to CONNECT that has no end.
func endless(c net.Conn, _ string) {
	line := "X-Filler: " + strings.Repeat("x", 1000) + "\r\n"
	_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n")
	for err == nil {
		_, err = io.WriteString(c, line)
	}
}

// What a proxy hides of the cleartext port is not checked, and says so.
func TestHiddenByProxy(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "shop.example", HTTP3: deploytest.Expired})
	r := judge(t, n, "https://shop.example/", behind(t, n, new(deploytest.Proxy), plainProxy))
	for _, v := range r.Verdicts {
		if slices.Contains([]string{"cleartext-h2c", "cleartext-websocket", "cleartext-upgrade"}, v.Rule) &&
			(v.State != check.NotApplicable || !strings.HasPrefix(v.Reason(), "not checked: the proxy opens no tunnel")) {
			t.Errorf("%s: %s, %s", v.Rule, v.State, v.Reason())
		}
	}
	if h := r.Observation.Endpoints[0].HTTP3; h.Outcome != fact.Skipped || h.Error != "HTTP/3 does not go through a proxy" {
		t.Errorf("HTTP/3: %+v", h)
	}
}

// Names are resolved here: the proxy is given addresses, never private ones.
func TestProxyIsGivenAddresses(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.10"}})
	n.Deploy(deploytest.Deployment{Host: "inner.example", Addresses: []string{"10.0.0.5"}})
	p := new(deploytest.Proxy)
	through := behind(t, n, p, plainProxy)
	options := func(o *probe.Options) { through(o); o.Revocation = fact.RevocationOff }
	judge(t, n, "https://shop.example/", options)
	for _, r := range p.Requests() {
		if r != "CONNECT 203.0.113.10:443" && r != "CONNECT 203.0.113.10:80" && r != "GET http://shop.example/" {
			t.Errorf("request %q", r)
		}
	}
	before := len(p.Requests())
	r := judge(t, n, "https://inner.example/", options)
	if got := failed(r); len(got) == 0 || got[0] != "target-not-external" || len(p.Requests()) != before {
		t.Errorf("%q, requests %q", got, p.Requests()[before:])
	}

	n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.77"}, Cleartext: deploytest.Closed})
	r = judge(t, n, "https://shop.example/", func(o *probe.Options) {
		options(o)
		o.Resolve = map[string][]netip.Addr{"shop.example:443": {netip.MustParseAddr("203.0.113.77")}}
	})
	for _, request := range p.Requests()[before:] {
		if !strings.HasPrefix(request, "CONNECT 203.0.113.77:") {
			t.Errorf("request %q", request)
		}
	}
	if !strings.Contains(r.Requirements[0].Reason(), "the address of the input resolve can be asked in no other way") {
		t.Errorf("%q", messages(r))
	}
}

// What only the proxy can resolve is asked by name if it was declared, never
// from a redirect.
func TestNamesThatTheProxyResolves(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "203.0.113.10", Certificate: deploytest.Issued(deploytest.Spec{Hosts: []string{"far.example"}}),
		HTTPS: deploytest.Redirect("https://elsewhere.example/")})
	p := &deploytest.Proxy{Names: map[string]string{"far.example": "203.0.113.10", "elsewhere.example": "203.0.113.10"}}
	options := behind(t, n, p, plainProxy)
	r := judge(t, n, "https://far.example/", options)
	if state(r, check.PubliclyTrusted) != check.Pass || !r.Observation.Resolution.ByProxy || r.Observation.Endpoints[0].TLS.Address != "far.example:443" {
		t.Errorf("%+v\n%q", r.Observation.Resolution, messages(r))
	}
	if got := failed(r); slices.Contains(got, "address-not-verified") {
		t.Errorf("%q", got)
	}
	for _, request := range p.Requests() {
		if strings.Contains(request, "elsewhere.example") {
			t.Errorf("request %q", request)
		}
	}
	// Over a redirect on the same host the name is asked again.
	n.Deploy(deploytest.Deployment{Host: "203.0.113.11", Certificate: deploytest.Issued(deploytest.Spec{Hosts: []string{"near.example"}}),
		HTTPS: paths(map[string]http.HandlerFunc{"/": to("/shop"), "/shop": html("<p>shop")})})
	p.Names["near.example"] = "203.0.113.11"
	r = judge(t, n, "https://near.example/", options)
	if len(r.Observation.Hops) != 1 || r.Observation.Hops[0].Status != 200 || r.Observation.Hops[0].Address != "near.example:443" {
		t.Errorf("hops %+v\n%q", r.Observation.Hops, messages(r))
	}
}

// An intercepting proxy makes trust unknown, and its TLS is nobody's.
func TestInterceptingProxy(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.10"}})
	p := &deploytest.Proxy{Intercept: func(host string) tls.Certificate { return deploytest.Untrusted(n, host) }}
	o := judge(t, n, "https://shop.example/", behind(t, n, p, plainProxy)).Observation
	policy := check.Policy{Roots: rootsOf(t, n)}
	report := func(observations ...fact.Observation) *check.Report {
		var results []check.Result
		for _, o := range observations {
			results = append(results, check.Judge(o, policy))
		}
		return check.NewReport("v", o.At, o.At, policy, check.Shard{}, results)
	}
	r := report(o)
	res := r.Results[0]
	want := "the proxy 'http://proxy.example:3128' intercepts TLS"
	if state(res, check.PubliclyTrusted) != check.Unknown || !strings.Contains(res.Requirements[1].Reason(), want) ||
		slices.Contains(failed(res), "untrusted-root") || state(res, check.TLSOnly) == check.Pass {
		t.Errorf("%q", messages(res))
	}
	if len(r.Notices) != 1 || !strings.Contains(r.Notices[0].Text, "seems to intercept TLS") {
		t.Errorf("notices %+v", r.Notices)
	}
	direct := o
	direct.Proxies = fact.Proxies{}
	if res := report(direct).Results[0]; !slices.Contains(failed(res), "untrusted-root") {
		t.Errorf("without a proxy: %q", messages(res))
	}
	n.Deploy(deploytest.Deployment{Host: "good.example", Addresses: []string{"203.0.113.11"}})
	good := judge(t, n, "https://good.example/", nil).Observation
	good.Proxies = o.Proxies
	if res := report(o, good).Results[0]; !slices.Contains(failed(res), "untrusted-root") {
		t.Errorf("beside a public chain: %q", messages(res))
	}
}

// A dead proxy costs one timeout, whatever the number of targets.
func TestDeadProxy(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	options := behind(t, n, new(deploytest.Proxy), "http://user:hunter2@proxy.example:3128")
	n.BlackHole(proxyAt)
	var targets []fact.Target
	for i := range 8 {
		d := n.Deploy(deploytest.Deployment{Host: fmt.Sprintf("shop%d.example", i)})
		target, err := fact.ParseTarget(d.URL())
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, target)
	}
	o := probe.Options{Resolver: n, Timeout: time.Second, Retries: 2}
	options(&o)
	begun := time.Now()
	results := check.Run(t.Context(), targets, probe.New(o), check.Policy{}, 4, nil)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if total, _ := n.Connections(proxyAt); total != 0 {
		t.Errorf("%d connections", total)
	}
	for _, r := range results {
		if got := r.Requirements[0].Reason(); got != "the proxy http://proxy.example:3128 cannot be reached (timed out)" {
			t.Errorf("reason %q", got)
		}
	}
	written, err := json.Marshal(results)
	if err != nil || strings.Contains(string(written), "hunter2") {
		t.Errorf("the password is in the report: %v", err)
	}
}

// Credentials are given to the proxy, and to nobody else.
func TestProxyCredentials(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.10"}})
	p := &deploytest.Proxy{User: "user", Password: "hunter2:x"}
	options := behind(t, n, p, "http://user:hunter2%3Ax@proxy.example:3128")
	r := judge(t, n, "https://shop.example/", options)
	if state(r, check.TLSOnly) != check.Pass || state(r, check.PubliclyTrusted) != check.Pass {
		t.Errorf("%q", messages(r))
	}
	if sent := n.Transmitted("203.0.113.10:80"); strings.Contains(string(sent), "Proxy-Authorization") {
		t.Errorf("the deployment got the credentials: %q", sent)
	}
	p.Password = "changed"
	r = judge(t, n, "https://shop.example/", options)
	if got := r.Requirements[0].Reason(); got != "the proxy http://proxy.example:3128 did not accept the user name and password of its URL (status 407)" {
		t.Errorf("reason %q", got)
	}
}

// Where only TLS goes through a proxy, silence of the HTTP port does not show
// that it is filtered.
func TestProxyOfTLSOnly(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.10"}})
	serveProxy(n, new(deploytest.Proxy))
	n.BlackHole("203.0.113.10:80")
	r := judge(t, n, "https://shop.example/", func(o *probe.Options) {
		o.Timeout = time.Second
		o.Proxy = func(u *url.URL) *url.URL {
			if u.Scheme == "http" {
				return nil
			}
			return &url.URL{Scheme: "http", Host: "proxy.example:3128"}
		}
	})
	if state(r, check.TLSOnly) != check.Unknown {
		t.Errorf("%q", messages(r))
	}
}

// A proxy has to carry no more connections at once than it can, whatever the
// number of targets, and none of them fails for having to wait.
func TestProxyIsNotFlooded(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	options := behind(t, n, &deploytest.Proxy{User: "user", Password: "hunter2"}, "http://user:hunter2@proxy.example:3128")
	certificate := deploytest.Issued(deploytest.Spec{Hosts: []string{"*.shops.example"}})(n, "")
	var targets []fact.Target
	for i := range 200 {
		d := n.Deploy(deploytest.Deployment{
			Host:        fmt.Sprintf("shop%d.shops.example", i),
			Certificate: func(*deploytest.Network, string) tls.Certificate { return certificate },
		})
		target, err := fact.ParseTarget(d.URL())
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, target)
	}
	o := probe.Options{Resolver: n, Timeout: 30 * time.Second, Deadline: 5 * time.Minute, Roots: rootsOf(t, n), Revocation: fact.RevocationOff}
	options(&o)
	for _, r := range check.Run(t.Context(), targets, probe.New(o), check.Policy{Roots: o.Roots, Revocation: o.Revocation}, len(targets), nil) {
		if state(r, check.TLSOnly) != check.Pass || state(r, check.PubliclyTrusted) != check.Pass {
			t.Fatalf("%s: %q", r.Observation.Target.URL(), messages(r))
		}
	}
	total, peak := n.Connections(proxyAt)
	if peak > 64 || peak < 48 {
		t.Errorf("%d connections at once (%d in all), want up to 64", peak, total)
	}
	t.Logf("%d connections, %d at once", total, peak)
}
