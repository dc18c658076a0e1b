package fact

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/tlsgate/tlsgate/check/text"
)

// maxURL bounds a declared URL in bytes; servers commonly refuse longer ones.
const maxURL = 8000

// hosts maps names to A-labels as browsers do (UTS 46, non-transitional).
// Underscores are let through, and hyphens anywhere: they are in use and resolve.
var hosts = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.VerifyDNSLength(true), idna.StrictDomainName(false), idna.CheckHyphens(false))

// ParseTarget reads a deployment URL: https, http, wss or ws, or a bare host,
// which means https. User info and fragment are dropped. The error is one
// line that quotes the URL with its user info masked.
//
// The https equivalent of a cleartext URL has the port RFC 6797 section 8.3 gives it:
// 443 for 80, and any other port unchanged.
func ParseTarget(raw string) (Target, error) {
	t, err := parseTarget(raw)
	if err != nil {
		masked := MaskUserInfo(raw)
		if masked != raw {
			err = withoutUserInfo(masked)
		}
		return Target{}, fmt.Errorf("'%s': %w", text.Clip(masked, 200), err)
	}
	return t, nil
}

// withoutUserInfo is what is wrong with a URL whose user information was
// masked: errors quote parts of what they are about.
func withoutUserInfo(masked string) error {
	if _, err := parseTarget(strings.Replace(masked, mask+"@", "", 1)); err != nil {
		return err
	}
	return errors.New("invalid URL: write a scheme such as 'https://' before user information, and percent-encode its special characters")
}

func parseTarget(raw string) (Target, error) {
	if raw == "" {
		return Target{}, errors.New("is empty")
	}
	if len(raw) > maxURL {
		return Target{}, errTooLong
	}
	u, err := parseURL(raw)
	if err != nil {
		return Target{}, err
	}
	t, err := targetOf(u)
	if err == nil && len(t.URL()) > maxURL { // which percent-encodes
		return Target{}, errTooLong
	}
	return t, err
}

// errTooLong is why a URL above the bound is no target.
var errTooLong = fmt.Errorf("is longer than %d bytes", maxURL)

// targetOf is the target that an absolute URL names.
func targetOf(u *url.URL) (t Target, err error) {
	t = Target{Scheme: strings.ToLower(u.Scheme), Path: requestTarget(u)}
	switch t.Scheme {
	case "https", "http", "wss", "ws":
	default:
		return Target{}, fmt.Errorf("the scheme '%s' is not supported: expected https, http, wss or ws", text.Clip(t.Scheme, 40))
	}
	if t.Host, err = normalHost(u.Hostname()); err != nil {
		return Target{}, err
	}
	port, err := parsePort(u, t.Scheme)
	if err != nil {
		return Target{}, err
	}
	t.Port, t.CleartextPort = port, 80
	if t.Cleartext() {
		t.CleartextPort = port
		if port == 80 {
			t.Port = 443
		}
	}
	return t, nil
}

// parseURL parses a URL or a bare host, whose scheme is https.
func parseURL(raw string) (*url.URL, error) {
	if a, err := netip.ParseAddr(raw); err == nil && a.Is6() {
		raw = "[" + raw + "]"
	}
	if !strings.Contains(raw, "://") {
		switch scheme, rest, ok := strings.Cut(raw, "/"); strings.ToLower(strings.TrimSuffix(scheme, ":")) {
		case "http", "https", "ws", "wss":
			if ok && strings.Trim(rest, "/") != "" {
				return nil, errors.New("invalid URL: write '://' after the scheme")
			}
		}
		if strings.Contains(strings.SplitN(raw, "/", 2)[0], "@") {
			return nil, errors.New("invalid URL: write a scheme such as 'https://' before user information")
		}
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, invalidURL(err)
	}
	return u, nil
}

// invalidURL says in the words of users why net/url could not parse a URL,
// and what to write instead.
func invalidURL(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	var escape url.EscapeError
	if errors.As(err, &escape) {
		return fmt.Errorf("invalid URL: '%s' is no percent-encoding: write a percent sign as %%25", text.Clip(string(escape), 40))
	}
	var host url.InvalidHostError
	if errors.As(err, &host) {
		return fmt.Errorf("invalid URL: the character %s cannot be part of a host name", singleQuoted(string(host)))
	}
	reason := err.Error()
	switch {
	case strings.HasPrefix(reason, "invalid port "):
		_, port, _ := strings.Cut(reason, `":`)
		port, _, _ = strings.Cut(port, `"`)
		return fmt.Errorf("invalid URL: port '%s' is not a number between 1 and 65535", text.Clip(port, 40))
	case strings.Contains(reason, "control character"):
		return errors.New("invalid URL: it has a control character: remove it, or percent-encode it")
	case strings.Contains(reason, "missing ']'"):
		return errors.New("invalid URL: the ']' after the IPv6 address is missing")
	case strings.Contains(reason, "userinfo"):
		return errors.New("invalid URL: percent-encode the special characters of the user information")
	case strings.Contains(reason, "missing protocol scheme"), strings.Contains(reason, "first path segment"):
		return errors.New("invalid URL: write its scheme first, for example 'https://'")
	}
	return errors.New("invalid URL: write it as https://host/path")
}

// singleQuoted is text that is in double quotes in single ones.
func singleQuoted(s string) string { return "'" + text.Clip(strings.Trim(s, `"`), 40) + "'" }

// parsePort gives the URL's port or its scheme's.
func parsePort(u *url.URL, scheme string) (uint16, error) {
	if u.Port() == "" {
		return defaultPort(scheme), nil
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("port '%s' is not between 1 and 65535", text.Clip(u.Port(), 40))
	}
	return uint16(n), nil
}

// normalHost gives the host as an A-label name without a trailing dot, or as
// the textual form of its address.
func normalHost(host string) (string, error) {
	if host == "" || host == "." {
		return "", errors.New("has no host")
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Zone() != "" {
			return "", errors.New("an address with a zone is not external facing")
		}
		return a.Unmap().String(), nil
	}
	if strings.Contains(host, ":") {
		return "", errors.New("invalid IPv6 address")
	}
	if !utf8.ValidString(host) {
		return "", fmt.Errorf("host '%s' is not UTF-8", text.Clip(host, 100))
	}
	name, err := hosts.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil {
		return "", fmt.Errorf("host '%s' is not a valid domain name", text.Clip(host, 100))
	}
	// The mapping can turn other dots (U+3002, say) into trailing ones.
	name = strings.TrimSuffix(name, ".")
	for _, c := range []byte(name) {
		if !isHostByte(c) {
			return "", fmt.Errorf("host '%s' has a character that is not allowed in host names", text.Clip(host, 100))
		}
	}
	if name == "" {
		return "", errors.New("has no host")
	}
	if a, err := netip.ParseAddr(name); err == nil {
		return a.String(), nil
	}
	if endsInNumber(name) {
		return "", fmt.Errorf("host '%s' is not an IPv4 address of four decimal numbers", text.Clip(host, 100))
	}
	return name, nil
}

func isHostByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_'
}

// endsInNumber reports whether browsers would read the name as an IPv4
// address (WHATWG URL, "ends in a number"): 127.1 and 0x7f000001 reach the
// loopback.
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if digits := strings.TrimPrefix(last, "0x"); digits != last {
		_, err := strconv.ParseUint("0"+digits, 16, 64)
		return err == nil
	}
	return strings.Trim(last, "0123456789") == ""
}

// requestTarget is the path and query to send (RFC 9112 section 3.2.1), with
// every byte escaped that may not stand there.
func requestTarget(u *url.URL) string {
	path := u.EscapedPath()
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if u.RawQuery != "" || u.ForceQuery {
		path += "?" + u.RawQuery
	}
	var b strings.Builder
	for _, c := range []byte(path) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"<>\^{|}`+"`", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// mask stands for user information.
const mask = "***"

// MaskUserInfo replaces what stands before the @ of a URL's authority, which
// may be a password, by three asterisks. It works on text that is no URL too:
// where what ends at the first slash is no host and port, a slash, question
// mark or hash may be the password's, and all up to the last @ is masked.
func MaskUserInfo(s string) string {
	start := 0
	if i := strings.Index(s, "://"); i >= 0 {
		start = i + len("://")
	}
	end := len(s)
	if i := strings.IndexAny(s[start:], "/?#"); i >= 0 {
		end = start + i
	}
	at := strings.LastIndexByte(s[start:], '@')
	if at < 0 || isHostPort(s[start:end]) {
		return s
	}
	return s[:start] + mask + s[start+at:]
}

// isHostPort reports whether text before a path has the form of a host and a
// port, or a host alone.
func isHostPort(s string) bool {
	if strings.Contains(s, "@") {
		return false
	}
	host, port, _ := strings.Cut(s, ":")
	if strings.HasPrefix(s, "[") {
		host, port, _ = strings.Cut(s, "]")
		port = strings.TrimPrefix(port, ":")
	}
	return host != "" && strings.Trim(port, "0123456789") == ""
}
