package check

import (
	"fmt"
	"math"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/text"
)

// remediationChain is how a server's chain is put right.
var remediationChain = Remediation{
	Text:   "Install the certificate together with its intermediates (leaf first, the root left out), as the authority delivers them in one file.",
	Nginx:  "ssl_certificate /etc/ssl/example.com/fullchain.pem;  # leaf and intermediates",
	Apache: "SSLCertificateFile /etc/ssl/example.com/fullchain.pem  # leaf and intermediates",
	Caddy:  "tls /etc/ssl/example.com/fullchain.pem /etc/ssl/example.com/privkey.pem",
	Cloud:  "Use the provider's managed certificates, or upload the intermediates as the certificate chain.",
}

// remediationRenew is how a certificate is replaced.
var remediationRenew = Remediation{
	Text:   "Have a publicly trusted authority issue a new certificate, for every name of the deployment, install it at every address, and let an ACME client renew it (RFC 8555, with RFC 9773 renewal information).",
	Nginx:  "certbot --nginx -d example.com   # installs, reloads and renews",
	Apache: "certbot --apache -d example.com",
	Caddy:  "# Caddy obtains and renews a certificate by itself for a site named by its domain:\nexample.com {\n    reverse_proxy localhost:8080\n}",
	Cloud:  "Use the provider's managed certificates; they renew by themselves while the domain's validation records stand.",
}

// trustRule completes a rule whose verdict is that the judgement of any
// chain has a fault of the rule's kind.
func trustRule(r Rule) Rule {
	r.Requirements = []Requirement{PubliclyTrusted}
	if r.Level == "" {
		r.Level, r.Severity = Error, "7.4"
	}
	kind := r.Fault
	r.Check = func(c *Evaluation) Verdict {
		return eachChain(c, func(t *tally, s presentedChain) { s.tellFaults(t, c, kind) })
	}
	return r
}

// tellFaults notes the faults of a kind: those found, and those that the
// embedded tables are too old to rule out.
func (s presentedChain) tellFaults(t *tally, c *Evaluation, kind pki.Kind) {
	if s.Client != "" && withoutHandshake[kind] {
		return
	}
	good := true
	for _, f := range s.Faults {
		if f.Kind == kind {
			good = false
			t.fail(s.Address, s.distinct(c), "%s%s", s.where(c), f.Detail)
		}
	}
	for _, f := range s.Unknown {
		if f.Kind == kind {
			good = false
			t.unknown("%s%s", s.where(c), f.Detail)
		}
	}
	if good {
		t.note(Evidence{s.Address, s.seen})
	}
}

// eachChain runs judge on every certificate chain that clients can be shown.
// One whose leaf cannot be read at all is refused by browsers, and unknown to
// every other rule.
func eachChain(c *Evaluation, judge func(*tally, presentedChain)) Verdict {
	return eachPresented(c, func(t *tally, s presentedChain) {
		if s.Leaf().Broken != "" {
			t.unknown("the certificate of '%s' at '%s' could not be read (%s)", s.Host, s.Address, s.Leaf().Broken)
			return
		}
		judge(t, s)
	})
}

// eachPresented runs judge on every certificate chain that clients can be
// shown, also where its leaf cannot be read.
func eachPresented(c *Evaluation, judge func(*tally, presentedChain)) Verdict {
	var t tally
	chains, missing := c.chains()
	for _, m := range missing {
		t.unknown("%s", m)
	}
	for _, s := range chains {
		judge(&t, s)
	}
	return t.verdict(c.noEndpointVerdict())
}

// where introduces a message about a chain that is not the target's own as a
// current client sees it.
func (s presentedChain) where(c *Evaluation) string {
	switch {
	case s.Host != c.Target.Host:
		return fmt.Sprintf("On the redirect chain, at host '%s': ", s.Host)
	case s.Client != "":
		return fmt.Sprintf("As %s see it: ", s.Client)
	}
	return ""
}

// distinct tells the chains of hosts on the redirect chain, and those that
// other clients see, apart.
func (s presentedChain) distinct(c *Evaluation) string {
	if s.Host == c.Target.Host {
		return s.Client
	}
	return s.Host
}

// describeChain describes a chain as evidence.
func describeChain(s fact.JudgedChain) string {
	until := s.Leaf().NotAfter.UTC().Format("2006-01-02")
	if len(s.Path) == 0 {
		return fmt.Sprintf("Certificate '%s' until '%s'.", pki.Name(s.Leaf()), until)
	}
	return fmt.Sprintf("Certificate '%s' until '%s', via %s to '%s'.",
		pki.Name(s.Leaf()), until, text.Count(max(len(s.Path)-2, 0), "intermediate"), pki.Name(s.Path[len(s.Path)-1]))
}

var untrustedRoot = trustRule(Rule{
	ID: "untrusted-root", Fault: pki.UntrustedRoot, CWE: 296,
	Sources:     []Source{{Document: "RFC 5280", Section: "6.1"}},
	Short:       "The certificate's chain reaches no public root.",
	What:        "No chain of certificates from what the server sent, or from what it can be completed to, is valid up to a root of the public root programs.",
	Why:         "Every client that trusts only public roots refuses the connection, or its user is taught to click warnings away, behind which anyone can stand.",
	Remediation: remediationRenew,
})

var selfSigned = trustRule(Rule{
	ID: "self-signed", Fault: pki.SelfSigned, CWE: 296,
	Sources:     []Source{{Document: "RFC 5280", Section: "6.1"}},
	Short:       "The certificate is signed by itself.",
	What:        "The server's certificate is signed with its own key, and is no trusted root.",
	Why:         "Anyone can make such a certificate for any name: clients cannot tell the deployment from an impostor.",
	Remediation: remediationRenew,
})

var incompleteChain = trustRule(Rule{
	ID: "incomplete-chain", Fault: pki.IncompleteChain, CWE: 296,
	Sources:     []Source{{Document: "RFC 8446", Section: "4.4.2"}, {Document: "RFC 5280", Section: "4.2.2.1"}},
	Short:       "The server does not send an intermediate certificate that clients need.",
	What:        "A chain to a public root exists, but not from the certificates that the server sends; it was found by fetching an intermediate from the place that the certificate names (Authority Information Access).",
	Why:         "Some browsers fetch or remember the missing certificate; command-line clients, libraries and mobile applications do not, and fail.",
	Remediation: remediationChain,
})

var hostnameMismatch = trustRule(Rule{
	ID: "hostname-mismatch", Fault: pki.HostnameMismatch, CWE: 297,
	Sources:     []Source{{Document: "RFC 9525", Section: "6"}},
	Short:       "The certificate is not for the deployment's host.",
	What:        "No subject alternative name of the certificate covers the host or IP address (RFC 6125; the common name never counts).",
	Why:         "Clients refuse it, for a certificate of another name proves nothing about this host.",
	Remediation: remediationRenew,
})

var certificateExpired = trustRule(Rule{
	ID: "certificate-expired", Fault: pki.Expired, CWE: 298,
	Sources:     []Source{{Document: "RFC 5280", Section: "4.1.2.5"}},
	Short:       "The certificate, or an intermediate it needs, has expired.",
	What:        "The time of the check is after notAfter of the leaf, or of an intermediate on every possible chain.",
	Why:         "Clients refuse it; and its revocation status is no longer published, so that a stolen key would go unnoticed.",
	Remediation: remediationRenew,
})

var certificateNotYetValid = trustRule(Rule{
	ID: "certificate-not-yet-valid", Fault: pki.NotYetValid, CWE: 298,
	Sources:     []Source{{Document: "RFC 5280", Section: "4.1.2.5"}},
	Short:       "The certificate is not valid yet.",
	What:        "The time of the check is before notBefore of the leaf, or of an intermediate on every possible chain.",
	Why:         "Clients refuse it until then.",
	Remediation: Remediation{Text: "Install the previous certificate until then, and check the clock of the machine that issued it (and of the one that runs tlsgate)."},
})

var wrongUsage = trustRule(Rule{
	ID: "wrong-usage", Fault: pki.WrongUsage, CWE: 295,
	Sources:     []Source{{Document: "RFC 5280", Section: "4.2.1.12"}, {Document: "CA/Browser Forum TLS Baseline Requirements", Section: "7.1.2.7"}},
	Short:       "The certificate is not meant for a TLS server.",
	What:        "The leaf lacks the extended key usage serverAuth, has anyExtendedKeyUsage, is a certificate authority, or has a key usage without digitalSignature where the handshake needs it (ECDHE and TLS 1.3; RFC 8446 section 4.4.2.2); or an intermediate allows no serverAuth. To the embedded roots also a usage beside serverAuth that the Baseline Requirements (section 7.1.2.7.10) forbid.",
	Why:         "Clients refuse a certificate that was not issued for TLS servers, and the key of an authority on a web server endangers all it signs.",
	Remediation: remediationRenew,
})

var browserRefused = func() Rule {
	r := trustRule(Rule{
		ID: "browser-refused", Fault: pki.BrowserRefused, CWE: 295,
		Sources:     []Source{{Document: "RFC 5280", Section: "4"}, {Document: "RFC 5280", Section: "6.1"}},
		Short:       "Chromium or Firefox refuses the certificate or its chain for its form.",
		What:        "The current Chromium or Firefox refuses the certificate or the chain for a reason that no other rule names: its form (DER, names, times, extensions; RFC 5280 and X.690), the kind of its key, policies, constraints, or the length of the chain. The message names the browser and the reason.",
		Why:         "The browser shows an error page instead of the deployment, though other clients may connect.",
		Remediation: remediationRenew,
	})
	r.Check = func(c *Evaluation) Verdict {
		return eachPresented(c, func(t *tally, s presentedChain) { s.tellFaults(t, c, pki.BrowserRefused) })
	}
	return r
}()

var certificateExpiring = Rule{
	ID: "certificate-expiring", Level: Warning, Requirements: []Requirement{PubliclyTrusted}, CWE: 298,
	Sources:     []Source{{Document: "RFC 5280", Section: "4.1.2.5"}, {Document: "RFC 9773"}},
	Short:       "The certificate expires soon.",
	What:        "Fewer days are left than the input min-days says (by default the smaller of 14 days and a third of the certificate's lifetime).",
	Why:         "A certificate that is not renewed in time takes the deployment down; one this close to its end shows that automatic renewal does not work.",
	Remediation: remediationRenew,
	Check: func(c *Evaluation) Verdict {
		return eachChain(c, func(t *tally, s presentedChain) {
			if s.Host != c.Target.Host {
				return
			}
			left := s.Leaf().NotAfter.Sub(c.At)
			margin := c.Policy.margin(s.Leaf().NotAfter.Sub(s.Leaf().NotBefore))
			if left >= 0 && left < margin {
				t.fail(s.Address, "", "The certificate '%s' expires on '%s', in %s; it should have been renewed %s before that.",
					pki.Name(s.Leaf()), s.Leaf().NotAfter.UTC().Format("2006-01-02 15:04 MST"), days(left), days(margin))
				return
			}
			t.pass(s.Address, "%s are left.", days(left))
		})
	},
}

// day is 86,400 seconds, as the Baseline Requirements count (section 6.3.2).
const day = 24 * time.Hour

// margin is how long before its end a certificate is reported as expiring.
func (p Policy) margin(lifetime time.Duration) time.Duration {
	if p.MinDays != nil {
		return time.Duration(*p.MinDays) * day
	}
	return min(14*day, lifetime/3)
}

// days words a duration in whole days, below two days in hours, and below two
// hours in minutes and seconds.
func days(d time.Duration) string {
	if d < 0 {
		return "no days"
	}
	if d < 2*time.Hour {
		return text.Seconds(d.Seconds())
	}
	if d < 2*day {
		return text.Count(int(math.Floor(d.Hours())), "hour")
	}
	return text.Count(int(d/day), "day")
}
