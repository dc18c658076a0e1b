package check

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

var certificateRevoked = Rule{
	ID: "certificate-revoked", Level: Error, Requirements: []Requirement{PubliclyTrusted}, CWE: 299, Severity: "7.4",
	Sources: []Source{{Document: "RFC 5280", Section: "5"}, {Document: "RFC 6960", Section: "2.2"}},
	Short:   "The certificate, or an intermediate of its chain, is revoked.",
	What:    "A valid source says that the leaf or an intermediate of the chosen chain is revoked: the stapled OCSP response, a certificate revocation list, or an OCSP responder.",
	Why:     "Its authority has withdrawn its word, often because the key was stolen. Browsers refuse it, and clients that do not look are open to whoever has the key.",
	Remediation: Remediation{
		Text:   "Make a new key, have a new certificate issued for it, and install both at every address. Find out why the old one was revoked before anything else.",
		Nginx:  "certbot renew --cert-name example.com --force-renewal --reuse-key=false",
		Apache: "certbot renew --cert-name example.com --force-renewal --reuse-key=false",
		Caddy:  "# Caddy replaces a certificate that its OCSP response calls revoked by itself; else remove it from its storage and reload.",
		Cloud:  "Request a new managed certificate and attach it to the listener.",
	},
	Check: func(c *Evaluation) Verdict {
		return eachRevocable(c, func(t *tally, s presentedChain, cert *pki.Certificate, statements []statement) {
			for _, x := range statements {
				if x.State == pki.StatusRevoked {
					t.fail(s.Address, s.distinctCertificate(c, cert), "%sThe certificate '%s' is revoked. %s", s.where(c), pki.Name(cert), x.Detail)
					return
				}
			}
			for _, x := range statements {
				if x.State == pki.StatusGood {
					t.pass(s.Address, "'%s': %s", pki.Name(cert), x.Detail)
				}
			}
		})
	},
}

var revocationUnknown = Rule{
	ID: "revocation-unknown", Level: Note, Requirements: []Requirement{PubliclyTrusted}, CWE: 299,
	Sources:     []Source{{Document: "RFC 5280", Section: "6.3"}, {Document: "RFC 6960"}},
	Short:       "Whether the certificate is revoked could not be found out.",
	What:        "The certificate names revocation sources (a stapled OCSP response, a certificate revocation list, an OCSP responder), and none of them gave a valid answer. With the input revocation set to hard this is an error.",
	Why:         "A revoked certificate would go unnoticed by clients that look for it and go on when they find nothing.",
	Remediation: Remediation{Text: "Check whether the sources that the message names are reachable from where tlsgate runs; most often the authority's server was temporarily unavailable, or a firewall blocks plain http. Staple OCSP responses where the authority offers them."},
	Check: func(c *Evaluation) Verdict {
		return eachRevocable(c, func(t *tally, s presentedChain, cert *pki.Certificate, statements []statement) {
			var reasons []string
			for _, x := range statements {
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
	Sources: []Source{{Document: "RFC 7633", Section: "4.2"}},
	Short:   "The certificate requires a stapled OCSP response, and no valid one was sent.",
	What:    "The certificate has the TLS feature extension that requires stapling (must-staple, RFC 7633), and the handshake brought no OCSP response, or none that is valid for it.",
	Why:     "Clients that honour it refuse the connection: that is what it is for.",
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
				t.pass(s.Address, "The certificate '%s' does not require stapling.", pki.Name(s.Leaf()))
			case staple.State == pki.StatusGood || staple.State == pki.StatusRevoked:
				t.pass(s.Address, "The certificate '%s' requires stapling. %s", pki.Name(s.Leaf()), staple.Detail)
			case staple.State == "" && len(s.OCSPResponse) == 0:
				t.fail(s.Address, s.distinct(c), "%sThe certificate '%s' requires stapling (must-staple), but no OCSP response was stapled.", s.where(c), pki.Name(s.Leaf()))
			case staple.State != "":
				t.fail(s.Address, s.distinct(c), "%sThe certificate '%s' requires stapling (must-staple), but the OCSP response that was stapled is not valid. %s", s.where(c), pki.Name(s.Leaf()), staple.Detail)
			}
		})
	},
}

var stapleInvalid = Rule{
	ID: "staple-invalid", Level: Error, Requirements: []Requirement{PubliclyTrusted}, CWE: 299, Severity: "5.9",
	Sources: []Source{{Document: "RFC 6960", Section: "3.2"}},
	Short:   "The stapled OCSP response is one that Firefox answers with an error page.",
	What:    "The handshake brought a stapled OCSP response that Firefox refuses, and the connection with it: the status is unknown, the responder gave an error (tryLater, internalError), the response is not for this certificate, wrongly signed, or out of date beyond the slack of a day.",
	Why:     "A server that staples such a response locks out every user of Firefox; without any response they would get through.",
	Remediation: Remediation{
		Text:   "Let the server verify responses before it staples them, and staple none rather than a bad one. Check whether it can reach the authority's responder and whether its clock is right.",
		Nginx:  "ssl_stapling on;\nssl_stapling_verify on;\nssl_trusted_certificate /etc/ssl/example.com/chain.pem;",
		Apache: "SSLUseStapling on\nSSLStaplingReturnResponderErrors off\nSSLStaplingFakeTryLater off",
		Caddy:  "# Caddy staples only responses that it has verified; remove stapling files that were put in by hand.",
		Cloud:  "Few load balancers staple; switch stapling off where the response cannot be renewed.",
	},
	Check: func(c *Evaluation) Verdict {
		if c.Policy.Revocation == fact.RevocationOff {
			return notApplicable("revocation is switched off")
		}
		v := eachChain(c, func(t *tally, s presentedChain) {
			if s.Client != "" || len(s.OCSPResponse) == 0 || len(s.Path) < 2 {
				return
			}
			if wrong := pki.StapleFault(s.OCSPResponse, s.Path[0], s.Path[1], c.At); wrong != "" {
				t.fail(s.Address, s.distinct(c), "%sFirefox refuses the connection for the stapled OCSP response of the certificate '%s'. %s", s.where(c), pki.Name(s.Leaf()), wrong)
				return
			}
			t.pass(s.Address, "The stapled OCSP response of the certificate '%s' is one that Firefox takes.", pki.Name(s.Leaf()))
		})
		if chains, _ := c.chains(); v.State == NotApplicable && len(chains) > 0 {
			return notApplicable("no OCSP response is stapled to a certificate whose issuer is known")
		}
		return v
	},
}

// A statement is what a source said of a certificate, in the order the
// sources were asked.
type statement struct {
	source string // in words
	pki.Status
}

// eachRevocable judges the certificates whose revocation was looked for.
func eachRevocable(c *Evaluation, judge func(*tally, presentedChain, *pki.Certificate, []statement)) Verdict {
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

// statements are what the sources say of a certificate of a chain.
func (e *Evaluation) statements(s presentedChain, cert *pki.Certificate) []statement {
	var out []statement
	if staple := s.Staple(s.Path, e.Observation); staple.State != "" && cert == s.Path[0] {
		out = append(out, statement{"the stapled OCSP response", staple})
	}
	thumbprint := fact.Thumbprint(cert)
	for _, f := range e.Revocations {
		if f.Certificate != thumbprint {
			continue
		}
		x := statement{map[string]string{"crl": "the revocation list", "ocsp": "the OCSP responder"}[f.Source], f.Status}
		if f.URL != "" {
			x.source += " '" + f.URL + "'"
		}
		if f.Outcome != fact.Answered {
			x.Status = pki.Status{State: pki.StatusInvalid, Detail: why(f.Outcome, f.Error)}
		}
		out = append(out, x)
	}
	return out
}

// distinctCertificate tells the certificates of a path apart, by what stays
// when they are renewed: a leaf by its host, an intermediate by its name.
func (s presentedChain) distinctCertificate(c *Evaluation, cert *pki.Certificate) string {
	if cert == s.Leaf() {
		return s.distinct(c)
	}
	return s.distinct(c) + "/" + pki.Name(cert)
}
