package page

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// A target is what source expressions see of a URL.
type target struct {
	scheme, host, port, path string // port is empty for the scheme's default
}

// newTarget takes a URL apart.
func newTarget(u *url.URL) target {
	t := target{scheme: u.Scheme, host: strings.ToLower(u.Hostname()), port: u.Port(), path: u.EscapedPath()}
	if t.port == defaultPort(t.scheme) {
		t.port = ""
	}
	return t
}

// defaultPort is the port of a scheme's URLs without one.
func defaultPort(scheme string) string {
	switch scheme {
	case "http", "ws":
		return "80"
	case "https", "wss":
		return "443"
	case "ftp":
		return "21"
	}
	return ""
}

// A sourceList is the value of a directive (CSP3 section 2.3.1).
type sourceList struct {
	raw []string // its tokens as written
	// keywords are those in single quotes, nonces and hashes apart, in lower case.
	keywords map[string]bool
	// nonces are as written; hashes are "sha256-" and the like with base64.
	nonces, hashes []string
	schemes        []string // scheme sources
	// hosts are the host sources by host in lower case; a leading "*." stands
	// before the suffix of a wildcard, and "*" for every host.
	hosts map[string][]hostSource
	any   bool // the source "*"
}

// A hostSource is a host-source expression without its host.
type hostSource struct {
	scheme, port, path string // empty where absent; port may be "*"
}

// parseSourceList sorts the tokens of a directive.
func parseSourceList(tokens []string) sourceList {
	l := sourceList{raw: tokens, keywords: map[string]bool{}, hosts: map[string][]hostSource{}}
	for _, token := range tokens {
		lower := strings.ToLower(token)
		switch {
		case lower == "*":
			l.any = true
		case len(token) > 1 && token[0] == '\'' && strings.HasSuffix(token, "'"):
			inner := token[1 : len(token)-1]
			switch {
			case strings.HasPrefix(lower, "'nonce-"):
				if nonce := inner[len("nonce-"):]; isBase64(nonce) {
					l.nonces = append(l.nonces, nonce)
				}
			case strings.HasPrefix(lower, "'sha256-"), strings.HasPrefix(lower, "'sha384-"), strings.HasPrefix(lower, "'sha512-"):
				l.hashes = append(l.hashes, normalHash(inner))
			default:
				l.keywords[strings.ToLower(inner)] = true
			}
		case strings.HasSuffix(lower, ":") && isScheme(lower[:len(lower)-1]):
			l.schemes = append(l.schemes, lower[:len(lower)-1])
		default:
			if host, source, ok := parseHostSource(token); ok {
				l.hosts[host] = append(l.hosts[host], source)
			}
		}
	}
	return l
}

// isBase64 reports whether s is a base64-value (CSP3 section 2.3.1).
func isBase64(s string) bool {
	value := strings.TrimRight(s, "=")
	return value != "" && len(s)-len(value) <= 2 && strings.Trim(value, base64Digits) == ""
}

// base64Digits are those of both alphabets (RFC 4648 sections 4 and 5).
const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"

// isScheme reports whether s is the name of a scheme (RFC 3986 section 3.1).
func isScheme(s string) bool {
	for i := range len(s) {
		letter := 'a' <= s[i]|0x20 && s[i]|0x20 <= 'z'
		if !letter && (i == 0 || !isDigit(s[i]) && strings.IndexByte("+-.", s[i]) < 0) {
			return false
		}
	}
	return s != ""
}

// parseHostSource reads [scheme "://"] host [":" port] [path].
func parseHostSource(s string) (host string, source hostSource, ok bool) {
	if scheme, rest, found := strings.Cut(s, "://"); found {
		if !isScheme(scheme) {
			return "", source, false
		}
		source.scheme, s = strings.ToLower(scheme), rest
	}
	if i := strings.IndexByte(s, '/'); i >= 0 {
		source.path, s = s[i:], s[:i]
		if strings.ContainsAny(source.path, "?#") {
			source.path = source.path[:strings.IndexAny(source.path, "?#")]
		}
	}
	host, port, found := strings.Cut(s, ":")
	if found && (port == "" || port != "*" && strings.Trim(port, "0123456789") != "") {
		return "", source, false
	}
	source.port = port
	labels := strings.TrimPrefix(strings.ToLower(host), "*.")
	if labels == "" || labels != "*" && strings.ContainsFunc(labels, notHostChar) {
		return "", source, false
	}
	return strings.ToLower(host), source, true
}

// notHostChar reports what no host of a source expression holds.
func notHostChar(r rune) bool {
	return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
}

// normalHash gives a hash in the standard base64 alphabet without padding, its
// algorithm in lower case.
func normalHash(s string) string {
	algorithm, value, _ := strings.Cut(s, "-")
	return strings.ToLower(algorithm) + "-" + strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(value), "=")
}

// allows reports whether the list lets a request out (CSP3 sections 6.7.1 and
// 6.7.2).
func (l sourceList) allows(self target, r request) bool {
	switch r.directive {
	case "script-src-elem":
		if l.hasNonce(r.nonce) || l.hasIntegrity(r.integrity) {
			return true
		}
		if l.keywords["strict-dynamic"] {
			return r.preload
		}
	case "style-src-elem":
		if l.hasNonce(r.nonce) {
			return true
		}
	}
	return l.matches(self, r.url)
}

// hasNonce reports whether the list has an element's nonce.
func (l sourceList) hasNonce(nonce string) bool {
	return nonce != "" && slices.Contains(l.nonces, nonce)
}

// hasIntegrity reports whether the list has every hash of an element's
// integrity attribute (CSP3 section 6.7.1.1).
func (l sourceList) hasIntegrity(integrity string) bool {
	found := false
	for item := range strings.FieldsFuncSeq(integrity, isHTMLSpace) {
		item, _, _ = strings.Cut(item, "?")
		switch algorithm, _, _ := strings.Cut(item, "-"); algorithm { // other spellings browsers do not know
		case "sha256", "sha384", "sha512":
			if !slices.Contains(l.hashes, normalHash(item)) {
				return false
			}
			found = true
		}
	}
	return found
}

// matches reports whether the URL is one of the sources (CSP3 section 6.7.2.8).
// 'none' matches nothing, and beside others it is ignored.
func (l sourceList) matches(self, u target) bool {
	if l.any && (u.scheme == "http" || u.scheme == "https" || schemeMatches(self.scheme, u.scheme)) {
		return true
	}
	if slices.ContainsFunc(l.schemes, func(s string) bool { return schemeMatches(s, u.scheme) }) {
		return true
	}
	if l.keywords["self"] && u.host == self.host && samePort(self, u) &&
		(u.scheme == self.scheme || u.scheme == "https" || u.scheme == "wss" || self.scheme == "http" && u.scheme == "ws") {
		return true
	}
	if u.host == "" {
		return false
	}
	fits := func(s hostSource) bool { return s.matches(self, u) }
	if slices.ContainsFunc(l.hosts["*"], fits) || slices.ContainsFunc(l.hosts[u.host], fits) {
		return true
	}
	for suffix := u.host; ; {
		var found bool
		if _, suffix, found = strings.Cut(suffix, "."); !found {
			return false
		}
		if slices.ContainsFunc(l.hosts["*."+suffix], fits) {
			return true
		}
	}
}

// samePort reports whether both use the same port, or each its scheme's own.
func samePort(a, b target) bool { return a.port == b.port }

// schemeMatches is "scheme-part matches" (CSP3 section 6.7.2.9) as browsers
// have it: a source lets its secure counterpart through as well.
func schemeMatches(source, scheme string) bool {
	switch {
	case source == scheme:
		return true
	case source == "http":
		return scheme == "https"
	case source == "ws":
		return scheme == "wss"
	case source == "https":
		return scheme == "wss"
	}
	return false
}

// matches compares all but the host (CSP3 sections 6.7.2.9 to 6.7.2.12).
func (s hostSource) matches(self, u target) bool {
	scheme := s.scheme
	if scheme == "" {
		scheme = self.scheme
	}
	if !schemeMatches(scheme, u.scheme) {
		return false
	}
	switch {
	case s.port == "*":
	case s.port == "":
		if u.port != "" {
			return false
		}
	case s.port != u.port && !(u.port == "" && (s.port == defaultPort(u.scheme) || s.port == "80" && defaultPort(u.scheme) == "443")):
		return false
	}
	if s.path == "" || s.path == "/" {
		return true
	}
	allowed, err := url.PathUnescape(s.path)
	path, err2 := url.PathUnescape(u.path)
	if err != nil || err2 != nil {
		allowed, path = s.path, u.path
	}
	if strings.HasSuffix(allowed, "/") {
		return strings.HasPrefix(path, allowed)
	}
	return path == allowed
}

// allowsInline reports whether an inline style or script is let through.
func (l sourceList) allowsInline(directive, nonce, text string) bool {
	attribute := strings.HasSuffix(directive, "-attr")
	if !attribute && l.hasNonce(nonce) {
		return true
	}
	if l.keywords["unsafe-inline"] && len(l.nonces) == 0 && len(l.hashes) == 0 &&
		!(strings.HasPrefix(directive, "script-src") && l.keywords["strict-dynamic"]) {
		return true
	}
	if len(l.hashes) == 0 || attribute && !l.keywords["unsafe-hashes"] {
		return false
	}
	sum256, sum384, sum512 := sha256.Sum256([]byte(text)), sha512.Sum384([]byte(text)), sha512.Sum512([]byte(text))
	for name, sum := range map[string][]byte{"sha256-": sum256[:], "sha384-": sum384[:], "sha512-": sum512[:]} {
		if slices.Contains(l.hashes, name+base64.RawStdEncoding.EncodeToString(sum)) {
			return true
		}
	}
	return false
}
