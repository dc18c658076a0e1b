package page

import (
	"strings"
	"testing"
	"time"
)

func TestParseCookie(t *testing.T) {
	for _, tt := range []struct {
		field  string
		name   string
		secure bool
		domain bool
		path   string
	}{
		{"sid=1", "sid", false, false, ""},
		{" sid = 1 ; SECURE ; HttpOnly", "sid", true, false, ""},
		{"sid=1; secure=no", "sid", true, false, ""},
		{"sid=Secure; Path=Secure", "sid", false, false, "Secure"},
		{"sid=1; Domain=.example.com; Path=/a; path=/b", "sid", false, true, "/b"},
		{"sid=1; Domain=.; Path", "sid", false, false, ""},
		{"sid=1; Domain=example.com; Domain=", "sid", false, false, ""},
		{"sid=1;Path=/" + strings.Repeat("x", 1024), "sid", false, false, ""},
		{"=value; Secure", "", true, false, ""},
		{"value; Secure", "", true, false, ""},
		{"sid=a=b;x;;Secure", "sid", true, false, ""},
		{"sid=", "sid", false, false, ""},
		{"s\tid=1", "s\tid", false, false, ""},
		{"n" + strings.Repeat("x", 4094) + "=v", "n" + strings.Repeat("x", 4094), false, false, ""},
	} {
		c, ok := ParseCookie(tt.field)
		if !ok || c.Name != tt.name || c.Secure != tt.secure || c.HasDomain != tt.domain || c.Path != tt.path {
			t.Errorf("ParseCookie(%q) = %+v, %v", tt.field, c, ok)
		}
	}
	for _, ignored := range []string{"", ";", "=", " = ; Secure", "sid=1\x00", "sid=1\r\nx", "sid=\x7f; Secure", "=__Host-a=b", "=__secure-a", "__Host-a", "n" + strings.Repeat("x", 4095) + "=v"} {
		if c, ok := ParseCookie(ignored); ok {
			t.Errorf("ParseCookie(%q) = %+v, but browsers ignore it", ignored, c)
		}
	}
}

func TestCookieEnded(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for field, want := range map[string]bool{
		"a=b":                                false,
		"a=; Max-Age=0":                      true,
		"a=b; Max-Age=-1":                    true,
		"a=b; Max-Age=-99999999999999999999": true,
		"a=b; Max-Age=99999999999999999999":  false,
		"a=b; Max-Age=60; Max-Age=0":         true,
		"a=b; Max-Age=+0":                    false,
		"a=b; Max-Age=":                      false,
		"a=b; Max-Age=0x0":                   false,
		"a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT": false,
		"a=b; Max-Age=0; Expires=Thu, 01 Jan 2099 00:00:00 GMT":  true,
		"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT":             true,
		"a=b; Expires=Thu, 01-Jan-1970 00:00:01 GMT":             true,
		"a=b; Expires=Thursday, 01-Jan-70 00:00:00 GMT":          true,
		"a=b; Expires=Thu Jan  1 00:00:00 1970":                  true,
		"a=b; expires=1 january 99 1:2:3":                        true,
		"a=b; Expires=Mon, 23 Nov 2026 12:00:00 GMT":             true,
		"a=b; Expires=Mon, 23 Nov 2026 12:00:01 GMT":             false,
		"a=b; Expires=Fri, 01 Jan 69 00:00:00 GMT":               false,
		"a=b; Expires=Sun, 30 Feb 2020 00:00:00 GMT":             false,
		"a=b; Expires=Sun, 03 Feb 1600 00:00:00 GMT":             false,
		"a=b; Expires=Sun, 03 Feb 2020 24:00:00 GMT":             false,
		"a=b; Expires=Sun, 03 Feb 2020 00:60:00 GMT":             false,
		"a=b; Expires=Sun, 03 Feb 2020 000:00:00 GMT":            false,
		"a=b; Expires=Sun, 03 Xyz 2020 00:00:00 GMT":             false,
		"a=b; Expires=Sun, 03 Feb 2020 0x:00:00 GMT":             false,
		"a=b; Expires=Sun, 03 Feb 2020 00:0x:00 GMT":             false,
		"a=b; Expires=Sun, 03 Feb 2020 00:00:0x GMT":             true,
		"a=b; Expires=Sun, 03 anf 2020 00:00:00 GMT":             false,
		"a=b; Expires=Sun/03+Feb^2020{23:59:59}":                 true,
		"a=b; Expires=0":                                         false,
		"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=x":  true,
	} {
		c, ok := ParseCookie(field)
		if !ok || c.Ended(at) != want {
			t.Errorf("%q: ended %v, want %v", field, c.Ended(at), want)
		}
	}
}

func TestBrokenPrefix(t *testing.T) {
	for field, broken := range map[string]bool{
		"sid=1":                  false,
		"__Secure-sid=1; Secure": false,
		"__Secure-sid=1; Secure; Domain=a.example": false,
		"__Secure-sid=1":                                 true,
		"__Http-sid=1; HttpOnly":                         true,
		"__Http-sid=1; HttpOnly; Secure":                 false,
		"__SECURE-sid=1":                                 true,
		"__Host-sid=1; Secure; Path=/":                   false,
		"__Host-sid=1; Secure; Path=/; Domain=":          false,
		"__Host-sid=1; Secure":                           true,
		"__Host-sid=1; Path=/":                           true,
		"__Host-sid=1; Secure; Path=/a":                  true,
		"__host-sid=1; Secure; Path=/; Domain=a.example": true,
		"__Hostile=1":                                    false,
	} {
		if c, _ := ParseCookie(field); (c.BrokenPrefix() != "") != broken {
			t.Errorf("%q: %q", field, c.BrokenPrefix())
		}
	}
}

func TestCookieRefused(t *testing.T) {
	for field, refused := range map[string]bool{
		"a=b":                               false,
		"a=b; SameSite=Lax":                 false,
		"a=b; SameSite=None":                true,
		"a=b; SameSite=none; Secure":        false,
		"a=b; SameSite=None; SameSite=Lax":  false,
		"a=b; Partitioned":                  true,
		"a=b; Partitioned; Secure":          false,
		"__Host-a=b; Path=/":                true,
		"a=b; Domain=www.example.com":       false,
		"a=b; Domain=.Example.COM":          false,
		"a=b; Domain=com":                   true,
		"a=b; Domain=example.net":           true,
		"a=b; Domain=x.www.example.com":     true,
		"a=b; Domain=ample.com":             true,
		"a=b; Domain=example.com; Domain=":  false,
		"a=b; Domain=example.net; Domain=.": false,
	} {
		if c, ok := ParseCookie(field); !ok || c.Refused("www.example.com") != refused {
			t.Errorf("%q: refused %v", field, !refused)
		}
	}
}

func TestCookieKey(t *testing.T) {
	const path = "/dir/page.html"
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"a=b", "a=c; Secure", true},
		{"a=b", "A=b", false},
		{"a=b", "a=b; Path=/dir", true},
		{"a=b", "a=b; Path=dir", true},
		{"a=b; Path=/", "a=b; Path=/dir", false},
		{"a=b", "a=b; Domain=example.com", false},
		{"a=b; Domain=.example.com", "a=b; Domain=Example.com", true},
	} {
		a, _ := ParseCookie(tt.a)
		b, _ := ParseCookie(tt.b)
		if (a.Key(path) == b.Key(path)) != tt.same {
			t.Errorf("%q and %q: %q and %q", tt.a, tt.b, a.Key(path), b.Key(path))
		}
	}
}

func TestMaskCookie(t *testing.T) {
	for field, want := range map[string]string{
		"sid=secret":                   "sid=…",
		"sid=secret; Path=/; Secure":   "sid=…; Path=/; Secure",
		" sid = secret ;secure;x=y":    "sid=…; secure",
		`sid="sec;ret;Path=/"; Secure`: `sid=…; Path=/"; Secure`,
		"secret; Secure":               "…; Secure",
		"=secret":                      "=…",
		"sid=; Max-Age=0":              "sid=; Max-Age=0",
		"sid=1; HttpOnly; SameSite=Lax; Partitioned; Priority=High; Expires=Thu, 01 Jan 1970 00:00:00 GMT": "sid=…; HttpOnly; SameSite=Lax; Partitioned; Priority=High; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
		"sid=1\n":                       "",
		"":                              "",
		"s\xffid=1":                     "s\ufffdid=…",
		strings.Repeat("n", 300) + "=1": strings.Repeat("n", 253) + "…=…",
	} {
		if got := MaskCookie(field); got != want {
			t.Errorf("MaskCookie(%q) = %q; want %q", field, got, want)
		}
	}
}

func FuzzCookie(f *testing.F) {
	f.Add("sid=secret; Path=/; Secure; HttpOnly")
	f.Add("__Host-a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=-1; Domain=.x")
	f.Add("value")
	f.Fuzz(func(t *testing.T, field string) {
		at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		c, ok := ParseCookie(field)
		masked := MaskCookie(field)
		again, okAgain := ParseCookie(masked)
		if ok != okAgain || ok != (masked != "") || MaskCookie(masked) != masked {
			t.Fatalf("%q masked is %q, and again %q", field, masked, MaskCookie(masked))
		}
		if c.Secure != again.Secure || c.Ended(at) != again.Ended(at) || c.BrokenPrefix() != again.BrokenPrefix() {
			t.Errorf("%q masked is %q, which says something else", field, masked)
		}
		pair, _, _ := strings.Cut(field, ";")
		if _, value, _ := strings.Cut(pair, "="); ok && len(value) > 20 && strings.Count(masked, value) >= strings.Count(field, value) {
			t.Errorf("%q masked is %q, with the value", field, masked)
		}
	})
}
