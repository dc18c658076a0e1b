package page

import "testing"

// Browsers ask for imports by a scan of the text ahead of the parser, which
// drops them.
func TestScannedImports(t *testing.T) {
	style := func(text string) string { return "<style>" + text + "</style>" }
	checkDocuments(t, []document{
		{"white space in a URL", "", style("@import url({R}/a b);"), "!a%20b"},
		{"quotes and brackets in a URL", "", style(`@import url({R}/a(b);@import url( {R}/c"d );`), "!a(b !c%22d"},
		{"line break in a string", "", style("@import '{R}/a\nb'"), "!ab"},
		{"escape that the parser resolves", "", style(`@import "{R}/\61"`), "!a !/61"},
		{"something after the string", "", style(`@import url("{R}/a" b);`), "!a"},
		{"name that is nearly url", "", style(`@import urxl({R}/a);`) + style(`@import uxl({R}/b);`) + style(`@import urxx{R}/c);`), "!a"},
		{"behind rules", "", style(`/* */ @charset x; @layer y; @import url({R}/a b);`), "!a%20b"},
		{"behind others", "", style(`@x y; @import url({R}/a b);`) + style(`p{} @import url({R}/a b);`) + style(`/* **/ @import url({R}/a b);`), ""},
		{"block", "", style(`@import url({R}/a b) {}`) + style(`@layer {} @import url({R}/a b)`) + style("@import {R}/a {"), ""},
		{"without an end", "", style(`@import url({R}/a b)`) + style(`@import url({R}/c d`) + style(`@import "{R}/e`), "!a%20b !e"},
		{"condition", "", style(`@import url({R}/a b) print;`) + style(`@import url({R}/a b) supports(x:y);`), "!a%20b"},
		{"bare URL", "", style(`@import {R}/a ;`) + style(`@import {R}/b`) + style("@import {R}/c layer;") + style("@import {R}/d layer(e);") + style("@import {R}/f print;") + style("@import {R}/g layer"), "!a !b !c !d"},
		{"bare URL with a semicolon", "", style(`@import {R}/a;`), "!a;"},
		{"stray characters", "", style(`// @import "{R}/a";`) + style(`@ @import "{R}/b";`) + style("@x;@import;@import {R}/c ;") + style("// x\n@import '{R}/d';"), "!a !b !c"},
		{"once", "", style(`@import "{R}/a"; @import url({R}/a);`), "!a"},
		{"no style sheet", "", `<style type=x>// @import "{R}/a";</style>`, "!a"},
		{"MathML", "", `<math>` + style(`// @import "{R}/a";`) + style(`@import url({R}/b c);`) + `</math>`, "!a"},
		{"shadow root", "", `<div><template shadowrootmode=open>` + style(`// @import "{R}/a";`) + style(`@import url({R}/b c);`) + `</template></div>`, "!a"},
		{"template", "", `<template>` + style(`// @import "{R}/a";`) + `</template>`, ""},
		{"XML", "Content-Type: application/xhtml+xml", xhtml + style(`@import url({R}/a b);`) + `</html>`, ""},
		{"policies", "Content-Security-Policy: style-src http:", style(`@import url({R}/a b);`), "!a%20b"},
		{"forbidden", "Content-Security-Policy: style-src 'self' 'unsafe-inline'", style(`@import url({R}/a b);`), ""},
	})
}

// What is found stands in the text, in order.
func FuzzImportScan(f *testing.F) {
	for _, seed := range []string{`@import url( "a" b) layer(c);`, `// @import a;`, "/* **/ @charset x;@import 'b", `@ @layer a;@import urxl(c) print{`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, scan := range []func(*importScan){(*importScan).firefox, (*importScan).chromium} {
			last := -1
			scan(&importScan{text: text, found: func(ref string, at int) {
				if at <= last || at >= len(text) || text[at] != '@' || ref == "" || len(ref) > len(text) {
					t.Errorf("%q: %q at %d after %d", text, ref, at, last)
				}
				last = at
			}})
		}
	})
}
