package page

import (
	"net/url"
	"testing"
)

func TestResolve(t *testing.T) {
	base, err := url.Parse("https://example.com/dir/page.html?q#f")
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		"":                               "https://example.com/dir/page.html?q",
		"#x":                             "https://example.com/dir/page.html?q",
		"?x":                             "https://example.com/dir/page.html?x",
		"a":                              "https://example.com/dir/a",
		"../a/./b":                       "https://example.com/a/b",
		"/a:b":                           "https://example.com/a:b",
		"1:b":                            "https://example.com/dir/1:b",
		"a b%zz":                         "https://example.com/dir/a%20b%25zz",
		"//EXAMPLE.net/A":                "https://example.net/A",
		`\\example.net\a?b\c`:            `https://example.net/a?b\c`,
		"///example.net":                 "https://example.net/",
		"http://example.net":             "http://example.net/",
		"http://example.net/a/../b/./c":  "http://example.net/b/c",
		" \x01HTTP://example.net/ \r\n":  "http://example.net/",
		"ht\ttp:\n//exam\rple.net/":      "http://example.net/",
		"http:example.net":               "http://example.net/",
		`http:\/\example.net/`:           "http://example.net/",
		"https:a":                        "https://example.com/dir/a",
		"https:/a":                       "https://example.com/a",
		`https:\\example.net`:            "https://example.net/",
		"http://u:p@example.net:8080/#f": "http://example.net:8080/",
		"http://[2001:DB8::1]/":          "http://[2001:db8::1]/",
		"mailto:a@example.net":           "mailto:a@example.net",
		"data:text/html,<p>":             "data:text/html,<p>",
		"wss:example.net":                "wss://example.net/",
	} {
		u, ok := resolve(base, ref)
		if !ok || u.String() != want {
			t.Errorf("resolve(%q) = %v, %v; want %s", ref, u, ok, want)
		}
	}
	for _, refused := range []string{"http:", "http:///", "http://?x", "http://[::1", "http://a b/", "http://a<b/", "http://a:b/", "http://a:65536/", "http://%zz/", "http://256.1.1.1/", "http://1.2.3.4.5/", "http://08.1/", "http://a.1/", "http://4294967296/"} {
		if u, ok := resolve(base, refused); ok {
			t.Errorf("resolve(%q) = %v, but browsers refuse it", refused, u)
		}
	}
}

func TestCleartext(t *testing.T) {
	for ref, want := range map[string]bool{
		"http://example.com/":           true,
		"ws://example.com/":             false,
		"http://10.0.0.1/":              true,
		"http://localhost.example.com/": true,
		"http://notlocalhost/":          true,
		"http://[fe80::1]/":             true,
		"https://example.com/":          false,
		"wss://example.com/":            false,
		"ftp://example.com/":            false,
		"http://2130706433/":            false,
		"http://0x7f000001/":            false,
		"http://0177.0.0.1./":           false,
		"http://127.1:8080/":            false,
		"http://%31%32%37.1/":           false,
		"http://127.1.example/":         true,
		"http://128.1/":                 true,
		"http://example.com:22/":        false,
		"http://example.com:8080/":      true,
		"http://localhost/":             false,
		"http://LocalHost.:8080/":       false,
		"http://a.b.localhost/":         false,
		"http://127.255.255.254/":       false,
		"http://[::1]:80/":              false,
		"data:,http://example.com/":     false,
	} {
		u, ok := resolve(&url.URL{}, ref)
		if !ok || cleartext(u) != want {
			t.Errorf("cleartext(%q) = %v, want %v", ref, !want, want)
		}
	}
}
