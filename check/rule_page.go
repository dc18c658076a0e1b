package check

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/page"
)

// pageScope is what the rules about the page do and do not look at.
const pageScope = " The HTML page that the deployment's https URL ends at is read as it was served, to its end or up to 16 MiB (a page beyond that has no verdict unless something was found): scripts are not run, and the style sheets, " +
	"scripts and frames that it loads are not read in their turn. URLs of the client's own machine (localhost) are no findings, nor is what stands in comments, in <noscript>, or in templates (but for images, which a browser asks for)."

const pageWhy = "An on-path attacker can read the request and choose the answer. "

var remediationMixedContent = Remediation{
	Text: "Name the resources by https URLs, or by URLs relative to the page; take one that is not served over TLS from somewhere else. " +
		"Until every page is fixed, send 'Content-Security-Policy: upgrade-insecure-requests', which makes browsers ask over TLS instead.",
	Nginx:  `add_header Content-Security-Policy "upgrade-insecure-requests" always;`,
	Apache: `Header always set Content-Security-Policy "upgrade-insecure-requests"`,
	Caddy:  `header Content-Security-Policy "upgrade-insecure-requests"`,
	Cloud: "Behind a load balancer that ends TLS, tell the application so (X-Forwarded-Proto), or it writes http URLs into its pages. " +
		"Cloudflare: SSL/TLS, Edge Certificates, Automatic HTTPS Rewrites.",
}

var mixedContent = Rule{
	ID: "mixed-content", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources: []Source{{Document: "W3C Mixed Content", Section: "Blockable content"}, {Document: "W3C Upgrade Insecure Requests"}},
	Short:   "The https page loads scripts, style sheets, frames or the like in cleartext.",
	What: "The page names something by an http or ws URL that W3C Mixed Content calls blockable: a script, what an inline script imports, a style sheet, a frame, a plugin object, a font, a preload, " +
		"or a <base> that makes every relative URL cleartext; and neither upgrade-insecure-requests nor block-all-mixed-content is in force." + pageScope,
	Why: pageWhy + "A replaced script, style sheet or frame controls the whole page, with all that the user sees and types. " +
		"Current browsers refuse to load it, so that the page is broken; other clients do load it.",
	Remediation: remediationMixedContent,
	Check: func(c *Evaluation) Verdict {
		return judgeReferences(c, page.Blockable, "loads", "scripts, style sheets or frames")
	},
}

var mixedContentPassive = Rule{
	ID: "mixed-content-passive", Level: Warning, Requirements: []Requirement{TLSOnly}, CWE: 319,
	Sources: []Source{{Document: "W3C Mixed Content", Section: "Upgradeable content"}, {Document: "W3C Upgrade Insecure Requests"}},
	Short:   "The https page loads images, audio or video in cleartext.",
	What: "The page names an image, audio or video by an http URL, in src, srcset, poster, background or CSS; " +
		"and neither upgrade-insecure-requests nor block-all-mixed-content is in force." + pageScope,
	Why: pageWhy + "The attacker sees what the user views, and can show another picture in its place. " +
		"Current browsers ask over TLS instead where they can; other clients ask in cleartext.",
	Remediation: remediationMixedContent,
	Check: func(c *Evaluation) Verdict {
		return judgeReferences(c, page.Passive, "loads", "images, audio or video")
	},
}

var insecureForm = Rule{
	ID: "insecure-form", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 319, Severity: "7.5",
	Sources: []Source{{Document: "WHATWG HTML", Section: "Form submission algorithm"}, {Document: "W3C Upgrade Insecure Requests"}},
	Short:   "A form of the https page is sent in cleartext.",
	What: "The action of a form, or the formaction of one of its buttons, is an http URL, and upgrade-insecure-requests, which browsers apply to forms too, is not in force." +
		pageScope,
	Why:         pageWhy + "What the user typed into the form is read on the way, and can be changed.",
	Remediation: Remediation{Text: "Let every form's action and every button's formaction be an https URL or relative. " + remediationMixedContent.Text, Nginx: remediationMixedContent.Nginx, Apache: remediationMixedContent.Apache, Caddy: remediationMixedContent.Caddy, Cloud: remediationMixedContent.Cloud},
	Check:       func(c *Evaluation) Verdict { return judgeReferences(c, page.Form, "sends", "forms") },
}

// judgeReferences judges the references of one kind on the pages that the
// https chains end at. Verb and things word them: the page loads scripts.
func judgeReferences(c *Evaluation, kind page.Kind, verb, things string) Verdict {
	var t tally
	otherwise := c.noEndpointVerdict()
	for _, e := range c.judged() {
		if e.ClientCertificateOnly() {
			otherwise = notApplicable("the deployment answers only clients that show a certificate")
			continue
		}
		if e.HTTPS.Outcome != fact.Answered {
			t.unknown("%s", noAnswer(c.Target, e))
			continue
		}
		_, end, circle := c.RedirectChain(e.HTTPS)
		switch {
		case c.notSeen(end) != "":
			t.unknown("%s", c.notSeen(end))
		case circle:
			otherwise = notApplicable("'%s' redirects in a circle, so no page is shown", shownURL(e.HTTPS.URL))
		case !strings.HasPrefix(end.URL, "https:"):
			otherwise = notApplicable("the redirects lead to '%s', which is no https page", shownURL(end.URL))
		case end.Outcome != fact.Answered && c.WantsCertificate(end.URL):
			otherwise = notApplicable("'%s' answers only clients that show a certificate", shownURL(end.URL))
		case !c.ownSite(end.URL):
			otherwise = c.otherSite(end)
		case end.Outcome != fact.Answered:
			t.unknown("the page '%s' could not be checked: %s", shownURL(end.URL), why(end.Outcome, end.Error))
		case end.Page == nil && end.Error != "":
			t.unknown("the page '%s' could not be read (%s)", shownURL(end.URL), end.Error)
		case end.Page == nil:
			otherwise = notApplicable("'%s' is not an HTML page", shownURL(end.URL))
		default:
			judgePage(&t, end, kind, verb, things)
		}
		if end := c.endWithCleartextCookies(e); end.Page != nil {
			judgePage(&t, end, kind, verb, things)
		}
	}
	return t.verdict(otherwise)
}

// endWithCleartextCookies is what the chain from the cleartext port ends at, where
// that is a page of the deployment and was asked with cookies from there.
func (e *Evaluation) endWithCleartextCookies(endpoint fact.Endpoint) fact.Exchange {
	if !slices.ContainsFunc(e.Hops, func(h fact.Hop) bool { return h.CleartextCookies }) {
		return fact.Exchange{}
	}
	_, end, circle := e.RedirectChain(endpoint.Cleartext)
	if circle || !end.CleartextCookies || end.Outcome != fact.Answered || !e.ownSite(end.URL) || e.notSeen(end) != "" {
		return fact.Exchange{}
	}
	return end
}

// judgePage judges one page: all its references of a kind are one finding, for
// they are fixed together.
func judgePage(t *tally, x fact.Exchange, kind page.Kind, verb, things string) {
	// Reports of older versions hold what the header's policies stop, too.
	if page.ParseCSP(x.Values("Content-Security-Policy")...).Upgrade() {
		t.pass(x.Address, "The Content-Security-Policy of '%s' keeps browsers from cleartext.", shownURL(x.URL))
		return
	}
	cut := x.Error
	if cut == "" {
		cut = x.Page.Incomplete
	}
	var named, urls []string
	for _, ref := range x.Page.References {
		if ref.Kind == kind {
			named = append(named, describe(ref))
			urls = appendNew(urls, fact.WithoutQuery(ref.URL))
		}
	}
	switch {
	case len(named) == 0 && cut != "":
		t.unknown("the page '%s' was not read to its end (%s)", shownURL(x.URL), cut)
		return
	case len(named) == 0:
		t.pass(x.Address, "'%s' %s no %s in cleartext.", shownURL(x.URL), verb, things)
		return
	}
	const most = 10
	list := strings.Join(named[:min(len(named), most)], "; ")
	if more := len(named) - most + x.Page.Omitted[kind]; more > 0 {
		list += fmt.Sprintf("; and %d more", more)
	}
	t.failItems(x.Address, pathOf(x.URL), urls, "The page '%s' %s %s in cleartext: %s.", shownURL(x.URL), verb, things, list)
}

// describe words a reference. All but the URL and the line is from tables:
// only an element that has a style attribute can be called anything.
func describe(ref page.Reference) string {
	switch {
	case ref.Line == 0:
		return fmt.Sprintf("the %s header field names '%s'", ref.Element, ref.URL)
	case ref.Element == "xml-stylesheet":
		return fmt.Sprintf("href of <?xml-stylesheet?> is '%s' (line %d)", ref.URL, ref.Line)
	case ref.Attribute == "" && ref.Element == "script":
		return fmt.Sprintf("<script> imports '%s' (line %d)", ref.URL, ref.Line)
	case ref.Attribute == "":
		return fmt.Sprintf("<style> names '%s' (line %d)", ref.URL, ref.Line)
	case ref.Attribute == "style":
		return fmt.Sprintf("a style attribute names '%s' (line %d)", ref.URL, ref.Line)
	}
	return fmt.Sprintf("%s of <%s> is '%s' (line %d)", ref.Attribute, ref.Element, ref.URL, ref.Line)
}

// pathOf is the path of an absolute URL.
func pathOf(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}
