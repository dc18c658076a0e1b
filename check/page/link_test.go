package page

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// links are the references of Link header fields that come with an empty page.
func links(base string, values ...string) []Reference {
	p, _ := Read(context.Background(), Response{URL: base, Status: 200, Header: Header{"Content-Type": {"text/html"}, "Link": values}})
	return p.References
}

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
		{[]string{`<http://a.example/a.css>; rel=prev; rel=stylesheet`}, nil},
		{[]string{`<http://a.example/a>; rel=next`, `<http://a.example/d>; rel=compression-dictionary`}, blockable("http://a.example/a", "http://a.example/d")},
		{[]string{`</b>; rel=preload; as=image; imagesrcset="http://a.example/b 1x"`}, []Reference{{Kind: Passive, Element: "Link", URL: "http://a.example/b"}}},
		{[]string{`<http://a.example/a.js>; rel=preload`, `<http://a.example/a>; rel=preload; as=document`}, nil},
		{[]string{`<http://a.example/>; rel=canonical, <http://a.example>; rel=preconnect, <http://a.example/m>; rel=manifest, <http://a.example/i>; rel=icon`}, nil},
		{[]string{`<http://a.example/a.css>; rel=stylesheet; anchor="/other"`}, nil},
		{[]string{`</a.css>; rel=stylesheet, <//a.example/b.css>; rel=stylesheet`}, nil},
		{[]string{`<http://localhost/a.css>; rel=stylesheet`}, nil},
		{[]string{`http://a.example/a.css; rel=stylesheet`, `<http://a.example/a.css`, `<http://a.example/a.css>`, `<http://a.example/a.css>; rel="stylesheet`, `,,;<>`}, nil},
	} {
		if d := cmp.Diff(tt.want, links(here, tt.values...)); d != "" {
			t.Errorf("%q (-want +got):\n%s", tt.values, d)
		}
	}
	if got := links("http://example.com/", `<http://a.example/a.css>; rel=stylesheet`); got != nil {
		t.Errorf("of a cleartext answer: %v", got)
	}
}

func FuzzLinks(f *testing.F) {
	f.Add(`<http://a.example/a.css>; rel=stylesheet; title="a, b"`)
	f.Add(`</b>;rel="preload";as="font", <http://c/>; rel=prefetch; anchor=x`)
	f.Fuzz(func(t *testing.T, value string) {
		for _, r := range links(here, value) {
			if r.Element != "Link" || r.Line != 0 || r.Kind == Form || len(r.URL) > maxURL {
				t.Errorf("links(%q) gives %+v", value, r)
			}
		}
	})
}
