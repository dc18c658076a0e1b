package page

import "strings"

// htmlSpace is what HTML calls ASCII whitespace.
const htmlSpace = "\t\n\f\r "

// ParseRefresh reads the value of a Refresh header field or of a <meta
// http-equiv=refresh> (WHATWG HTML, "shared declarative refresh steps"): the
// URL to go to, as written. It reports false where browsers do nothing, and
// where they only reload.
func ParseRefresh(value string) (target string, ok bool) {
	s := strings.TrimLeft(value, htmlSpace)
	delay := strings.TrimLeft(s, "0123456789")
	if delay == s && !strings.HasPrefix(s, ".") {
		return "", false
	}
	s = strings.TrimLeft(delay, "0123456789.")
	if s == "" || !strings.ContainsAny(s[:1], ";,"+htmlSpace) {
		return "", false
	}
	s = strings.TrimLeft(s, htmlSpace)
	if s != "" && (s[0] == ';' || s[0] == ',') {
		s = strings.TrimLeft(s[1:], htmlSpace)
	}
	target = refreshTarget(s)
	return target, clean(target) != ""
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
