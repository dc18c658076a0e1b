package check

import (
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

var certificateRevoked = Rule{
	ID: "certificate-revoked", Level: Error, Requirements: []Requirement{PubliclyTrusted}, CWE: 299, Severity: "7.4",
	Short: "The certificate, or an intermediate of its chain, is revoked.",
	What:  "A valid source says that the leaf or an intermediate of the chosen chain is revoked: the stapled OCSP response, a certificate revocation list, or an OCSP responder.",
	Why:   "Its authority has withdrawn its word, often because the key was stolen. Browsers refuse it, and clients that do not look are open to whoever has the key.",
	Remediation: Remediation{
		Text:   "Make a new key, have a new certificate issued for it, and install both at every address. Find out why the old one was revoked before anything else.",
		Nginx:  "certbot renew --cert-name example.com --force-renewal --reuse-key=false",
		Apache: "certbot renew --cert-name example.com --force-renewal --reuse-key=false",
		Caddy:  "# Caddy replaces a certificate that its OCSP response calls revoked by itself; else remove it from its storage and reload.",
		Cloud:  "Request a new managed certificate and attach it to the listener.",
	},
	Check: func(c *Evaluation) Verdict {
		return eachRevocable(c, func(t *tally, s presentedChain, cert *x509.Certificate, said []statement) {
			for _, x := range said {
				if x.State == pki.StatusRevoked {
					t.fail(s.Address, s.distinctCertificate(c, cert), "%sThe certificate '%s' is revoked. %s", s.where(c), pki.Name(cert), x.Detail)
					return
				}
			}
			for _, x := range said {
				if x.State == pki.StatusGood {
					t.pass(s.Address, "'%s': %s", pki.Name(cert), x.Detail)
				}
			}
		})
	},
}

var revocationUnknown = Rule{
	ID: "revocation-unknown", Level: Note, Requirements: []Requirement{PubliclyTrusted}, CWE: 299,
	Short:       "Whether the certificate is revoked could not be found out.",
	What:        "The certificate names revocation sources (a stapled OCSP response, a certificate revocation list, an OCSP responder), and none of them gave a valid answer. With the input revocation set to hard this is an error.",
	Why:         "A revoked certificate would go unnoticed by clients that look for it and go on when they find nothing.",
	Remediation: Remediation{Text: "Look whether the sources that the message names are reachable from where the gate runs; most often the authority's server had a bad moment, or a firewall bars plain http. Staple OCSP responses where the authority offers them."},
	Check: func(c *Evaluation) Verdict {
		return eachRevocable(c, func(t *tally, s presentedChain, cert *x509.Certificate, said []statement) {
			var reasons []string
			for _, x := range said {
				if x.State == pki.StatusGood || x.State == pki.StatusRevoked {
					t.pass(s.Address, "'%s': its status is known from %s.", pki.Name(cert), x.source)
					return
				}
				reasons = append(reasons, fmt.Sprintf("%s: %s", x.source, strings.TrimSuffix(x.Detail, ".")))
			}
			if len(reasons) == 0 {
				t.pass(s.Address, "'%s' names no revocation source.", pki.Name(cert))
				return
			}
			t.fail(s.Address, s.distinctCertificate(c, cert), "%sNo source could be read that tells whether the certificate '%s' is revoked: %s.", s.where(c), pki.Name(cert), strings.Join(reasons, "; "))
			if c.Policy.Revocation == fact.RevocationHard {
				t.findings[len(t.findings)-1].Level = Error
			}
		})
	},
}

var stapleMissing = Rule{
	ID: "staple-missing", Level: Error, Requirements: []Requirement{PubliclyTrusted}, CWE: 299, Severity: "5.9",
	Short: "The certificate demands a stapled OCSP response, and no valid one came.",
	What:  "The certificate has the TLS feature extension that demands stapling (must-staple, RFC 7633), and the handshake brought no OCSP response, or none that is valid for it.",
	Why:   "Clients that honour the demand refuse the connection: that is what it is for.",
	Remediation: Remediation{
		Text:   "Switch stapling on, and let the server fetch a response before it serves; or have the certificate issued without must-staple.",
		Nginx:  "ssl_stapling on;\nssl_stapling_verify on;\nssl_trusted_certificate /etc/ssl/example.com/chain.pem;\nresolver 127.0.0.1;",
		Apache: "SSLUseStapling on\nSSLStaplingCache shmcb:/var/run/ocsp(128000)",
		Caddy:  "# Caddy staples by itself; see that it can reach the authority's responder.",
		Cloud:  "Few load balancers staple: use a certificate without must-staple there.",
	},
	Check: func(c *Evaluation) Verdict {
		return eachChain(c, func(t *tally, s presentedChain) {
			switch staple := s.Staple(s.Path, c.Observation); {
			case s.Client != "" || c.Policy.Revocation == fact.RevocationOff:
			case !pki.MustStaple(s.Leaf()):
				t.pass(s.Address, "The certificate '%s' demands no stapling.", pki.Name(s.Leaf()))
			case staple.State == pki.StatusGood || staple.State == pki.StatusRevoked:
				t.pass(s.Address, "The certificate '%s' demands stapling. %s", pki.Name(s.Leaf()), staple.Detail)
			case staple.State == "" && len(s.OCSPResponse) == 0:
				t.fail(s.Address, s.distinct(c), "%sThe certificate '%s' demands a stapled OCSP response, and none came.", s.where(c), pki.Name(s.Leaf()))
			case staple.State != "":
				t.fail(s.Address, s.distinct(c), "%sThe certificate '%s' demands a stapled OCSP response, and the one that came does not count. %s", s.where(c), pki.Name(s.Leaf()), staple.Detail)
			}
		})
	},
}

// A statement is what a source said of a certificate, in the order the
// sources were asked.
type statement struct {
	source string // in words
	pki.Status
}

// eachRevocable judges the certificates whose revocation was looked for.
func eachRevocable(c *Evaluation, judge func(*tally, presentedChain, *x509.Certificate, []statement)) Verdict {
	if c.Policy.Revocation == fact.RevocationOff {
		return notApplicable("revocation is switched off")
	}
	var t tally
	chains, missing := c.chains()
	for _, s := range chains {
		for _, cert := range fact.Revocable(s.Path) {
			judge(&t, s, cert, c.statements(s, cert))
		}
	}
	otherwise := notApplicable("there is no certificate whose revocation could be looked for")
	if len(chains) == 0 && len(missing) > 0 {
		otherwise = unknown("%s", strings.Join(missing, "; "))
	} else if len(chains) == 0 {
		otherwise = c.noEndpointVerdict()
	}
	return t.verdict(otherwise)
}

// said is what the sources said of a certificate of a chain.
func (c *Evaluation) statements(s presentedChain, cert *x509.Certificate) []statement {
	var out []statement
	if staple := s.Staple(s.Path, c.Observation); staple.State != "" && cert == s.Path[0] {
		out = append(out, statement{"the stapled OCSP response", staple})
	}
	thumbprint := fact.Thumbprint(cert)
	for _, f := range c.Revocations {
		if f.Certificate != thumbprint {
			continue
		}
		x := statement{map[string]string{"crl": "the revocation list", "ocsp": "the OCSP responder"}[f.Source] + " '" + f.URL + "'", f.Status}
		if f.Outcome != fact.Answered {
			x.Status = pki.Status{State: pki.StatusInvalid, Detail: why(f.Outcome, f.Error)}
		}
		out = append(out, x)
	}
	return out
}

// distinctCertificate tells the certificates of a path apart, by what stays
// when they are renewed: a leaf by its host, an intermediate by its name.
func (s presentedChain) distinctCertificate(c *Evaluation, cert *x509.Certificate) string {
	if cert == s.Leaf() {
		return s.distinct(c)
	}
	return s.distinct(c) + "/" + pki.Name(cert)
}
