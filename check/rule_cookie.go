package check

import (
	"strings"

	"github.com/tlsgate/tlsgate/check/page"

	"github.com/tlsgate/tlsgate/check/fact"
)

var insecureCookie = Rule{
	ID: "insecure-cookie", Level: Warning, Requirements: []Requirement{TLSOnly}, CWE: 614,
	Sources: []Source{{Document: "RFC 6265", Section: "4.1.2.5"}, {Document: "OWASP ASVS 5.0.0", Section: "V3.3.1"}},
	Short:   "A cookie is set without Secure, or over cleartext.",
	What: "An answer on the way from the deployment's URLs, in cleartext or over TLS, redirects included, sets a cookie without the attribute Secure, sets one over cleartext, " +
		"or breaks what the name's prefix '__Host-' or '__Secure-' requires, so that browsers refuse it (RFC 6265bis). Cookies that are only deleted are no finding. Cookies' values are not kept.",
	Why: "A client sends a cookie without Secure over cleartext as well: an on-path attacker who plants one http link or image in any page has the session. " +
		"A cookie set over cleartext can be read and replaced at once.",
	Remediation: Remediation{
		Text:   "Set every cookie over TLS only and with Secure (for a session cookie: the name prefix '__Host-', Secure, HttpOnly, SameSite and Path=/). Frameworks have a setting for it; a proxy can add it.",
		Nginx:  "proxy_cookie_flags ~ secure;",
		Apache: `Header always edit Set-Cookie "^(.*)$" "$1; Secure"`,
		Caddy:  `header_down Set-Cookie "^(.*)$" "$1; Secure"`,
		Cloud:  "Load balancers' own cookies are Secure on HTTPS listeners; the application's own are fixed in the application (Django SESSION_COOKIE_SECURE, Rails force_ssl, Spring server.servlet.session.cookie.secure, PHP session.cookie_secure, Express cookie.secure).",
	},
	Check: checkCookies,
}

// checkCookies judges every Set-Cookie on the way.
func checkCookies(c *Evaluation) Verdict {
	var t tally
	otherwise := c.noEndpointVerdict()
	for _, e := range c.judged() {
		judgeCookies(c, &t, e.Cleartext)
		switch {
		case e.HTTPS.Outcome == fact.Answered:
			judgeCookies(c, &t, e.HTTPS)
		case e.ClientCertificateOnly():
			otherwise = notApplicable("the deployment answers only clients that show a certificate")
		default:
			t.miss("%s", noAnswer(c.Target, e))
		}
	}
	for _, h := range c.Hops {
		judgeCookies(c, &t, h.Exchange)
	}
	return t.verdict(otherwise)
}

// judgeCookies judges the cookies that one answer sets. An answer in
// cleartext without any is no evidence, for it says nothing of the deployment's
// cookies.
func judgeCookies(c *Evaluation, t *tally, x fact.Exchange) {
	if x.Outcome != fact.Answered {
		return
	}
	cleartext := strings.HasPrefix(x.URL, "http:")
	sound := true
	for _, field := range x.Values("Set-Cookie") {
		cookie, ok := page.ParseCookie(field)
		// Deleting a cookie gives away nothing, and many servers do it with
		// fewer attributes than they set it with.
		if !ok || cookie.Ended(c.At) {
			continue
		}
		name := fact.Clip(cookie.Name, 100)
		broken := cookie.BrokenPrefix()
		switch {
		case cleartext:
			t.fail(x.Address, name, "The cookie '%s' is set over cleartext, by '%s'.", name, x.URL)
		case broken != "":
			t.fail(x.Address, name, "The cookie '%s' that '%s' sets is refused by browsers: the name prefix %s.", name, x.URL, broken)
		case !cookie.Secure:
			t.fail(x.Address, name, "The cookie '%s' that '%s' sets lacks the attribute Secure, so that clients send it in cleartext too.", name, x.URL)
		default:
			continue
		}
		sound = false
	}
	if sound && !cleartext {
		t.pass(x.Address, "'%s' sets no cookie that goes out in cleartext.", x.URL)
	}
}
