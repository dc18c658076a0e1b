package deploytest_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

func TestGood(t *testing.T) {
	tests := []struct {
		d               deploytest.Deployment
		cleartext, want string
	}{
		{deploytest.Deployment{Host: "shop.example"}, "http://shop.example", "https://shop.example/"},
		{deploytest.Deployment{Host: "port.example", Port: 8443, CleartextPort: 8080},
			"http://port.example:8080", "https://port.example:8443/"},
		{deploytest.Deployment{Host: "203.0.113.200"}, "http://203.0.113.200", "https://203.0.113.200/"},
		{deploytest.Deployment{Host: "2001:db8::1"}, "http://[2001:db8::1]", "https://[2001:db8::1]/"},
	}
	n := network(t)
	for _, tt := range tests {
		d := n.Deploy(tt.d)
		if d.URL() != tt.want {
			t.Errorf("URL is %s, want %s", d.URL(), tt.want)
		}
		res, _ := get(t, n, tt.cleartext+"/cart?item=1")
		if got, want := res.Header.Get("Location"), d.URL()+"cart?item=1"; res.StatusCode != 301 || got != want {
			t.Errorf("cleartext: %s to %s, want %s", res.Status, got, want)
		}
		res, body := get(t, n, d.URL())
		hsts := res.Header.Get("Strict-Transport-Security")
		if res.Proto != "HTTP/2.0" || hsts != deploytest.GoodHSTS || body != deploytest.GoodPage {
			t.Errorf("%s: %s, HSTS %q, page %q", d.URL(), res.Proto, hsts, body)
		}
	}
}

func TestGoodVersions(t *testing.T) {
	n := network(t)
	d := n.Deploy(deploytest.Deployment{Host: "shop.example"})
	for version, good := range map[uint16]bool{
		tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true,
	} {
		_, err := handshake(t, n, d, &tls.Config{MinVersion: version, MaxVersion: version})
		if (err == nil) != good {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

func TestAddresses(t *testing.T) {
	n := network(t)
	addresses := map[string]bool{}
	for i := range 500 {
		d := deploytest.Deployment{Host: strings.Repeat("a", i%50+1) + ".example", HTTPS: deploytest.Closed, Cleartext: deploytest.Closed}
		addresses[n.Deploy(d).Addresses[0]] = true
	}
	if len(addresses) != 500 {
		t.Errorf("%d different addresses", len(addresses))
	}
	n.Deploy(deploytest.Deployment{Host: "two.example", Addresses: []string{"192.0.2.1"}})
	n.Deploy(deploytest.Deployment{Host: "two.example", Addresses: []string{"2001:db8::2"}, HTTPS: deploytest.Closed})
	found, err := n.LookupNetIP(t.Context(), "ip", "two.example")
	if err != nil || len(found) != 2 {
		t.Errorf("%v, %v", found, err)
	}
}

// shows says how a deployment shows that a rule is broken.
type shows func(*testing.T, *deploytest.Network, deploytest.Deployment)

// faults are the deployments whose fault an ordinary client can see, by host.
// That each breaks its rule is tested with the probe.
var faults = map[string]shows{
	"content.example":    cleartext(200, ""),
	"login.example":      cleartext(401, `Www-Authenticate: Basic realm="staff"`),
	"detour.example":     cleartext(301, "Location: http://www.detour.example/"),
	"moved.example":      cleartext(301, "Location: https://www.moved.example/"),
	"prior.example":      priorKnowledge,
	"socket.example":     webSocket,
	"sniff.example":      sniffed,
	"closed.example":     refused,
	"plain.example":      noTLS,
	"back.example":       header("Location: http://back.example/home"),
	"refresh.example":    header("Refresh: 0; url=http://refresh.example/home"),
	"meta.example":       page(`content="0; url=http://meta.example/home"`),
	"nohsts.example":     header("Strict-Transport-Security: "),
	"weakhsts.example":   header("Strict-Transport-Security: max-age=300"),
	"old.example":        accepts(tls.VersionTLS11, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA),
	"rc4.example":        accepts(tls.VersionTLS12, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA),
	"mixed.example":      page(`<script src="http:`),
	"passive.example":    page(`<img src="http:`),
	"form.example":       page(`<form action="http:`),
	"cookie.example":     header("Set-Cookie: session=1; HttpOnly; Path=/"),
	"private.example":    distrusted("signed by unknown authority", 2),
	"self.example":       distrusted("signed by unknown authority", 1),
	"incomplete.example": completable(deploytest.IssuerURL),
	"bundle.example":     completable(deploytest.IssuerBundleURL),
	"mismatch.example":   distrusted("valid for other.example, not mismatch.example", 2),
	"h3.example":         header(`Alt-Svc: h3=":443"; ma=86400`),
	"expired.example":    distrusted("certificate has expired", 2),
	"oldissuer.example":  distrusted("certificate has expired", 2),
	"future.example":     distrusted("not yet valid", 2),
	"expiring.example":   leaf(func(c *x509.Certificate) bool { return time.Until(c.NotAfter) < 14*24*time.Hour }),
	"usage.example":      distrusted("incompatible key usage", 2),
	"crl.example":        leaf(func(c *x509.Certificate) bool { return c.CRLDistributionPoints != nil }),
	"ocsp.example":       leaf(func(c *x509.Certificate) bool { return c.OCSPServer != nil && c.CRLDistributionPoints == nil }),
	"stapled.example":    stapled,
	"unstapled.example": leaf(func(c *x509.Certificate) bool {
		return slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(deploytest.MustStaple.Id) })
	}),
	"years.example":    leaf(func(c *x509.Certificate) bool { return c.NotAfter.Sub(c.NotBefore) > 398*24*time.Hour }),
	"smallkey.example": leaf(func(c *x509.Certificate) bool { return c.PublicKey.(interface{ Size() int }).Size() == 128 }),
	"unlogged.example": leaf(func(c *x509.Certificate) bool {
		return !slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(deploytest.SCTList().Id) })
	}),
}

func TestFaults(t *testing.T) {
	n := network(t)
	hosts := map[string]bool{}
	for _, f := range deploytest.Faults() {
		t.Run(f.Host, func(t *testing.T) {
			if f.Rule == "" || !strings.HasSuffix(f.Fault, ".") || hosts[f.Host] {
				t.Fatalf("rule %q, fault %q, or a host of two faults", f.Rule, f.Fault)
			}
			if show := faults[f.Host]; show != nil {
				show(t, n, n.Deploy(f))
			}
		})
		hosts[f.Host] = true
	}
	for host := range faults {
		if !hosts[host] {
			t.Errorf("no fault at %s", host)
		}
	}
}

func TestDemo(t *testing.T) {
	demo := deploytest.Demo()
	if len(demo) != 9 || demo[0].Rule != "" {
		t.Errorf("%d deployments, the first %+v", len(demo), demo[0])
	}
}

func BenchmarkDemo(b *testing.B) {
	for b.Loop() {
		n := deploytest.NewNetwork()
		for _, d := range deploytest.Demo() {
			n.Deploy(d)
		}
		n.Close()
	}
}
