package check

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

var redirectDowngrade = Rule{
	ID: "redirect-downgrade", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources: []Source{{Document: "RFC 9110", Section: "15.4"}, {Document: "WHATWG HTML", Section: "Refresh state"}},
	Short:   "A redirect leads from https to http.",
	What:    "On the way of redirects that starts at the deployment's https URL, an answer sends the client to a cleartext URL, by its Location, by a Refresh header or by the page's <meta http-equiv=refresh>. It counts too when a later hop returns to https.",
	Why:     "The client leaves TLS on the deployment's own word: the request, with what its URL holds, goes out in cleartext, and an on-path attacker decides what comes next.",
	Remediation: Remediation{
		Text:   "Let every redirect name an https URL, or a relative one. Behind a proxy that ends TLS, tell the application so (X-Forwarded-Proto), or it builds http URLs.",
		Nginx:  "proxy_set_header X-Forwarded-Proto $scheme;\nproxy_redirect http:// https://;",
		Apache: `RequestHeader set X-Forwarded-Proto "https"` + "\n" + `Header edit Location "^http://" "https://"`,
		Caddy:  "# Caddy sends X-Forwarded-Proto by itself; let the application trust it, or:\nheader >Location ^http:// https://",
		Cloud:  "Load balancers send X-Forwarded-Proto; let the application trust it (Django SECURE_PROXY_SSL_HEADER, Rails assume_ssl, Spring forward-headers-strategy).",
	},
	Check: func(c *Evaluation) Verdict {
		var t tally
		requiresCertificate := false
		for _, e := range c.judged() {
			switch {
			case e.HTTPS.Outcome == fact.Answered:
				judgeDowngrade(c, &t, e)
			case e.ClientCertificateOnly():
				requiresCertificate = true
			default:
				t.unknown("%s", noAnswer(c.Target, e))
			}
		}
		if requiresCertificate && len(c.judged()) > 0 {
			return t.verdict(notApplicable("the deployment answers only clients that show a certificate"))
		}
		return t.verdict(c.noEndpointVerdict())
	},
}

// judgeDowngrade follows the chain from one address's https answer.
func judgeDowngrade(c *Evaluation, t *tally, e fact.Endpoint) {
	steps, end, circle := c.RedirectChain(e.HTTPS)
	for _, s := range steps {
		if s.To.Cleartext() {
			t.fail(e.HTTPS.Address, distinctURL(s.URL), "'%s' redirects to '%s', which is cleartext (by %s, status %d).", shownURL(s.From.URL), shownURL(s.URL), s.Via, s.From.Status)
			return
		}
	}
	if len(steps) == 0 {
		t.pass(e.HTTPS.Address, "'%s' answered with status %d and no redirect.", shownURL(e.HTTPS.URL), e.HTTPS.Status)
		return
	}
	judgeEnd(c, t, e.HTTPS, steps, end, circle)
}

// judgeEnd judges how far a chain could be followed whose redirects all lead
// to https: what lies behind an end that could not be checked is unknown,
// but for another host's, which is not the deployment's to answer for.
func judgeEnd(c *Evaluation, t *tally, start fact.Exchange, steps []fact.RedirectStep, end fact.Exchange, circle bool) {
	first, last := shownURL(start.URL), shownURL(end.URL)
	switch {
	case circle:
		t.pass(start.Address, "'%s' redirects in a circle of https URLs.", first)
	case end.Outcome == fact.Answered:
		t.pass(start.Address, "%s from '%s' to https; the last to '%s'.", text.Count(len(steps), "redirect"), first, last)
	case c.WantsCertificate(end.URL):
		t.pass(start.Address, "The redirects lead to '%s', which answers only clients that show a certificate.", last)
	case end.Outcome != fact.Unasked && end.Outcome != fact.OutOfTime && fact.HostOf(end.URL) != c.Target.Host && len(steps) <= fact.MaxRedirects:
		t.pass(start.Address, "The redirects lead to '%s', which is https on another host and could not be checked ('%s').", last, end.Error)
	default:
		t.unknown("the redirects from '%s' could not be followed to their end: '%s' %s", first, last, why(end.Outcome, end.Error))
	}
}

// maxShownURL is how many bytes of a URL a message shows.
const maxShownURL = 200

// maxDistinctURL is up to how many bytes a URL tells findings apart as it is.
const maxDistinctURL = 4 << 10

// shownURL is a URL as messages show it.
func shownURL(url string) string { return fact.Clip(url, maxShownURL) }

// distinctURL tells findings about URLs apart, without their queries, which may
// differ from run to run. Of a URL longer than any real one it is a hash.
func distinctURL(url string) string {
	url = fact.WithoutQuery(url)
	if len(url) <= maxDistinctURL {
		return url
	}
	sum := sha256.Sum256([]byte(url))
	return fact.Clip(url, maxShownURL) + " " + hex.EncodeToString(sum[:])
}

// noAnswer says in words why there is no https answer of an endpoint.
func noAnswer(t fact.Target, e fact.Endpoint) string {
	if e.TLS.Outcome != fact.Answered {
		return noHandshake(e.TLS)
	}
	return fmt.Sprintf("'%s' gave no HTTP answer at '%s': %s", shownURL(t.HTTPS()), fact.HostPort(e.IP, t.Port), why(e.HTTPS.Outcome, e.HTTPS.Error))
}

// why words an outcome that is no answer.
func why(o fact.Outcome, err string) string {
	words := map[fact.Outcome]string{
		fact.Unasked: "was not asked", fact.Refused: "connection refused", fact.TimedOut: "no answer in time",
		fact.Unreachable: "unreachable from this runner", fact.BrokenOff: "the connection was closed without an answer",
		fact.Malformed: "the answer is not HTTP", fact.OtherProtocol: "the answer is of another protocol", fact.Skipped: "nothing was sent", fact.NoSuchName: "the name does not resolve",
		fact.ProxyError: "not reached through the proxy", fact.Failed: "failed", fact.OutOfTime: "not known when the time ended",
	}[o]
	if err != "" {
		return fmt.Sprintf("%s ('%s')", words, err)
	}
	return words
}
