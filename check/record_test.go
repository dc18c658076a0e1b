package check_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"

	"github.com/tlsgate/tlsgate/check/fact"
)

// withoutUnknown are the rules that always know, or that speak of what is not known.
var withoutUnknown = map[string]bool{
	"cleartext-url": true, "target-not-verified": true, "address-not-verified": true, "target-not-external": true,
}

// ofPublicRoots are the rules that judge nothing but chains to public roots,
// which nobody can record; see TestPublicRoots.
var ofPublicRoots = map[string]bool{
	"distrusted-root": true, "root-not-universal": true, "trust-ending": true, "sct-missing": true, "sct-few": true,
	"validity-too-long": true,
}

const hsts = "Strict-Transport-Security: " + deploytest.GoodHSTS

// recordings are the deployments whose observations are kept by rule, besides
// the faults of deploytest. The name begins with the verdict.
var recordings = map[string][]recording{
	"cleartext-url": {
		{name: "pass-https", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "fail-http", Deployment: deploytest.Deployment{Host: "shop.example"}, url: "http://shop.example/"},
		{name: "fail-ws", Deployment: deploytest.Deployment{Host: "shop.example"}, url: "ws://shop.example/chat"},
	},
	"cleartext-content": {
		{name: "pass-redirect", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "pass-closed", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Closed}},
		{name: "pass-forbidden", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Answer(403, "no")}},
		{name: "pass-filtered", Deployment: deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.80"}},
			prep: func(n *deploytest.Network) { n.BlackHole("203.0.113.80:80") }},
		{name: "fail-own-answer", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Answer(401, `{"error":"token","at":1}`, "Content-Type: application/json"),
			HTTPS: deploytest.Answer(401, `{"error":"token","at":2}`, "Content-Type: application/json", hsts)}},
		{name: "fail-shown-body", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Answer(302, "<p>hello")}},
		{name: "unknown-failing", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Answer(503, ""), HTTPS: deploytest.Answer(503, "")}},
		{name: "na-other-port", Deployment: deploytest.Deployment{Host: "shop.example", Port: 8443}},
		{name: "pass-acme", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Answer(200, "token")},
			url: "https://shop.example/.well-known/acme-challenge/token"},
	},
	"cleartext-h2c": {
		{name: "pass-http1", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "pass-closed", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Closed}},
		{name: "pass-content-too", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Answer(200, "hello")}},
	},
	"cleartext-upgrade": {
		{name: "pass-redirect", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "pass-closed", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Closed}},
		{name: "na-other-port", Deployment: deploytest.Deployment{Host: "shop.example", Port: 8443}},
	},
	"cleartext-on-tls-port": {
		{name: "pass-bad-request", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "pass-redirect", Deployment: deploytest.Deployment{Host: "shop.example", Sniff: deploytest.ToHTTPS(443)}},
		{name: "pass-no-tls", Deployment: deploytest.Deployment{Host: "shop.example", NoTLS: true}},
	},
	"cleartext-redirect-host": {
		{name: "pass-same-host", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "na-address", Deployment: deploytest.Deployment{Host: "203.0.113.81"}},
	},
	"redirect-downgrade": {
		{name: "pass-none", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "pass-https", Deployment: deploytest.Deployment{Host: "shop.example", HTTPS: deploytest.Redirect("https://www.shop.example/"),
			With: []deploytest.Deployment{{Host: "www.shop.example"}}}},
		{name: "pass-circle", Deployment: deploytest.Deployment{Host: "shop.example", HTTPS: deploytest.Redirect("/")}},
		{name: "na-client-certificate", Deployment: deploytest.Deployment{Host: "shop.example", TLS: deploytest.RequireClientCertificate}},
	},
	"mixed-content": {
		{name: "pass-page", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "pass-upgraded", Deployment: deploytest.Deployment{Host: "shop.example",
			HTTPS: deploytest.Page(`<!doctype html><script src="http://cdn.example/app.js"></script>`, "Content-Security-Policy: upgrade-insecure-requests")}},
		{name: "na-json", Deployment: deploytest.Deployment{Host: "shop.example", HTTPS: deploytest.Answer(200, "{}", "Content-Type: application/json", hsts)}},
	},
	"insecure-cookie": {
		{name: "pass-secure", Deployment: deploytest.Deployment{Host: "shop.example", HTTPS: deploytest.Page(deploytest.GoodPage, "Set-Cookie: id=1; Secure; HttpOnly; Path=/")}},
		{name: "pass-prefix", Deployment: deploytest.Deployment{Host: "shop.example", HTTPS: deploytest.Page(deploytest.GoodPage, "Set-Cookie: __Host-id=1; HttpOnly; Path=/")}},
		{name: "fail-cleartext", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Answer(301, "", "Location: https://shop.example/", "Set-Cookie: id=1; Path=/")}},
	},
	"hsts-weak": {
		{name: "pass-two-years", Deployment: deploytest.Deployment{Host: "shop.example", HTTPS: deploytest.Page(deploytest.GoodPage, hsts)}},
		{name: "fail-invalid", Deployment: deploytest.Deployment{Host: "shop.example", HTTPS: deploytest.Answer(200, "", "Strict-Transport-Security: includeSubDomains")}},
		{name: "na-missing", Deployment: deploytest.Deployment{Host: "shop.example", HTTPS: deploytest.Answer(200, "")}},
	},
	"hsts-missing": {
		{name: "pass-page", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "na-client-certificate", Deployment: deploytest.Deployment{Host: "shop.example", TLS: deploytest.RequireClientCertificate}},
	},
	"certificate-expired": {
		{name: "pass-good", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "pass-expired-cross-sign", Deployment: deploytest.Deployment{Host: "shop.example", Certificate: deploytest.ExpiredCrossSign}},
	},
	"http3-certificate": {
		{name: "pass-same", Deployment: deploytest.Deployment{Host: "shop.example", HTTP3: deploytest.Issued(deploytest.Spec{})}},
		{name: "na-not-advertised", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "unknown-nobody-there", Deployment: deploytest.Deployment{Host: "shop.example", HTTPS: deploytest.Page(deploytest.GoodPage, `Alt-Svc: h3=":443"`)}},
	},
	"certificate-expiring": {
		{name: "pass-good", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "fail-min-days", Deployment: deploytest.Deployment{Host: "shop.example"},
			edit: func(p *check.Policy) { days := 10000; p.MinDays = &days }},
		{name: "pass-no-min-days", Deployment: deploytest.Deployment{Host: "shop.example", Certificate: deploytest.Expiring},
			edit: func(p *check.Policy) { days := 0; p.MinDays = &days }},
	},
	"distrusted-root":    {{name: "na-custom", Deployment: deploytest.Deployment{Host: "shop.example"}}},
	"root-not-universal": {{name: "na-custom", Deployment: deploytest.Deployment{Host: "shop.example"}}},
	"sct-missing":        {{name: "na-custom", Deployment: deploytest.Deployment{Host: "shop.example"}}},
	"trust-ending":       {{name: "na-custom", Deployment: deploytest.Deployment{Host: "shop.example"}}},
	"sct-few":            {{name: "na-custom", Deployment: deploytest.Deployment{Host: "shop.example"}}},
	"validity-too-long":  {{name: "na-custom", Deployment: deploytest.Deployment{Host: "shop.example"}}},
	"browser-refused": {
		{name: "pass-good", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "fail-critical", Deployment: deploytest.Deployment{Host: "shop.example", Certificate: unknownCritical}},
	},
	"staple-invalid": {
		{name: "pass-good", Deployment: deploytest.Deployment{Host: "shop.example", Certificate: deploytest.Stapled(deploytest.Good)}},
		{name: "fail-unknown", Deployment: deploytest.Deployment{Host: "shop.example", Certificate: deploytest.Stapled(deploytest.Unknown)}},
		{name: "na-no-staple", Deployment: deploytest.Deployment{Host: "shop.example"}},
	},
	"weak-signature": {
		{name: "fail-sha1", Deployment: deploytest.Deployment{Host: "shop.example", Certificate: sha1Signed}},
	},
	"unencrypted-cipher": {
		{name: "fail-null", Deployment: deploytest.Deployment{Host: "shop.example"}, last: takes(fact.NoEncryption, 0x003B)},
	},
	"unauthenticated-cipher": {
		{name: "fail-anonymous", Deployment: deploytest.Deployment{Host: "shop.example"}, last: takes(fact.NoAuthentication, 0x0034)},
	},
	"downgrade-unprotected": {
		{name: "fail-nothing", Deployment: deploytest.Deployment{Host: "shop.example"},
			last: func(o *fact.Observation) {
				for i := range o.Endpoints {
					o.Endpoints[i].Capabilities.Sentinel, o.Endpoints[i].Capabilities.FallbackSCSV = fact.Absent, fact.Absent
				}
			}},
	},
	"certificate-revoked": {
		{name: "pass-crl", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "pass-staple", Deployment: deploytest.Deployment{Host: "shop.example", Certificate: deploytest.Stapled(deploytest.Good)}},
	},
	"revocation-unknown": {
		{name: "pass-crl", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "fail-no-sources", Deployment: deploytest.Deployment{Host: "shop.example"},
			prep: func(n *deploytest.Network) { n.BlackHole("203.0.113.1:80") }},
		{name: "fail-hard", Deployment: deploytest.Deployment{Host: "shop.example"},
			prep: func(n *deploytest.Network) { n.BlackHole("203.0.113.1:80") },
			edit: func(p *check.Policy) { p.Revocation = fact.RevocationHard }},
		{name: "na-off", Deployment: deploytest.Deployment{Host: "shop.example"},
			edit: func(p *check.Policy) { p.Revocation = fact.RevocationOff }},
	},
	"staple-missing": {
		{name: "pass-no-demand", Deployment: deploytest.Deployment{Host: "shop.example"}},
	},
	"target-not-verified": {
		{name: "pass-good", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "fail-closed", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Closed, HTTPS: deploytest.Closed}},
		{name: "fail-no-such-name", Deployment: deploytest.Deployment{Host: "shop.example"}, url: "https://shopp.example/"},
		{name: "fail-interrupted", Deployment: deploytest.Deployment{Host: "shop.example"},
			last: func(o *fact.Observation) {
				*o = fact.Observation{Target: o.Target, Resolution: fact.Resolution{Outcome: fact.Skipped, Error: "the run was ended before this target"}}
			}},
		{name: "pass-client-certificate", Deployment: deploytest.Deployment{Host: "shop.example", TLS: deploytest.RequireClientCertificate}},
	},
	"address-not-verified": {
		{name: "pass-one", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "fail-no-route", Deployment: deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.82", "2001:db8::82"}},
			prep: func(n *deploytest.Network) { n.Unreachable("2001:db8::82") }},
		{name: "na-all-dead", Deployment: deploytest.Deployment{Host: "shop.example", Cleartext: deploytest.Closed, HTTPS: deploytest.Closed}},
	},
	"target-not-external": {
		{name: "pass-public", Deployment: deploytest.Deployment{Host: "shop.example"}},
		{name: "fail-loopback", Deployment: deploytest.Deployment{Host: "shop.example", Addresses: []string{"127.0.0.1"}}},
		{name: "fail-one-private", Deployment: deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.83", "10.0.0.83"}}},
	},
}

// unknownCritical has a critical extension that no client knows.
func unknownCritical(n *deploytest.Network, host string) tls.Certificate {
	return deploytest.Issued(deploytest.Spec{Edit: func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: []int{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}})
	}})(n, host)
}

// sha1Signed is signed with SHA-1 by an RSA intermediate.
func sha1Signed(n *deploytest.Network, host string) tls.Certificate {
	return n.Root().Intermediate(deploytest.Spec{Name: "Old Issuing CA", Key: deploytest.RSA(2048)}).
		Leaf(deploytest.Spec{Hosts: []string{host}, Edit: func(c *x509.Certificate) {
			c.SignatureAlgorithm = x509.SHA1WithRSA
		}})
}

// takes lets every TLS port take a suite that crypto/tls has not.
func takes(w fact.Weakness, suite uint16) func(*fact.Observation) {
	return func(o *fact.Observation) {
		for _, e := range o.Endpoints {
			for i := range e.Capabilities.WeakSuites {
				if e.Capabilities.WeakSuites[i].Weakness == w {
					e.Capabilities.WeakSuites[i].Answer, e.Capabilities.WeakSuites[i].Detail = fact.Accepted, "the server chose it"
					e.Capabilities.WeakSuites[i].Suites = []fact.SuiteOffer{{Version: 0x0303, Suite: suite}}
				}
			}
		}
	}
}
