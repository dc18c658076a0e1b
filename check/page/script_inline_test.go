package page

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestModuleScripts(t *testing.T) {
	module := func(text string) string { return "<script type=module>" + text + "</script>" }
	checkDocuments(t, []document{
		{"import", "", module(`import "{R}/a"`), "!a"},
		{"forms of imports", "", module(`import b from '{R}/b'; import * as c from "{R}/c"; import {d, e as f, "g h" as i} from "{R}/d"; import j, {k} from "{R}/e"; import from from "{R}/f"`), "!b !c !d !e !f"},
		{"forms of exports", "", module(`export * from "{R}/a"; export * as b from "{R}/b"; export {c, default as d} from "{R}/c"; export {e}; export default {}`), "!a !b !c"},
		{"lines instead of semicolons", "", module("let a = f()\nimport{b}from\"{R}/b\"\nexport{c}from\"{R}/c\"\nlet d"), "!b !c"},
		{"after a declaration without a value", "", module("let a\nimport '{R}/a'\nimport '{R}/b'") + module("var c, d\nexport * from '{R}/c'"), "!a !b !c"},
		{"among other statements", "", module(`if (a) { b() } import "{R}/a"; class c { static import = 1; import() {} } import "{R}/b"; import.meta; o.import; ({import: 1}); import "{R}/c"`), "!a !b !c"},
		{"escapes", "", module(`import "\u0068tt\x70:\
//r\u{2e}example/\a"`), "!a"},
		{"the same twice", "", module(`import "{R}/a"; import "{R}/a"`), "!a"},
		{"comments", "", module("// import \"{R}/a\"\n/* import \"{R}/b\"\n*/ import/**/\"{R}/c\""), "!c"},
		{"strings", "", module(`"import '{R}/a'"; '\'; import "{R}/b"'`), ""},
		{"templates", "", module("`\nimport '{R}/a'\n${`}` + {} + `\nimport '{R}/b'\n`}\nimport '{R}/c'\n`\nimport '{R}/d'"), "!d"},
		{"escapes in templates", "", module("let a = String.raw`\\xi \\user` / 1\nimport '{R}/a'") + module("let b = `\\xi`\nimport '{R}/b'"), "!a"},
		{"template for a specifier", "", module("import `{R}/a`"), ""},
		{"regular expressions", "", module(`/[/]import "/.test(";"); let a = /[/"]/; if (b) /"/.test(c); d = {} / 1; import "{R}/b"; e = f /g; x++ / 2`), "!b"},
		{"in a block", "", module(`{ import "{R}/a" }`), ""},
		{"after no statement", "", module(`let a = 1 import "{R}/a"`), ""},
		{"label", "", module(`a: import "{R}/a"`), ""},
		{"no script", "", module(`import "{R}/a" this is no script`), ""},
		{"no operand", "", module(`import "{R}/a"; let b = ;`) + module(`import "{R}/a"; f(b +)`) + module(`import "{R}/a"; return`), ""},
		{"names beside each other", "", module(`import "{R}/a"; for (let a of b) for (const c in d) { class e extends f { static async g() { return h } get return() { return } } }
async function i() { await j; do k++; while (l) } m: for (;;) { continue m }
n
o`), "!a"},
		{"bracket that stays open", "", module(`import "{R}/a"; f(`), ""},
		{"comment of HTML", "", module("<!--\nimport \"{R}/a\"\n-->"), ""},
		{"specifier that means nothing", "", module(`import "a"; import "{R}/a"`), ""},
		{"types", "", module(`import a from "{R}/a" with {type: "json"}; import b from "{R}/b" with {"type": 'css'}; import c from "{R}/c" with {}`), "!a !b !c"},
		{"unknown type", "", module(`import a from "{R}/a"; import b from "/b" with {type: "b"}`), ""},
		{"unknown attribute", "", module(`import a from "{R}/a"; import b from "/b" with {a: "json"}`), ""},
		{"source", "", module(`import source a from "{R}/a"; import source from "{R}/b"; import source, {c} from "{R}/c"`), "!a !b !c"},
		{"two names", "", module(`import a b from "{R}/a"`) + module(`import type a from "{R}/a"`) + module(`import a, b from "{R}/a"`) + module(`import {a} {b} from "{R}/a"`) + module(`import {a b} from "{R}/a"`), ""},
		{"names with escapes", "", module(`var \u0061\u{62}c = 1, d\u{65}; import "{R}/a"`), "!a"},
		{"operators at the end of a line", "", module("a++\nimport '{R}/a'\nb--\nimport '{R}/b'"), "!a !b"},
		{"operator that wants an operand", "", module("a = \nimport '{R}/a'"), ""},
		{"loop that waits", "", module(`for await (let a of b) /"/.exec(a); await (c) / 2; import "{R}/a"; d / e`), "!a"},
		{"interpreter", "", module("#!/bin/node \"\nimport '{R}/a'") + module("/**/#!/bin/node\nimport '{R}/b'"), "!a"},
		{"deferred", "", module(`import defer * as a from "{R}/a"`), ""},
		{"base", "", "<base href={R}/b/>" + module(`import "./a"; import "../c"; import "/d"`), "!b/a !c !d"},
		{"with src", "", `<script type=module src>import "{R}/a"</script><script type=module src=/b>import "{R}/b"</script>`, ""},
		{"without an end", "", `<script type=module>import "{R}/a"`, ""},
		{"no module", "", `<script>import "{R}/a"</script><script type=text/plain>import "{R}/b"</script>`, ""},
		{"nomodule", "", `<script type=MODULE nomodule>import "{R}/a"</script>`, "!a"},
		{"within other things", "", `<template>` + module(`import "{R}/a"`) + `</template><noscript>` + module(`import "{R}/b"`) + `</noscript><math>` + module(`import "{R}/c"`) + `</math>`, ""},
		{"shadow root", "", `<div><template shadowrootmode=open>` + module(`import "{R}/a"`) + `</template></div>`, "!a"},
		{"SVG", "", `<svg><script type=module>import &quot;{R}/a"</script><script type=module /><text>import "{R}/b"</text></svg>`, "!a"},
		{"elements in a script of SVG", "", `<svg><script type=module>import "{R}/a"; <g/>import "{R}/b"; <g>import "{R}/c"</g> import "{R}/d"</script></svg>`, "!a !b !d"},
		{"SVG that ends in a script", "", `<svg><script type=module>import "{R}/a"<p>x</script>`, ""},
		{"XML", "Content-Type: application/xhtml+xml", xhtml + `<script type="module"><b>"</b>import "{R}/a"; <![CDATA[import "{R}/b"]]></script><script type="module"/><p>import "{R}/c"</p></html>`, "!a !b"},
		{"frameset", "", `<frameset><script type=module>import "{R}/a"</script></frameset>`, ""},
		{"modulepreload of data", "", `<link rel=modulepreload href="data:text/javascript,import '{R}/a'">`, "!a"},
		{"srcdoc", "", `<iframe srcdoc='` + module(`import "{R}/a"`) + `'></iframe><iframe sandbox srcdoc='` + module(`import "{R}/b"`) + `'></iframe>`, "!a"},
		{"data", "", module(`import "data:text/javascript,import '{R}/a'; import 'data:,x'"`) + `<script type=module src="data:text/javascript,import '{R}/b'"></script>` +
			`<script src="data:text/javascript,import('{R}/c')"></script>` + module(`import "data:text/javascript,import './d'; import '{R}/d'"`), "!a !b !c"},
		{"upgraded", "Content-Security-Policy: upgrade-insecure-requests", module(`import "{R}/a"`), ""},
		{"script that may not run", "Content-Security-Policy: script-src http:", module(`import "{R}/a"`), ""},
		{"import that may not be loaded", "Content-Security-Policy: script-src 'unsafe-inline'", module(`import "{R}/a"; import b from "{R}/b" with {type: "json"}`), "!b"},
		{"nonce", "Content-Security-Policy: script-src 'nonce-x'", `<script type=module nonce=x>import "{R}/a"</script><script type=module>import "{R}/b"</script>`, "!a"},
		{"unsafe-inline with strict-dynamic", "Content-Security-Policy: script-src 'unsafe-inline' 'strict-dynamic' http:", module(`import "{R}/a"`), ""},
		{"types forbidden", "Content-Security-Policy: connect-src 'none'; style-src 'none'", module(`import a from "{R}/a" with {type: "json"}; import b from "{R}/b" with {type: "css"}`), ""},
		{"sandbox", "Content-Security-Policy: sandbox", module(`import "{R}/a"`), ""},
	})
}

func TestImportCalls(t *testing.T) {
	script := func(text string) string { return "<script>" + text + "</script>" }
	checkDocuments(t, []document{
		{"call", "", script(`import("{R}/a")`), "!a"},
		{"several", "", script("'use strict'; import(`{R}/a`); import('{R}/b')\nimport('{R}/c').then(d)"), "!a !b !c"},
		{"in a module", "", `<script type=module>const {a} = await import("{R}/a"); import("{R}/b")</script>`, "!a"},
		{"comments of HTML", "", script("<!-- \"\nimport('{R}/a')\n--> '"), "!a"},
		{"not for sure", "", script(`if (a) import("{R}/a")`) + script(`f(); import("{R}/b")`) + script(`() => import("{R}/c")`) + script(`import("{R}/" + d)`) + script("import(`{R}/${e}`)"), ""},
		{"beside a static import", "", `<script type=module>import("{R}/a"); import "/b"</script>`, ""},
		{"malformed", "", script(`import("{R}/a"); )`) + script(`const b = await import("{R}/b")`), ""},
		{"other languages", "", `<script language=vbscript>import("{R}/a")</script><script language=JavaScript>import("{R}/b")</script><script type="" language=x>import("{R}/c")</script>`, "!b !c"},
		{"events", "", `<script for=a event=b>import("{R}/a")</script><script for=window event="onload()">import("{R}/b")</script><script event=c>import("{R}/c")</script>`, "!b !c"},
	})
}

func TestImportMaps(t *testing.T) {
	page := func(importMap, imports string) string {
		return "<script type=importmap>" + importMap + "</script><script type=module>" + imports + "</script>"
	}
	checkDocuments(t, []document{
		{"name", "", page(`{"imports": {"x": "{R}/a"}}`, `import "x"`), "!a"},
		{"not imported", "", page(`{"imports": {"x": "{R}/a"}}`, ``), ""},
		{"other name", "", page(`{"imports": {"x": "{R}/a"}}`, `import "y"; import "{R}/b"`), ""},
		{"prefix", "", page(`{"imports": {"x/": "{R}/a/", "x/y/": "{R}/b/"}}`, `import "x/z"; import "x/y/c"`), "!a/z !b/c"},
		{"prefix to what is none", "", page(`{"imports": {"x/": "{R}/a"}}`, `import "x/y"`), ""},
		{"way out of a prefix", "", page(`{"imports": {"x/": "{R}/a/"}}`, `import "x/../b"`), ""},
		{"URL", "", page(`{"imports": {"{R}/a": "/a", "./b": "{R}/b"}}`, `import "{R}/a"; import "/dir/b"`), "!b"},
		{"scope", "", page(`{"imports": {"x": "/a"}, "scopes": {"/dir/": {"x": "{R}/b"}, "/": {"x": "/c"}, "/dir/other/": {"x": "/d"}}}`, `import "x"`), "!b"},
		{"scope elsewhere", "", page(`{"imports": {"x": "/a"}, "scopes": {"/other/": {"x": "{R}/b"}}}`, `import "x"`), ""},
		{"nothing", "", page(`{"imports": {"x": null, "y": 1, "x/": "{R}/"}}`, `import "x"; import "{R}/a"`), ""},
		{"one URL twice, the last counts", "", page(`{"imports": {"./b": "{R}/a", "/dir/b": "/c", "./d": "/c", "/dir/d": "{R}/e"}}`, `import "/dir/b"; import "./d"`), "!e"},
		{"one name twice", "", page(`{"imports": {"x": "{R}/a", "x": "/b", "y": "/c", "y": "{R}/d"}}`, `import "x"; import "y"`), "!d"},
		{"one scope twice", "", page(`{"scopes": {"/dir/": {"x": "{R}/a"}, ".": {"y": "{R}/b"}}}`, `import "y"`) + page(`{"imports": {"x": "/c"}}`, `import "x"`), "!b"},
		{"other members", "", page(`{"imports": {"x": "{R}/a", "y": 1, "": "/"}, "other": 1}`, `import "x"`), "!a"},
		{"malformed", "", page(`{"imports": {"x": "{R}/a"},}`, `import "x"`) + page(`{"imports": {"x": "{R}/a"}, "scopes": 1}`, `import "x"`) +
			page(`{"imports": {"x": "{R}/a"}, "scopes": {"/": null}}`, `import "x"`) + page(`{"Imports": {"x": "{R}/a"}}`, `import "x"`) + page(`[]`, `import "x"`), ""},
		{"second map", "", page(`{"imports": {"x": "/a"}}`, ``) + page(`{"imports": {"x": "{R}/a", "y": "{R}/b"}}`, `import "x"; import "y"`), "!b"},
		{"map that comes later", "", `<script type=module>import "x"</script>` + page(`{"imports": {"x": "{R}/a"}}`, ``), ""},
		{"map of a URL", "", `<script type=importmap src=/x>{"imports": {"x": "{R}/a"}}</script><script type=module>import "x"</script>`, ""},
		{"call", "", page(`{"imports": {"x": "{R}/a"}}`, `import("x")`), "!a"},
		{"data", "", page(`{"imports": {"x": "data:text/javascript,import 'y'", "y": "{R}/a"}}`, `import "x"`), "!a"},
		{"map that is forbidden", "Content-Security-Policy: script-src 'nonce-x' http:", `<script type=importmap>{"imports": {"x": "{R}/a"}}</script><script type=module nonce=x>import "x"</script>`, ""},
	})
}

// Comments and lines before a script change nothing about it, and what it
// imports stands in it.
func FuzzScriptImports(f *testing.F) {
	for _, seed := range []string{
		`import a, {b as c} from "d" with {type: "json"}; export * from 'e'`, "let a = `${b}` / /[/]/g\nimport 'c'", `import("a"); import("b")`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.HasPrefix(text, "#!") {
			t.Skip()
		}
		never := func() bool { return false }
		const before = "/* ` */ // '\n"
		for _, imports := range []func(string, func() bool) []scriptImport{moduleImports, classicImports} {
			found := imports(text, never)
			later := imports(before+text, never)
			for i := range later {
				later[i].at -= len(before)
			}
			if d := cmp.Diff(found, later, cmp.AllowUnexported(scriptImport{})); d != "" {
				t.Errorf("%q (-want +got):\n%s", text, d)
			}
			if slices.ContainsFunc(found, func(one scriptImport) bool {
				return one.at >= len(text) || !strings.Contains(text[one.at:], "import") && !strings.Contains(text[one.at:], "export")
			}) {
				t.Errorf("%q: %v", text, found)
			}
		}
	})
}
