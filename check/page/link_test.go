package page

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinks(t *testing.T) {
	blockable := func(urls ...string) (refs []Reference) {
		for _, u := range urls {
			refs = append(refs, Reference{Kind: Blockable, Element: "Link", URL: u})
		}
		return refs
	}
	for _, tt := range []struct {
		values []string
		want   []Reference
	}{
		{nil, nil},
		{[]string{`<http://a.example/a.css>; rel=stylesheet`}, blockable("http://a.example/a.css")},
		{[]string{`<http://a.example/a.js>;rel="preload";as=script;crossorigin`}, blockable("http://a.example/a.js")},
		{[]string{`<http://a.example/a,b;c.mjs> ; REL = ModulePreload`}, blockable("http://a.example/a,b;c.mjs")},
		{[]string{`<http://a.example/1>; rel="next prefetch", <http://a.example/2>; title="a, <b>; c\""; rel=prefetch`, `<http://a.example/3>; rel=prefetch`},
			blockable("http://a.example/1", "http://a.example/2", "http://a.example/3")},
		{[]string{`<http://a.example/a.png>; rel=preload; as=image`}, []Reference{{Kind: Passive, Element: "Link", URL: "http://a.example/a.png"}}},
		{[]string{`<http://a.example/a.css>; rel=stylesheet; rel=next`}, blockable("http://a.example/a.css")},
		{[]string{`<http://a.example/a.css>; rel=next; rel=stylesheet`}, nil},
		{[]string{`<http://a.example/a.js>; rel=preload`, `<http://a.example/a>; rel=preload; as=document`}, nil},
		{[]string{`<http://a.example/>; rel=canonical, <http://a.example>; rel=preconnect, <http://a.example/m>; rel=manifest, <http://a.example/i>; rel=icon`}, nil},
		{[]string{`<http://a.example/a.css>; rel=stylesheet; anchor="/other"`}, nil},
		{[]string{`</a.css>; rel=stylesheet, <//a.example/b.css>; rel=stylesheet`}, nil},
		{[]string{`<http://localhost/a.css>; rel=stylesheet`}, nil},
		{[]string{`http://a.example/a.css; rel=stylesheet`, `<http://a.example/a.css`, `<http://a.example/a.css>`, `<http://a.example/a.css>; rel="stylesheet`, `,,;<>`}, nil},
	} {
		if d := cmp.Diff(tt.want, Links(tt.values, here)); d != "" {
			t.Errorf("%q (-want +got):\n%s", tt.values, d)
		}
	}
	if got := Links([]string{`<http://a.example/a.css>; rel=stylesheet`}, "http://example.com/"); got != nil {
		t.Errorf("of a cleartext answer: %v", got)
	}
}

func FuzzLinks(f *testing.F) {
	f.Add(`<http://a.example/a.css>; rel=stylesheet; title="a, b"`)
	f.Add(`</b>;rel="preload";as="font", <http://c/>; rel=prefetch; anchor=x`)
	f.Fuzz(func(t *testing.T, value string) {
		for _, r := range Links([]string{value}, here) {
			if r.Element != "Link" || r.Line != 0 || r.Kind == Form || len(r.URL) > maxURL {
				t.Errorf("Links(%q) gives %+v", value, r)
			}
		}
	})
}
