package check

import (
	"fmt"

	"github.com/tlsgate/tlsgate/check/fact"
)

var cleartextH2C = Rule{
	ID: "cleartext-h2c", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources: []Source{{Document: "RFC 9113", Section: "3.3"}},
	Short:   "The HTTP port serves content to HTTP/2 with prior knowledge.",
	What:    "The HTTP port refuses or redirects HTTP/1.1, but answers a client that begins with HTTP/2 (RFC 9113 section 3.3, h2c) with content or as a gRPC server, or asks it for credentials.",
	Why:     "Redirects to https are often written for HTTP/1.1 only. A client that speaks h2c, such as a gRPC client or a proxy, talks in cleartext without anybody noticing.",
	Remediation: Remediation{
		Text:   "Switch HTTP/2 off on the HTTP port, or let it give the same redirect there.",
		Nginx:  "server {\n    listen 80;   # without 'http2' and without 'http2 on;'\n    return 308 https://$host$request_uri;\n}",
		Apache: "<VirtualHost *:80>\n    Protocols http/1.1   # no h2c\n</VirtualHost>",
		Caddy:  "{\n    servers :80 {\n        protocols h1\n    }\n}",
		Cloud:  "Let the port 80 listener only redirect; set no h2c or gRPC backend protocol on it.",
	},
	Check: func(c *Evaluation) Verdict {
		if !c.Target.SpeaksInCleartext() {
			return noCleartextPort(c.Target)
		}
		return eachOtherProtocol(c, "by HTTP/2 with prior knowledge", func(e fact.Endpoint) (fact.Exchange, fact.Exchange) { return e.H2C, e.Cleartext }, func(t *tally, e fact.Endpoint) {
			x, content := e.H2C, e.ContentOf(e.H2C)
			switch {
			case content.Gives() && e.ContentOf(e.Cleartext).Gives():
				t.pass(x.Address, "HTTP/2 with prior knowledge is answered as HTTP/1.1 is; see 'cleartext-content'.")
			case content.Gives():
				t.fail(x.Address, fact.WithoutQuery(c.Target.Path), "%s answered HTTP/2 with prior knowledge %s for '%s', though it does not so in HTTP/1.1.", httpPort(c.Target), contentWords(content, x), shownURL(x.URL))
			case content == fact.ContentUnknown:
				t.unknown("%s", notCompared(x))
			default:
				t.pass(x.Address, "HTTP/2 with prior knowledge is answered with status %d and no content.", x.Status)
			}
		})
	},
}

var cleartextUpgrade = Rule{
	ID: "cleartext-upgrade", Level: Warning, Requirements: []Requirement{TLSOnly}, CWE: 757,
	Sources: []Source{{Document: "RFC 2817", Section: "3"}, {Document: "CVE-2025-49812"}},
	Short:   "The HTTP port switches to TLS on request (Upgrade: TLS/1.0).",
	What:    "The HTTP port answered 'Upgrade: TLS/1.0' (RFC 2817) with 101 Switching Protocols, and then a TLS handshake on the same connection with a ServerHello.",
	Why: "One port then speaks both. An on-path attacker begins such a connection in cleartext and splices a client's TLS connection into it: the answers are shifted by one, " +
		"and the client gets the answer to the attacker's request as its own (Opossum, CVE-2025-49812). Nobody uses the upgrade: browsers never did.",
	Remediation: Remediation{
		Text:   "Switch the upgrade off, and let TLS begin with the first byte, at a port of its own.",
		Apache: "# no 'SSLEngine optional' anywhere; httpd 2.4.64 and later have it no more\n<VirtualHost *:80>\n    SSLEngine off\n</VirtualHost>",
	},
	Check: func(c *Evaluation) Verdict {
		if !c.Target.SpeaksInCleartext() {
			return noCleartextPort(c.Target)
		}
		answers := func(e fact.Endpoint) (fact.Exchange, fact.Exchange) {
			if e.Cleartext.Outcome != fact.Answered {
				return e.Cleartext, e.Cleartext // it is not asked where it does not speak HTTP/1.1
			}
			return e.Upgrade, e.Cleartext
		}
		return eachOtherProtocol(c, "to switch to TLS", answers, func(t *tally, e fact.Endpoint) {
			x := e.Upgrade
			if x.UpgradedTo != 0 {
				t.fail(x.Address, "", "%s switched to TLS at '%s' (status %d, then a ServerHello of '%s').", httpPort(c.Target), shownURL(x.URL), x.Status, fact.VersionName(x.UpgradedTo))
				return
			}
			t.pass(x.Address, "The offer to switch to TLS is answered with status %d and no TLS.", x.Status)
		})
	},
}

var cleartextWebSocket = Rule{
	ID: "cleartext-websocket", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources: []Source{{Document: "RFC 6455", Section: "4.2.2"}},
	Short:   "The HTTP port opens WebSockets.",
	What:    "The HTTP port answered the opening handshake of a WebSocket (RFC 6455) at the deployment's path with 101 Switching Protocols.",
	Why:     "Everything that is sent over a ws: connection can be read and changed on the path, for as long as it lasts. Redirects of pages do not touch it.",
	Remediation: Remediation{
		Text:   "Open WebSockets over TLS only (wss:), and let the HTTP port answer the upgrade like every other request: with a redirect or not at all.",
		Nginx:  remediationRedirect.Nginx,
		Apache: remediationRedirect.Apache,
		Caddy:  remediationRedirect.Caddy,
		Cloud:  remediationRedirect.Cloud,
	},
	Check: func(c *Evaluation) Verdict {
		if !c.Target.SpeaksInCleartext() {
			return noCleartextPort(c.Target)
		}
		return eachOtherProtocol(c, "as by a WebSocket client", func(e fact.Endpoint) (fact.Exchange, fact.Exchange) { return e.WebSocket, e.Cleartext }, func(t *tally, e fact.Endpoint) {
			if e.WebSocket.Status == 101 {
				t.fail(e.WebSocket.Address, fact.WithoutQuery(c.Target.Path), "%s opened a WebSocket at '%s' (status 101).", httpPort(c.Target), shownURL(e.WebSocket.URL))
				return
			}
			t.pass(e.WebSocket.Address, "A WebSocket client is answered with status %d.", e.WebSocket.Status)
		})
	},
}

var cleartextOnTLSPort = Rule{
	ID: "cleartext-on-tls-port", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources:     []Source{{Document: "RFC 9110", Section: "4.2.2"}},
	Short:       "The HTTPS port serves content in cleartext too.",
	What:        "The HTTPS port tells by the first byte what a client speaks, and answered cleartext HTTP with content, or asked for credentials. A 400 for plain HTTP, or a redirect to https, is fine.",
	Why:         "A URL such as http://example.com:443/ then works in cleartext, behind firewalls that let this port pass because it is taken for TLS.",
	Remediation: Remediation{Text: "Let the HTTPS port speak TLS only: switch off protocol detection (sniffing, 'tls and plain on one port') in the server or the proxy in front of it, or let it answer cleartext with an error or a redirect to https."},
	Check: func(c *Evaluation) Verdict {
		answers := func(e fact.Endpoint) (fact.Exchange, fact.Exchange) {
			return e.CleartextOnTLS, fact.Exchange{Outcome: e.TLS.Outcome, Connected: e.TLS.Connected}
		}
		return eachOtherProtocol(c, "in cleartext", answers, func(t *tally, e fact.Endpoint) {
			x, content := e.CleartextOnTLS, e.ContentOf(e.CleartextOnTLS)
			switch {
			case e.TLS.Outcome == fact.Malformed:
				t.pass(x.Address, "The port speaks no TLS at all; see 'tls-missing'.")
			case content.Gives():
				t.fail(x.Address, fact.WithoutQuery(c.Target.Path), "%s answered 'GET %s' in cleartext %s.", httpsPort(c.Target), shownURL(x.URL), contentWords(content, x))
			case content == fact.ContentUnknown:
				t.unknown("%s", notCompared(x))
			default:
				t.pass(x.Address, "%s answers cleartext HTTP with status %d and no content.", httpsPort(c.Target), x.Status)
			}
		})
	},
}

// contentWords says what an answer gives, in words that follow "answered".
func contentWords(content fact.Content, x fact.Exchange) string {
	switch content {
	case fact.ShowsBody:
		return fmt.Sprintf("with a body that browsers show (status %d, which they do not follow)", x.Status)
	case fact.AsksForCredentials:
		return "with a challenge (status 401), which asks for credentials in cleartext"
	case fact.OwnAnswer:
		return fmt.Sprintf("with the application's own answer, the same as over TLS (status %d)", x.Status)
	case fact.SpeaksGRPC:
		return fmt.Sprintf("as a gRPC server (status %d)", x.Status)
	}
	return fmt.Sprintf("with content (status %d)", x.Status)
}

// notCompared says why it is not known whether an answer gives content.
func notCompared(x fact.Exchange) string {
	return fmt.Sprintf("whether the answer of '%s' in cleartext (status %d) is the application's own is not known: there is nothing over TLS to compare it with", x.Address, x.Status)
}

// eachOtherProtocol judges a protocol that a port may speak besides its usual
// one. Pick gives the answer in the other protocol and that in the usual one.
// A port that does not speak the other protocol may close the connection,
// answer in no form of it, or wait for more: all of that is a closed port, the
// last only where the port is known to answer. One that only a proxy could ask
// is not checked.
// How says in words how the port was asked.
func eachOtherProtocol(c *Evaluation, how string, pick func(fact.Endpoint) (other, usual fact.Exchange), judge func(*tally, fact.Endpoint)) Verdict {
	var t tally
	otherwise := c.noEndpointVerdict()
	for _, e := range c.judged() {
		other, usual := pick(e)
		if usual.ByProxy {
			otherwise = notApplicable("not checked: the proxy opens no tunnel to '%s'", usual.Address)
			continue
		}
		if other.Outcome == fact.Unasked && !usual.Connected {
			other = usual // a port that takes no connection is not asked again
		}
		switch d, words := c.portState(other, e); {
		case d == portAnswers:
			judge(&t, e)
		case d == portClosed:
			t.pass(other.Address, "Asked %s, the port %s.", how, words)
		case other.Outcome == fact.Malformed:
			t.pass(other.Address, "Asked %s, the port answers with something else.", how)
		case other.Outcome == fact.TimedOut && other.Connected && usual.Outcome == fact.Answered:
			t.pass(other.Address, "Asked %s, the port does not answer, while it answers otherwise.", how)
		default:
			t.unknown("asked %s, the port '%s' %s", how, other.Address, words)
		}
	}
	return t.verdict(otherwise)
}
