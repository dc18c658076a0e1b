package fact

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseTarget(t *testing.T) {
	for _, tc := range []struct {
		raw  string
		want Target
		url  string
	}{
		{"example.com", Target{Scheme: "https", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/"}, "https://example.com/"},
		{"example.com:8443", Target{Scheme: "https", Host: "example.com", Port: 8443, CleartextPort: 80, Path: "/"}, "https://example.com:8443/"},
		{"example.com/a?b=c#frag", Target{Scheme: "https", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/a?b=c"}, "https://example.com/a?b=c"},
		{"HTTPS://EXAMPLE.com.:443/", Target{Scheme: "https", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/"}, "https://example.com/"},
		{"http://example.com", Target{Scheme: "http", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/"}, "http://example.com/"},
		{"http://example.com:8080/x", Target{Scheme: "http", Host: "example.com", Port: 8080, CleartextPort: 8080, Path: "/x"}, "http://example.com:8080/x"},
		{"ws://example.com/chat", Target{Scheme: "ws", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/chat"}, "ws://example.com/chat"},
		{"wss://example.com/chat", Target{Scheme: "wss", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/chat"}, "wss://example.com/chat"},
		{"https://user:secret@example.com/", Target{Scheme: "https", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/"}, "https://example.com/"},
		{"https://bücher.example/ü?q=ä", Target{Scheme: "https", Host: "xn--bcher-kva.example", Port: 443, CleartextPort: 80, Path: "/%C3%BC?q=%C3%A4"}, "https://xn--bcher-kva.example/%C3%BC?q=%C3%A4"},
		{"https://例え。テスト", Target{Scheme: "https", Host: "xn--r8jz45g.xn--zckzah", Port: 443, CleartextPort: 80, Path: "/"}, "https://xn--r8jz45g.xn--zckzah/"},
		{"https://[2001:DB8::1]:444/", Target{Scheme: "https", Host: "2001:db8::1", Port: 444, CleartextPort: 80, Path: "/"}, "https://[2001:db8::1]:444/"},
		{"2001:db8::1", Target{Scheme: "https", Host: "2001:db8::1", Port: 443, CleartextPort: 80, Path: "/"}, "https://[2001:db8::1]/"},
		{"[::ffff:192.0.2.1]", Target{Scheme: "https", Host: "192.0.2.1", Port: 443, CleartextPort: 80, Path: "/"}, "https://192.0.2.1/"},
		{"qa--mysite.example", Target{Scheme: "https", Host: "qa--mysite.example", Port: 443, CleartextPort: 80, Path: "/"}, "https://qa--mysite.example/"},
		{"192.0.2.1", Target{Scheme: "https", Host: "192.0.2.1", Port: 443, CleartextPort: 80, Path: "/"}, "https://192.0.2.1/"},
		{"_dmarc.example.com", Target{Scheme: "https", Host: "_dmarc.example.com", Port: 443, CleartextPort: 80, Path: "/"}, "https://_dmarc.example.com/"},
		{"https://example.com/a b\"<>", Target{Scheme: "https", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/a%20b%22%3C%3E"}, "https://example.com/a%20b%22%3C%3E"},
		{"https://example.com?x", Target{Scheme: "https", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/?x"}, "https://example.com/?x"},
	} {
		got, err := ParseTarget(tc.raw)
		if err != nil {
			t.Errorf("%s: %v", tc.raw, err)
			continue
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", tc.raw, d)
		}
		if got.URL() != tc.url {
			t.Errorf("%s: URL %s, want %s", tc.raw, got.URL(), tc.url)
		}
	}
}

func TestParseTargetErrors(t *testing.T) {
	for raw, want := range map[string]string{
		"":                         "'': is empty",
		"mailto:x@example.com":     "'***@example.com': invalid URL: write a scheme such as 'https://' before user information, and percent-encode its special characters",
		"ftp://example.com":        "'ftp://example.com': the scheme 'ftp' is not supported: expected https, http, wss or ws",
		"https://":                 "'https://': has no host",
		"https:///path":            "'https:///path': has no host",
		"https://.":                "'https://.': has no host",
		"https://example.com:0":    "'https://example.com:0': port '0' is not between 1 and 65535",
		"https://example.com:port": "'https://example.com:port': invalid URL: port 'port' is not a number between 1 and 65535",
		"https://example.com:9x9":  "'https://example.com:9x9': invalid URL: port '9x9' is not a number between 1 and 65535",
		"https://a:b@ex ample.com": "'https://***@ex ample.com': invalid URL: the character ' ' cannot be part of a host name",
		"https://a.example/%zz":    "'https://a.example/%zz': invalid URL: '%zz' is no percent-encoding: write a percent sign as %25",
		"https://[2001:db8::1/":    "'https://[2001:db8::1/': invalid URL: the ']' after the IPv6 address is missing",
		"://a.example":             "'://a.example': invalid URL: write its scheme first, for example 'https://'",
		"a.example\x00":            "'a.example\x00': invalid URL: it has a control character: remove it, or percent-encode it",
		"https://127.1/":           "'https://127.1/': host '127.1' is not an IPv4 address of four decimal numbers",
		"https://0x7f000001/":      "'https://0x7f000001/': host '0x7f000001' is not an IPv4 address of four decimal numbers",
		"https://2130706433":       "'https://2130706433': host '2130706433' is not an IPv4 address of four decimal numbers",
		"https://[fe80::1%25eth0]": "'https://[fe80::1%25eth0]': an address with a zone is not external facing",
		"https://exa$mple.com":     "'https://exa$mple.com': host 'exa$mple.com' has a character that is not allowed in host names",
		"https//a.example":         "'https//a.example': invalid URL: write '://' after the scheme",
		"HTTP:/a.example":          "'HTTP:/a.example': invalid URL: write '://' after the scheme",
		"https://a..b":             "'https://a..b': host 'a..b' is not a valid domain name",
	} {
		_, err := ParseTarget(raw)
		if err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", raw, err, want)
		}
	}
	for _, c := range []string{"a", "\x9c", "ü"} { // of which the last two are three times as long in the URL that is asked
		raw := "https://example.com/" + strings.Repeat(c, (maxURL-20)/2)
		if _, err := ParseTarget(raw + strings.Repeat("a", maxURL-len(raw)+1)); err == nil || len(err.Error()) > 300 {
			t.Errorf("an endless URL: error %v", err)
		}
		if _, err := ParseTarget(raw); (err != nil) != (c != "a") {
			t.Errorf("%q and so on: error %v", raw[:30], err)
		}
	}
}

// A password may hold characters that end the authority of a URL; no part of
// it may be shown.
func TestMaskUserInfo(t *testing.T) {
	for text, want := range map[string]string{
		"https://example.com/@joe":           "https://example.com/@joe",
		"https://example.com:8443/a@b?c@d":   "https://example.com:8443/a@b?c@d",
		"https://[2001:db8::1]:8443/@joe":    "https://[2001:db8::1]:8443/@joe",
		"example.com?mail=joe@example.com":   "example.com?mail=joe@example.com",
		"https://joe:hunter2@example.com/x":  "https://***@example.com/x",
		"https://joe@example.com":            "https://***@example.com",
		"joe:hunter2@example.com":            "***@example.com",
		"https://joe:hun/ter2@example.com":   "https://***@example.com",
		"https://joe:hun?ter2@example.com/x": "https://***@example.com/x",
		"https://joe:hun#ter2@example.com":   "https://***@example.com",
		"https://joe:hun@/ter2@example.com":  "https://***@example.com",
		"https://joe:1:hun/ter2@example.com": "https://***@example.com",
		"https://:/hunter2@example.com":      "https://***@example.com",
	} {
		if got := MaskUserInfo(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, raw := range []string{"https://joe:hun/ter2@example.com", "joe:hun?ter2@example.com", "ftp://joe:hun#ter2@example.com", "https://joe:hun/ter2@ex ample"} {
		_, err := ParseTarget(raw)
		if err == nil || strings.Contains(err.Error(), "hun") || strings.Contains(err.Error(), "ter2") || !strings.Contains(err.Error(), "***@ex") {
			t.Errorf("%q: error %v", raw, err)
		}
	}
}

// What is accepted has one normal form, and no form with user info.
func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"example.com", "http://user@example.com:8080/a?b#c", "[::1]", "https://bücher.example", "a//b", "://", "https://a\\b@c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		target, err := ParseTarget(raw)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") && !strings.ContainsAny(raw, "\r\n") {
				t.Errorf("%q: the error has several lines: %q", raw, err)
			}
			return
		}
		again, err := ParseTarget(target.URL())
		if err != nil {
			t.Fatalf("%q: %q is refused: %v", raw, target.URL(), err)
		}
		if d := cmp.Diff(target, again); d != "" {
			t.Errorf("%q: not normal: (-first +second)\n%s", raw, d)
		}
	})
}
