package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/tlsgate/tlsgate/check/pki"
)

var weakKey = trustRule(Rule{
	ID: "weak-key", Fault: pki.WeakKey, CWE: 326,
	Sources: []Source{{Document: "CA/Browser Forum TLS Baseline Requirements", Section: "6.1.1.3"}, {Document: "CA/Browser Forum TLS Baseline Requirements", Section: "6.1.5"}, {Document: "CA/Browser Forum TLS Baseline Requirements", Section: "6.1.6"}},
	Short:   "The certificate's key is weak.",
	What:    "The key is RSA under 2048 bits or not a multiple of 8, on a curve other than P-256, P-384 and P-521, made by the flawed generator known as ROCA (CVE-2017-15361), of two primes so close that 100 rounds of Fermat's method find them, with an even or too small exponent, or with a modulus that is prime or has a small factor (Baseline Requirements sections 6.1.1.3 and 6.1.6).",
	Why:     "Whoever computes the private key from the public one can pose as the deployment; browsers refuse such keys.",
	Remediation: Remediation{
		Text:   "Make a new key with a current tool, ECDSA P-256 or RSA 2048 and above, and have a certificate issued for it.",
		Nginx:  "certbot --nginx --key-type ecdsa -d example.com",
		Apache: "certbot --apache --key-type ecdsa -d example.com",
		Caddy:  "tls {\n    key_type p256\n}",
		Cloud:  "Request a managed certificate with key algorithm EC P-256 or RSA 2048.",
	},
})

var weakSignature = trustRule(Rule{
	ID: "weak-signature", Fault: pki.WeakSignature, CWE: 328,
	Sources:     []Source{{Document: "CA/Browser Forum TLS Baseline Requirements", Section: "7.1.3.2", Since: "2016-01-01"}},
	Short:       "The certificate, or an intermediate, is signed with a broken hash.",
	What:        "MD2, MD5 or SHA-1 signs the leaf or an intermediate of the chosen chain. The root's own signature counts for nothing.",
	Why:         "Collisions of these hashes can be computed: a signature given to one certificate can be moved to a forged one. Clients refuse them.",
	Remediation: remediationRenew,
})

var validityTooLong = programRule(Rule{
	ID: "validity-too-long", Fault: pki.ValidityTooLong, CWE: 295,
	Sources:     lifetimeSources(),
	Short:       "The certificate is valid for longer than public certificates may be.",
	What:        "The lifetime is above the limit of the Baseline Requirements (section 6.3.2) at its notBefore: " + lifetimeLimits() + ".",
	Why:         "Browsers refuse it; and what cannot be renewed often is not renewed when a key is lost.",
	Remediation: remediationRenew,
})

// lifetimeSources cites each limit of a certificate's lifetime, the oldest
// first.
func lifetimeSources() (sources []Source) {
	for _, limit := range slices.Backward(pki.LifetimeLimits()) {
		since := "2020-09-01" // of 398 days
		if !limit.From.IsZero() {
			since = limit.From.Format(time.DateOnly)
		}
		sources = append(sources, Source{Document: "CA/Browser Forum TLS Baseline Requirements", Section: "6.3.2", Since: since})
	}
	return sources
}

// lifetimeLimits names the limits in words, the oldest first: "398 days; 200
// from 2026-03-15".
func lifetimeLimits() (s string) {
	for _, limit := range slices.Backward(pki.LifetimeLimits()) {
		if limit.From.IsZero() {
			s = fmt.Sprintf("%d days", limit.Days)
			continue
		}
		s += fmt.Sprintf("; %d from %s", limit.Days, limit.From.Format(time.DateOnly))
	}
	return s
}
