package check

import (
	"fmt"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// remediationSuites is how every finding about cipher suites is fixed.
var remediationSuites = Remediation{
	Text: "Offer only suites with forward secrecy and authenticated encryption: with TLS 1.3 any that the library has by default, with TLS 1.2 those of ECDHE with AES-GCM or ChaCha20-Poly1305. Name the suites wanted, rather than take away those that are not.",
	Nginx: `ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;`,
	Apache: `SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305`,
	Caddy: "# Caddy's default suites are good: take the line \"ciphers\" out of the site's tls block.",
	Cloud: "Choose a current security policy (AWS: ELBSecurityPolicy-TLS13-1-2-2021-06 on the load balancer, TLSv1.2_2021 on CloudFront; Google Cloud: an SSL policy of profile MODERN or RESTRICTED; Azure Application Gateway: AppGwSslPolicy20220101S; Cloudflare: cipher suites of the Modern set).",
}

var unencryptedCipher = Rule{
	ID: "unencrypted-cipher", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources:     []Source{{Document: "RFC 9325", Section: "4.1"}, {Document: "RFC 9150"}},
	Short:       "The HTTPS port accepts a cipher suite without encryption.",
	What:        "The HTTPS port chose a suite with NULL encryption, or a suite of TLS 1.3 that only protects integrity (RFC 9150), when a client offered nothing else.",
	Why:         "The connection looks like TLS, but everything on it can be read by anyone on the path.",
	Remediation: remediationSuites,
	Check:       func(c *Evaluation) Verdict { return checkWeak(c, fact.NoEncryption, "do not encrypt") },
}

var unauthenticatedCipher = Rule{
	ID: "unauthenticated-cipher", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 322, Severity: "7.4",
	Sources:     []Source{{Document: "RFC 5246", Section: "A.5"}},
	Short:       "The HTTPS port accepts an anonymous cipher suite.",
	What:        "The HTTPS port chose an anonymous suite (DH_anon or ECDH_anon), in which it shows no certificate, when a client offered nothing else.",
	Why:         "A client that takes such a suite cannot tell the server from an attacker, who then reads and changes everything.",
	Remediation: remediationSuites,
	Check: func(c *Evaluation) Verdict {
		return checkWeak(c, fact.NoAuthentication, "do not authenticate the server")
	},
}

var brokenCipher = Rule{
	ID: "broken-cipher", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 327, Severity: "5.9",
	Sources:     []Source{{Document: "RFC 9325", Section: "4.1"}, {Document: "RFC 7465", Since: "2015-02"}, {Document: "OWASP ASVS 5.0.0", Section: "Appendix C"}},
	Short:       "The HTTPS port accepts a cipher suite whose cipher is broken.",
	What:        "The HTTPS port chose a suite with an EXPORT, DES, RC2, RC4, IDEA or 3DES cipher when a client offered nothing else. OWASP ASVS 5.0 appendix C disallows these ciphers.",
	Why:         "Such ciphers are read by exhaustive search (EXPORT, DES), by biases in the key stream (RC4), or by collisions of their 64-bit blocks over long connections (3DES, IDEA, RC2: SWEET32).",
	Remediation: remediationSuites,
	Check:       func(c *Evaluation) Verdict { return checkWeak(c, fact.BrokenCipher, "use a broken cipher") },
}

// checkWeak judges whether suites of the weakness are accepted.
func checkWeak(c *Evaluation, w fact.Weakness, what string) Verdict {
	return eachTLSPort(c, func(t *tally, at string, o fact.Capabilities) {
		switch offer := o.Weakness(w); offer.Answer {
		case fact.Accepted:
			t.failItems(at, "", suiteNames(offer.Suites), "%s accepts cipher suites that %s: %s.", httpsPort(c.Target), what, suiteList(offer.Suites))
		case fact.Declined:
			t.pass(at, "%s refuses cipher suites that %s (%s).", httpsPort(c.Target), what, offer.Detail)
		default:
			t.unknown("whether the HTTPS port '%s' accepts cipher suites that %s is not known (%s)", at, what, notDetermined(offer.Offer))
		}
	})
}

// suiteNames are the names of suites.
func suiteNames(suites []fact.SuiteOffer) []string {
	var names []string
	for _, s := range suites {
		names = appendNew(names, fact.SuiteName(s.Suite))
	}
	return names
}

// suiteList names suites with the version each was accepted at.
func suiteList(suites []fact.SuiteOffer) string {
	const most = 12
	var names []string
	for _, s := range suites {
		names = append(names, fmt.Sprintf("'%s' (%s)", fact.SuiteName(s.Suite), fact.VersionName(s.Version)))
	}
	return text.Few(names, most)
}
