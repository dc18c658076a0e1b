package page

import (
	"crypto/sha256"
	"encoding/base64"
	"testing"
)

// allowed asks policies of a page at https://example.com/.
func allowed(policies Policies, r request) bool {
	return policies.allow(target{scheme: "https", host: "example.com"}, r)
}

func TestPolicies(t *testing.T) {
	at := func(s string) target {
		u, ok := Resolve(here, s)
		if !ok {
			t.Fatalf("URL %q", s)
		}
		return newTarget(u)
	}
	script := request{directive: "script-src-elem", url: at("http://r.example/a.js")}
	image := request{directive: "img-src", url: at("http://r.example:8080/i/a.png")}
	with := func(r request, change func(*request)) request { change(&r); return r }
	for _, tt := range []struct {
		policy string
		r      request
		want   bool
	}{
		{"", script, true},
		{"img-src 'none'", script, true},
		{"default-src 'self'", script, false},
		{"default-src https:", script, false},
		{"default-src", script, false},
		{"default-src 'none'; script-src *", script, true},
		{"script-src 'none'; script-src-elem *", script, true},
		{"script-src *; script-src 'none'", script, true},
		{"SCRIPT-SRC 'NONE'", script, false},
		{"script-src *, script-src 'none'", script, false},
		{"script-src 'none' *", script, true},
		{"script-src http:", script, true},
		{"script-src HTTP:", script, true},
		{"script-src ws:", script, false},
		{"script-src 'http:'", script, false},
		{`script-src "*"`, script, false},
		{"script-src r.example", script, false},
		{"script-src r.example:*", script, false},
		{"script-src *:*", script, false},
		{"script-src http://*:*", script, true},
		{"script-src http://r.example", script, true},
		{"script-src http://R.EXAMPLE", script, true},
		{"script-src http://r.example:80", script, true},
		{"script-src http://r.example:443", script, false},
		{"script-src http://*.example", script, true},
		{"script-src http://*.r.example", script, false},
		{"script-src http://other.example", script, false},
		{"script-src http://r.example/a.js", script, true},
		{"script-src http://r.example/b.js", script, false},
		{"script-src http://r.example/", script, true},
		{"script-src http://r.example/%61.js", script, true},
		{"img-src http://r.example", image, false},
		{"img-src http://r.example:8080", image, true},
		{"img-src http://r.example:*", image, true},
		{"img-src http://r.example:*/i/", image, true},
		{"img-src http://r.example:*/i", image, false},
		{"script-src 'nonce-x'", with(script, func(r *request) { r.nonce = "x" }), true},
		{"script-src 'nonce-x'", with(script, func(r *request) { r.nonce = "y" }), false},
		{"img-src 'nonce-x'", with(image, func(r *request) { r.nonce = "x" }), false},
		{"script-src 'strict-dynamic' 'nonce-x' http: *", script, false},
		{"script-src 'strict-dynamic' 'nonce-x'", with(script, func(r *request) { r.nonce = "x" }), true},
		{"script-src 'strict-dynamic'", with(script, func(r *request) { r.preload = true }), true},
		{"default-src 'strict-dynamic' *", image, true},
		{"script-src 'sha256-abc='", with(script, func(r *request) { r.integrity = "sha256-abc=" }), true},
		{"script-src 'sha256-abc='", with(script, func(r *request) { r.integrity = "sha256-abc= sha384-d" }), false},
		{"script-src 'sha256-abc='", with(script, func(r *request) { r.integrity = "SHA256-abc=" }), false},
		{"script-src 'nonce-*'", with(script, func(r *request) { r.nonce = "*" }), false},
		{"script-src 'nonce-a-_+/=='", with(script, func(r *request) { r.nonce = "a-_+/==" }), true},
		{"script-src 'sha256-a-_'", with(script, func(r *request) { r.integrity = "sha256-a+/" }), true},
		{"script-src 'sha256-abc='", with(script, func(r *request) { r.integrity = "md5-x" }), false},
		{"child-src 'none'", request{directive: "frame-src", url: at("http://r.example/")}, false},
		{"child-src 'none'; frame-src *", request{directive: "frame-src", url: at("http://r.example/")}, true},
		{"default-src 'none'", request{directive: "form-action", url: at("http://r.example/")}, true},
		{"form-action 'self'", request{directive: "form-action", url: at("http://example.com/")}, false},
		{"form-action 'self'", request{directive: "form-action", url: at("https://example.com/")}, true},
		{"base-uri 'none'", request{directive: "base-uri", url: at("http://r.example/")}, false},
		{"prefetch-src 'none'", request{directive: prefetchDirective, url: at("http://r.example/")}, true},
		{"default-src 'none'", request{directive: prefetchDirective, url: at("http://r.example/")}, false},
		{"default-src 'none'; worker-src *", request{directive: prefetchDirective, url: at("http://r.example/")}, true},
		{"default-src 'none'; style-src-attr *", request{directive: prefetchDirective, url: at("http://r.example/")}, false},
		{"default-src 'none'; img-src *", request{directive: prefetchDirective, url: at("http://r.example/")}, true},
		{"frame-src data:", request{directive: "frame-src", url: target{scheme: "data"}}, true},
		{"frame-src *", request{directive: "frame-src", url: target{scheme: "data"}}, false},
		{"script-src é *; script-src 'none'", script, false},
	} {
		if got := allowed(ParseCSP(tt.policy), tt.r); got != tt.want {
			t.Errorf("%q lets %s of %v out: %v", tt.policy, tt.r.directive, tt.r.url, got)
		}
	}
}

func TestUpgradePolicy(t *testing.T) {
	for value, want := range map[string]bool{
		"":                          false,
		"upgrade-insecure-requests": true,
		"UPGRADE-Insecure-Requests": true,
		"default-src *, upgrade-insecure-requests": true,
		"upgrade-insecure-requests 1":              true,
		"default-src upgrade-insecure-requests":    false,
		"upgrade-insecure-requests-x":              false,
		"upgrade insecure requests":                false,
	} {
		if got := ParseCSP(value).Upgrade(); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

func TestInlineStyles(t *testing.T) {
	for _, tt := range []struct {
		policy, directive, nonce string
		want                     bool
	}{
		{"", "style-src-elem", "", true},
		{"style-src 'self'", "style-src-elem", "", false},
		{"style-src 'unsafe-inline'", "style-src-elem", "", true},
		{"style-src 'unsafe-inline' 'nonce-x'", "style-src-elem", "", false},
		{"style-src 'nonce-x'", "style-src-elem", "x", true},
		{"style-src 'nonce-x'", "style-src-attr", "x", false},
		{"style-src " + styleHash("p{}"), "style-src-elem", "", true},
		{"style-src " + styleHash("p{} "), "style-src-elem", "", false},
		{"style-src " + styleHash("p{}"), "style-src-attr", "", false},
		{"style-src 'unsafe-hashes' " + styleHash("p{}"), "style-src-attr", "", true},
		{"style-src 'none'; style-src-attr 'unsafe-inline'", "style-src-attr", "", true},
		{"default-src 'none'", "style-src-attr", "", false},
	} {
		if got := ParseCSP(tt.policy).allowInline(tt.directive, tt.nonce, "p{}"); got != tt.want {
			t.Errorf("%q %s %q: %v", tt.policy, tt.directive, tt.nonce, got)
		}
	}
}

// styleHash is the hash source of a text.
func styleHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func FuzzParseCSP(f *testing.F) {
	f.Add("default-src 'self'; upgrade-insecure-requests", "script-src 'nonce-x' http://*.a.example:*/b/")
	f.Add("x,upgrade-insecure-requests", "sandbox allow-scripts; img-src *")
	f.Fuzz(func(t *testing.T, a, b string) {
		r := request{directive: "script-src-elem", url: target{scheme: "http", host: "a.example", path: "/b/c"}}
		first, second, both := allowed(ParseCSP(a), r), allowed(ParseCSP(b), r), allowed(ParseCSP(a, b), r)
		if both != (first && second) {
			t.Errorf("%q: %v, %q: %v, both %v", a, first, b, second, both)
		}
		if joined := ParseCSP(a + "," + b); joined.Upgrade() != (ParseCSP(a).Upgrade() || ParseCSP(b).Upgrade()) {
			t.Errorf("%q and %q joined: %v", a, b, joined)
		}
	})
}
