package page

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check/text"
)

// mask stands for a cookie's value.
const mask = "…"

// A Cookie is what a Set-Cookie header field says, its value apart (RFC
// 6265bis section 5.6).
type Cookie struct {
	// Name is empty for a cookie that has a value only.
	Name   string
	Secure bool
	// Domain and Path are as written; empty where absent.
	Domain, Path string
	// HasDomain tells a Domain that is not empty after its leading dot: the
	// cookie then goes to subdomains too.
	HasDomain bool
	// maxAge and expires are what was said of the cookie's end.
	maxAge     *int64
	expires    time.Time
	attributes []string // those known, as written
	// crossSite and partitioned are attributes that need Secure.
	crossSite, partitioned bool
	empty                  bool // its value is empty
}

// ParseCookie reads the value of one Set-Cookie header field as browsers do.
// It reports false for one that they ignore: with control characters, with
// neither name nor value, with more than 4096 bytes of both, or without a name
// and with a value like "a=b" or "__Host-a".
func ParseCookie(setCookie string) (Cookie, bool) {
	for i := range len(setCookie) {
		if c := setCookie[i]; c < ' ' && c != '\t' || c == 0x7F {
			return Cookie{}, false
		}
	}
	pair, attributes, _ := strings.Cut(setCookie, ";")
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		name, value = "", pair
	}
	name, value = trimBlanks(name), trimBlanks(value)
	if n := len(name) + len(value); n == 0 || n > 4096 || name == "" && impersonates(value) {
		return Cookie{}, false
	}
	c := Cookie{Name: name, empty: value == ""}
	for attributes != "" {
		var a string
		a, attributes, _ = strings.Cut(attributes, ";")
		c.set(trimBlanks(a))
	}
	return c, true
}

// set takes an attribute over. The last of a name counts.
func (c *Cookie) set(attribute string) {
	name, value, _ := strings.Cut(attribute, "=")
	value = trimBlanks(value)
	if len(value) > 1024 {
		return
	}
	switch strings.ToLower(trimBlanks(name)) {
	case "secure":
		c.Secure = true
	case "domain":
		c.Domain = value
		c.HasDomain = strings.TrimPrefix(value, ".") != ""
	case "path":
		c.Path = value
	case "max-age":
		if n, ok := parseMaxAge(value); ok {
			c.maxAge = &n
		}
	case "expires":
		if t, ok := parseCookieDate(value); ok {
			c.expires = t
		}
	case "samesite":
		c.crossSite = strings.EqualFold(value, "none")
	case "partitioned":
		c.partitioned = true
	case "httponly", "priority":
	default:
		return
	}
	c.attributes = append(c.attributes, attribute)
}

// Ended reports whether the cookie is over at the given time: setting it only
// deletes the one that a client has. Max-Age outranks Expires.
func (c Cookie) Ended(at time.Time) bool {
	if c.maxAge != nil {
		return *c.maxAge <= 0
	}
	return !c.expires.IsZero() && !c.expires.After(at)
}

// BrokenPrefix says, as the rest of a sentence that begins with the prefix,
// why browsers refuse the cookie for its name's prefix (RFC 6265bis section
// 5.6, last steps; the prefix in any case); empty if they do not.
func (c Cookie) BrokenPrefix() string {
	name := strings.ToLower(c.Name)
	switch {
	case strings.HasPrefix(name, "__host-") && (!c.Secure || c.HasDomain || c.Path != "/"):
		return "'__Host-' demands Secure and Path=/ and forbids Domain"
	case strings.HasPrefix(name, "__secure-") && !c.Secure:
		return "'__Secure-' demands Secure"
	case strings.HasPrefix(name, "__http-") && !c.Secure:
		return "'__Http-' demands Secure and HttpOnly"
	}
	return ""
}

// Refused reports whether browsers refuse the cookie when a host sets it over
// TLS: for its name's prefix, for SameSite=None or Partitioned without Secure,
// or for a Domain that is not the host's (RFC 6265bis section 5.7).
func (c Cookie) Refused(host string) bool {
	return c.BrokenPrefix() != "" || (c.crossSite || c.partitioned) && !c.Secure || !c.fitsDomain(host)
}

// fitsDomain reports whether the cookie's Domain is the host, or a domain above
// it of more than one label.
func (c Cookie) fitsDomain(host string) bool {
	if !c.HasDomain {
		return true
	}
	domain := strings.ToLower(strings.TrimPrefix(c.Domain, "."))
	return domain == host || strings.Contains(domain, ".") && strings.HasSuffix(host, "."+domain) && !isAddress(host)
}

// isAddress reports whether a host is an IP address.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// Key tells the cookies of a client apart: of two with one key, set by answers
// to requests for the same path, the later replaces the earlier (RFC 6265bis
// section 5.7).
func (c Cookie) Key(requestPath string) string {
	path := c.Path
	if !strings.HasPrefix(path, "/") {
		path = requestPath[:max(strings.LastIndexByte(requestPath, '/'), 0)]
		if path == "" {
			path = "/"
		}
	}
	domain := ""
	if c.HasDomain {
		domain = strings.ToLower(strings.TrimPrefix(c.Domain, "."))
	}
	return strings.Join([]string{c.Name, domain, path}, ";")
}

// impersonates reports whether a cookie without a name has a value that would
// read as a cookie with a name, or with a special prefix: browsers refuse it.
func impersonates(value string) bool {
	lower := strings.ToLower(value)
	return strings.Contains(value, "=") || strings.HasPrefix(lower, "__host-") || strings.HasPrefix(lower, "__secure-") || strings.HasPrefix(lower, "__http-")
}

// MaskCookie gives a Set-Cookie value without what is secret in it: the
// cookie's value is masked unless it is empty, and attributes that browsers
// do not know are dropped, for a value may have run into them. It gives "" for
// what browsers ignore. Masking twice is masking once.
func MaskCookie(setCookie string) string {
	c, ok := ParseCookie(setCookie)
	if !ok {
		return ""
	}
	pair := mask
	if pairText, _, _ := strings.Cut(setCookie, ";"); strings.Contains(pairText, "=") {
		pair = text.Clip(c.Name, 256) + "="
		if !c.empty {
			pair += mask
		}
	}
	return strings.ToValidUTF8(strings.Join(append([]string{pair}, c.attributes...), "; "), "\uFFFD")
}

// trimBlanks takes spaces and tabs off.
func trimBlanks(s string) string { return strings.Trim(s, " \t") }

// parseMaxAge reads a Max-Age, clamped to what fits.
func parseMaxAge(v string) (int64, bool) {
	if digits := strings.TrimPrefix(v, "-"); digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	// Out of range gives the nearest value, which is as good: only the sign matters.
	n, _ := strconv.ParseInt(v, 10, 64)
	return n, true
}

// parseCookieDate reads an Expires (RFC 6265 section 5.1.1): the first tokens
// that look like a time, a day, a month and a year, in any order.
func parseCookieDate(v string) (time.Time, bool) {
	var hour, minute, second, day, month, year = -1, 0, 0, 0, 0, -1
	for _, token := range strings.FieldsFunc(v, dateDelimiter) {
		switch {
		case hour < 0 && readClock(token, &hour, &minute, &second):
		case day == 0 && leadingNumber(token, 1, 2, &day):
		case month == 0 && readMonth(token, &month):
		case year < 0 && leadingNumber(token, 2, 4, &year):
		}
	}
	switch {
	case 70 <= year && year <= 99:
		year += 1900
	case 0 <= year && year <= 69:
		year += 2000
	}
	if hour < 0 || hour > 23 || minute > 59 || second > 59 || day < 1 || month == 0 || year < 1601 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return t, t.Day() == day // no 30th of February
}

// dateDelimiter reports what separates the tokens of a date.
func dateDelimiter(r rune) bool {
	return r == '\t' || ' ' <= r && r <= '/' || ';' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
}

// readClock reads "hh:mm:ss".
func readClock(token string, hour, minute, second *int) bool {
	parts := strings.SplitN(token, ":", 3)
	var h, m, s int
	ok := len(parts) == 3 && strings.Trim(parts[0]+parts[1], "0123456789") == "" &&
		leadingNumber(parts[0], 1, 2, &h) && leadingNumber(parts[1], 1, 2, &m) && leadingNumber(parts[2], 1, 2, &s)
	if ok {
		*hour, *minute, *second = h, m, s
	}
	return ok
}

// readMonth reads a month by its first three letters.
func readMonth(token string, month *int) bool {
	if len(token) < 3 {
		return false
	}
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(token[:3]))
	if i < 0 || i%3 != 0 {
		return false
	}
	*month = i/3 + 1
	return true
}

// leadingNumber reads the digits that a token begins with, if they are from
// least to most.
func leadingNumber(token string, least, most int, n *int) bool {
	digits := len(token) - len(strings.TrimLeft(token, "0123456789"))
	if digits < least || digits > most {
		return false
	}
	*n, _ = strconv.Atoi(token[:digits])
	return true
}
