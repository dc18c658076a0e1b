package check

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
)

var tlsMissing = Rule{
	ID: "tls-missing", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources: []Source{{Document: "RFC 9110", Section: "4.2.2"}},
	Short:   "The deployment answers in cleartext but not over TLS.",
	What:    "The HTTP port of an address answers, but its HTTPS port is closed or speaks something else than TLS.",
	Why:     "Clients have no way to reach the deployment but in cleartext.",
	Remediation: Remediation{
		Text: "Serve the deployment over TLS with a publicly trusted certificate (ACME issues them at no cost), and let the HTTP port only redirect there.",
		Nginx: `server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name example.com;
    ssl_certificate     /etc/ssl/example.com/fullchain.pem;
    ssl_certificate_key /etc/ssl/example.com/privkey.pem;
}`,
		Apache: `<VirtualHost *:443>
    ServerName example.com
    SSLEngine on
    SSLCertificateFile    /etc/ssl/example.com/fullchain.pem
    SSLCertificateKeyFile /etc/ssl/example.com/privkey.pem
</VirtualHost>`,
		Caddy: "# Caddy obtains a certificate by itself for a site named by its domain:\nexample.com {\n    reverse_proxy localhost:8080\n}",
		Cloud: "Add an HTTPS listener on port 443 with a managed certificate to the load balancer.",
	},
	Check: func(c *Evaluation) Verdict {
		if c.intercepted != "" {
			return unknown("%s", c.intercepted)
		}
		var t tally
		for _, e := range c.judged() {
			at := fact.HostPort(e.IP, c.Target.Port)
			port, answer := httpPort(c.Target), e.Cleartext
			if answer.Outcome != fact.Answered {
				port, answer = httpsPort(c.Target)+" itself", e.CleartextOnTLS
			}
			open := answer.Outcome == fact.Answered
			switch {
			case e.TLS.Outcome == fact.Answered:
				t.pass(at, "%s answers (%s).", httpsPort(c.Target), negotiated(e.TLS))
			case open && e.TLS.Outcome == fact.Refused:
				t.fail(at, "", "%s answered '%s' with status %d, but %s is closed.", port, shownURL(answer.URL), answer.Status, httpsPort(c.Target))
			case open && e.TLS.Outcome == fact.Malformed:
				t.fail(at, "", "%s answered '%s' in cleartext with status %d, but %s does not speak TLS.", port, shownURL(answer.URL), answer.Status, httpsPort(c.Target))
			default:
				t.unknown("%s", noHandshake(e.TLS))
			}
		}
		return t.verdict(c.noEndpointVerdict())
	},
}

// negotiated lists what a handshake agreed on.
func negotiated(h fact.Handshake) string {
	parts := []string{"'" + fact.VersionName(h.Version) + "'"}
	if h.Suite != 0 {
		parts = append(parts, "'"+fact.SuiteName(h.Suite)+"'")
	}
	if h.Group != 0 {
		parts = append(parts, "key exchange '"+fact.GroupName(h.Group)+"'")
	}
	if h.ALPN != "" {
		parts = append(parts, "protocol '"+fact.Clip(h.ALPN, 50)+"'")
	}
	return strings.Join(parts, ", ")
}

// noHandshake says in words why a TLS handshake could not be had.
func noHandshake(h fact.Handshake) string {
	at := h.Address
	if at == "" {
		return "the HTTPS port was not asked"
	}
	var what string
	switch h.Outcome {
	case fact.Answered:
		what = "sent no certificate"
	case fact.Refused:
		what = "is closed"
	case fact.TimedOut:
		what = "did not answer in time"
		if h.Connected {
			what = "took the connection but did not finish the TLS handshake in time"
		}
	case fact.Unreachable:
		what = "is unreachable from this runner"
	case fact.BrokenOff:
		what = "closed the connection during the TLS handshake"
	case fact.Malformed:
		what = "does not speak TLS"
	default:
		what = "could not be checked"
	}
	if h.Error != "" && h.Outcome != fact.Refused {
		what += fmt.Sprintf(" ('%s')", h.Error)
	}
	return fmt.Sprintf("the HTTPS port '%s' %s", at, what)
}
