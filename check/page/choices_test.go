package page

import "testing"

// What a browser does not load because of its type, its media, its place or
// what stands beside it, and what it loads all the same.

func TestSourcesThatAreChosen(t *testing.T) {
	checkDocuments(t, []document{
		{"source of a common type", "", "<picture><source srcset=/a type=image/png><img src={R}/b></picture>", ""},
		{"source of a rare type", "", "<picture><source srcset=/a type=image/jxl><img src={R}/b></picture>", "b"},
		{"source for every screen", "", "<picture><source srcset=/a media=all><img src={R}/b></picture>", ""},
		{"source for some screens", "", "<picture><source srcset=/a media='(min-width:1px)'><img src={R}/b></picture>", "b"},
		{"source for no screen", "", "<picture><source srcset={R}/a media='not all'><img src=/b></picture>", ""},
		{"image that is no child of the picture", "", "<picture><source srcset=/a><div><img src={R}/b></div></picture>", "b"},
		{"source that is no child of the picture", "", "<picture><div><source srcset={R}/a></div><img src=/b></picture>", "a"},
		{"it does not end the choice", "", "<picture><div><source srcset=/a></div><img src={R}/b></picture>", "b"},
		{"paragraph that ended", "", "<picture><p><div></div><source srcset=/a><img src={R}/b></picture>", ""},
		{"nested elements of one name", "", "<picture><div><div></div><source srcset=/a></div><img src={R}/b></picture>", "b"},
		{"source of a video for print", "", "<video><source src={R}/a media=print><source src={R}/b media='not all'></video>", ""},
		{"source that is no child of the video", "", "<video><div><source src={R}/a></div><source src={R}/b></video><audio><p><source src={R}/c></audio>", "b"},
		{"type of no browser", "", "<audio><source src={R}/a type=audio/x-aac></audio>", ""},
		{"density that is there already", "", "<img srcset='/a 1x, {R}/b 1.0x, {R}/c 2x'>", "c"},
		{"lazy and not shown", "", "<img loading=lazy style='display:none' src={R}/a><iframe loading=lazy style=display:none src={R}/b></iframe>", ""},
		{"lazy and not shown, but a script", "", "<img loading=lazy style='display:none' src={R}/a><script>f()</script>", "a"},
		{"lazy", "", "<img loading=lazy src={R}/a>", "a"},
	})
}

func TestLinksForThisClient(t *testing.T) {
	checkDocuments(t, []document{
		{"icon and style sheet", "", "<link rel='icon stylesheet' href={R}/a>", "!a"},
		{"icon where the style sheet is forbidden", "Content-Security-Policy: style-src 'self'", "<link rel='icon stylesheet' href={R}/a>", "a"},
		{"icons", "", "<link rel=apple-touch-icon-precomposed href={R}/a><link rel=mask-icon href={R}/b>", "a"},
		{"modulepreload for print", "Link: <{R}/b>; rel=modulepreload; media=print", "<link rel=modulepreload media=print href={R}/a>", ""},
		{"types of preloads in a field", "Link: <{R}/a>; rel=preload; as=script; type=text/plain, <{R}/b>; rel=preload; as=style; type=text/less, " +
			"<{R}/c>; rel=preload; as=font; type=font/x, <{R}/d>; rel=preload; as=track; type=text/plain, <{R}/e>; rel=preload; as=script; type=module", "x", ""},
		{"good types of preloads in a field", `Link: <{R}/a>; rel=preload; as=script; type=text/javascript, <{R}/b>; rel=preload; as=style; type="text/css; charset=utf-8", ` +
			"<{R}/c>; rel=preload; as=fetch; type=x/y, <{R}/d>; rel=preload; as=font; type=font/woff2", "x", "!a !b !c !d"},
		{"style sheets in a field", `Link: <{R}/a>; rel="alternate stylesheet", <{R}/b>; rel="alternate stylesheet"; title=x, <{R}/c>; rel=stylesheet; type=text/less`, "x", "!b"},
		{"field with something before its parameters", "Link: <{R}/a> x; rel=preload; as=script", "x", "!a"},
		{"field without a semicolon", "Link: <{R}/a> rel=preload; as=script", "x", ""},
		{"more before the semicolon", "Link: <{R}/a> x; rel=preload; as=script, <{R}/b>x=y z; rel=preload; as=script", "x", "!a !b"},
	})
}

func TestAnimations(t *testing.T) {
	in := func(animation string) string { return "<svg><image id=i>" + animation + "</image></svg>" }
	checkDocuments(t, []document{
		{"set", "", in("<set attributeName=href to={R}/a />"), "a"},
		{"set without a value", "", in("<set attributeName=href from={R}/a values={R}/b />"), ""},
		{"xlink", "", in("<set attributeName=xlink:href to={R}/a />"), ""},
		{"no duration", "", in("<animate attributeName=href to={R}/a />"), ""},
		{"duration", "", in("<animate attributeName=href from={R}/a to={R}/b dur=1s />"), "a b"},
		{"from nowhere", "", in("<animate attributeName=href from={R}/a dur=1s />"), ""},
		{"values", "", in("<animate attributeName=href values={R}/a;{R}/b from={R}/c dur=1s />"), "a b"},
		{"by scripts alone", "", in("<set attributeName=href to={R}/a begin=indefinite />"), ""},
		{"of another element", "", "<svg><image id=i /><set href=#i attributeName=href to={R}/a /><set xlink:href=#i attributeName=href to={R}/b /></svg>", "a b"},
		{"of an element that is not there", "", "<svg><image id=i /><set href=#j attributeName=href to={R}/a /></svg>", ""},
		{"of paint", "", "<svg><rect><set attributeName=fill to=url({R}/a#x) /><set attributeName=mask to=url({R}/b#x) /></rect></svg>", "b"},
	})
}

func TestDeclarationsThatCount(t *testing.T) {
	p := func(style string) string { return `<p style="` + style + `">x` }
	checkDocuments(t, []document{
		{"technology of no browser", "", "<style>@font-face{font-family:x;src:url({R}/a) tech(nonsense),url({R}/b) format(woff2) tech(variations)} p{font-family:x}</style><p>x", "!b"},
		{"format and technology", "", "<style>@font-face{font-family:x;src:url({R}/b),url({R}/a) format(x) tech(y)} p{font-family:x}</style><p>x", "!b"},
		{"properties of no browser", "", p("mask-border-source:url({R}/a);mask-border:url({R}/b)"), ""},
		{"image set back", "", p("background:url({R}/a);background-image:none"), ""},
		{"shorthand set back", "", p("background-image:url({R}/a);background:red"), ""},
		{"shorthand set back by a number", "", p("background-image:url({R}/a);background:#fff"), ""},
		{"shorthand that is not valid", "", p("background-image:url({R}/a);background:nonsense"), "a"},
		{"all", "", p("background:url({R}/a);all:unset"), ""},
		{"all before", "", p("all:unset;background:url({R}/a)"), "a"},
		{"all that is not valid", "", p("background:url({R}/a);all:none"), "a"},
		{"other name of a mask", "", p("-webkit-mask-image:url({R}/a);mask:none"), ""},
		{"cursor without a keyword", "", p("cursor:url({R}/a)") + "<b style='cursor:url({R}/b),auto'>", "b"},
	})
}

func TestSelectors(t *testing.T) {
	rule := func(selector string) string {
		return "<style>" + selector + "{background:url({R}/a)}</style><p class=c id=i>x"
	}
	for selector, fits := range map[string]bool{
		"p":                         true,
		"p:nonsense,p":              false,
		"p::nonsense":               false,
		"p:nonsense(p)":             false,
		"p:HOVER":                   true,
		"p:is(:nonsense,p)":         true,
		"p::-webkit-x,p":            true,
		":-moz-x,p":                 true,
		"p,":                        false,
		",p":                        false,
		"p,,p":                      false,
		"p>":                        false,
		">p":                        false,
		"body > p":                  true,
		"body > > p":                false,
		"1p":                        false,
		"p!":                        false,
		"*|p":                       true,
		"p[x]":                      true,
		"[x]":                       true,
		":root":                     true,
		"body{>p":                   true,
		"body{&.x,p":                true,
		"p::before":                 false,
		"p:after":                   false,
		"q{content:'x'} p::before":  true,
		"q{content:none} p::before": false,
		"@import '/x'; p::before":   true,
		".C":                        true, // no doctype
		"#I":                        true,
	} {
		want := ""
		if fits {
			want = "a"
		}
		checkDocuments(t, []document{{selector, "", rule(selector), want}})
	}
}

func TestQuirksMode(t *testing.T) {
	const rule = "<style>.X{background:url({R}/a)}</style><p class=x>x"
	for doctype, quirks := range map[string]bool{
		"":                             true,
		"<!DOCTYPE html>":              false,
		" <!-- x --> <!doctype HTML >": false,
		"x<!DOCTYPE html>":             true,
		"<b></b><!DOCTYPE html>":       true,
		"<!DOCTYPE x><!DOCTYPE html>":  true,
		`<!DOCTYPE html SYSTEM "about:legacy-compat">`:                                                                  false,
		`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">`: false,
		`<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2//EN">`:                                                             true,
	} {
		want := ""
		if quirks {
			want = "a"
		}
		checkDocuments(t, []document{{doctype, "", doctype + rule, want}})
	}
	checkDocuments(t, []document{
		{"srcdoc", "", `<iframe srcdoc="` + rule + `"></iframe>`, ""},
		{"XML", "Content-Type: application/xhtml+xml", xhtml + `<style>.X{background:url({R}/a)} .y{background:url({R}/b)}</style><p class="x y"/></html>`, "b"},
	})
}

func TestIDsOfForms(t *testing.T) {
	checkDocuments(t, []document{
		{"an earlier element", "", "<p id=f></p><form id=f></form><button form=f formaction={R}/a>x</button>", ""},
		{"a later element", "", "<form id=f></form><p id=f></p><button form=f formaction={R}/a>x</button>", ">a"},
		{"an element of a shadow tree", "", "<div><template shadowrootmode=open><p id=f></p></template></div><form id=f></form><button form=f formaction={R}/a>x</button>", ">a"},
		{"a legend that is no child", "", "<form><fieldset disabled><div><legend><button formaction={R}/a>x</button></legend></div></fieldset></form>", ""},
	})
}

func TestMalformedTypes(t *testing.T) {
	for contentType, want := range map[string]string{
		"text /html": "!a", "text": "!a", "text/html x": "!a", "text/ html": "", "/html": "", "/": "", " / html": "", "text/": "",
	} {
		checkDocuments(t, []document{{contentType, "Content-Type: " + contentType, "<script src={R}/a></script>", want}})
	}
}

func TestMultipart(t *testing.T) {
	const replace = "Content-Type: multipart/x-mixed-replace; boundary=b"
	const part = "--b\r\nContent-Type: text/html\r\n\r\n"
	checkDocuments(t, []document{
		{"parts", replace, part + "<script src={R}/a></script>\r\n" + part + "<img src={R}/b>\r\n--b--", "!a b"},
		{"a preamble, and no end", `Content-Type: multipart/x-mixed-replace;boundary="--b"`, "x --b\n" + part + "<img src={R}/a>", "a"},
		{"no boundary", "Content-Type: multipart/x-mixed-replace", part + "<img src={R}/a>", ""},
		{"policy of all", replace + "\nContent-Security-Policy: img-src 'self'", part + "<img src={R}/a>", ""},
		{"policy of a part", replace, "--b\nContent-Type: text/html\nContent-Security-Policy: img-src 'self'\n\n<img src={R}/a>\n" + part + "<img src={R}/b>", "b"},
		{"text", replace, "--b\nContent-Type: text/plain\n\n<img src={R}/a>", ""},
		{"sniffed", replace, "--b\n\n<html><img src={R}/a>", "a"},
		{"parts within a part", replace, "--b\nContent-Type: multipart/x-mixed-replace; boundary=c\n\n--c\n\n<html><img src={R}/a>", ""},
		{"after the end", replace, part + "x\n--b--\n" + part + "<img src={R}/a>", ""},
		{"a download", replace + "\nContent-Disposition: attachment", part + "<img src={R}/a>", ""},
		{"other parts", "Content-Type: multipart/mixed; boundary=b", part + "<img src={R}/a>", ""},
	})
	p, _ := load(document{fields: replace, body: part + "<meta http-equiv=refresh content='0;url=https://a.example/'>\n" + part + "<meta http-equiv=refresh content='0;url={R}/'>"})
	if p.Refresh != "http://r.example/" {
		t.Errorf("refresh to %q", p.Refresh)
	}
}

func TestParameterEntities(t *testing.T) {
	with := func(subset string) document {
		return document{subset, "Content-Type: application/xhtml+xml", "<!DOCTYPE html [" + subset + "]>" + xhtml + `<img src="&u;"/></html>`, "a"}
	}
	checkDocuments(t, []document{
		with(`<!ENTITY % p "<!ENTITY u '{R}/a'>"> %p;`),
		with(`<!ENTITY % p "<!ENTITY u '&#104;ttp&#x3A;//r.example/a'>">%p;`),
		with(`<!ENTITY % q "<!ENTITY u '{R}/a'>"><!ENTITY % p "&#37;q;">%p;`),
		with(`<!ENTITY % p "<!ENTITY v 'x'>"> %p;<!ENTITY u '{R}/a'>`),
	})
	unknown := with(`%p;<!ENTITY u '{R}/a'>`)
	unknown.want = ""
	checkDocuments(t, []document{unknown})
}
