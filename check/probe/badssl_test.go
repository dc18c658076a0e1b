package probe_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"slices"
	"testing"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// A badHost is a deployment of the kind that a host of badssl.com shows, the
// rules that it breaks, and why.
type badHost struct {
	name string
	deploytest.Deployment
	rules []string
	why   string
}

// like is a deployment with a certificate of the network's CA that is good but
// for an edit.
func like(edit func(*x509.Certificate)) deploytest.Deployment {
	return deploytest.Deployment{Certificate: deploytest.Issued(deploytest.Spec{Edit: edit})}
}

// keyed is a deployment whose certificate has an ECDSA key on a curve, or, for
// nil, an RSA key of a size.
func keyed(curve elliptic.Curve, bits int) deploytest.Deployment {
	return deploytest.Deployment{Certificate: func(n *deploytest.Network, host string) tls.Certificate {
		if curve == nil {
			return deploytest.Issued(deploytest.Spec{Key: deploytest.RSA(bits)})(n, host)
		}
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		return deploytest.Issued(deploytest.Spec{Key: key})(n, host)
	}}
}

// suites is a deployment with an RSA certificate of all usages that takes
// these suites of TLS 1.2 only.
func suites(ids ...uint16) deploytest.Deployment {
	d := versions(tls.VersionTLS12, tls.VersionTLS12)
	edit := d.TLS
	d.TLS = func(c *tls.Config) { edit(c); c.CipherSuites = ids }
	return d
}

// versions is a deployment with an RSA certificate of all usages that takes
// these versions only.
func versions(from, to uint16) deploytest.Deployment {
	return deploytest.Deployment{
		Certificate: deploytest.Issued(deploytest.Spec{Key: deploytest.RSA(2048), Edit: func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyEncipherment }}),
		TLS:         func(c *tls.Config) { c.MinVersion, c.MaxVersion = from, to },
	}
}

// names is a deployment whose certificate has so many names.
func names(count int) deploytest.Deployment {
	return like(func(c *x509.Certificate) {
		for i := range count {
			c.DNSNames = append(c.DNSNames, fmt.Sprintf("subdomain%d.%d-sans.example", i, count))
		}
	})
}

// underSHA1 has a leaf that SHA-1 signs.
func underSHA1(n *deploytest.Network, host string) tls.Certificate {
	ca := n.Root().Intermediate(deploytest.Spec{Name: "RSA Issuing CA", Key: deploytest.RSA(3072)})
	return ca.Leaf(deploytest.Spec{Hosts: []string{host}, Edit: func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }})
}

// page is a deployment that serves an HTML document over TLS.
func page(body string) deploytest.Deployment {
	return deploytest.Deployment{HTTPS: deploytest.Page("<!doctype html><title>x</title>" + body)}
}

// cleartextPage is a deployment whose https URL leads to a page in cleartext.
func cleartextPage(body string) deploytest.Deployment {
	return deploytest.Deployment{HTTPS: deploytest.Redirect("http://x.badssl.example/"), Cleartext: deploytest.Answer(200, "<!doctype html>"+body)}
}

var badHosts = []badHost{
	{"expired", deploytest.Deployment{Certificate: deploytest.Expired}, []string{"certificate-expired"}, ""},
	{"wrong.host", deploytest.Deployment{Certificate: deploytest.WrongHost}, []string{"hostname-mismatch"}, ""},
	{"wrong.host, by a wildcard one level up", like(func(c *x509.Certificate) { c.DNSNames = []string{"*.example"} }), []string{"hostname-mismatch"}, "a wildcard stands for one label"},
	{"self-signed", deploytest.Deployment{Certificate: deploytest.SignedByItself}, []string{"self-signed"}, ""},
	{"untrusted-root", deploytest.Deployment{Certificate: deploytest.Untrusted}, []string{"untrusted-root"}, ""},
	{"superfish, edellroot, dsdtestprovider, preact-cli, webpack-dev-server", deploytest.Deployment{Certificate: func(_ *deploytest.Network, host string) tls.Certificate {
		return deploytest.NewRoot(deploytest.Spec{Name: "Superfish, Inc.", Key: deploytest.RSA(2048)}).Leaf(deploytest.Spec{Hosts: []string{host}})
	}}, []string{"untrusted-root"}, "a root that software installed is public nowhere"},
	{"revoked", deploytest.Deployment{Certificate: deploytest.RevokedByCRL}, []string{"certificate-revoked"}, ""},
	{"pinning-test", deploytest.Deployment{}, nil, "pins are in the browser; the certificate is good"},
	{"no-common-name", like(func(c *x509.Certificate) { c.Subject = pkix.Name{Organization: []string{"x"}} }), nil, "the common name never counts"},
	{"no-subject", like(func(c *x509.Certificate) { c.Subject = pkix.Name{} }), nil, "crypto/x509 marks the alternative name critical, as it has to be"},
	{"incomplete-chain", deploytest.Deployment{Certificate: deploytest.Incomplete}, []string{"incomplete-chain"}, ""},
	{"sha1-2017", deploytest.Deployment{Certificate: underSHA1}, []string{"weak-signature"}, ""},
	{"sha256", deploytest.Deployment{}, nil, ""},
	{"1000-sans", names(1000), nil, ""},
	{"10000-sans", names(10_000), []string{"browser-refused"}, "Firefox reads no element of more than 65535 octets"},
	{"ecc256", keyed(elliptic.P256(), 0), nil, ""},
	{"ecc384", keyed(elliptic.P384(), 0), nil, ""},
	{"P-521", keyed(elliptic.P521(), 0), []string{"browser-refused"}, "Chromium cannot connect"},
	{"rsa2048", keyed(nil, 2048), nil, ""},
	{"rsa4096", keyed(nil, 4096), nil, ""},
	{"rsa1024", keyed(nil, 1024), []string{"weak-key"}, ""},
	{"extended-validation", like(func(c *x509.Certificate) {
		oid, _ := x509.OIDFromInts([]uint64{2, 23, 140, 1, 1})
		c.Policies = []x509.OID{oid}
		c.Subject = pkix.Name{CommonName: "x.badssl.example", Organization: []string{"x"}, Country: []string{"US"}, SerialNumber: "C2543436"}
	}), nil, "policies say nothing about TLS"},
	{"client", deploytest.Deployment{TLS: asks, HTTPS: deploytest.Answer(400, "<p>No required certificate was sent", goodHSTS)}, nil, "all that is seen without a certificate is good"},
	{"client-cert-missing", deploytest.Deployment{TLS: deploytest.RequireClientCertificate}, nil, "the demand itself is no fault"},
	{"mixed-script", page(`<script src="http://http.badssl.example/a.js"></script>`), []string{"mixed-content"}, ""},
	{"very", page(`<iframe src="http://http.badssl.example/"></iframe><script src="http://http.badssl.example/a.js"></script><img src="http://http.badssl.example/a.png">`), []string{"mixed-content", "mixed-content-passive"}, ""},
	{"mixed", page(`<img src="http://http.badssl.example/a.png">`), []string{"mixed-content-passive"}, ""},
	{"mixed-favicon", page(`<link rel="icon" href="http://http.badssl.example/a.ico">`), []string{"mixed-content-passive"}, ""},
	{"mixed-form", page(`<form action="http://http.badssl.example/resources/submit.html"><input></form>`), []string{"insecure-form"}, ""},
	{"http", deploytest.Deployment{Cleartext: deploytest.Page(deploytest.GoodPage)}, []string{"cleartext-content"}, ""},
	{"http-password", cleartextPage(`<form><input type=password></form>`), []string{"cleartext-content", "redirect-downgrade"}, "the https URL leads to the page in cleartext"},
	{"http-credit-card", cleartextPage(`<form><input autocomplete=cc-number></form>`), []string{"cleartext-content", "redirect-downgrade"}, ""},
	{"http-textarea, http-dynamic-login", cleartextPage(`<textarea></textarea>`), []string{"cleartext-content", "redirect-downgrade"}, ""},
	{"cbc", suites(tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA), nil, "no requirement disallows CBC"},
	{"rc4", suites(tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_RC4_128_SHA), []string{"broken-cipher"}, "no current client connects, but others do"},
	{"3des", suites(tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA), []string{"broken-cipher"}, "no current client connects, but others do"},
	{"3des beside others", suites(tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), []string{"broken-cipher"}, ""},
	{"static-rsa", suites(tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_GCM_SHA384), nil, "no requirement disallows RSA key exchange"},
	{"mozilla-old", func() deploytest.Deployment {
		d := versions(tls.VersionTLS10, tls.VersionTLS13)
		edit := d.TLS
		d.TLS = func(c *tls.Config) {
			edit(c)
			c.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}
		}
		return d
	}(), []string{"broken-cipher", "legacy-protocol"}, ""},
	{"mozilla-intermediate", versions(tls.VersionTLS12, tls.VersionTLS13), nil, ""},
	{"mozilla-modern", versions(tls.VersionTLS13, tls.VersionTLS13), nil, ""},
	{"tls-v1-0", versions(tls.VersionTLS10, tls.VersionTLS10), []string{"legacy-protocol"}, ""},
	{"tls-v1-1", versions(tls.VersionTLS11, tls.VersionTLS11), []string{"legacy-protocol"}, ""},
	{"tls-v1-2", versions(tls.VersionTLS12, tls.VersionTLS12), nil, ""},
	{"hsts, upgrade, preloaded-hsts, subdomain.preloaded-hsts, https-everywhere", deploytest.Deployment{HTTPS: deploytest.Answer(200, "<p>", "Strict-Transport-Security: max-age=15768000; includeSubDomains; preload")}, []string{"hsts-weak"}, "half a year is less than a year"},
	{"hsts of two years", deploytest.Deployment{HTTPS: deploytest.Answer(200, "<p>", "Strict-Transport-Security: max-age=63072000; includeSubDomains; preload")}, nil, ""},
	{"no-sct, invalid-expected-sct", like(func(c *x509.Certificate) { c.ExtraExtensions = nil }), nil, "timestamps are of public roots only, and this root is the user's own"},
	{"long-extended-subdomain-name", deploytest.Deployment{Host: "long-extended-subdomain-name-containing-many-letters-and-dashes.badssl.example"}, nil, ""},
	{"longextendedsubdomainnamewithoutdashes", deploytest.Deployment{Host: "longextendedsubdomainnamewithoutdashesinordertotestwordwrapping.badssl.example"}, nil, ""},
}

// Each kind of host at badssl.com breaks the rules that it is for, and no
// others.
func TestKindsOfBadSSL(t *testing.T) {
	for _, b := range badHosts {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			if b.Host == "" {
				b.Host = "x.badssl.example"
			}
			r := judge(t, n, n.Deploy(b.Deployment).URL(), nil)
			got := failed(r)
			if slices.Sort(got); !slices.Equal(got, append([]string{}, b.rules...)) {
				t.Errorf("failed %q, want %q (%s)\n%.3000q", got, b.rules, b.why, messages(r))
			}
		})
	}
}
