package page

import (
	"strings"
	"testing"
)

func TestFieldsThatLoad(t *testing.T) {
	checkDocuments(t, []document{
		{"speculation rules", `Speculation-Rules: "/a", "{R}/b";x` + "\n" + `Speculation-Rules: "{R}/c"` + "\nContent-Security-Policy: default-src 'none'", "x", "!b !c"},
		{"speculation rules that are upgraded", `Speculation-Rules: "{R}/a"` + "\nContent-Security-Policy: upgrade-insecure-requests", "x", ""},
		{"speculation rules that are no strings", `Speculation-Rules: {R}/a, ("{R}/b")`, "x", ""},
		{"speculation rules that do not end", `Speculation-Rules: "{R}/a", "{R}/b`, "x", ""},
		{"reports", "Content-Security-Policy: img-src 'none'; report-uri {R}/a /b {R}/c", "<img src=/x><img src=/y>", "!a !c"},
		{"reports of a style", "Content-Security-Policy: style-src 'self'; report-uri {R}/a", "<style>p{color:red}</style>", "!a"},
		{"reports of a document within", "Content-Security-Policy: img-src 'none'; report-uri {R}/a", `<iframe srcdoc="<img src=/x>"></iframe>`, "!a"},
		{"reports only", "Content-Security-Policy-Report-Only: img-src 'none'; report-uri {R}/a", "<img src={R}/b>", "!a b"},
		{"reports of one of two", "Content-Security-Policy: img-src 'none'; report-uri {R}/a\nContent-Security-Policy: script-src 'none'; report-uri {R}/b", "<img src=/x>", "!a"},
		{"nothing to report", "Content-Security-Policy: default-src 'self'; report-uri {R}/a", "<img src=/x><form action=/y></form><a href=/z ping=https://example.net/>", ""},
		{"nothing that policies judge", "Content-Security-Policy: default-src 'none'; report-uri {R}/a",
			`<iframe src=about:blank></iframe><iframe src=mailto:x></iframe><script></script><template><img src=/x></template>`, ""},
		{"reports of a data: URL", "Content-Security-Policy: default-src 'self'; report-uri {R}/a", "<img src=data:,>", "!a"},
		{"reports to an endpoint", "Content-Security-Policy: report-uri {R}/a; report-to x", "x", ""},
		{"reports of a <meta>", "", `<meta http-equiv=Content-Security-Policy content="report-uri {R}/a">`, ""},
		{"link without its quotation mark", `Link: ;<{R}/a>; rel=preload; as=script; x="y`, "x", "!a"},
		{"links of this document", "Link: <{R}/a>; rel=stylesheet; anchor, <{R}/b>; rel=stylesheet; anchor=\"" + here + "\"", "x", "!a !b"},
		{"links of other documents", "Link: <{R}/a>; rel=stylesheet; anchor=\"#x\", <{R}/b>; rel=stylesheet; anchor=\"?x\"", "x", ""},
		{"style sheet with a nonce", "Link: <{R}/a>; rel=stylesheet; nonce=x\nContent-Security-Policy: style-src 'nonce-x'", "x", ""},
		{"preload with a nonce", "Link: <{R}/a>; rel=preload; as=style; nonce=x\nContent-Security-Policy: style-src 'nonce-x'", "x", "!a"},
		{"module of another kind", "Content-Security-Policy: script-src 'none'", "<link rel=modulepreload as=json href={R}/a><link rel=modulepreload href={R}/b>", "!a"},
	})
}

func TestIntegrityPolicy(t *testing.T) {
	const scripts = `<script src={R}/a></script><script src={R}/b integrity=sha256-x></script><script src={R}/c integrity=sha256-x crossorigin></script>` +
		`<script type=module src={R}/d integrity=sha384-x></script><script crossorigin integrity=x src={R}/e></script>` +
		`<script type=module>import "{R}/f"</script><link rel=stylesheet href={R}/g>`
	const all = "!a !b !c !d !e !f !g"
	for field, want := range map[string]string{
		"blocked-destinations=(script)":                                   "!c !d !g",
		"blocked-destinations=(style script);x, sources=(inline)":         "!c !d !g",
		"blocked-destinations=(style)":                                    all,
		"blocked-destinations=()":                                         all,
		"blocked-destinations=script":                                     all,
		`blocked-destinations=("script")`:                                 all,
		"blocked-destinations=(script":                                    all,
		"blocked-destinations=(script), sources=(x)":                      all,
		"blocked-destinations=(script), blocked-destinations=()":          all,
		`blocked-destinations=(script), endpoints=("`:                     all,
		"blocked-destinations=(script), endpoints=(x":                     all,
		"blocked-destinations=(script),":                                  all,
		"blocked-destinations=(script), X=1":                              all,
		"blocked-destinations=(script), x=":                               all,
		"blocked-destinations=(script), x y":                              all,
		"blocked-destinations=(script);X":                                 all,
		`blocked-destinations=(script), x="\y"`:                           all,
		"blocked-destinations=(script) , a=-1.5;b;c=?0, d=:YQ==:\t,e=t/u": "!c !d !g",
		`blocked-destinations=( script  x;y="," ), z="\"",*`:              "!c !d !g",
		"blocked-destinations=(), blocked-destinations=(script), x=(y z)": "!c !d !g",
	} {
		checkDocuments(t, []document{{field, "Integrity-Policy: " + field, scripts, want}})
	}
	checkDocuments(t, []document{
		{"of documents within", "Integrity-Policy: blocked-destinations=(script)", `<iframe srcdoc="<script src={R}/a></script>"></iframe>`, ""},
		{"only reported", "Integrity-Policy-Report-Only: blocked-destinations=(script)", `<script src={R}/a></script>`, "!a"},
	})
}

func TestCharsets(t *testing.T) {
	const image, jp = `<img src={R}/a>`, "\x1b$B<img src={R}/a>\x1b(B"
	const xml = `<html xmlns="http://www.w3.org/1999/xhtml">` + "\xe4" + `<img src="{R}/a"/></html>`
	checkDocuments(t, []document{
		{"replacement", "Content-Type: text/html", "<meta charset=hz-gb-2312>" + image, ""},
		{"by its older name", "Content-Type: text/html", `<meta http-equiv=Content-Type content='x; charset = "HZ-GB-2312"'>` + image, ""},
		{"no http-equiv", "Content-Type: text/html", `<meta content='charset=hz-gb-2312'>` + image, "a"},
		{"ISO-2022-JP", "Content-Type: text/html", "<meta charset=iso-2022-jp>" + jp, ""},
		{"known by the field", "Content-Type: text/html; charset=utf-8", "<meta charset=iso-2022-jp>" + jp, "a"},
		{"unknown to the field", "Content-Type: text/html; charset=x", "<meta charset=iso-2022-jp>" + jp, ""},
		{"the first known one", "Content-Type: text/html", "<meta charset=x><meta charset=gbk><meta charset=hz-gb-2312>" + image, "a"},
		{"UTF-16", "Content-Type: text/html", "<meta charset=utf-16le>" + image, "a"},
		{"in a comment", "Content-Type: text/html", "<!-- <meta charset=hz-gb-2312> -->" + image, "a"},
		{"in a title", "Content-Type: text/html", "<title><meta charset=hz-gb-2312></title>" + image, "a"},
		{"XML that is no UTF-8", "Content-Type: text/xml", xml, ""},
		{"XML of another encoding", "Content-Type: text/xml", `<?xml version="1.0" encoding="iso-8859-1"?>` + xml, "a"},
		{"XML of another charset", "Content-Type: text/xml; charset=iso-8859-1", xml, "a"},
		{"XML by its charset", "Content-Type: text/xml; charset=utf-8", `<?xml version="1.0" encoding="iso-8859-1"?>` + xml, ""},
		{"a declaration that comes late", "Content-Type: text/xml", "\n" + `<?xml version="1.0"?>` + xhtml + `<img src="{R}/a"/></html>`, ""},
		{"WAP", "Content-Type: application/vnd.wap.xhtml+xml", xhtml + `<img src="{R}/a"/></html>`, "a"},
	})
}

func TestDocumentsWithin(t *testing.T) {
	checkDocuments(t, []document{
		{"without scripts", "", `<iframe sandbox srcdoc="<noscript><img src={R}/a></noscript>"></iframe>`, "a"},
		{"with scripts", "", `<iframe sandbox=allow-scripts srcdoc="<noscript><img src={R}/a></noscript>"></iframe>`, ""},
		{"by a script", "", `<iframe src="javascript:'<script src={R}/a></script>';"></iframe>`, "!a"},
		{"by a script in a sandbox", "", `<iframe sandbox=allow-scripts src="javascript:'<img src={R}/a>'"></iframe>`, ""},
		{"by a script that is forbidden", "Content-Security-Policy: script-src http:", `<iframe src="javascript:'<img src={R}/a>'"></iframe>`, ""},
		{"by a script that does more", "", `<iframe src="javascript:'<img src={R}/a>'+'b'"></iframe><iframe src="javascript:f('<img src={R}/c>')"></iframe>`, ""},
		{"after the frameset", "", `<frameset><frameset><frame src={R}/a></frameset><frame src={R}/b></frameset><frame src={R}/c><frameset><frame src={R}/d></frameset>`, "!a !b"},
		{"style in a frameset", "", `<frameset><style>@import "{R}/a";p{background:url({R}/b)}</style></frameset>`, "!a"},
	})
	deep := `<script src={R}/a></script>`
	for range deepest {
		deep = `<iframe srcdoc="` + escape(deep) + `"></iframe>`
	}
	checkDocuments(t, []document{{"deep", "", deep, "!a"}})
	if p, _ := load(document{body: `<iframe srcdoc="` + escape(deep) + `"></iframe>`}); p.Incomplete == "" {
		t.Error("a document that is nested too deep to be read: the page is not said to be incomplete")
	}
}

// escape makes markup the value of an attribute.
func escape(markup string) string {
	return strings.NewReplacer("&", "&amp;", `"`, "&quot;").Replace(markup)
}

func TestDocumentsOfXML(t *testing.T) {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg"><image `
	checkDocuments(t, []document{
		{"an attribute twice", "Content-Type: text/xml", xhtml + `<p a="1" a="2"/><img src="{R}/a"/></html>`, ""},
		{"an attribute with two prefixes", "Content-Type: text/xml", xhtml + `<p xmlns:a="u:" xmlns:b="u:" a:x="1" b:x="2"/><img src="{R}/a"/></html>`, "a"},
		{"two roots", "Content-Type: text/xml", xhtml + `</html>` + xhtml + `<img src="{R}/a"/></html>`, ""},
		{"a prefix that is not declared", "Content-Type: image/svg+xml", svg + `xlink:href="{R}/a"/></svg>`, ""},
		{"a prefix that is", "Content-Type: image/svg+xml", svg + `xmlns:x="http://www.w3.org/1999/xlink" x:href="{R}/a"/></svg>`, "a"},
		{"characters of an entity", "Content-Type: text/xml", `<!DOCTYPE html [<!ENTITY u "&#38;#104;ttp://r.example/a">]>` + xhtml + `<img src="&u;"/></html>`, "a"},
		{"characters of an instruction", "Content-Type: text/xml", `<?xml-stylesheet href="&#104;ttp://r.example/a" type="text/css; x"?><x/>`, "!a"},
		{"a frame without a frameset", "Content-Type: text/xml", xhtml + `<body><frame src="{R}/a"/></body></html>`, "!a"},
	})
}

func TestElementsThatCount(t *testing.T) {
	const font = `<style>@font-face{font-family:x;src:url({R}/a)}`
	checkDocuments(t, []document{
		{"manifests", "", "<link rel=manifest href={R}/a><link rel=manifest href={R}/b>", "!a"},
		{"manifest after that of a field", "Link: </m>; rel=manifest", "<link rel=manifest href={R}/a>", "!a"},
		{"manifest in the body", "", "<body><link rel=manifest href={R}/a>", ""},
		{"links in SVG", "", "<svg><link rel=prefetch href={R}/a><link rel=preload as=script href={R}/b></svg>", "!b"},
		{"ping in SVG", "", "<svg><a href=/ ping={R}/a>x</a><a ping={R}/b>x</a></svg>", "!a"},
		{"attributes of SVG", "", `<svg fill="url({R}/a)"></svg>`, "a"},
		{"plugin by its class", "", "<object classid=x data={R}/a><embed src={R}/b></object>", "!b"},
		{"hidden elements", "", "<title style='background:url({R}/a)'></title><area style='background:url({R}/b)'><area style='display:block;background:url({R}/c)'>", "c"},
		{"style sheet without a type", "", "<link rel=stylesheet href='data:,@import url({R}/a)'>", "!a"},
		{"the same where it matters", "", "<!DOCTYPE html><link rel=stylesheet href='data:,@import url({R}/a)'>", ""},
		{"font of a field", "", font + "input{font-family:x}</style><input>", "!a"},
		{"font of no field", "", font + "input{font-family:x}</style><input type=hidden>", ""},
		{"font of generated text", "", font + "p::before{content:'x';font-family:x}</style><p>", "!a"},
		{"font that another replaces", "", "<style>@font-face{font-family:x;src:url({R}/a);src:url({R}/b)}p{font-family:x}</style>x", "!b"},
		{"font in a shadow tree", "", "<div><template shadowrootmode=open>" + font + "p{font-family:x}</style><p>x</template></div>", ""},
		{"variable without a value", "", "<p style='--x:initial;background:var(--x, url({R}/a))'>x", "a"},
		{"form before its base", "", "<form action=a><button formaction=b>x</button><button>y</button></form><form action=/c></form><base href={R}/d/>", ">d/a >d/b >c"},
		{"form under a base from around", "", `<base href={R}/><iframe srcdoc="<form action=a></form>"></iframe>`, ">a"},
		{"ports", "", "<img src=http://r.example:000080/a><img src=http://r.example]/b>", "r.example:80/a"},
	})
}

func TestWhatIsOfThePage(t *testing.T) {
	const refresh = `<meta http-equiv=refresh content='0;url={R}/a'>`
	checkDocuments(t, []document{
		{"icon and manifest of a frame", "", `<iframe srcdoc="<link rel=icon href={R}/a><link rel=manifest href={R}/b><link rel=prefetch href={R}/c>"></iframe>`, "!c"},
		{"icon of a shadow tree", "", "<div><template shadowrootmode=open><link rel=icon href={R}/a></template></div>", ""},
		{"own policy over a frame's refresh", "", `<iframe srcdoc="<meta http-equiv=Content-Security-Policy content=upgrade-insecure-requests>` + refresh + `"></iframe>`, "!a"},
		{"policy from around over it", "Content-Security-Policy: frame-src 'none'", `<iframe srcdoc="` + refresh + `"></iframe>`, ""},
		{"charset of a data: document", "", "<iframe src='data:text/html,<meta charset=hz-gb-2312><img src={R}/a>'></iframe>", ""},
		{"handlers", "", `<body onload="import('{R}/a')"><svg onload="import('{R}/b')"></svg><p onload="import('{R}/c')" onclick="import('{R}/d')">`, "!a !b"},
		{"handler that is forbidden", "Content-Security-Policy: script-src-attr 'none'", `<body onload="import('{R}/a')">`, ""},
		{"handler with a nonce", "Content-Security-Policy: script-src 'nonce-x' http:", `<body nonce=x onload="import('{R}/a')">`, ""},
		{"import of a frame", "", `<iframe src="javascript:import('{R}/a')"></iframe>`, "!a"},
		{"integrity by an import map", "Integrity-Policy: blocked-destinations=(script)",
			`<script type=importmap>{"integrity":{"{R}/a":"sha256-x"}}</script><script type=module>import "{R}/a"</script>`, "!a"},
		{"animation with a string for a name", "", `<style>@keyframes "k l"{from{background:url({R}/a)}} p{animation:"k l" 1s}</style><p>x`, "a"},
		{"media that never is", "", `<style>@media not all{p{background:url({R}/a)}} @media not print{p{background:url({R}/b)}}</style><p>x`, "b"},
		{"selectors that end in a colon", "", `<style>p:{background:url({R}/a)} p:,q{background:url({R}/b)} p::before{content:url({R}/c)}</style><p>x`, "c"},
	})
}
