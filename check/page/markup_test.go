package page

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStyleSheet(t *testing.T) {
	for css, want := range map[string][]string{
		"":                                           nil,
		`@import "a";@import'b';@import url(c)`:      {"blockable a", "blockable b", "blockable c"},
		`@import url( "a b" )print;`:                 {"blockable a b"},
		`@import/**/ /* ; */"a"`:                     {"blockable a"},
		`@import`:                                    nil,
		`@import a`:                                  nil,
		`@imports "a"`:                               nil,
		`x @import "a"`:                              nil,
		`@namespace url(a);@import "b"`:              nil,
		`@layer x{}@import "a"`:                      nil,
		`@layer x;@charset "y";@import "a"`:          {"blockable a"},
		`a{}@import "b"`:                             nil,
		`a{@import "b"}`:                             nil,
		`@import "a`:                                 {"blockable a"},
		"@import \"a\nb\"":                           nil,
		`@import url("a`:                             {"blockable a"},
		`@import url(a`:                              {"blockable a"},
		`@import url(a b)`:                           nil,
		`@import url(a"b)`:                           nil,
		`@import url(a(b)`:                           nil,
		`@import url(a\)b)`:                          {"blockable a)b"},
		`@import "\61 b\"\000063\64"`:                {`blockable ab"cd`},
		"@import \"a\\\nb\"":                         {"blockable ab"},
		`@import "a\110000\0 b"`:                     {"blockable a\ufffd\ufffdb"},
		`@import "a\`:                                {`blockable a`},
		`a{background:url(b)}`:                       {"background b"},
		`a{BACKGROUND : URL(b) , uRl('c')}`:          {"background b", "background c"},
		`a{color:url(b)}`:                            {"color b"},
		`a{background:xurl(b) url-x(c)}`:             nil,
		`a{--b:url(c)}`:                              {"--b c"},
		`background:url(a)`:                          nil,
		`a{/* x */background:url(b)}`:                {"background b"},
		`a{b:c;background:url(d);}`:                  {"background d"},
		`a{content:"url(b)";cursor:url(c)}`:          {"cursor c"},
		`@media x{a:hover{mask:url(b)}c{}}`:          {"mask b"},
		`a{b{}background:url(c)}`:                    {"background c"},
		`@font-face{src:url(a) x,url(b)}`:            {"font-face src a", "font-face src b"},
		`@FONT-FACE {font-family:url(a);SRC:url(b)}`: {"font-face font-family a", "font-face src b"},
		`@font-face-x{src:url(a)}`:                   nil,
		`a{src:url(b)}`:                              {"src b"},
		`<!-- @import "a"; --> @import "b";`:         {"blockable a", "blockable b"},
		`/* @import "a"`:                             nil,
		`}}@import "a"`:                              nil,
		`@\69mport "a"`:                              {"blockable a"},
		`a{b:u\72l(c)}`:                              {"b c"},
		`a{b/**/:/**/url(c)}`:                        {"b c"},
		`a{b:image-set("c" 1x,url(d) 2x)}`:           {"b c", "b d"},
		`a{b:-webkit-image-set(url(c) 1x)}`:          {"b c"},
		`a{b:image("c") x("d") cross-fade(url(e))}`:  nil,
		`a{b:-webkit-cross-fade(url(c),url(d),50%)}`: {"b c", "b d"},
		`a{b:var(--c,url(d))}`:                       {"b d"},
		`a{b:url("c" d)}`:                            nil,
		`a{b:url("c" )}`:                             {"b c"},
		`a{b:url(c d)}`:                              nil,
		`a{b:src("c")}`:                              nil,
		"a{b:url('c\nd);e:url(f)}":                   {"e f"},
		`@foo;@import "a"`:                           {"blockable a"},
		`{}@import "a"`:                              {"blockable a"},
		`;@import "a"`:                               nil,
		`@keyframes k{from{b:url(c)}}`:               {"keyframes b c"},
		`@counter-style k{symbols:url(c)}`:           nil,
		`@page{b:url(c)}`:                            nil,
		`a{& b{c:url(d)}@media x{e:url(f)}}`:         {"c d", "e f"},
		`a{--b:{c:url(d)};e:url(f)}`:                 {"e f"},
		`@supports (a:b){c{d:url(e)}}`:               {"d e"},
		`@scope(a){b{c:url(d)}}`:                     {"c d"},
		`@layer x{a{b:url(c)}}`:                      {"b c"},
		`a{b:url(c)`:                                 {"b c"},
		`a[b="}"]{c:url(d)}`:                         {"c d"},
	} {
		var got []string
		s := sheet{scan: cssScanner{text: css}}
		s.imported = func(ref string, _ int) { got = append(got, "blockable "+ref) }
		s.block = func(rule cssRule, all []declaration) {
			for _, d := range all {
				for _, u := range d.urls {
					got = append(got, strings.TrimSpace(rule.at+" "+d.property)+" "+u.ref)
				}
			}
		}
		s.readSheet(cssRule{})
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", css, d)
		}
	}
}

func TestCandidates(t *testing.T) {
	for set, want := range map[string][]candidate{
		"":                         nil,
		" , ,":                     nil,
		"a":                        {{"a", true}},
		"a, b 2x":                  {{"a", true}, {"b", false}},
		"a 1x,b 1.0x , c 1e0x":     {{"a", true}},
		"a,b 2x":                   {{"a,b", false}},
		"a,, b":                    {{"a", true}},
		"a 2x, b 2.0x, c 3x":       {{"a", false}, {"c", false}},
		"a +1x, b 1.x, c infx":     {},
		"a 1e-1x, b .5x, c -0x":    {{"a", false}, {"b", false}, {"c", false}},
		"a 100w, b 200w 300h":      {{"a", true}, {"b", true}},
		"data:,x 2x, b":            {{"data:,x", false}, {"b", true}},
		"a f(1, 2) 2x, b":          {{"b", true}},
		"a 2y, b x, c -1x, d 2x 3": {},
		"a NaNx, b 1w 2x 3h":       {},
		"a 1x 2x, b 0w, c 1.5w":    {},
		"a 9h, b 1w 1w, c 1x 1w":   {},
		"a 9h 9w":                  {{"a", true}},
	} {
		got := candidates(set)
		if len(want) == 0 && len(got) == 0 {
			continue
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(candidate{})); d != "" {
			t.Errorf("%q (-want +got):\n%s", set, d)
		}
	}
}

func TestScriptLen(t *testing.T) {
	for _, tt := range []struct {
		text   string
		n      int
		nested bool
	}{
		{"x</script>", 1, false},
		{"x</scripts></SCRIPT >", 11, false},
		{"<script></script></script>", 8, false},
		{"<!--<script></script></script>", 21, true},
		{"<!-- 1 < 2 <script></script></script>", 28, true},
		{"<!--<script>--></script></script>", 15, true},
		{"<!--><script></script></script>", 13, false},
		{"<!--<scripty></script>", 13, false},
		{"<!--</script>", 4, false},
		{"<!--<script></script>", 21, true},
		{"never closed", 12, false},
	} {
		if n, nested := scriptLen([]byte(tt.text)); n != tt.n || nested != tt.nested {
			t.Errorf("scriptLen(%q) = %d, %v; want %d, %v", tt.text, n, nested, tt.n, tt.nested)
		}
	}
}

func TestRuns(t *testing.T) {
	for kind, want := range map[string]bool{
		"": true, " Module ": true, "text/JavaScript": true, "text/javascript1.0": true, "text/javascript1.5": true,
		"text/javascript1.6": false, "application/javascript": true, "application/x-javascript": true,
		"application/ecmascript": true, "application/x-ecmascript": true, "text/ecmascript": true, "text/jscript": true,
		"text/livescript": true, "text/x-ecmascript": true, "text/x-javascript": true, "text/babel": false,
		"application/json": false, "importmap": false, "text/javascript;charset=utf-8": false,
	} {
		if got := runs(element{attrs: map[string]string{"type": kind, "language": "vbscript"}}); got != want {
			t.Errorf("type %q: %v", kind, got)
		}
	}
	for language, want := range map[string]bool{"": true, "JavaScript": true, "vbscript": true} {
		if got := runs(element{attrs: map[string]string{"language": language}}); got != want {
			t.Errorf("language %q: %v", language, got)
		}
	}
}

// In SVG an <object> is none; a tag that ends the SVG makes it one.
func TestBreakOut(t *testing.T) {
	const object = `<object data="http://example.net/o"></object>`
	for markup, want := range map[string]int{
		"<svg>" + object:                              0,
		"<svg><g>" + object:                           0,
		"<svg><p>" + object:                           1,
		"<svg><h6>" + object:                          1,
		"<svg></p>" + object:                          1,
		"<svg></br>" + object:                         1,
		"<svg></div>" + object:                        0,
		"<div><svg></div>" + object:                   1,
		"<div></div><svg></div>" + object:             0,
		"<svg><font>" + object:                        0,
		"<svg><font color=red>" + object:              1,
		"<svg><font face=x>" + object:                 1,
		"<svg><font size=1>" + object:                 1,
		"<svg></svg>" + object:                        1,
		"<svg/>" + object:                             1,
		"<math><mtext>" + object:                      1,
		"<math><mtext/>" + object:                     0,
		"<svg><desc><svg></desc>" + object:            0,
		"<svg><desc><svg></desc></svg>" + object:      1,
		strings.Repeat("<svg>", 200) + object:         0,
		strings.Repeat("<svg>", 200) + "<p>" + object: 1,
	} {
		p, _ := read([]byte(markup), "text/html", here)
		if len(p.References) != want {
			t.Errorf("%.40s: %v", markup, p.References)
		}
	}
}
