package page

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A document is a response, and what Chromium or Firefox asks for in cleartext
// because of it, nothing being blocked: each URL behind "http://r.example/",
// with "!" before it where it is blockable and ">" where a form is sent there.
type document struct {
	name   string
	fields string // "Name: value" a line; text/html unless a Content-Type is among them
	body   string // {R} stands for http://r.example
	want   string
}

// load reads a document.
func load(d document) (*Page, bool) {
	r := Response{URL: here, Status: 200, Header: Header{}, Body: []byte(strings.ReplaceAll(d.body, "{R}", "http://r.example"))}
	for line := range strings.Lines(strings.ReplaceAll(d.fields, "{R}", "http://r.example")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if early, ok := strings.CutPrefix(name, "103 "); ok {
			r.EarlyHints = append(r.EarlyHints, Header{early: {value}})
			continue
		}
		r.Header[name] = append(r.Header[name], value)
	}
	if r.Header["Content-Type"] == nil {
		r.Header["Content-Type"] = []string{"text/html; charset=utf-8"}
	}
	return Read(context.Background(), r)
}

// found words the references of a page.
func found(p *Page) []string {
	var all []string
	if p == nil {
		return nil
	}
	for _, r := range p.References {
		mark := map[Kind]string{Blockable: "!", Form: ">"}[r.Kind]
		all = append(all, mark+strings.TrimPrefix(strings.TrimPrefix(r.URL, "http://r.example/"), "http://"))
	}
	slices.Sort(all)
	return all
}

func checkDocuments(t *testing.T, documents []document) {
	t.Helper()
	for _, d := range documents {
		p, _ := load(d)
		want := strings.Fields(d.want)
		slices.Sort(want)
		if len(want) == 0 {
			want = nil
		}
		if diff := cmp.Diff(want, found(p)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", d.name, d.body, diff)
		}
	}
}

const xhtml = `<html xmlns="http://www.w3.org/1999/xhtml">`

func TestEarlyHintsAndLinks(t *testing.T) {
	checkDocuments(t, []document{
		{"103", "103 Link: <{R}/a.js>; rel=preload; as=script", "x", "!a.js"},
		{"103, whatever the answer's policy", "103 Link: <{R}/a.js>; rel=preload; as=script\nContent-Security-Policy: script-src 'self'", "x", "!a.js"},
		{"103 with an own URL", "103 Link: </a.js>; rel=preload; as=script", "x", ""},
		{"103 of no kind that is loaded", "103 Link: <{R}/a>; rel=canonical", "x", ""},
		{"field", "Link: <{R}/a.css>; rel=stylesheet, <{R}/b>; rel=prefetch\nLink: <{R}/c>; rel=modulepreload, <{R}/d>; rel=icon", "x", "!a.css !b !c"},
		{"field under a policy", "Link: <{R}/a.css>; rel=stylesheet\nContent-Security-Policy: style-src 'self'", "x", ""},
		{"field with imagesrcset", `Link: </x>; rel=preload; as=image; imagesrcset="{R}/a 1x"`, "x", "a"},
		{"compression dictionary", "Link: <{R}/a>; rel=compression-dictionary", "<link rel=compression-dictionary href={R}/b>", "!a !b"},
		{"relations", "", `<link rel="alternate stylesheet" href={R}/a><link rel=stylesheet disabled href={R}/b><link rel=dns-prefetch href={R}/c>` +
			`<link rel=preload as=document href={R}/d><link rel=preload as=fetch href={R}/e><link rel="shortcut icon" href={R}/f><link rel=next href={R}/g>`,
			"!a !e f !g"},
		{"ping", "", `<a href=/ ping="{R}/a {R}/b">x</a><a ping={R}/c>y</a><map><area href=/ ping={R}/d></map>`, "!a !b !d"},
	})
}

func TestShadowRootsAndFrames(t *testing.T) {
	const inner = `<script src={R}/s></script><img src={R}/i><link rel=stylesheet href={R}/l><style>:host{background:url({R}/b)}</style>`
	checkDocuments(t, []document{
		{"shadow root", "", "<div><template shadowrootmode=open>" + inner + "</template></div>", "!s i !l b"},
		{"closed shadow root", "", "<div><template shadowrootmode=CLOSED>" + inner + "</template></div>", "!s i !l b"},
		{"template", "", "<div><template>" + inner + "</template></div>", "i"},
		{"shadow root in a template", "", "<template><div><template shadowrootmode=open>" + inner + "</template></div></template>", "i"},
		{"shadow root in XML", "Content-Type: application/xhtml+xml", xhtml + `<body><template shadowrootmode="open"><img src="{R}/i"/></template></body></html>`, ""},
		{"data: document", "", `<iframe src='data:text/html,<script src={R}/s></script><img src={R}/i>'></iframe>`, "!s i"},
		{"data: document in base64", "", "<iframe src='data:text/html;base64,PGltZyBzcmM9aHR0cDovL3IuZXhhbXBsZS9pPg=='></iframe>", "i"},
		{"data: document of XML", "", `<iframe src="data:text/xml,<h:img xmlns:h='http://www.w3.org/1999/xhtml' src='{R}/i'/>"></iframe>`, "i"},
		{"data: document, percent-encoded", "", `<object data="data:text/html,%3Cimg%20src={R}/i%3E"></object>`, "i"},
		{"data: of no document", "", `<iframe src="data:text/plain,<img src={R}/i>"></iframe><img src="data:image/svg+xml,<image href='{R}/j'/>">`, ""},
		{"data: document under a policy", "Content-Security-Policy: script-src 'none'; frame-src data:", `<iframe src='data:text/html,<script src={R}/s></script><img src={R}/i>'></iframe>`, "i"},
		{"no data: document under a policy", "Content-Security-Policy: frame-src 'none'", `<iframe src='data:text/html,<img src={R}/i>'></iframe><iframe srcdoc='<img src={R}/j>'></iframe>`, "j"},
		{"refresh of an embedded document", "", `<iframe srcdoc="<meta http-equiv=refresh content='0;url={R}/a'>"></iframe>`, "!a"},
		{"frameset", "", "<div></div><frameset><frame src={R}/f></frameset>", "!f"},
		{"frameset that comes too late", "", "<br><frameset><frame src={R}/f></frameset>", ""},
		{"frameset after a body", "", "<body><frameset><frame src={R}/f></frameset>", ""},
		{"backgrounds", "", "<table><colgroup background={R}/a><col background={R}/b><tr background={R}/c><td background={R}/d></table><p background={R}/e>", "a b c d"},
		{"track", "", "<video src=/v><track src={R}/a></video><video crossorigin src=/v><track src={R}/b></video>", "!b"},
		{"types of sources", "", "<picture><source type=text/x srcset={R}/a><source srcset={R}/b><img src={R}/c></picture><audio><source type=text/x src={R}/d><source src={R}/e></audio>", "b e"},
	})
}

func TestStylesThatAreUsed(t *testing.T) {
	style := func(css string) string { return "<p id=i class=c>x</p><style>" + css + "</style>" }
	checkDocuments(t, []document{
		{"escape", "", style(`p{background:u\72l({R}/a)}`), "a"},
		{"comments", "", style(`p{background/**/:/**/url({R}/a)}`), "a"},
		{"import", "", style(`@\69mport "{R}/a";`), "!a"},
		{"import for print", "", style(`@import url({R}/a) print;`), "!a"},
		{"variable", "", style(`p{--x:url({R}/a);background:var(--x)}`), "a"},
		{"variable of a variable", "", style(`p{--x:url({R}/a);--y:var(--x);background:var(--y)}`), "a"},
		{"unused variable", "", style(`p{--x:url({R}/a)}`), ""},
		{"variable of another property", "", style(`p{--x:url({R}/a);color:var(--x)}`), ""},
		{"fallback", "", style(`p{background:var(--x,url({R}/a))}`), "a"},
		{"fallback not needed", "", style(`p{--x:red;background:var(--x,url({R}/a))}`), ""},
		{"initial value", "", style(`@property --x{syntax:"*";inherits:false;initial-value:url({R}/a)}p{background:var(--x)}`), "a"},
		{"image-set", "", style(`p{background:image-set("{R}/a" 1x)}`), "a"},
		{"functions of no browser", "", style(`p{background:image("{R}/a")}p{background:cross-fade(url({R}/b),50%)}p{background:src("{R}/c")}`), ""},
		{"modifiers", "", style(`p{background:url("{R}/a" x)}`), ""},
		{"namespace", "", style(`@namespace x url({R}/a);p{background:url({R}/b)}`), "b"},
		{"unused font", "", style(`@font-face{font-family:x;src:url({R}/a)}`), ""},
		{"font", "", style(`@font-face{font-family:"An X";src:url({R}/a)}p{font:1em An X,serif}`), "!a"},
		{"font of a style sheet", "", style(`@font-face{font-family:x;src:url({R}/a)}`) + "<link rel=stylesheet href=/a.css>", "!a"},
		{"font that a script may use", "", style(`@font-face{font-family:x;src:url({R}/a)}`) + "<script>f()</script>", "!a"},
		{"selectors", "", style(`.c{background:url({R}/a)}#i{cursor:url({R}/b),auto}p.d,body{mask:url({R}/c)}.no{mask:url({R}/d)}p #no{mask:url({R}/e)}`), "a b c"},
		{"nested", "", style(`body{& p{border-image:url({R}/a)}.no{mask:url({R}/b)}}`), "a"},
		{"keyframes", "", style(`@keyframes k{from{background:url({R}/a)}}@keyframes l{from{background:url({R}/b)}}p{animation:k 1s}`), "a"},
		{"print", "", style(`@media print{p{background:url({R}/a)}}`) + "<style media=print>body{background:url({R}/b)}</style>", ""},
		{"replaced", "", style(`p{background:url({R}/a);background:none}body{background-image:url({R}/b);background-image:url({R}/c)}`), "c"},
		{"hidden", "", "<p style='display:none;background:url({R}/a)'>", ""},
		{"type", "", "<style type=text/CSS>p{background:url({R}/a)}</style><style type=text/x>p{mask:url({R}/b)}</style><p>", "a"},
		{"data: sheet", "", `<link rel=stylesheet href="data:text/css,@import '{R}/a'"><style>@import "data:text/css,@import '{R}/b'";</style>`, "!a !b"},
		{"SVG in CSS", "", `<svg><rect style="fill:url({R}/a);clip-path:url({R}/b#c);marker-start:url({R}/c)"/></svg>`, "a b c"},
		{"SVG attributes", "", `<svg><rect fill="url({R}/a)" mask="url({R}/b)" cursor="url({R}/c), auto" filter="url({R}/d)"/></svg>`, "a b c"},
		{"attributes outside of SVG", "", `<p fill="url({R}/a)" mask="url({R}/b)">`, ""},
		{"set", "", `<svg><image><set attributeName=href to={R}/a /></image><rect><set attributeName=mask to="url({R}/b)"/></rect><use><set attributeName=href to={R}/c /></use></svg>`, "a b"},
		{"animate", "", `<svg><image><animate attributeName=href dur=1s values="{R}/a;{R}/b"/></image></svg>`, "a b"},
		{"use", "", `<svg><use href={R}/a /></svg>`, ""},
		{"MathML", "", `<math><style>@import "{R}/a";</style><mi style="background:url({R}/b)">x</mi></math>`, "!a b"},
	})
}

// What browsers ask for ahead of the parser, though the parser then does not.
func TestScanAhead(t *testing.T) {
	checkDocuments(t, []document{
		{"import of another type", "", `<style type="text/css; charset=utf-8">@import "{R}/a";p{background:url({R}/b)}</style><style type=text/x>@import "{R}/c"</style><p>`, "!a !c"},
		{"import of another type, late", "", `<style type=text/x>p{} @import "{R}/a"</style>`, ""},
		{"import of another type in XML", "Content-Type: application/xhtml+xml", xhtml + `<style type="text/x">@import "{R}/a";</style></html>`, ""},
		{"import in a template", "", `<template><style type=text/x>@import "{R}/a"</style></template>`, ""},
		{"import that inline styles are forbidden", "Content-Security-Policy: style-src http:", `<style>@import "{R}/a";p{background:url({R}/b)}</style><p>`, "!a"},
		{"import that is forbidden itself", "Content-Security-Policy: style-src 'self'", `<style>@import "{R}/a";</style>`, ""},
		{"link in MathML", "", "<math><link rel=stylesheet href={R}/a></math>", "!a"},
		{"link in SVG of XML", "Content-Type: image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><link rel="stylesheet" href="{R}/a"/></svg>`, ""},
		{"base in SVG", "", "<svg><base href={R}/></svg><script src=a></script>", "!a"},
		{"base without a host", "", "<base href='data:,x'><base href={R}/><script src=a></script>", "!a"},
		{"base that is no URL", "", "<base href='http://['><base href={R}/><script src=a></script>", "!a"},
		{"base in a shadow tree", "", "<template shadowrootmode=open><base href={R}/></template><script src=a></script>", ""},
		{"script of SVG of another type", "", "<svg><script type=text/x href={R}/a></script></svg><script type=text/x src={R}/b></script>", "!a"},
		{"images in a template", "", "<template><img srcset={R}/a><picture><source srcset={R}/b><img></picture><video poster={R}/c src={R}/v></video><svg><image href={R}/d /></svg><input type=image src={R}/e><p style='background:url({R}/f)'></template>", "a b c d"},
		{"images in a template of XML", "Content-Type: application/xhtml+xml", xhtml + `<template><img src="{R}/a"/></template></html>`, ""},
		{"second base", "", "<base href=/b/><base href={R}/><script src=a></script>", ""},
	})
}

// What browsers pass over, for they know no use for it.
func TestPassedOver(t *testing.T) {
	style := func(css string) string { return "<p>x</p><style>" + css + "</style>" }
	checkDocuments(t, []document{
		{"shadow root of no mode", "", "<div><template shadowrootmode=none><script src={R}/a></script></template></div>", ""},
		{"policy in a shadow tree", "", `<template shadowrootmode=open><meta http-equiv=content-security-policy content="img-src 'none'"></template><img src={R}/a>`, "a"},
		{"preload for print", "Link: <{R}/a.js>; rel=preload; as=script; media=print", "<link rel=preload as=style media=print href={R}/b><link rel=preload as=style media=screen href={R}/c>", "!c"},
		{"preload of a type", "", "<link rel=preload as=image type=image/x href={R}/a><link rel=preload as=image type=image/png href={R}/b>", "b"},
		{"field without a URL", `Link: <>; rel=preload; as=image; imagesrcset="{R}/a 1x"`, "x", ""},
		{"picture without an image", "", "<picture><source srcset={R}/a></picture>", ""},
		{"source after the image", "", "<picture><img src=/x><source srcset={R}/a></picture>", ""},
		{"sources of an image", "", "<picture><source srcset={R}/a media=print><source srcset='{R}/b 1x, {R}/c 2x'><img src={R}/d></picture>", "a b c"},
		{"source of a type", "", "<picture><source srcset={R}/a type=image/x><source srcset={R}/b type=IMAGE/WEBP><img></picture><video><source src={R}/c type=video/x><source src={R}/d type='video/mp4; codecs=\"x\"'></video>", "b d"},
		{"format of a font", "", style(`@font-face{font-family:x;src:url({R}/a) format("embedded-opentype"),url({R}/b) format(woff2)}p{font-family:x}`), "!b"},
		{"type of an image-set", "", style(`p{background:image-set("{R}/a" type("image/x"),url({R}/b) type("image/png"))}`), "b"},
		{"border", "", style(`p{border-image:url({R}/a) 1;border:1px solid}body{border:1px solid;border-image:url({R}/b) 1}`), "b"},
		{"style sheet in early hints", "103 Link: <{R}/a>; rel=stylesheet", "x", ""},
		{"types of plugins", "", "<object type=application/x-y data={R}/a></object><object type='TEXT/HTML; x' data={R}/b></object><embed type=x/y src={R}/c><embed type=image/svg+xml src={R}/d>", "!b !d"},
		{"XML style sheet to choose", "Content-Type: text/xml", `<?xml-stylesheet href="{R}/a" alternate="yes"?><?xml-stylesheet href="{R}/b" alternate="yes" title="x"?><x/>`, "!b"},
		{"names of SVG", "Content-Type: image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><IMAGE href="{R}/a"/><image HREF="{R}/b"/><feimage href="{R}/c"/><feImage href="{R}/d"/></svg>`, "d"},
	})
}

func TestMediaTypesAndDownloads(t *testing.T) {
	const image = "<html><img src={R}/i>"
	for _, tt := range []struct {
		fields string
		want   string
	}{
		{"Content-Type: text/html,", "i"},
		{"Content-Type: text/plain, text/html", "i"},
		{"Content-Type: text/html, text/plain", ""},
		{"Content-Type: text/html\nContent-Type: text/plain", ""},
		{"Content-Type: text/plain\nContent-Type: text/html", "i"},
		{"Content-Type: text/html, */*", "i"},
		{"Content-Type: text/html, x", "i"},
		{`Content-Type: text/html;charset="x,text/plain"`, "i"},
		{"Content-Type: text/html charset=utf-8", "i"}, // sniffed
		{"Content-Type: text", "i"},
		{"Content-Type: unknown/unknown", "i"},
		{"Content-Type: unknown/unknown\nX-Content-Type-Options: nosniff", ""},
		{"Content-Type: text/html\nX-Content-Type-Options: nosniff", "i"},
		{"Content-Type: text/html/x", ""},
		{"Content-Type: /html", ""},
		{"Content-Type: text/", ""},
		{"Content-Type: text /html", "i"}, // sniffed
		{"Content-Type: text/, text/html", "i"},
		{"Content-Type: application/json", ""},
		{"Content-Type: text/html; charset=iso-2022-kr", ""},
		{"Content-Disposition: attachment", ""},
		{"Content-Disposition: ATTACHMENT; filename=x.html", ""},
		{"Content-Disposition: form-data", ""},
		{"Content-Disposition: inline", "i"},
		{"Content-Disposition: inline; filename=x.html", "i"},
		{"Content-Disposition: filename=x.html", "i"},
		{"Content-Disposition: ;attachment", "i"},
		{`Content-Disposition: "attachment"`, "i"},
		{"Content-Disposition: inline\nContent-Disposition: attachment", ""},
	} {
		checkDocuments(t, []document{{tt.fields, tt.fields, image, tt.want}})
	}
	for status, want := range map[int]bool{200: true, 404: true, 500: true, 204: false, 205: false, 304: false} {
		r := Response{URL: here, Status: status, Header: Header{"Content-Type": {"text/html"}}}
		if r.MayHoldDocument() != want {
			t.Errorf("status %d: %v", status, !want)
		}
	}
}

func TestRefreshField(t *testing.T) {
	for _, tt := range []struct {
		status   int
		header   Header
		document *Page
		want     string
	}{
		{200, Header{"Refresh": {"0;url=http://r.example/a"}}, nil, "http://r.example/a"},
		{204, Header{"Refresh": {"0;url=http://r.example/a"}}, nil, ""},
		{205, Header{"Refresh": {"0;url=http://r.example/a"}}, nil, ""},
		{200, Header{"Refresh": {"0;url=http://r.example/a"}, "Content-Disposition": {"attachment"}}, nil, ""},
		{200, Header{"Refresh": {"x", "0;url=http://r.example/a"}}, nil, ""},
		{200, Header{"Refresh": {"0;url=http://r.example/a"}, "Content-Type": {"application/octet-stream"}}, nil, ""},
		{200, Header{"Refresh": {"0;url=http://r.example/a"}, "Content-Type": {"text/csv"}}, nil, ""},
		{200, Header{"Refresh": {"0;url=http://r.example/a"}, "Content-Type": {"image/tiff"}}, nil, ""},
		{200, Header{"Refresh": {"0;url=http://r.example/a"}, "Content-Type": {"application/ld+json"}}, nil, "http://r.example/a"},
		{200, Header{"Refresh": {"0;url=http://r.example/a"}, "Content-Type": {"text/markdown"}}, nil, "http://r.example/a"},
		{200, Header{"Refresh": {"0;url=http://r.example/a"}, "Content-Type": {"image/png"}}, nil, "http://r.example/a"},
		{200, Header{"Refresh": {"0;url=http://r.example/a", "0;url=http://r.example/b"}}, nil, "http://r.example/a, 0;url=http://r.example/b"},
		{200, Header{"Refresh": {"0;url=http://example.com/a"}, "Content-Security-Policy": {"upgrade-insecure-requests"}}, nil, "https://example.com/a"},
		{200, Header{"Refresh": {"0;url=http://example.com:80/a"}, "Content-Security-Policy": {"upgrade-insecure-requests"}}, nil, "https://example.com/a"},
		{200, Header{"Refresh": {"0;url=http://example.com:8080/a"}, "Content-Security-Policy": {"upgrade-insecure-requests"}}, nil, "http://example.com:8080/a"},
		{200, Header{"Refresh": {"0;url=http://r.example/a"}, "Content-Security-Policy": {"upgrade-insecure-requests"}}, nil, "http://r.example/a"},
		{200, Header{"Refresh": {"0;url=http://example.com/a"}}, &Page{Upgrades: true}, "https://example.com/a"},
		{200, Header{"Refresh": {"0;url=http://r.example/a"}}, &Page{Upgrades: true}, "http://r.example/a"},
		{200, Header{"Refresh": {"0;url=http://example.com/a"}}, &Page{}, "http://example.com/a"},
	} {
		got, ok := RefreshField(Response{URL: here, Status: tt.status, Header: tt.header}, tt.document)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%d %v: %q, %v", tt.status, tt.header, got, ok)
		}
	}
	if got, ok := RefreshField(Response{URL: here, Status: 200, Header: Header{"Refresh": {"5"}}}, nil); got != "" || !ok {
		t.Errorf("a time alone: %q, %v", got, ok)
	}
}

func TestReloadingPages(t *testing.T) {
	for markup, want := range map[string]bool{
		`<meta http-equiv=refresh content=5>`: true, `<meta http-equiv=refresh content="5; url=">`: true,
		`<meta http-equiv=refresh content="0; url=` + here + `#x">`: true, `<base href=/other/><meta http-equiv=refresh content="0; url=''">`: true,
		`<meta http-equiv=refresh content="0; url=/other">`: false, `<meta http-equiv=refresh content=x>`: false, `<meta http-equiv=refresh>`: false,
		`<iframe srcdoc="<meta http-equiv=refresh content=5>"></iframe>`: false,
	} {
		if p, ok := read([]byte(markup), "text/html", here); !ok || p.Reloads != want || p.Refresh != "" && want {
			t.Errorf("%s: %+v, %v", markup, p, ok)
		}
	}
}

// A policy of the page that upgrades holds for a Refresh field: one in the head,
// and of all of the document.
func TestUpgradingPages(t *testing.T) {
	const policy = "<meta http-equiv=Content-Security-Policy content=upgrade-insecure-requests>"
	for markup, want := range map[string]bool{
		policy: true, "<title>x</title>" + policy: true, "x" + policy: false, "<noscript>" + policy + "</noscript>": false,
		`<iframe srcdoc="` + policy + `"></iframe>`: false, "<meta http-equiv=Content-Security-Policy content='img-src *'>": false,
	} {
		if p, ok := read([]byte(markup), "text/html", here); !ok || p.Upgrades != want {
			t.Errorf("%s: %v", markup, !want)
		}
	}
}

func TestMetaRefreshes(t *testing.T) {
	const http = "<meta http-equiv=refresh content='0;url=http://r.example/a'>"
	const https = "<meta http-equiv=refresh content='0;url=https://r.example/b'>"
	const own = "<meta http-equiv=refresh content='0;url=http://example.com/c'>"
	const upgrade = "<meta http-equiv=content-security-policy content=upgrade-insecure-requests>"
	for _, tt := range []struct{ fields, body, want string }{
		{"", http + https, "http://r.example/a"},
		{"", https + http, "http://r.example/a"},
		{"", https + own, "http://example.com/c"},
		{"", https, "https://r.example/b"},
		{"", upgrade + own, "https://example.com/c"},
		{"", upgrade + http, "http://r.example/a"},
		{"", own + upgrade, "https://example.com/c"},
		{"", own + http + upgrade, "http://r.example/a"},
		{"", own + "<body>" + upgrade, "http://example.com/c"},
		{"Content-Security-Policy: upgrade-insecure-requests", own, "https://example.com/c"},
		{"Content-Security-Policy: default-src 'none'", http, "http://r.example/a"},
		{"Content-Security-Policy: sandbox", http, ""},
		{"Content-Security-Policy: sandbox allow-scripts", http, "http://r.example/a"},
	} {
		p, _ := load(document{fields: tt.fields, body: tt.body})
		if p.Refresh != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.fields, tt.body, p.Refresh, tt.want)
		}
	}
}

func TestXML(t *testing.T) {
	const xml = "Content-Type: text/xml"
	checkDocuments(t, []document{
		{"XHTML as text/xml", xml, xhtml + `<body><img src="{R}/i"/><script src="{R}/s"/></body></html>`, "i !s"},
		{"prefixes", "Content-Type: application/xml", `<r xmlns:h="http://www.w3.org/1999/xhtml"><h:img src="{R}/i"/><h:style>@import "{R}/c";</h:style><img src="{R}/no"/></r>`, "i !c"},
		{"no namespace", "Content-Type: application/xhtml+xml", `<html><img src="{R}/i"/></html>`, ""},
		{"upper case", xml, xhtml + `<IMG src="{R}/i"/><img SRC="{R}/j"/></html>`, ""},
		{"other XML types", "Content-Type: application/rss+xml", xhtml + `<img src="{R}/i"/></html>`, ""},
		{"SVG", "Content-Type: image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink"><image x:href="{R}/i"/><script href="{R}/s"/><feImage href="{R}/f"/></svg>`, "i !s f"},
		{"xml-stylesheet", xml, `<?xml version="1.0"?><?xml-stylesheet href="{R}/a.css" type="text/css"?><?xml-stylesheet href='{R}/b.css'?><r><?xml-stylesheet href="{R}/c.css"?></r>`, "!a.css !b.css"},
		{"xml-stylesheet of XSLT", xml, `<?xml-stylesheet href="{R}/a.xsl" type="text/xsl"?><r/>`, "!a.xsl"},
		{"xml-stylesheet under a policy", xml + "\nContent-Security-Policy: style-src 'self'", `<?xml-stylesheet href="{R}/a.css"?><r/>`, ""},
		{"entities", xml, `<!DOCTYPE html [<!ENTITY u "{R}/e"><!ENTITY v "&u;?v"><!ENTITY m '<img xmlns="http://www.w3.org/1999/xhtml" src="{R}/m"/>'>]>` + xhtml + `<img src="&u;"/><img src='&v;'/>&m;</html>`, "e e?v m"},
		{"entity with a quote", xml, `<!DOCTYPE html [<!ENTITY u '{R}/"e'>]>` + xhtml + `<img src="&u;"/></html>`, `%22e`},
		{"external entity", xml, `<!DOCTYPE html [<!ENTITY e SYSTEM "{R}/e">]>` + xhtml + `<img src="/a"/></html>`, ""},
		{"attribute of the DTD", xml, `<!DOCTYPE html [<!ATTLIST img src CDATA "{R}/a" alt CDATA #IMPLIED>]>` + xhtml + `<img/><img src="/b"/></html>`, "a"},
		{"fixed attribute of the DTD", xml, `<!DOCTYPE html [<!ATTLIST img src CDATA #FIXED "{R}/a">]>` + xhtml + `<img/></html>`, "a"},
		{"not well-formed", xml, xhtml + `<body><img src="{R}/a"/><p></body><img src="{R}/b"/></html>`, "a"},
		{"entities of XHTML", xml, `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">` + xhtml + `&nbsp;<img src="{R}/i"/></html>`, "i"},
		{"noscript", xml, xhtml + `<noscript><img src="{R}/i"/></noscript></html>`, "i"},
		{"CDATA", xml, xhtml + `<style><![CDATA[ @import "{R}/a"; ]]></style></html>`, "!a"},
		{"sniffed", "Content-Type: x", `<?xml version="1.0"?>` + xhtml + `<img src="{R}/i"/></html>`, "i"},
	})
}

func TestPoliciesOfDocuments(t *testing.T) {
	const all = `<script src={R}/s></script><img src={R}/i><link rel=stylesheet href={R}/l><iframe src={R}/f></iframe>` +
		`<object data={R}/o></object><video src={R}/v poster={R}/p></video><form action={R}/form></form>`
	meta := func(content string) string {
		return `<meta http-equiv=Content-Security-Policy content="` + content + `">`
	}
	header := "Content-Security-Policy: "
	checkDocuments(t, []document{
		{"none", "", all, "!s i !l !f !o v p >form"},
		{"report only", "Content-Security-Policy-Report-Only: default-src 'none'", all, "!s i !l !f !o v p >form"},
		{"default-src 'self'", header + "default-src 'self'", all, ">form"},
		{"default-src https: in a meta", "", meta("default-src https:") + all, ">form"},
		{"script-src https:", header + "script-src https:", all, "i !l !f !o v p >form"},
		{"several", header + "script-src 'none'\n" + header + "img-src 'none', media-src 'none'", all, "!l !f !o >form"},
		{"form-action", header + "form-action https:", all, "!s i !l !f !o v p"},
		{"sandbox", header + "sandbox", all + "<noscript><img src={R}/n></noscript>", "!s i !l !f !o v p n"},
		{"sandbox with forms", header + "sandbox allow-forms", all, "!s i !l !f !o v p >form"},
		{"sandbox in a meta", "", meta("sandbox") + all, "!s i !l !f !o v p >form"},
		{"upgrade", header + "upgrade-insecure-requests", all, ""},
		{"block", header + "block-all-mixed-content", all, ">form"},
		{"keyword with blanks", "", `<meta http-equiv=" Content-Security-Policy " content="upgrade-insecure-requests"><script src={R}/s></script>`, "!s"},
		{"from where it stands", "", "<script src={R}/a></script>" + meta("script-src 'none'") + "<script src={R}/b></script>", "!a"},
		{"not in the body", "", "<p>" + meta("script-src 'none'") + "<script src={R}/b></script>", "!b"},
		{"no list in a meta", "", meta("img-src *, script-src 'none'") + "<script src={R}/b></script>", "!b"},
		{"nonce", header + "script-src 'strict-dynamic' 'nonce-x'", "<script src={R}/a></script><script nonce=x src={R}/b></script><link rel=modulepreload href={R}/c>", "!b !c"},
		{"integrity", header + "script-src 'sha256-YQ=='", "<script integrity=sha256-YQ== src={R}/a></script><script src={R}/b></script>", "!a"},
		{"inline styles", header + "style-src 'self'", `<style>@import "{R}/a";body{background:url({R}/b)}</style><p style="background:url({R}/c)">x`, ""},
		{"inline styles by nonce", header + "style-src 'nonce-x'", `<style nonce=x>@import "{R}/a";body{background:url({R}/b)}</style><p style="background:url({R}/c)">x`, "b"},
		{"attributes are no styles", header + "style-src 'none'", `<table background={R}/a></table>`, "a"},
		{"base-uri", header + "base-uri 'none'", `<base href={R}/><script src=s></script>`, ""},
		{"ping", header + "connect-src 'none'", `<a href=/ ping={R}/a>x</a>`, ""},
	})
}

func TestBaseAndHosts(t *testing.T) {
	checkDocuments(t, []document{
		{"base alone", "", `<base href={R}/><a href=x>x</a><img src=https://example.com/a>`, ""},
		{"base and an image", "", `<base href={R}/><img src=i>`, "i"},
		{"base and a script", "", `<base href={R}/d/><script src=s></script><p style="background:url(b)">`, "!d/s d/b"},
		{"base in a shadow tree", "", "<template shadowrootmode=open><base href={R}/></template><script src=a></script>", ""},
		{"script of SVG of another type", "", "<svg><script type=text/x href={R}/a></script></svg><script type=text/x src={R}/b></script>", "!a"},
		{"images in a template", "", "<template><img srcset={R}/a><picture><source srcset={R}/b><img></picture><video poster={R}/c src={R}/v></video><svg><image href={R}/d /></svg><input type=image src={R}/e><p style='background:url({R}/f)'></template>", "a b c d"},
		{"images in a template of XML", "Content-Type: application/xhtml+xml", xhtml + `<template><img src="{R}/a"/></template></html>`, ""},
		{"second base", "", `<base target=x><base href={R}/><base href=/><img src=i>`, "i"},
		{"bad base first", "", `<base href=http://><base href={R}/><img src=i>`, "i"},
		{"base and forms", "", `<base href={R}/><form action=f></form><form></form><form action=""></form>`, ">f"},
		{"own machine", "", "<script src=http://2130706433/></script><script src=http://0x7f000001/></script><script src=http://127.1/></script><script src=http://[::1]/></script><script src=http://a.localhost/></script>", ""},
		{"other numbers", "", "<script src=http://3221225985/></script>", "!192.0.2.1/"},
		{"blocked port", "", "<img src=http://r.example:22/>", ""},
		{"no element loads ws", "", "<img src=ws://r.example/>", ""},
	})
}

func TestForms(t *testing.T) {
	checkDocuments(t, []document{
		{"form", "", "<form action={R}/f><button>x</button></form>", ">f"},
		{"without a control", "", "<form action={R}/f></form>", ">f"},
		{"dialog", "", "<form method=dialog action={R}/f><button>x</button></form>", ""},
		{"dialog sent by a button", "", "<form method=dialog action={R}/f><button formmethod=post>x</button></form>", ">f"},
		{"dialog sent elsewhere", "", "<form method=dialog><button formmethod=post formaction={R}/f>x</button></form>", ">f"},
		{"button for a dialog", "", "<form action={R}/f><button formmethod=dialog formaction={R}/g>x</button></form>", ""},
		{"disabled button", "", "<form><button disabled formaction={R}/f>x</button></form>", ""},
		{"disabled button of a form", "", "<form action={R}/f><button disabled>x</button></form>", ""},
		{"disabled button, but a script", "", "<form action={R}/f><button disabled>x</button></form><script>f()</script>", ">f"},
		{"disabled fieldset", "", "<form action={R}/f><fieldset disabled><legend><button formaction={R}/l>x</button></legend><button formaction={R}/g>x</button></fieldset></form>", ">l"},
		{"form that is missing", "", "<form><button form=missing formaction={R}/f>x</button></form>", ""},
		{"form by its id", "", "<button form=a formaction={R}/f>x</button><form id=a><input></form>", ">f"},
		{"dialog sent by a button elsewhere", "", "<form id=a method=dialog action={R}/f></form><button form=a formmethod=get>x</button>", ">f"},
		{"other buttons", "", "<form><button type=button formaction={R}/f>x</button><input type=reset formaction={R}/g><input formaction={R}/h></form>", ""},
		{"image button", "", "<form><input type=image src={R}/i formaction={R}/f></form>", "i >f"},
		{"button without a form", "", "<button formaction={R}/f>x</button>", ""},
		{"all buttons send elsewhere", "", "<form action={R}/f><button formaction=/x>x</button></form>", ""},
		{"form in a form", "", "<form action=/x><form action={R}/f></form>", ""},
	})
}
