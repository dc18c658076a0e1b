package check

import (
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check/page"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

var insecureCookie = Rule{
	ID: "insecure-cookie", Level: Warning, Requirements: []Requirement{TLSOnly}, CWE: 614,
	Sources: []Source{{Document: "RFC 6265", Section: "4.1.2.5"}, {Document: "OWASP ASVS 5.0.0", Section: "V3.3.1"}},
	Short:   "A cookie is set without Secure, or over cleartext.",
	What: "An answer of the deployment's own site (the same registrable domain) on the way from its URLs, in cleartext or over TLS, redirects included, sets a cookie without the attribute Secure that browsers keep, or sets one over cleartext. " +
		"Cookies that browsers refuse (by the name prefixes '__Host-' and '__Secure-', SameSite=None or Partitioned without Secure, another site's Domain; RFC 6265bis), replace or delete are no finding. Cookies' values are not kept.",
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
		_, end, _ := c.RedirectChain(e.HTTPS)
		switch {
		case c.notSeen(end) != "":
			t.unknown("%s", c.notSeen(end))
		case e.HTTPS.Outcome == fact.Answered:
			judgeCookies(c, &t, e.HTTPS)
		case e.ClientCertificateOnly():
			otherwise = notApplicable("the deployment answers only clients that show a certificate")
		default:
			t.unknown("%s", noAnswer(c.Target, e))
		}
	}
	for _, h := range c.Hops {
		if !c.ownSite(h.URL) || c.notSeen(h.Exchange) != "" {
			continue
		}
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
	good := true
	for _, cookie := range keptCookies(c, x) {
		name := text.Clip(cookie.Name, 100)
		switch {
		case cleartext:
			t.fail(x.Address, name, "The cookie '%s' is set over cleartext, by '%s'.", name, shownURL(x.URL))
		case !cookie.Secure:
			t.fail(x.Address, name, "The cookie '%s' that '%s' sets lacks the attribute Secure, so that clients send it in cleartext too.", name, shownURL(x.URL))
		default:
			continue
		}
		good = false
	}
	if good && !cleartext {
		t.pass(x.Address, "'%s' sets no cookie that is sent in cleartext.", shownURL(x.URL))
	}
}

// keptCookies are the cookies that a browser has because of an answer. Over TLS
// those are not among them that it refuses, and of those with one key it keeps
// the last; over cleartext each was sent for all to see. Deleting a cookie gives
// away nothing, and many servers do it with fewer attributes than they set it
// with.
func keptCookies(c *Evaluation, x fact.Exchange) []page.Cookie {
	overTLS := strings.HasPrefix(x.URL, "https:")
	var kept []page.Cookie
	place := map[string]int{} // in kept, by key
	for _, field := range x.Values("Set-Cookie") {
		cookie, ok := page.ParseCookie(field)
		if !ok || overTLS && cookie.Refused(fact.HostOf(x.URL)) {
			continue
		}
		key := cookie.Key(pathOf(x.URL))
		if at, known := place[key]; known && overTLS {
			kept[at] = cookie
			continue
		}
		place[key] = len(kept)
		kept = append(kept, cookie)
	}
	kept = slices.DeleteFunc(kept, func(cookie page.Cookie) bool { return cookie.Ended(c.At) })
	return kept
}
