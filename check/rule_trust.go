package check

import (
	"fmt"
	"math"
	"time"

	"github.com/tlsgate/tlsgate/check/pki"
)

// mendChain is how a server's chain is put right.
var remediationChain = Remediation{
	Text:   "Install the certificate together with its intermediates (leaf first, the root left out), as the authority delivers them in one file.",
	Nginx:  "ssl_certificate /etc/ssl/example.com/fullchain.pem;  # leaf and intermediates",
	Apache: "SSLCertificateFile /etc/ssl/example.com/fullchain.pem  # leaf and intermediates",
	Caddy:  "tls /etc/ssl/example.com/fullchain.pem /etc/ssl/example.com/privkey.pem",
	Cloud:  "Use the provider's managed certificates, or upload the intermediates as the certificate chain.",
}

// mendRenew is how a certificate is replaced.
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
			t.miss("%s%s", s.where(c), f.Detail)
		}
	}
	if good {
		t.pass(s.Address, "%s", s.seen())
	}
}

// eachChain runs judge on every certificate chain that clients can be shown.
func eachChain(c *Evaluation, judge func(*tally, presentedChain)) Verdict {
	var t tally
	chains, missing := c.chains()
	for _, m := range missing {
		t.miss("%s", m)
	}
	for _, s := range chains {
		if s.Broken != "" {
			t.miss("the certificate of '%s' at '%s' could not be read ('%s')", s.Host, s.Address, s.Broken)
			continue
		}
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

// seen describes the chain as evidence.
func (s presentedChain) seen() string {
	until := s.Leaf().NotAfter.UTC().Format("2006-01-02")
	if len(s.Path) == 0 {
		return fmt.Sprintf("Certificate '%s' until '%s'.", pki.Name(s.Leaf()), until)
	}
	return fmt.Sprintf("Certificate '%s' until '%s', by way of '%d' intermediates to '%s'.",
		pki.Name(s.Leaf()), until, max(len(s.Path)-2, 0), pki.Name(s.Path[len(s.Path)-1]))
}

var untrustedRoot = trustRule(Rule{
	ID: "untrusted-root", Fault: pki.UntrustedRoot, CWE: 296,
	Short:       "The certificate's chain reaches no public root.",
	What:        "No chain of certificates from what the server sent, or from what it can be completed to, is valid up to a root of the public root programs.",
	Why:         "Every client that trusts only public roots refuses the connection, or its user is taught to click warnings away, behind which anyone can stand.",
	Remediation: remediationRenew,
})

var selfSigned = trustRule(Rule{
	ID: "self-signed", Fault: pki.SelfSigned, CWE: 296,
	Short:       "The certificate is signed by itself.",
	What:        "The server's certificate is signed with its own key, and is no trusted root.",
	Why:         "Anyone can make such a certificate for any name: clients cannot tell the deployment from an impostor.",
	Remediation: remediationRenew,
})

var incompleteChain = trustRule(Rule{
	ID: "incomplete-chain", Fault: pki.IncompleteChain, CWE: 296,
	Short:       "The server does not send an intermediate certificate that clients need.",
	What:        "A chain to a public root exists, but not from the certificates that the server sends; it was found by fetching an intermediate from the place that the certificate names (Authority Information Access).",
	Why:         "Some browsers fetch or remember the missing certificate; command-line clients, libraries and mobile applications do not, and fail.",
	Remediation: remediationChain,
})

var hostnameMismatch = trustRule(Rule{
	ID: "hostname-mismatch", Fault: pki.HostnameMismatch, CWE: 297,
	Short:       "The certificate is not for the deployment's host.",
	What:        "No subject alternative name of the certificate covers the host or IP address (RFC 6125; the common name never counts).",
	Why:         "Clients refuse it, for a certificate of another name proves nothing about this host.",
	Remediation: remediationRenew,
})

var certificateExpired = trustRule(Rule{
	ID: "certificate-expired", Fault: pki.Expired, CWE: 298,
	Short:       "The certificate, or an intermediate it needs, has expired.",
	What:        "The time of the check is after notAfter of the leaf, or of an intermediate on every possible chain.",
	Why:         "Clients refuse it; and revocation is no longer told for it, so that a stolen key would go unnoticed.",
	Remediation: remediationRenew,
})

var certificateNotYetValid = trustRule(Rule{
	ID: "certificate-not-yet-valid", Fault: pki.NotYetValid, CWE: 298,
	Short:       "The certificate is not valid yet.",
	What:        "The time of the check is before notBefore of the leaf, or of an intermediate on every possible chain.",
	Why:         "Clients refuse it until then.",
	Remediation: Remediation{Text: "Install the previous certificate until then, and look at the clock of the machine that issued it (and of the one that runs the gate)."},
})

var wrongUsage = trustRule(Rule{
	ID: "wrong-usage", Fault: pki.WrongUsage, CWE: 295,
	Short:       "The certificate is not meant for a TLS server.",
	What:        "The leaf lacks the extended key usage serverAuth, has anyExtendedKeyUsage, or is a certificate authority (Baseline Requirements section 7.1.2.7).",
	Why:         "Clients refuse a certificate that was not issued for TLS servers, and the key of an authority on a web server endangers all it signs.",
	Remediation: remediationRenew,
})

var certificateExpiring = Rule{
	ID: "certificate-expiring", Level: Warning, Requirements: []Requirement{PubliclyTrusted}, CWE: 298,
	Short:       "The certificate ends soon.",
	What:        "Fewer days are left than the input min-days says (by default the smaller of 14 days and a third of the certificate's lifetime).",
	Why:         "A certificate that is not renewed in time takes the deployment down; one this close to its end says that automatic renewal does not work.",
	Remediation: remediationRenew,
	Check: func(c *Evaluation) Verdict {
		return eachChain(c, func(t *tally, s presentedChain) {
			if s.Host != c.Target.Host {
				return
			}
			left := s.Leaf().NotAfter.Sub(c.At)
			margin := c.Policy.margin(s.Leaf().NotAfter.Sub(s.Leaf().NotBefore))
			if left >= 0 && left < margin {
				t.fail(s.Address, "", "The certificate '%s' ends on '%s', in '%s'; '%s' before its end it should have been renewed.",
					pki.Name(s.Leaf()), s.Leaf().NotAfter.UTC().Format("2006-01-02 15:04 MST"), days(left), days(margin))
				return
			}
			t.pass(s.Address, "'%s' are left.", days(left))
		})
	},
}

// day is 86,400 seconds, as the Baseline Requirements count (section 6.3.2).
const day = 24 * time.Hour

// margin is how long before its end a certificate is told as expiring.
func (p Policy) margin(lifetime time.Duration) time.Duration {
	if p.MinDays != nil {
		return time.Duration(*p.MinDays) * day
	}
	return min(14*day, lifetime/3)
}

// days words a duration in whole days, below two days in hours.
func days(d time.Duration) string {
	if d < 0 {
		return "no days"
	}
	if d < 2*day {
		return fmt.Sprintf("%d hours", int(math.Floor(d.Hours())))
	}
	return fmt.Sprintf("%d days", int(d/day))
}
