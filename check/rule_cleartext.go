package check

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
)

// acmePath is where certificate authorities validate control of a host over
// cleartext (RFC 8555 section 8.3); content there is no fault.
const acmePath = "/.well-known/acme-challenge/"

// remediationRedirect is how every finding about the cleartext port is fixed.
var remediationRedirect = Remediation{
	Text: "Let the HTTP port answer nothing but a permanent redirect to the same host's https URL, or close it.",
	Nginx: `server {
    listen 80;
    listen [::]:80;
    server_name example.com;
    return 308 https://$host$request_uri;
}`,
	Apache: `<VirtualHost *:80>
    ServerName example.com
    Redirect permanent "/" "https://example.com/"
</VirtualHost>`,
	Caddy: `# Caddy redirects by itself for a site named without a scheme:
example.com {
    reverse_proxy localhost:8080
}`,
	Cloud: "On a load balancer, set the action of the port 80 listener to redirect to HTTPS 443 (AWS ALB: redirect, HTTP_301; Google Cloud: httpsRedirect; Azure Front Door: HTTPS redirect; Cloudflare: Always Use HTTPS).",
}

var cleartextURL = Rule{
	ID: "cleartext-url", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources:     []Source{{Document: "RFC 9110", Section: "4.2.1"}, {Document: "RFC 6455", Section: "3"}},
	Short:       "The deployment URL is a cleartext URL.",
	What:        "The URL that was declared for the deployment has the scheme http or ws, so that clients that use it as it stands talk in cleartext. The deployment is checked at its https equivalent too.",
	Why:         "An on-path attacker can read and change everything that a client sends to such a URL, the first request included, before any redirect can help.",
	Remediation: Remediation{Text: "Declare and publish the deployment by its https (or wss) URL, and let the HTTP port only redirect to it."},
	Check: func(c *Evaluation) Verdict {
		var t tally
		if c.Target.Scheme == "" {
			return unknown("no URL was declared")
		}
		if c.Target.Cleartext() {
			t.fail("", "", "The deployment URL '%s' is cleartext: its scheme is '%s'.", c.Target.URL(), c.Target.Scheme)
		} else {
			t.pass("", "The URL's scheme is '%s'.", c.Target.Scheme)
		}
		return t.verdict(Verdict{})
	},
}

// A portState is what a cleartext port does with connections.
type portState int

const (
	portUnknown portState = iota // could not be checked
	portClosed                   // nothing is served there
	portAnswers                  // it answered in HTTP
)

// portState is the state of a port of an endpoint by the answer to a
// cleartext request, in words that follow "the port '192.0.2.1:80'".
func (c *Evaluation) portState(x fact.Exchange, e fact.Endpoint) (portState, string) {
	switch x.Outcome {
	case fact.Answered:
		return answerState(x, e)
	case fact.Refused:
		return portClosed, "is closed"
	case fact.BrokenOff:
		return portClosed, "closed the connection without an answer"
	case fact.OtherProtocol:
		return portClosed, "speaks another protocol"
	case fact.Malformed:
		return portUnknown, "answered with what is not HTTP, which some clients show all the same"
	case fact.TimedOut, fact.Unreachable:
		// A firewall that drops or rejects the port is how many close it;
		// it proves nothing where the whole address may be unreachable.
		// Nor where the HTTPS port was reached in another way.
		if !x.Connected && e.TLS.Connected && c.Proxies.HTTP == c.Proxies.HTTPS {
			return portClosed, "is filtered (no answer, while the HTTPS port of the address answers)"
		}
	case fact.Unasked:
		return portUnknown, "was not asked"
	}
	why := x.Error
	if why == "" {
		why = string(x.Outcome)
	}
	return portUnknown, fmt.Sprintf("could not be checked: '%s'", why)
}

// answerState is the state of a port that answered. An error inside the server
// (5xx) refuses only where it lasts, and the deployment is up over TLS.
func answerState(x fact.Exchange, e fact.Endpoint) (portState, string) {
	up := e.HTTPS.Outcome == fact.Answered && e.HTTPS.Status < 500 || e.ClientCertificateOnly()
	switch {
	case x.Status == fact.TooManyRequests:
		return portUnknown, "answered 429 (too many requests), also when asked again"
	case x.Status < 500, e.ContentOf(x).Gives():
	case !x.Repeated:
		return portUnknown, fmt.Sprintf("answered %d, which may not last", x.Status)
	case !up:
		return portUnknown, fmt.Sprintf("answered %d, and the deployment does not answer otherwise over TLS", x.Status)
	}
	return portAnswers, fmt.Sprintf("answered %d", x.Status)
}

// httpPort names the port that must not serve in cleartext: "HTTP port 80".
func httpPort(t fact.Target) string { return fmt.Sprintf("HTTP port %d", t.CleartextPort) }

// httpsPort names the port that must speak TLS: "HTTPS port 443".
func httpsPort(t fact.Target) string { return fmt.Sprintf("HTTPS port %d", t.Port) }

// noCleartextPort is the verdict where the cleartext port is not the
// deployment's.
func noCleartextPort(t fact.Target) Verdict {
	return notApplicable("port %d speaks for port 443, and the deployment is at port %d; an HTTP port of its own is judged where its http URL is declared", t.CleartextPort, t.Port)
}

// eachCleartextPort runs judge on every cleartext port that answers; closed
// ones pass, and unknown ones are missing.
func eachCleartextPort(c *Evaluation, judge func(t *tally, e fact.Endpoint)) Verdict {
	if !c.Target.SpeaksInCleartext() {
		return noCleartextPort(c.Target)
	}
	var t tally
	for _, e := range c.judged() {
		at := fact.HostPort(e.IP, c.Target.CleartextPort)
		switch d, words := c.portState(e.Cleartext, e); d {
		case portAnswers:
			judge(&t, e)
		case portClosed:
			t.pass(at, "%s %s.", httpPort(c.Target), words)
		default:
			t.unknown("the HTTP port '%s' %s", at, words)
		}
	}
	return t.verdict(c.noEndpointVerdict())
}

var cleartextContent = Rule{
	ID: "cleartext-content", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources: []Source{{Document: "RFC 9110", Section: "15.3"}, {Document: "RFC 9110", Section: "11.6.1"}},
	Short:   "The HTTP port serves content or asks for credentials.",
	What: "The HTTP port answered a request for the deployment's own path with content (a 2xx status, or a redirection that browsers do not follow and whose body they show), " +
		"asked for credentials (401 with a challenge), or gave the application's own answer: the status and media type that it has over TLS, with JSON of the same member names or the same bytes. " +
		"A closed port, a refusal, a server's own error page and a redirect to https are fine.",
	Why:         "A client that comes by http stays there: everything it reads can be changed, and everything it sends, credentials and cookies included, can be read by anyone on the path.",
	Remediation: remediationRedirect,
	Check: func(c *Evaluation) Verdict {
		return eachCleartextPort(c, func(t *tally, e fact.Endpoint) {
			x := e.Cleartext
			content := e.ContentOf(x)
			switch {
			case strings.HasPrefix(c.Target.Path, acmePath):
				t.pass(x.Address, "The path is that of ACME challenges, which are cleartext by design.")
			case content.Gives():
				t.fail(x.Address, fact.WithoutQuery(c.Target.Path), "%s answered 'GET %s' %s.", httpPort(c.Target), shownURL(x.URL), contentWords(content, x))
			case content == fact.ContentUnknown:
				t.unknown("%s", notCompared(x))
			default:
				t.pass(x.Address, "%s answered with status %d and no content.", httpPort(c.Target), x.Status)
			}
		})
	},
}

var cleartextRedirect = Rule{
	ID: "cleartext-redirect", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources:     []Source{{Document: "RFC 9110", Section: "15.4"}, {Document: "RFC 6797", Section: "7.2"}},
	Short:       "The HTTP port redirects to another cleartext URL.",
	What:        "The chain of redirects that starts at the HTTP port goes through another cleartext URL instead of straight to https.",
	Why:         "Every cleartext hop is one more request that can be read, and one more answer that an attacker can replace by a redirect to a server of their own.",
	Remediation: remediationRedirect,
	Check: func(c *Evaluation) Verdict {
		return eachCleartextPort(c, func(t *tally, e fact.Endpoint) {
			steps, end, circle := c.RedirectChain(e.Cleartext)
			for _, s := range steps {
				if s.To.Cleartext() {
					t.fail(e.Cleartext.Address, distinctURL(s.URL), "'%s' redirects to '%s', which is cleartext (by %s, status %d).", shownURL(s.From.URL), shownURL(s.URL), s.Via, s.From.Status)
					return
				}
			}
			if len(steps) == 0 {
				t.pass(e.Cleartext.Address, "%s does not redirect.", httpPort(c.Target))
				return
			}
			judgeEnd(c, t, e.Cleartext, steps, end, circle)
		})
	},
}

var cleartextRedirectHost = Rule{
	ID: "cleartext-redirect-host", Level: Warning, Requirements: []Requirement{TLSOnly}, CWE: 319,
	Sources: []Source{{Document: "RFC 6797", Section: "7.2"}},
	Short:   "The HTTP port redirects to https on another host.",
	What:    "The first redirect of the HTTP port goes to https on another host, so that a browser never sees the Strict-Transport-Security header of this host.",
	Why:     "Without it, each visit that starts at this host's http URL starts in cleartext again, and can be intercepted before the redirect (RFC 6797 section 7.2).",
	Remediation: Remediation{
		Text:   "Redirect to https on the same host first, send Strict-Transport-Security there, and go to the other host from there.",
		Nginx:  remediationRedirect.Nginx,
		Apache: remediationRedirect.Apache,
		Caddy:  remediationRedirect.Caddy,
	},
	Check: func(c *Evaluation) Verdict {
		if c.Target.IP().IsValid() {
			return notApplicable("the host is an IP address, which has no HSTS")
		}
		return eachCleartextPort(c, func(t *tally, e fact.Endpoint) {
			r, ok := e.Cleartext.Redirect()
			if ok && !r.To.Cleartext() && r.To.Host != c.Target.Host {
				t.fail(e.Cleartext.Address, r.To.Host, "%s redirects '%s' to '%s', which is another host.", httpPort(c.Target), shownURL(e.Cleartext.URL), shownURL(r.URL))
				return
			}
			t.pass(e.Cleartext.Address, "%s does not redirect to https on another host.", httpPort(c.Target))
		})
	},
}
