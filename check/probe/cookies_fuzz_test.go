package probe

import (
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
)

// FuzzCookieJar sets fields at one host. No other site gets a cookie of them,
// a request never carries more than the jar may hold nor anything that could
// end a field, and setting the same again changes nothing.
func FuzzCookieJar(f *testing.F) {
	for _, fields := range []string{
		"a=b", "a=b; Path=/x\na=c", "a=b; Domain=shop.test\na=c; Domain=www.shop.test", "a=b; Domain=test", "a=b; Domain=.other.test",
		"a; Max-Age=0", "=b", "=", "", "__Host-a=b; Secure; Path=/", "__Host-a=b", "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
		"a=\"b; c\"; Path=\"/\"", "a=b\x00c", "a=b\tc", strings.Repeat("a=b;", 2000), "a=b; Domain=xn--; Path=//",
	} {
		f.Add(fields, "/x/y?z", "/x")
	}
	f.Fuzz(func(t *testing.T, fields, from, to string) {
		at := func(host, path string) fact.Target {
			return fact.Target{Scheme: "https", Host: host, Port: 443, Path: "/" + path}
		}
		jar := &cookieJar{now: func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }}
		all := strings.Split(fields, "\n")
		jar.set(at("www.shop.test", from), all)
		sent := jar.header(at("www.shop.test", to))
		if strings.ContainsAny(sent, "\x00\r\n") {
			t.Errorf("a request would carry %q", sent)
		}
		for _, host := range []string{"other.test", "test", "shop.test.other.test", "myshop.test", "192.0.2.1"} {
			if foreign := jar.header(at(host, to)); foreign != "" {
				t.Errorf("'%s' is sent %q", host, foreign)
			}
		}
		if len(jar.cookies) > maxCookies {
			t.Errorf("%d cookies", len(jar.cookies))
		}
		if len(all) > maxCookies {
			return
		}
		jar.set(at("www.shop.test", from), all)
		if again := jar.header(at("www.shop.test", to)); again != sent {
			t.Errorf("set again, a request carries %q, and before %q", again, sent)
		}
	})
}
