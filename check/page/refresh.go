package page

import (
	"net/url"
	"strings"
)

// htmlSpace is what HTML calls ASCII whitespace.
const htmlSpace = "\t\n\f\r "

// isHTMLSpace reports whether r is ASCII whitespace.
func isHTMLSpace(r rune) bool {
	return r == ' ' || r == '\t' || r == '\n' || r == '\f' || r == '\r'
}

// ParseRefresh reads the value of a Refresh header field or of a <meta
// http-equiv=refresh> (WHATWG HTML, "shared declarative refresh steps"): the
// URL to go to, as written, empty where the page is loaded again. It reports
// false where browsers do nothing.
func ParseRefresh(value string) (target string, ok bool) {
	s := strings.TrimLeft(value, htmlSpace+"\v") // Chromium takes a vertical tab too
	delay := strings.TrimLeft(s, "0123456789")
	if delay == s && !strings.HasPrefix(s, ".") {
		return "", false
	}
	s = strings.TrimLeft(delay, "0123456789.")
	switch {
	case s == "":
		return "", true
	case !strings.ContainsAny(s[:1], ";,"+htmlSpace):
		return "", false
	}
	s = strings.TrimLeft(s, htmlSpace)
	if s != "" && (s[0] == ';' || s[0] == ',') {
		s = strings.TrimLeft(s[1:], htmlSpace)
	}
	if target = refreshTarget(s); clean(target) == "" {
		return "", true
	}
	return target, true
}

// RefreshField gives where the Refresh header fields of a response lead, as a
// reference to resolve against its URL, empty for that itself. Browsers read
// several as one with commas between them, and none where they show nothing.
// Document is the one that the response holds, nil for none: its policies hold
// for the field too.
func RefreshField(r Response, document *Page) (target string, ok bool) {
	if len(r.Header["Refresh"]) == 0 || !r.shown() {
		return "", false
	}
	if target, ok = ParseRefresh(strings.Join(r.Header["Refresh"], ", ")); !ok {
		return "", false
	}
	upgrades := ParseCSP(r.Header["Content-Security-Policy"]...).Upgrade() || document != nil && document.Upgrades
	from, err := url.Parse(r.URL)
	if err != nil || !upgrades {
		return target, true
	}
	if to, ok := resolve(from, target); ok {
		return upgradeNavigation(from, to).String(), true
	}
	return target, true
}

// refreshTarget takes "url=" and quotes off.
func refreshTarget(s string) string {
	if len(s) >= 3 && strings.EqualFold(s[:3], "url") {
		if after, ok := strings.CutPrefix(strings.TrimLeft(s[3:], htmlSpace), "="); ok {
			s = strings.TrimLeft(after, htmlSpace)
		}
	}
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		s, _, _ = strings.Cut(s[1:], s[:1])
	}
	return s
}
