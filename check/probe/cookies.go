package probe

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/page"
)

// maxCookies is how many cookies of a chain of redirects are kept, as many as
// browsers keep for a site.
const maxCookies = 180

// A cookieJar keeps the cookies of one chain of redirects, in memory only, as
// browsers do (RFC 6265bis section 5): their values as they came. They are sent
// over TLS only.
type cookieJar struct {
	mu      sync.Mutex
	now     func() time.Time
	cookies []storedCookie
}

type storedCookie struct {
	name, value, domain, path string
	hostOnly                  bool
}

// cookieJars are those of the chains that begin at an address: at its TLS port,
// and at its cleartext port.
type cookieJars struct{ tls, cleartext *cookieJar }

func newCookieJars(now func() time.Time) cookieJars {
	return cookieJars{&cookieJar{now: now}, &cookieJar{now: now}}
}

// empty reports whether the jar has no cookie, or is none.
func (j *cookieJar) empty() bool {
	if j == nil {
		return true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.cookies) == 0
}

// set takes over what an answer sets. One in cleartext sets none with Secure.
func (j *cookieJar) set(t fact.Target, setCookies []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, field := range setCookies {
		attributes, ok := page.ParseCookie(field)
		if !ok || attributes.Refused(t.Host) || t.Cleartext() && attributes.Secure {
			continue
		}
		c := storedCookie{name: attributes.Name, domain: t.Host, path: attributes.Path, hostOnly: true}
		pair, _, _ := strings.Cut(field, ";")
		if name, value, found := strings.Cut(pair, "="); found && strings.Trim(name, " \t") == c.name {
			c.value = strings.Trim(value, " \t")
		} else {
			c.value = strings.Trim(pair, " \t")
		}
		if attributes.HasDomain && !c.widen(attributes.Domain, t.Host) {
			continue
		}
		if !strings.HasPrefix(c.path, "/") {
			c.path = defaultPath(t.Path)
		}
		j.cookies = slices.DeleteFunc(j.cookies, func(old storedCookie) bool {
			return old.name == c.name && old.domain == c.domain && old.path == c.path
		})
		if !attributes.Ended(j.now()) {
			j.cookies = append(j.cookies, c)
		}
		if len(j.cookies) > maxCookies { // at once, so that many take no longer for each other
			j.cookies = slices.Delete(j.cookies, 0, 1)
		}
	}
}

// widen lets the cookie go to a domain and its subdomains. It reports false
// for a domain that is not the host's, or a public suffix.
func (c *storedCookie) widen(domain, host string) bool {
	domain = strings.ToLower(strings.TrimPrefix(domain, "."))
	if domain == host {
		_, isIP := netip.ParseAddr(host)
		suffix, _ := publicsuffix.PublicSuffix(host)
		c.hostOnly = isIP == nil || suffix == host
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil || !strings.HasSuffix(host, "."+domain) {
		return false
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return false
	}
	c.domain, c.hostOnly = domain, false
	return true
}

// header is the Cookie header field of a request, "" for none (RFC 6265bis
// section 5.8.3).
func (j *cookieJar) header(t fact.Target) string {
	if j == nil || t.Cleartext() {
		return ""
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	path, _, _ := strings.Cut(t.Path, "?")
	var sent []storedCookie
	for _, c := range j.cookies {
		domain := c.domain == t.Host || !c.hostOnly && strings.HasSuffix(t.Host, "."+c.domain)
		if domain && pathMatches(path, c.path) {
			sent = append(sent, c)
		}
	}
	slices.SortStableFunc(sent, func(a, b storedCookie) int { return cmp.Compare(len(b.path), len(a.path)) })
	var pairs []string
	for _, c := range sent {
		if c.name == "" {
			pairs = append(pairs, c.value)
		} else {
			pairs = append(pairs, c.name+"="+c.value)
		}
	}
	return strings.Join(pairs, "; ")
}

// pathMatches is path-match of RFC 6265bis section 5.1.4.
func pathMatches(path, cookie string) bool {
	rest, ok := strings.CutPrefix(path, cookie)
	return ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(cookie, "/"))
}

// defaultPath is the path of a cookie that names none.
func defaultPath(target string) string {
	path, _, _ := strings.Cut(target, "?")
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}
