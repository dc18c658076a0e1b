//go:build unix

package page

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A filler makes about n bytes of a document or a header field.
type filler func(n int) (Header, string)

// repeated is a body in which one part comes again and again.
func repeated(before, part, after string) filler {
	return func(n int) (Header, string) {
		return Header{}, before + strings.Repeat(part, n/len(part)+1) + after
	}
}

// numbered is a body in which a part comes again with another number each time.
func numbered(before, part, after string) filler {
	return func(n int) (Header, string) {
		var b strings.Builder
		b.WriteString(before)
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, part, i)
		}
		return Header{}, b.String() + after
	}
}

// mapped is an import map and, in half of the bytes each, a script.
func mapped(before, part, after string) filler {
	return func(n int) (Header, string) {
		_, entries := numbered(`<script type=importmap>{"imports": {`, `"%d/": "http://b/",`, `"": ""}}</script>`)(n / 2)
		_, script := numbered(before, part, after)(n / 2)
		return Header{}, entries + script
	}
}

// field is a page with a long header field.
func field(name, part, body string) filler {
	return func(n int) (Header, string) {
		return Header{name: {strings.Repeat(part, n/len(part)+1)}}, body
	}
}

// with adds a Content-Type.
func (f filler) as(kind string) filler {
	return func(n int) (Header, string) {
		h, body := f(n)
		h["Content-Type"] = []string{kind}
		return h, body
	}
}

// half is a body of a long beginning and many parts after it, half of the
// bytes each.
func half(before, long, part string) filler {
	return func(n int) (Header, string) {
		return Header{}, before + strings.Repeat(long, n/2/len(long)+1) + `">` + strings.Repeat(part, n/2/len(part)+1)
	}
}

// hostileDocuments are documents that cost more than their size where each part
// is judged with regard to all others.
var hostileDocuments = map[string]filler{
	"long base and forms":         half(`<base href="http://a/`, "x", "<form action=x><input type=submit></form>"),
	"long base and images":        half(`<base href="http://a/`, "x", "<img src=x>"),
	"long base and relative URLs": half(`<base href="http://a/`, "x/", "<img src=../../x>"),
	"long base and styles":        half(`<base href="http://a/`, "x", "<p style='background:url(x)'>"),
	"bases":                       repeated("", `<base href="http://a/">`, ""),
	"attributes":                  numbered("<p ", "a%d=1 ", ">"),
	"attributes of one name":      repeated("<p ", "src=1 ", ">"),
	"elements":                    repeated("", "<b>", ""),
	"nested divs":                 repeated("", "<div>", ""),
	"nested SVG":                  repeated("", "<svg>", ""),
	"nested foreign objects":      repeated("", "<svg><foreignObject>", ""),
	"nested MathML":               repeated("", "<math><mi>", ""),
	"nested templates":            repeated("", "<template>", "<script src=http://b/>"),
	"nested shadow roots":         repeated("", "<template shadowrootmode=open>", "<script src=http://b/>"),
	"nested pictures":             repeated("", "<picture><source srcset=http://b/>", "<img>"),
	"sources and images":          repeated("<picture>", "<source media=x srcset=http://b/><img>", ""),
	"nested objects":              repeated("", "<object data=http://b/>", ""),
	"nested fieldsets":            repeated("", "<fieldset><button>", ""),
	"legends":                     repeated("<fieldset disabled>", "<fieldset><legend><button>", ""),
	"nested frames":               repeated("", "<frameset><frame src=http://b/>", ""),
	"nested iframes":              repeated("", "<iframe srcdoc='<iframe srcdoc=1>'></iframe>", ""),
	"noscript":                    repeated("", "<noscript><meta http-equiv=refresh content=1></noscript>", ""),
	"open noscript":               repeated("", "<noscript>", ""),
	"escaped noscript":            repeated("<meta http-equiv=content-security-policy content=sandbox>", "<noscript>", ""),
	"end tags":                    repeated("<svg><p>", "</b></p></br>", ""),
	"scripts":                     repeated("", "<script></script>", ""),
	"scripts in scripts":          repeated("", "<script><!--<script></script></script>", ""),
	"open scripts":                repeated("", "<script><!--<script>", ""),
	"imports":                     numbered("<script type=module>", "import 'http://b/%d';", "</script>"),
	"imports of names":            numbered("<script type=module>", "import {a%d, b as c} from 'http://b/'\n", "</script>"),
	"calls of import":             repeated("<script>", "import('http://b/');", "</script>"),
	"brackets of scripts":         repeated("<script type=module>import 'http://b/';", "(", "</script>"),
	"templates of scripts":        repeated("<script type=module>import 'http://b/';", "`${", "</script>"),
	"regular expressions":         repeated("<script type=module>import 'http://b/';", "/[/", "</script>"),
	"escapes of scripts":          repeated("<script type=module>import 'http://b/", "\\u{62}", "'</script>"),
	"mapped imports":              mapped("<script type=module>", "import '%d/';", "</script>"),
	"import maps":                 numbered("", `<script type=importmap>{"imports": {"%d/": "http://b/"}, "scopes": {"%[1]d": {"a/": "http://b/"}}}</script>`, ""),
	"imports in data URLs":        repeated("", `<script type=module>import "data:text/javascript,import 'data:text/javascript,'"</script>`, ""),
	"scanned imports":             repeated("<style>", "@import url(http://b/ c);", "</style>"),
	"scanned imports of lines":    repeated("<style>", "@import http://b/ ;\n", "</style>"),
	"scanned names":               repeated("<style>@import ur", "lu", "</style>"),
	"scanned semicolons":          repeated("<style>@import a", ";", "</style>"),
	"scanned conditions":          repeated("<style>@import 'http://b/' ", "supports( ", "</style>"),
	"comments":                    repeated("", "<!-- -->", ""),
	"open comments":               repeated("", "<!--", ""),
	"open tags":                   repeated("", "<a ", ""),
	"open quotes":                 repeated("", `<a b="`, ""),
	"lone brackets":               repeated("", "<", ""),
	"ampersands":                  repeated("", "&", ""),
	"references":                  repeated("<p title='", "&amp;&#x41;&notit;", "'>"),
	"NULs":                        repeated("", "\x00", ""),
	"CDATA":                       repeated("<svg>", "<![CDATA[", ""),
	"forms":                       repeated("", "<form action=http://b/>", ""),
	"forms with ids":              numbered("", "<form id=f%d action=http://b/></form>", ""),
	"controls":                    repeated("<form id=f action=http://b/></form>", "<button form=f formaction=http://b/>", ""),
	"controls of one form":        repeated("<form action=http://b/>", "<button formaction=http://b/>", ""),
	"ids":                         numbered("", "<p id=i%d>", ""),
	"classes":                     numbered("<p class='", "c%d ", "'>"),
	"srcset":                      repeated("<img srcset='", "http://b/ 2x,", "'>"),
	"srcset with brackets":        repeated("<img srcset='http://b/ ", "(", "'>"),
	"srcset with commas":          repeated("<img srcset='", ",", "'>"),
	"descriptors":                 repeated("<img srcset='http://b/ ", "1w ", "'>"),
	"pings":                       repeated("<a href=x ping='", "http://b/ ", "'>"),
	"rels":                        repeated("<link href=http://b/ rel='", "x ", "'>"),
	"long URL":                    repeated("<img src='http://b/", "%", "'>"),
	"long relative URL":           repeated("<img src='", "../", "'>"),
	"long host":                   repeated("<img src='http://", "a.", "'>"),
	"IDN host":                    repeated("<img src='http://", "ä.", "'>"),
	"slashes":                     repeated("<img src='http:", `\/`, "'>"),
	"data URL":                    repeated("<iframe src='data:text/html,", "%3Cimg%20src=http://b/%3E", "'></iframe>"),
	"base64 data URL":             repeated("<iframe src='data:text/html;base64,", "PGI+", "'></iframe>"),
	"parameters of data URL":      repeated("<iframe src='data:text/html", ";a=b", ",x'></iframe>"),
	"data URLs":                   repeated("", "<iframe src='data:text/html,<iframe src=data:,>'></iframe>", ""),
	"refreshes":                   repeated("", "<meta http-equiv=refresh content='0;url=http://b/'>", ""),
	"long refresh":                repeated("<meta http-equiv=refresh content='0;url=", "x", "'>"),
	"policies":                    repeated("", "<meta http-equiv=content-security-policy content='img-src a'>", strings.Repeat("<img src=http://b/>", 1000)),
	"policies and images":         repeated("", "<meta http-equiv=content-security-policy content='img-src *'><img src=http://b/>", ""),
	"directives":                  numbered("<meta http-equiv=content-security-policy content='", "d%d a;", "'>"),
	"sources":                     numbered("<meta http-equiv=content-security-policy content='img-src ", "h%d.example ", "'>"+strings.Repeat("<img src=http://b/>", 2000)),
	"sources of one host":         numbered("<meta http-equiv=content-security-policy content='img-src ", "b/%d ", "'>"+strings.Repeat("<img src=http://b/>", 2000)),
	"scheme sources":              repeated("<meta http-equiv=content-security-policy content='img-src ", "a: ", "'>"+strings.Repeat("<img src=http://b/>", 2000)),
	"nonces":                      numbered("<meta http-equiv=content-security-policy content='script-src ", "\"'nonce-%d'\" ", "'>"+strings.Repeat("<script nonce=x src=http://b/></script>", 2000)),
	"nonces in a field":           field("Content-Security-Policy", " 'nonce-1'", strings.Repeat("<script nonce=x src=http://b/></script>", 20000)),
	"hashes in a field":           field("Content-Security-Policy", " 'sha256-1'", strings.Repeat("<script integrity=sha256-x src=http://b/></script>", 20000)),
	"policies in a field":         field("Content-Security-Policy", "img-src *,", strings.Repeat("<img src=http://b/>", 20000)),
	"inline styles and hashes":    field("Content-Security-Policy", "style-src 'sha256-1' 'unsafe-hashes',", strings.Repeat("<p style='a:url(http://b/)'>", 20000)),
	"links in a field":            field("Link", "<http://b/>;rel=preload;as=script,", ""),
	"parameters in a link":        field("Link", "<http://b/>;a=b;", ""),
	"open quote in a link":        field("Link", `<http://b/>;a="`, ""),
	"brackets in a link":          field("Link", "<", ""),
	"CSS escapes":                 repeated("<style>a{b:", `\61`, "}</style>"),
	"CSS escapes in a URL":        repeated("<style>a{background:url(", `\61`, ")}</style>"),
	"CSS open URLs":               repeated("<style>", "a{background:url(", "</style>"),
	"CSS open strings":            repeated("<style>", "a{background:url('", "</style>"),
	"CSS comments":                repeated("<style>", "/**/", "</style>"),
	"CSS open comments":           repeated("<style>", "/*", "</style>"),
	"CSS imports":                 repeated("<style>", "@import 'http://b/';", "</style>"),
	"CSS lines":                   repeated("<style>", "a{background:url(http://b/)}\n", "</style><a>"),
	"CSS blocks":                  repeated("<style>", "{", "</style>"),
	"CSS nested rules":            repeated("<style>", "@media x{a{", "</style>"),
	"CSS brackets":                repeated("<style>a{b:", "(", "</style>"),
	"CSS closing brackets":        repeated("<style>a{b:", ")", "</style>"),
	"CSS functions":               repeated("<style>a{background:", "image-set(", "</style>"),
	"CSS declarations":            repeated("<style>a{", "background:url(http://b/);", "}</style><a>"),
	"CSS declarations in place":   repeated("<p style='", "background:url(http://b/);", "'>"),
	"CSS custom properties":       numbered("<style>a{", "--a%d:url(http://b/);", "}</style><a>"),
	"CSS variables":               numbered("<style>a{", "--a%[1]d:var(--b%[1]d);background:var(--a%[1]d);", "}</style><a>"),
	"CSS variables in variables":  repeated("<style>a{background:", "var(--a,", "</style><a>"),
	"CSS selectors":               numbered("<style>", "#a%d,", "{background:url(http://b/)}</style><a>"),
	"CSS one selector":            numbered("<style>", ".a%d", "{background:url(http://b/)}</style><a>"),
	"CSS selector brackets":       repeated("<style>", ":not(", "{background:url(http://b/)}</style><a>"),
	"CSS selectors and rules":     repeated("<style>a,b,c,d{", "e,f,g,h{background:url(http://b/)}", "}</style><a>"),
	"CSS fonts":                   numbered("<style>", "@font-face{font-family:a%d;src:url(http://b/)}", "</style>x"),
	"CSS font family":             numbered("<style>@font-face{font-family:", "a%d ", ";src:"+strings.Repeat("url(http://b/),", 2000)+"url(x)}</style>x"),
	"CSS data URLs":               repeated("<style>", "@import 'data:text/css,a{}';", "</style>"),
	"CSS data URLs within":        repeated("<style>@import \"data:text/css,@import 'data:text/css,", "@import url(http://b/)\\;", "'\"</style>"),
	"styles":                      repeated("", "<style>a{background:url(http://b/)}</style>", "<a>"),
	"style attributes":            repeated("", "<p style='background:url(http://b/)'>", ""),
	"presentation attributes":     repeated("<svg>", "<g fill='url(http://b/)'>", ""),
	"animations":                  repeated("<svg><image><animate attributeName=href values='", "http://b/;", "'>"),
	"XML elements":                repeated("<a>", "<b/>", "</a>").as("text/xml"),
	"XML nested elements":         repeated("", "<a>", "").as("text/xml"),
	"XML attributes":              numbered("<a ", "a%d='1' ", "/>").as("text/xml"),
	"XML namespaces":              numbered("<a ", "xmlns:a%d='1' ", "/>").as("text/xml"),
	"XML nested namespaces":       numbered("", "<a xmlns:a%d='1'>", "").as("text/xml"),
	"XML entities":                numbered("<!DOCTYPE a [", "<!ENTITY e%d 'x'>", "]><a>&e1;</a>").as("text/xml"),
	"XML references":              repeated("<!DOCTYPE a [<!ENTITY e ''>]><a>", "&e;", "</a>").as("text/xml"),
	"XML unknown references":      repeated("<!DOCTYPE a [<!ENTITY e ''>]><a>", "&", "</a>").as("text/xml"),
	"XML empty entities":          repeated("<!DOCTYPE a [<!ENTITY a ''><!ENTITY b '"+strings.Repeat("&a;", 300)+"'><!ENTITY c '"+strings.Repeat("&b;", 300)+"'><!ENTITY d '"+strings.Repeat("&c;", 300)+"'>]><a>", "&d;", "</a>").as("text/xml"),
	"XML billion laughs":          repeated("<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;'><!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;'>]><a>", "&e;", "</a>").as("text/xml"),
	"XML entity in itself":        repeated("<!DOCTYPE a [<!ENTITY a '&a;&a;'>]><a>", "&a;", "</a>").as("text/xml"),
	"XML entities in attributes":  repeated("<!DOCTYPE a [<!ENTITY q '\"'>]><a>", "<b c='&q;'/>", "</a>").as("text/xml"),
	"XML attribute lists":         numbered("<!DOCTYPE a [", "<!ATTLIST a b%d CDATA 'x'>", "]>"+"<a>"+strings.Repeat("<a/>", 2000)+"</a>").as("text/xml"),
	"XML one attribute list":      numbered("<!DOCTYPE a [<!ATTLIST a ", "b%d CDATA 'x' ", ">]>"+"<a>"+strings.Repeat("<a/>", 2000)+"</a>").as("text/xml"),
	"XML declarations":            repeated("<!DOCTYPE a [", "<!-- -->", "]><a/>").as("text/xml"),
	"XML open declarations":       repeated("<!DOCTYPE a [", "<!", "]><a/>").as("text/xml"),
	"XML open comments":           repeated("<!DOCTYPE a [<!ENTITY e ''>]><a>", "<!--", "").as("text/xml"),
	"XML style sheets":            repeated("", "<?xml-stylesheet href='http://b/'?>", "<a/>").as("text/xml"),
	"XML pseudo attributes":       repeated("<?xml-stylesheet ", "a='b' ", "?><a/>").as("text/xml"),
	"XML processing instructions": repeated("<a>", "<?a ", "").as("text/xml"),
	"CSS URLs in brackets": func(n int) (Header, string) {
		return Header{}, "<p style='background:" + strings.Repeat("(", n/2) + strings.Repeat("url(http://b/) ", n/30) + "'>"
	},
	"CSS selectors and declarations": func(n int) (Header, string) {
		return Header{}, "<style>" + strings.Repeat("#a,", n/6) + "a{" + strings.Repeat("background:url(http://b/)!important;", n/70) + "}</style>"
	},
	"CSS fonts and a long family": func(n int) (Header, string) {
		_, family := numbered("", "a%d ", "")(n / 3)
		return Header{}, "<style>p{font-family:" + family + "}@font-face{font-family:" + family + ";src:" + strings.Repeat("url(http://b/),", n/45) + "url(x)}</style>x"
	},
	"policies, sources and images": func(n int) (Header, string) {
		h, body := field("Content-Security-Policy", "img-src"+strings.Repeat(" b/%61", 1000)+" *,", strings.Repeat("<img src=http://b/%41>", n/25))(n / 4)
		return h, body
	},
	"prefetches and policies": field("Content-Security-Policy", "default-src a;img-src a;script-src a;style-src a,", strings.Repeat("<link rel=prefetch href=http://b/>", 30000)),
	"UTF-16":                  repeated("\xff\xfe", "<\x00b\x00>\x00", ""),
	"meta charsets":           repeated("", "<meta charset=x>", ""),
	"quotes that do not end":  field("Link", `<http://b/>;x="\";`, "x"),
	"speculation rules":       field("Speculation-Rules", `"http://b/",`, "x"),
	"integrity policies":      field("Integrity-Policy", `blocked-destinations=(script),`, "x"),
	"reports":                 field("Content-Security-Policy", "img-src 'none'; report-uri"+strings.Repeat(" http://b/", 1000)+",", "<img src=/x>"),
}

// What a document costs to read grows with its size, and no faster. What takes
// too long is read again: other work on the processor prolongs it now and then,
// but what is quadratic takes too long each time.
func TestLinear(t *testing.T) {
	for name, fill := range hostileDocuments {
		h, body := fill(linearSize)
		if h["Content-Type"] == nil {
			h["Content-Type"] = []string{"text/html"}
		}
		took := costOf(t, h, body)
		for again := 0; again < 2 && took > linearLimit; again++ {
			took = min(took, costOf(t, h, body))
		}
		if took > linearLimit {
			t.Errorf("%s: %s for %d bytes", name, took.Round(time.Millisecond), len(body))
		} else if testing.Verbose() && took > linearLimit/5 {
			t.Logf("%s: %s", name, took.Round(time.Millisecond))
		}
	}
}

// costOf is the processor time that a document takes to read.
func costOf(t *testing.T, h Header, body string) time.Duration {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	start := cpu(t)
	Read(ctx, Response{URL: "https://a.example/", Status: 200, Header: h, Body: []byte(body)})
	return cpu(t) - start
}

// cpu is the processor time of the process so far, which other processes do
// not prolong as they do the time of the clock.
func cpu(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// The end of the time ends the reading, wherever it is.
func TestReadEnds(t *testing.T) {
	for name, fill := range hostileDocuments {
		h, body := fill(1 << 16)
		if h["Content-Type"] == nil {
			h["Content-Type"] = []string{"text/html"}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if p, ok := Read(ctx, Response{URL: "https://a.example/", Status: 200, Header: h, Body: []byte(body)}); ok && p.Incomplete == "" {
			t.Errorf("%s: not said to be incomplete", name)
		}
	}
}

// A page that takes too much work to judge is incomplete, and not without
// findings: a budget that ends makes nothing pass.
func TestBudget(t *testing.T) {
	images := strings.Repeat("<img src=http://b.example/>", 20000)
	for n, complete := range map[int]bool{1: true, 10: true, 5000: false} {
		sources := strings.Repeat(" b.example/x", n)
		p, _ := Read(t.Context(), Response{URL: "https://a.example/", Status: 200,
			Header: Header{"Content-Type": {"text/html"}, "Content-Security-Policy": {"img-src" + sources}}, Body: []byte(images)})
		if complete != (p.Incomplete == "") {
			t.Errorf("%d sources: incomplete %q", n, p.Incomplete)
		}
	}
}
