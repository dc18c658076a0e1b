package page

import "strings"

// maxScriptDepth is how many scripts in data: URLs are read within one another.
const maxScriptDepth = 4

// An inlineScript is a <script> whose text is being read.
type inlineScript struct {
	el   element
	text []byte
	line int // where its text begins
	// depth is how many elements are open in it, whose text is not its own.
	depth int
}

// nest takes an element that begins in the script, if there is one, and gives
// the script. In HTML an element of HTML leaves SVG, and the script with it.
func (s *inlineScript) nest(el element, selfClosing, xml bool) *inlineScript {
	switch {
	case s == nil, !xml && el.ns == inHTML:
		return nil
	case xml || !selfClosing:
		s.depth++
	}
	return s
}

// script takes a <script>.
func (p *parser) script(el element, attr string) {
	kind := scriptType(el)
	if !el.has(attr) {
		if p.inline == nil && !p.frames && (kind == "importmap" || runs(el) && (kind == "module" || runsInline(el))) {
			p.inline = &inlineScript{el: el, line: p.line}
		}
		return
	}
	if !runs(el) {
		return
	}
	ref := el.get(attr)
	p.styles.scripted = p.styles.scripted || p.scripting && ref != ""
	if data, ok := parseDataURL(ref); ok {
		p.dataScript(el, kind == "module", data, 0)
		return
	}
	p.add(scriptReference(el, attr))
}

// runsInline reports whether a browser runs an inline script that is no module,
// by its older attributes (HTML section 4.12.1.1, "prepare the script element").
func runsInline(el element) bool {
	if language := el.keyword("language"); !el.has("type") && language != "" && !javaScript["text/"+language] {
		return false
	}
	event := strings.Trim(el.keyword("event"), htmlSpace)
	return !el.has("for") || !el.has("event") ||
		strings.Trim(el.keyword("for"), htmlSpace) == "window" && (event == "onload" || event == "onload()")
}

// runsScripts reports whether nothing forbids the document's scripts to run.
func (p *parser) runsScripts() bool {
	return p.scripting && !p.policies.sandboxes("allow-scripts")
}

// endScript takes the end of the open inline script, if any, with the rest of its text.
func (p *parser) endScript(rest []byte) {
	one := p.inline
	if one == nil {
		return
	}
	p.inline = nil
	text := strings.ReplaceAll(strings.ReplaceAll(string(one.text)+string(rest), "\r\n", "\n"), "\r", "\n")
	if text == "" || !p.runsScripts() || !p.allowsInline("script-src-elem", one.el.nonce(), text) {
		return
	}
	line := p.line
	p.line = one.line
	if scriptType(one.el) == "importmap" && strings.Contains(text, `"integrity"`) {
		p.integrity = false // the map may tell the integrity of each script
	}
	switch kind := scriptType(one.el); {
	case kind != "importmap":
		p.scriptText(one.el, kind == "module", text, 0)
	case len(text) > maxImportMap:
		p.page.Incomplete = "an import map is too long to be read"
	case p.budget.spend(p.importMap.size):
		p.importMap.merge(p.base, text)
	}
	p.line = line
}

// onload takes the script that runs once an element is loaded, as those for sure are
// which hold documents.
func (p *parser) onload(el element) {
	if text := el.get("onload"); text != "" && p.runsScripts() && p.allowsInline("script-src-attr", "", text) {
		p.scriptText(el, false, text, 0)
	}
}

// dataScript takes a script in a data: URL.
func (p *parser) dataScript(el element, module bool, data dataURL, depth int) {
	if !javaScript[data.media] || !p.runsScripts() ||
		!p.allows(request{directive: "script-src-elem", url: target{scheme: "data"}, nonce: el.nonce(), integrity: el.get("integrity")}) {
		return
	}
	base := p.base
	if module {
		p.base = dataBase
	}
	p.scriptText(el, module, string(data.body), depth+1)
	p.base = base
}

// importDirectives are the directives that imports are judged by, by their type.
var importDirectives = map[string]string{"": "script-src-elem", "css": "style-src-elem", "json": "connect-src", "text": "connect-src"}

// scriptText takes what a script imports for sure. If one of its imports cannot be
// resolved, the script does not run and none is loaded.
func (p *parser) scriptText(el element, module bool, text string, depth int) {
	if depth > maxScriptDepth || !strings.Contains(text, "import") && !strings.Contains(text, "export") {
		return
	}
	imports := classicImports
	if module {
		imports = moduleImports
	}
	var found []reference
	counted, lines := 0, 0
	for _, one := range imports(text, p.ended) {
		if !p.budget.spend(1 + p.importMap.size) {
			return
		}
		u, ok := p.importMap.resolve(p.base, one.specifier)
		directive := importDirectives[one.kind]
		if !ok || directive == "" {
			return
		}
		lines += strings.Count(text[counted:one.at], "\n")
		counted = one.at
		found = append(found, reference{
			kind: Blockable, directive: directive, el: element{name: "script", attrs: map[string]string{"nonce": el.get("nonce")}},
			ref: u.String(), lines: lines,
		})
	}
	seen := map[string]bool{}
	for _, r := range found {
		if seen[r.ref] {
			continue
		}
		seen[r.ref] = true
		if data, ok := parseDataURL(r.ref); ok {
			p.dataScript(r.el, true, data, depth)
			continue
		}
		p.add(r)
	}
}
