package page

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Resolve reads a URL as a header field or a document names it against an
// absolute base URL, as browsers do. The result is absolute, without user info
// and fragment. It reports false for what browsers refuse as well.
func Resolve(base, ref string) (*url.URL, bool) {
	b, err := url.Parse(base)
	if err != nil {
		return nil, false
	}
	return resolve(b, ref)
}

// resolve reads a URL as it stands in a document, against the document's base,
// as browsers do (WHATWG URL, section 4.4): blanks around it and line breaks
// in it are nothing, backslashes are slashes, and "http:" needs none. The
// result has neither user info nor fragment. It reports false for what
// browsers refuse as well.
func resolve(base *url.URL, ref string) (*url.URL, bool) {
	ref = clean(ref)
	scheme, rest := splitScheme(ref)
	switch {
	case scheme == "":
		return resolveRelative(base, rest)
	case !special(scheme):
		return &url.URL{Scheme: scheme, Opaque: rest}, true
	}
	rest = slashes(rest)
	if scheme == base.Scheme && !strings.HasPrefix(rest, "//") {
		return resolveRelative(base, rest)
	}
	return parseAuthority(scheme, rest)
}

// resolveRelative resolves a reference without a scheme.
func resolveRelative(base *url.URL, ref string) (*url.URL, bool) {
	if !special(base.Scheme) {
		return nil, false
	}
	ref = slashes(ref)
	if strings.HasPrefix(ref, "//") {
		return parseAuthority(base.Scheme, ref)
	}
	if ref != "" && !strings.ContainsAny(ref[:1], "/?#") {
		ref = "./" + ref // lest a colon in the first segment end a scheme
	}
	u, err := url.Parse(escapeStray(ref))
	if err != nil {
		return nil, false
	}
	return bare(base.ResolveReference(u)), true
}

// parseAuthority reads what follows a special scheme: any number of slashes,
// then the host.
func parseAuthority(scheme, rest string) (*url.URL, bool) {
	u, err := url.Parse(scheme + "://" + escapeStray(plainHost(strings.TrimLeft(rest, "/"))))
	if err != nil || !numericHost(u) || u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " <>^|%]") {
		return nil, false
	}
	if port := u.Port(); port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return nil, false
		}
		u.Host = strings.TrimSuffix(u.Host, port) + strconv.FormatUint(n, 10)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return bare(u.ResolveReference(u)), true // without dot segments
}

// plainHost undoes percent-encoding in the host of what follows the slashes:
// browsers do, and net/url refuses it.
func plainHost(rest string) string {
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	start := strings.LastIndexByte(rest[:end], '@') + 1
	host, err := url.PathUnescape(rest[start:end])
	if err != nil || strings.ContainsAny(host, "/?#@") {
		return rest
	}
	return rest[:start] + host + rest[end:]
}

// bare drops user info and fragment, and gives the host in lower case.
func bare(u *url.URL) *url.URL {
	u.Host = strings.ToLower(u.Host)
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u
}

// clean drops what browsers drop from a URL before reading it.
func clean(ref string) string {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' })
	if !strings.ContainsAny(ref, "\t\r\n") {
		return ref
	}
	return strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(ref)
}

// splitScheme splits a scheme, in lower case, from what follows its colon;
// without one all is rest.
func splitScheme(ref string) (scheme, rest string) {
	for i := range len(ref) {
		switch c := ref[i] | 0x20; {
		case 'a' <= c && c <= 'z':
		case i > 0 && ('0' <= ref[i] && ref[i] <= '9' || ref[i] == '+' || ref[i] == '-' || ref[i] == '.'):
		case i > 0 && ref[i] == ':':
			return strings.ToLower(ref[:i]), ref[i+1:]
		default:
			return "", ref
		}
	}
	return "", ref
}

// special reports whether the scheme's URLs have a host (WHATWG URL, section
// 4.2). Files, which are special too, are nothing that a site can name.
func special(scheme string) bool {
	switch scheme {
	case "http", "https", "ws", "wss", "ftp":
		return true
	}
	return false
}

// slashes turns the backslashes before the query and the fragment.
func slashes(ref string) string {
	end := strings.IndexAny(ref, "?#")
	if end < 0 {
		end = len(ref)
	}
	return strings.ReplaceAll(ref[:end], `\`, "/") + ref[end:]
}

// escapeStray escapes what net/url refuses though browsers take it: stray
// percent signs, spaces and control characters.
func escapeStray(ref string) string {
	var b strings.Builder
	for i := range len(ref) {
		c := ref[i]
		stray := c == '%' && !(i+2 < len(ref) && isHex(ref[i+1]) && isHex(ref[i+2]))
		if stray || c <= ' ' || c == 0x7F {
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// cleartext reports whether a document that names the URL makes a browser send
// a request in cleartext that matters: no element loads a ws URL, browsers do
// not connect to some ports, and what stays on the client's own machine is
// trustworthy (W3C Secure Contexts, section 3.1).
func cleartext(u *url.URL) bool {
	if u.Scheme != "http" || blockedPorts[u.Port()] {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err != nil || !ip.IsLoopback()
}
