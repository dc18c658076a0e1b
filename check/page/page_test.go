package page

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const here = "https://example.com/dir/page.html"

// read reads a body as the answer of a URL, of a Content-Type unless that is empty.
func read(body []byte, contentType, base string) (*Page, bool) {
	r := Response{URL: base, Status: 200, Header: Header{}, Body: body}
	if contentType != "" {
		r.Header["Content-Type"] = []string{contentType}
	}
	return Read(context.Background(), r)
}

func TestReadDecidesWhatIsHTML(t *testing.T) {
	const image = `<img src="http://example.net/a.png">`
	for _, tt := range []struct {
		contentType, body string
		want              bool
	}{
		{"text/html", image, true},
		{" Text/HTML ; charset=utf-8", image, true},
		{"text/html;charset", image, true},
		{"application/xhtml+xml", image, true},
		{"text/html", "{}", true},
		{"text/plain", "<!DOCTYPE html>" + image, false},
		{"application/json", `"` + image + `"`, false},
		{"image/svg+xml", "<html>" + image, true},
		{"text/htmlx", image, false},
		{"", "<!DOCTYPE html>" + image, true},
		{"", " \r\n\t<hTmL>" + image, true},
		{"", "<a href=/>" + image, true},
		{"", "<!-- c -->" + image, true},
		{"*/*", "<body>" + image, true},
		{"nonsense", "<body>" + image, true},
		{"", "<abbr>" + image, true},
		{"", "<htm", false},
		{"", "text " + image, false},
		{"", "\ufeff<html>" + image, false},
		{"", "", false},
	} {
		p, ok := read([]byte(tt.body), tt.contentType, here)
		if ok != tt.want || ok != (p != nil) {
			t.Errorf("Read(%q, %q): %v; want %v", tt.body, tt.contentType, ok, tt.want)
		}
	}
}

func TestReadEncodings(t *testing.T) {
	const markup = `<img src="http://example.net/a.png">`
	wide := func(high, low int) []byte {
		out := make([]byte, 2*len(markup))
		for i := range len(markup) {
			out[2*i+low], out[2*i+high] = markup[i], 0
		}
		return out
	}
	bigEndian, littleEndian := wide(0, 1), wide(1, 0)
	for name, tt := range map[string]struct {
		contentType string
		body        []byte
	}{
		"ASCII":                {"text/html", []byte(markup)},
		"UTF-8 mark":           {"text/html; charset=utf-16", []byte("\ufeff" + markup)},
		"big-endian mark":      {"text/html", append([]byte{0xFE, 0xFF}, bigEndian...)},
		"little-endian mark":   {"text/html; charset=utf-16be", append([]byte{0xFF, 0xFE}, littleEndian...)},
		"big-endian label":     {`text/html; charset="UTF-16BE"`, bigEndian},
		"little-endian label":  {"text/html; x=y; charset=utf-16", littleEndian},
		"odd number of bytes":  {"text/html; charset=utf-16le", append(littleEndian[:len(littleEndian):len(littleEndian)], 'x')},
		"lone surrogate, last": {"text/html; charset=utf-16le", append(littleEndian[:len(littleEndian):len(littleEndian)], 0, 0xD8)},
	} {
		p, ok := read(tt.body, tt.contentType, here)
		want := []Reference{{Kind: Passive, Element: "img", Attribute: "src", URL: "http://example.net/a.png", Line: 1}}
		if !ok {
			t.Errorf("%s: not HTML", name)
		} else if d := cmp.Diff(want, p.References); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Cleartext references are no matter of a document that is not https, and a
// document without a base has no relative URLs; neither is an error.
func TestReadOtherDocuments(t *testing.T) {
	const markup = `<script src="http://example.net/a.js"></script><meta http-equiv=refresh content="0;url=/x">` +
		`<meta http-equiv=refresh content="0;url=https://example.net/y">`
	for base, want := range map[string]*Page{
		"http://example.com/": {Refresh: "http://example.com/x"},
		"":                    {Refresh: "https://example.net/y"},
		"https://[bad":        {Refresh: "https://example.net/y"},
		"https://example.com": {Refresh: "https://example.com/x", References: []Reference{{Blockable, "script", "src", "http://example.net/a.js", 1}}},
	} {
		p, _ := read([]byte(markup), "text/html", base)
		if d := cmp.Diff(want, p); d != "" {
			t.Errorf("at %q (-want +got):\n%s", base, d)
		}
	}
}

func TestReadRefresh(t *testing.T) {
	for markup, want := range map[string]string{
		`<meta http-equiv=refresh content="0; url=/page.html">`:                                         "https://example.com/page.html",
		`<meta http-equiv=refresh content="0; url=page.html">`:                                          "",
		`<meta http-equiv=refresh content="0; url=#top">`:                                               "",
		`<meta http-equiv=refresh content="0; url=http://u:p@example.com/#f">`:                          "http://example.com/",
		`<meta http-equiv=refresh content="0; url=data:text/html,x">`:                                   "",
		`<meta http-equiv=refresh content="0; url=http://">`:                                            "",
		`<p><b><meta http-equiv="REFRESH" content="0; url=/in-body">`:                                   "https://example.com/in-body",
		`<meta http-equiv=" refresh " content="0; url=/x">`:                                             "",
		`<noscript><p><meta http-equiv=refresh content="0; url=/basic"></noscript>`:                     "https://example.com/basic",
		`<noscript><!-- <meta http-equiv=refresh content="0; url=/basic"> --></noscript>`:               "",
		`<base href=/sub/><noscript><base href=/no/><meta http-equiv=refresh content="0; url=x">`:       "https://example.com/sub/x",
		`<template><noscript><meta http-equiv=refresh content="0; url=/basic"></noscript></template>`:   "",
		`<template><meta http-equiv=refresh content="0; url=/x"></template>`:                            "",
		`<!-- <meta http-equiv=refresh content="0; url=/x"> -->`:                                        "",
		`<textarea><meta http-equiv=refresh content="0; url=/x"></textarea>`:                            "",
		`<svg><desc><meta http-equiv=refresh content="0; url=/x"></desc></svg>`:                         "https://example.com/x",
		`<svg><meta http-equiv=refresh content="0; url=/x">`:                                            "https://example.com/x",
		`<svg><noscript><meta http-equiv=refresh content="0; url=/x"></noscript></svg>`:                 "https://example.com/x",
		`<iframe srcdoc="<meta http-equiv=refresh content='0; url=/x'>"></iframe>`:                      "",
		`<iframe srcdoc="<noscript><meta http-equiv=refresh content='0; url=/x'></noscript>"></iframe>`: "",
	} {
		p, _ := read([]byte(markup), "text/html", here)
		if p.Refresh != want {
			t.Errorf("%s: %q; want %q", markup, p.Refresh, want)
		}
	}
	p, _ := read([]byte(`<meta http-equiv=refresh content="0;url=/`+strings.Repeat("a", 1<<20)+`">`), "text/html", here)
	if len(p.Refresh) != maxRefresh {
		t.Errorf("a refresh of %d bytes", len(p.Refresh))
	}
}

// hostile are bodies that a careless reader would be slow on or hold too much of.
var hostile = map[string]string{
	"scopes":        "<svg><template><object><picture>",
	"end tags":      "<object></template></svg>",
	"images":        "<img src=http:a>",
	"attributes":    "<p a b c d style=x style=y src=z>",
	"one tag":       " a=b",
	"candidates":    "http:a,",
	"CSS":           "a{b:url(http:c)}",
	"declaration":   "url(http:c) ",
	"blocks":        "{",
	"scripts":       "<script><!--<script></script></script>",
	"script starts": "<script ",
	"noscript":      "<noscript><meta>",
	"comments":      "<!---",
	"entities":      "&amp",
	"escapes":       `\0`,
	"rules":         "a{b:c}",
	"variables":     "a{--b:var(--c,url(http:d));background:var(--b)}",
	"nested rules":  "a{b:c;",
	"brackets":      "a:(",
	"classes":       "<p class='a b c d'>",
	"forms":         "<form id=a><button form=b formaction=http:c>",
	"policies":      "<meta http-equiv=content-security-policy content='img-src a'>",
	"fonts":         "@font-face{font-family:a;src:url(http:b)}",
	"imports":       "import a from 'http:b';",
	"templates":     "`${",
	"data":          "<iframe src='data:text/html,<img src=http:a>'>",
}

// openings put a hostile body where it hurts.
var openings = []string{"", "<p ", "<img srcset='", "<style>", "<p style='background:", "<script><!--", "<script type=module>", "<script type=importmap>", "<svg>", "<iframe srcdoc='", "<noscript>"}

// What a reader allocates is in proportion to the body, whatever the body.
func TestReadHostile(t *testing.T) {
	const most = 256 // bytes allocated for a byte of body
	for name, body := range hostile {
		for _, opening := range openings {
			body := append([]byte(opening), bytes.Repeat([]byte(body), 1<<15/len(body))...)
			if strings.HasPrefix(opening, "<script type") {
				body = append(body, "</script>"...)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			p, _ := read(body, "text/html", here)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > most*uint64(len(body)) {
				t.Errorf("%s after %q: %d bytes allocated for %d", name, opening, n, len(body))
			}
			checkPage(t, body, p)
		}
	}
}

// What a long base costs does not grow with the relative URLs that it is for,
// and time that is up ends the reading.
func TestReadLongBase(t *testing.T) {
	body := "<base href=http://a.example/" + strings.Repeat("b", 400<<10) + ">" + strings.Repeat("<form action=c><button>", 1)
	body += strings.Repeat("</form><form action=c>", 25000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, _ := read([]byte(body), "text/html", here)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 256*uint64(len(body)) {
		t.Errorf("%d bytes allocated for %d", n, len(body))
	}
	if len(p.References) != maxOfAKind || p.Omitted[Form] != 25001-maxOfAKind {
		t.Errorf("%d references, %v omitted", len(p.References), p.Omitted)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, contentType := range []string{"text/html", "text/xml"} {
		p, ok := Read(ctx, Response{URL: here, Status: 200, Header: Header{"Content-Type": {contentType}}, Body: []byte("<script src=http://r.example/>")})
		if !ok || p.Incomplete == "" {
			t.Errorf("%s, after the deadline: %+v", contentType, p)
		}
	}
}

// An entity that expands without end ends the reading.
func TestReadEntities(t *testing.T) {
	body := `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaaaaaaaa">`
	for c := 'b'; c < 'l'; c++ {
		body += "<!ENTITY " + string(c) + ` "` + strings.Repeat("&"+string(c-1)+";", 16) + `">`
	}
	for _, body := range []string{body + "]><r>&k;</r>", `<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY b "&a;">]><r>&a;</r>`} {
		p, ok := read([]byte(body), "text/xml", here)
		if !ok || p.Incomplete == "" {
			t.Errorf("%.60s: %+v", body, p)
		}
	}
}

// checkPage holds what is true of every page.
func checkPage(t *testing.T, body []byte, p *Page) {
	t.Helper()
	kinds := map[Kind]int{}
	for _, r := range p.References {
		kinds[r.Kind]++
		if r.Line < 1 || r.Line > countLines(body)+1 || r.Element == "" || len(r.Element) > maxName {
			t.Errorf("reference %+v", r)
		}
		if len(r.URL) > maxURL || !utf8.ValidString(r.URL) || !strings.HasPrefix(r.URL, "http:") && !strings.HasPrefix(r.URL, "ws:") {
			t.Errorf("reference to %q", r.URL)
		}
	}
	if kinds[Blockable]+kinds[Passive]+kinds[Form] != len(p.References) {
		t.Errorf("kinds %v", kinds)
	}
	for k, n := range p.Omitted {
		if kinds[k] != maxOfAKind || n < 1 {
			t.Errorf("%d kept, %d omitted", kinds[k], n)
		}
	}
	if len(p.Refresh) > maxRefresh || p.Refresh != "" && !strings.HasPrefix(p.Refresh, "http") {
		t.Errorf("refresh %q", p.Refresh)
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("../../testdata/pages/*/*.*html")
	if err != nil || len(files) == 0 {
		f.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if len(body) < 1<<13 {
			f.Add(body, "text/html")
		}
	}
	f.Add([]byte("<html><script src='http://a/'/>"), "application/xhtml+xml")
	f.Add([]byte("<\x00i\x00m\x00g\x00"), "text/html; charset=utf-16")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		p, ok := read(body, contentType, here)
		if !ok {
			return
		}
		media, charset := parseContentType([]string{contentType})
		checkPage(t, decodeText(body, charset), p)
		if media != "text/html" || strings.HasPrefix(charset, "utf-16") {
			return
		}
		// A policy before all else leaves nothing, whatever follows it.
		const policy = `<meta http-equiv=content-security-policy content=upgrade-insecure-requests>`
		upgraded, _ := read(append([]byte(policy), body...), "text/html", here)
		if len(upgraded.References) > 0 || len(upgraded.Omitted) > 0 {
			t.Errorf("under upgrade-insecure-requests: %+v", upgraded)
		}
	})
}

func FuzzXML(f *testing.F) {
	f.Add(`<!DOCTYPE html [<!ENTITY u "http://r.example/"><!ATTLIST img src CDATA #FIXED "x">]><html xmlns="http://www.w3.org/1999/xhtml"><img src="&u;"/></html>`)
	f.Add(`<?xml version="1.0"?><?xml-stylesheet href='http://r.example/a.css'?><r><![CDATA[x]]></r>`)
	f.Fuzz(func(t *testing.T, body string) {
		if p, ok := read([]byte(body), "text/xml", here); ok {
			for _, r := range p.References {
				if len(r.URL) > maxURL || !strings.HasPrefix(r.URL, "http:") {
					t.Errorf("%q: reference to %q", body, r.URL)
				}
			}
		}
	})
}

func FuzzCSS(f *testing.F) {
	f.Add(`@import "a";p{background:url(b)}@media x{a:hover{--b:var(--c,image-set("d" 1x))}}`)
	f.Add("a{b:u\\72l(c);&d{e:f}}/*")
	f.Fuzz(func(t *testing.T, css string) {
		last := -1
		scan := cssScanner{text: css}
		for tok := scan.next(); tok.kind != cssEnd; tok = scan.next() {
			if scan.at <= last || scan.at > len(css) {
				t.Fatalf("%q: token at %d does not end after %d", css, tok.at, last)
			}
			last = scan.at
		}
		s := sheet{scan: cssScanner{text: css}, imported: func(string, int) {}, block: func(cssRule, []declaration) {}, ended: func() bool { return false }, overlong: func() {}}
		s.readSheet(cssRule{})
	})
}

func FuzzContentType(f *testing.F) {
	f.Add("text/html; charset=utf-8", "text/plain, */*")
	f.Add(`text/html;x=",";charset="a`, "")
	f.Fuzz(func(t *testing.T, a, b string) {
		media, charset := parseContentType([]string{a, b})
		if media != strings.ToLower(media) || media == "" && charset != "" || media != "" && !strings.Contains(media, "/") {
			t.Errorf("%q and %q: %q, %q", a, b, media, charset)
		}
	})
}

func FuzzDataURL(f *testing.F) {
	f.Add("data:text/html;base64,PHA+")
	f.Add("data:,%41 x#y")
	f.Fuzz(func(t *testing.T, ref string) {
		if data, ok := parseDataURL(ref); ok && len(data.body) > len(ref) {
			t.Errorf("%q holds %q", ref, data.body)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	bodies := map[string][]byte{"page": nil}
	files, _ := filepath.Glob("../../testdata/pages/*/*.html")
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		if !bytes.HasPrefix(body, []byte("\xff\xfe")) && !bytes.Contains(body, []byte("<plaintext")) {
			bodies["page"] = append(bodies["page"], body...)
		}
	}
	bodies["page"] = bytes.Repeat(bodies["page"], 1<<20/len(bodies["page"])+1)[:1<<20]
	for name, body := range hostile {
		for _, opening := range openings {
			bodies[name+" after "+opening] = append([]byte(opening), bytes.Repeat([]byte(body), 1<<20/len(body))...)
		}
	}
	for name, body := range bodies {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read(body, "text/html", here)
			}
		})
	}
}
