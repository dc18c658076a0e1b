package check

import "fmt"

var tlsMissing = Rule{
	ID: "tls-missing", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Short: "The deployment answers in cleartext but not over TLS.",
	What:  "The cleartext port of an address answers, but its TLS port is closed or speaks something else than TLS.",
	Why:   "Clients have no way to reach the deployment but in cleartext.",
	Mend: Mend{
		Text: "Serve the deployment over TLS with a publicly trusted certificate (ACME issues them at no cost), and let the cleartext port only redirect there.",
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
	Check: func(c *Case) Verdict {
		var t tally
		for _, e := range c.judged() {
			at := HostPort(e.IP, c.Target.Port)
			port, answer := "cleartext port", e.Cleartext
			if answer.Outcome != Answered {
				port, answer = "TLS port itself", e.CleartextOnTLS
			}
			open := answer.Outcome == Answered
			switch {
			case e.TLS.Outcome == Answered:
				t.pass(at, "The TLS port answers ('%s').", VersionName(e.TLS.Version))
			case open && e.TLS.Outcome == Refused:
				t.fail(at, "", "The cleartext port answered '%s' with status '%d', but the TLS port is closed.", answer.URL, answer.Status)
			case open && e.TLS.Outcome == Nonsense:
				t.fail(at, "", "The %s answered '%s' in cleartext with status '%d', but the TLS port does not speak TLS.", port, answer.URL, answer.Status)
			default:
				t.miss("%s", noHandshake(e.TLS))
			}
		}
		return t.verdict(c.nothing())
	},
}

// noHandshake says in words why a TLS handshake could not be had.
func noHandshake(h Handshake) string {
	at := h.Address
	if at == "" {
		return "the TLS port was not asked"
	}
	var what string
	switch h.Outcome {
	case Answered:
		what = "sent no certificate"
	case Refused:
		what = "is closed"
	case TimedOut:
		what = "did not answer in time"
		if h.Connected {
			what = "took the connection but did not finish the TLS handshake in time"
		}
	case Unreachable:
		what = "is out of reach from here"
	case BrokenOff:
		what = "broke off the TLS handshake"
	case Nonsense:
		what = "does not speak TLS"
	default:
		what = "could not be looked at"
	}
	if h.Error != "" && h.Outcome != Refused {
		what += fmt.Sprintf(" ('%s')", h.Error)
	}
	return fmt.Sprintf("the TLS port '%s' %s", at, what)
}
