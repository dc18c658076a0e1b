package page

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

const (
	maxFeatures   = 1 << 16 // names, ids and classes of a document that are distinguished
	maxPending    = 4096    // URLs of CSS that wait for the end of the document
	maxSheetDepth = 4       // style sheets in data: URLs within one another
)

// styles is what a document's CSS loads, and what decides about it at the end
// of the document only: a browser asks for an image or a font when it is used.
type styles struct {
	// features are the names of the elements, "#id" and ".class"; full is set
	// where there were too many.
	features names
	full     bool
	// quirks is set where ids and classes fit in any case, as in quirks mode
	// (W3C Selectors Level 4, sections 6.6 and 6.7).
	quirks bool
	text   bool // there is text
	// scripted is set where scripts may run, which may use anything; external
	// where style sheets are loaded, which may use fonts and variables.
	scripted, external bool
	pending            []pendingStyle
	// words are those of font families and animations that declarations name.
	words names
	// variables are the custom properties that images take, references those
	// that custom properties take; defined are those that have a value.
	variables  names
	references map[string][]string
	defined    names
	depth      int
	// imports are the first URLs in cleartext that the current <style> imports.
	imports names
}

// names are a set; the zero value has none.
type names map[string]bool

func (n *names) add(name string) {
	if *n == nil {
		*n = names{}
	}
	(*n)[name] = true
}

// A pendingStyle is a URL of CSS with what must hold for it to be loaded.
type pendingStyle struct {
	Reference
	selectors [][]selector
	family    []string // words of a @font-face's family
	animation string   // of a @keyframes
	variable  string   // custom property that holds the URL
	fallback  string   // custom property that must not be there
	hidden    bool     // only a script can show its element
}

// newStyles begins a document.
func newStyles() *styles {
	return &styles{features: names{"html": true, "head": true, "body": true, "tbody": true}} // made by the parser
}

// seen notes an element for selectors.
func (s *styles) seen(el element) {
	s.note(strings.ToLower(el.name))
	if id := el.get("id"); id != "" {
		s.note("#" + s.folded(id))
	}
	for class := range strings.FieldsFuncSeq(el.get("class"), isHTMLSpace) {
		s.note("." + s.folded(class))
	}
	for _, attr := range []string{"face", "font-family"} {
		s.uses(strings.ToLower(el.get(attr)))
	}
}

// folded is an id, a class or a selector as they are compared.
func (s *styles) folded(name string) string {
	if s.quirks {
		return strings.ToLower(name)
	}
	return name
}

func (s *styles) note(feature string) {
	if len(s.features) >= maxFeatures {
		s.full = true
		return
	}
	s.features.add(feature)
}

// uses notes the words of a font family or an animation.
func (s *styles) uses(name string) {
	for word := range strings.FieldsFuncSeq(name, notWord) {
		if len(s.words) < maxFeatures {
			s.words.add(word)
		}
	}
}

// notWord reports what separates the words of a family's name.
func notWord(r rune) bool { return isHTMLSpace(r) || r == ',' || r == '\'' || r == '"' }

// beginStyle takes the start of a <style>.
func (p *parser) beginStyle(el element) {
	if isCSS(el) || !p.xml {
		p.style, p.styleText, p.styleLine = &el, nil, p.line
	}
}

// isCSS reports whether a <style> holds CSS.
func isCSS(el element) bool {
	kind := el.keyword("type")
	return kind == "" || kind == "text/css"
}

// endStyle takes the end of the open <style>, if any.
func (p *parser) endStyle() {
	el := p.style
	if el == nil {
		return
	}
	p.style = nil
	text := string(p.styleText)
	line := p.line
	p.line = p.styleLine
	p.styles.imports = nil
	if isCSS(*el) && !p.frames && p.allowsInline("style-src-elem", el.nonce(), text) {
		p.styleSheet(element{name: "style"}, "", text, cssRule{print: strings.Trim(el.keyword("media"), htmlSpace) == "print"})
	}
	if !p.xml {
		p.scanStyle(el.ns, text)
	}
	p.line = line
}

// scanStyle takes the imports of a <style> that the parser drops: browsers,
// scanning ahead of it, ask for them all the same.
func (p *parser) scanStyle(ns namespace, text string) {
	counted, lines := 0, 0
	scan := importScan{text: text, found: func(ref string, at int) {
		lines += strings.Count(text[counted:at], "\n")
		counted = at
		p.imports(element{name: "style"}, "", ref, lines)
	}}
	scan.chromium()
	counted, lines, scan.at = 0, 0, 0
	if ns != inMath && !p.scopes.shadow() {
		scan.firefox()
	}
}

// imports takes a URL that an @import names, once of a <style>.
func (p *parser) imports(el element, attr, ref string, lines int) {
	ref = clean(ref)
	if !p.styles.imports[ref] && p.add(reference{kind: Blockable, directive: "style-src-elem", el: el, attr: attr, ref: ref, lines: lines}) &&
		len(p.styles.imports) < maxOfAKind {
		p.styles.imports.add(ref)
	}
}

// styleAttribute takes the declarations of a style attribute.
func (p *parser) styleAttribute(el element) {
	if !p.allowsInline("style-src-attr", "", el.get("style")) {
		return
	}
	s := sheet{ended: p.ended, overlong: p.overlong, scan: cssScanner{text: el.get("style")}}
	s.block = func(_ cssRule, declarations []declaration) {
		p.declarations(element{name: el.name}, "style", nil, cssRule{}, declarations, staysHidden(el, declarations))
	}
	s.readDeclarations()
}

// staysHidden reports whether an element with that style is not shown, unless a
// script shows it (HTML section 15.3.1, "hidden elements").
func staysHidden(el element, style []declaration) bool {
	isDisplay := func(d declaration) bool { return d.property == "display" }
	return displaysNone(style) || el.ns == inHTML && neverShown[el.name] && !slices.ContainsFunc(style, isDisplay)
}

// neverShown are the elements that browsers' own style sheets hide.
var neverShown = setOf("area base datalist head link meta noembed noframes param script style template title")

// declaration takes an attribute that is a CSS property.
func (p *parser) declaration(el element, attr, property, value string) {
	s := sheet{ended: p.ended, overlong: p.overlong, scan: cssScanner{text: property + ":" + value}}
	s.block = func(_ cssRule, declarations []declaration) {
		p.declarations(element{name: el.name}, attr, nil, cssRule{}, declarations, false)
	}
	s.readDeclarations()
}

// styleSheet takes the text of a style sheet that stands in the document.
func (p *parser) styleSheet(el element, attr, text string, around cssRule) {
	var breaks []int // where lines end
	for i := range len(text) {
		if text[i] == '\n' && attr == "" {
			breaks = append(breaks, i)
		}
	}
	s := sheet{ended: p.ended, overlong: p.overlong, scan: cssScanner{text: text}}
	s.imported = func(ref string, at int) {
		p.styles.external = true
		if data, ok := parseDataURL(ref); ok {
			p.dataStyleSheet(el, data)
			return
		}
		p.imports(el, attr, ref, sort.SearchInts(breaks, at))
	}
	s.block = func(rule cssRule, declarations []declaration) {
		p.declarations(el, attr, breaks, rule, declarations, false)
	}
	s.readSheet(around)
}

// dataStyleSheet takes a style sheet in a data: URL.
func (p *parser) dataStyleSheet(el element, data dataURL) {
	if data.media != "text/css" && !p.styles.quirks || p.styles.depth == maxSheetDepth ||
		!p.allows(request{directive: "style-src-elem", url: target{scheme: "data"}, nonce: el.nonce()}) {
		return
	}
	base := p.base
	p.styles.depth++
	p.base = dataBase
	p.styleSheet(el, "href", string(data.body), cssRule{})
	p.base = base
	p.styles.depth--
}

// declarations takes those of one block.
func (p *parser) declarations(el element, attr string, breaks []int, rule cssRule, all []declaration, hidden bool) {
	family := p.noteDeclarations(rule, all)
	replaced := replacedDeclarations(all)
	for i, d := range all {
		custom := strings.HasPrefix(d.property, "--")
		r := reference{kind: Passive, directive: "img-src", el: el, attr: attr}
		switch {
		case rule.at == "font-face" && p.scopes.shadow(): // browsers pass it over
			continue
		case rule.at == "font-face" && d.property == "src" && !replaced[i]:
			r.kind, r.directive = Blockable, "font-src"
		case d.property == "cursor" && len(d.names) == 0 && len(d.variables) == 0: // must end in a keyword
			continue
		case rule.at == "font-face", rule.print, !custom && !imageProperties[d.property], replaced[i]:
			continue
		}
		for _, u := range d.urls {
			r.ref, r.lines = u.ref, sort.SearchInts(breaks, u.at)
			found, ok := p.check(r)
			if !ok {
				continue
			}
			w := pendingStyle{Reference: found, fallback: u.fallback, hidden: hidden}
			switch {
			case r.kind == Blockable:
				w.family = family
			case custom:
				w.variable = d.property
			default:
				w.selectors = rule.selectors
			}
			if strings.HasSuffix(rule.at, "keyframes") {
				w.animation = strings.ToLower(rule.name)
			}
			p.await(w)
		}
	}
}

// noteDeclarations notes what the declarations of a block use and define, and
// makes the initial value in an @property one of the custom property. It gives
// the words of the family that a @font-face defines.
func (p *parser) noteDeclarations(rule cssRule, all []declaration) (family []string) {
	for i, d := range all {
		custom := strings.HasPrefix(d.property, "--")
		switch {
		case rule.at == "font-face" && d.property == "font-family":
			for _, name := range d.names {
				family = append(family, strings.FieldsFunc(name, notWord)...)
			}
		case rule.at == "property" && d.property == "initial-value":
			d.property, custom = rule.name, true
		case custom, strings.HasPrefix(d.property, "font"), strings.Contains(d.property, "animation"):
			for _, name := range d.names {
				p.styles.uses(name)
			}
		}
		if d.property == "content" && !(d.plain && len(d.names) == 1 && (d.names[0] == "normal" || replacing[d.names[0]])) {
			p.styles.note(generatedContent)
		}
		all[i].property = d.property
		switch {
		case custom:
			if !(d.plain && len(d.names) == 1 && d.names[0] == "initial") {
				p.styles.defined.add(d.property)
			}
			if p.styles.references == nil {
				p.styles.references = map[string][]string{}
			}
			p.styles.references[d.property] = append(p.styles.references[d.property], d.variables...)
		case imageProperties[d.property] && rule.at != "font-face":
			for _, name := range d.variables {
				p.styles.variables.add(name)
			}
		}
	}
	return family
}

// replacedDeclarations tells of each declaration of a block whether a later one
// takes its place for sure.
func replacedDeclarations(all []declaration) []bool {
	out := make([]bool, len(all))
	later := map[string]bool{} // the images whose earlier values do not count
	for i, d := range slices.Backward(all) {
		image := imageOf(d.property)
		if !slices.Contains(d.names, "important") && !strings.HasPrefix(d.property, "--") { // those nothing replaces
			out[i] = later[image] || later["all"] ||
				// border sets it back (W3C CSS Backgrounds Level 3, section 3.4)
				strings.HasSuffix(image, "border-image") && later["border"]
		}
		if d.replacesImage() || d.property == "src" && len(d.urls) > 0 {
			later[image] = true
		}
	}
	return out
}

// replacesImage reports whether a declaration sets the image of its property
// for sure, so that earlier ones do not count.
func (d declaration) replacesImage() bool {
	keyword := d.plain && len(d.names) == 1 && replacing[d.names[0]]
	switch d.property {
	case "border":
		return true
	case "all":
		return keyword && d.names[0] != "none" && d.names[0] != "transparent"
	case "background":
		return d.plain && len(d.urls) == 1 || keyword || d.color
	case "cursor":
		return keyword
	}
	return d.plain && len(d.urls) == 1 || keyword
}

// imageOf names the image that a property sets, alone or with other things.
func imageOf(property string) string { return cmp.Or(shorthands[property], property) }

// shorthands are the properties that set the image of another, or are other
// names of it.
var shorthands = map[string]string{
	"background-image": "background", "border-image-source": "border-image", "list-style-image": "list-style",
	"mask-image": "mask", "-webkit-mask": "mask", "-webkit-mask-image": "mask",
}

// replacing are keywords that every property takes, or that mean no image.
var replacing = map[string]bool{"none": true, "inherit": true, "initial": true, "unset": true, "revert": true, "transparent": true}

// await keeps a URL for the end of the document.
func (p *parser) await(w pendingStyle) {
	if len(p.styles.pending) == maxPending {
		p.keep(w.Reference)
		return
	}
	p.styles.pending = append(p.styles.pending, w)
}

// work is about how many comparisons it takes to find out whether it is loaded.
func (w pendingStyle) work() int {
	work := 1 + len(w.family)
	for _, alternatives := range w.selectors {
		for _, one := range alternatives {
			work += 1 + len(one)
		}
	}
	return work
}

// overlong notes that CSS was not read to its end.
func (p *parser) overlong() {
	p.page.Incomplete = "a rule, a declaration or a block of CSS is too long to be read"
}

// finishStyles takes the URLs of CSS that the document uses.
func (p *parser) finishStyles() {
	used := p.styles.usedVariables()
	if p.styles.external {
		p.styles.note(generatedContent)
	}
	p.styles.text = p.styles.text || p.styles.features[generatedContent]
	for _, w := range p.styles.pending {
		if p.ended() {
			break
		}
		if p.styles.scripted || p.budget.spend(w.work()) && p.styles.applies(w, used) {
			p.keep(w.Reference)
		}
	}
	p.styles.pending = nil
	if p.embedded == 0 {
		slices.SortStableFunc(p.page.References, func(a, b Reference) int { return a.Line - b.Line })
	}
}

// usedVariables are the custom properties that an image takes, directly or
// through others.
func (s *styles) usedVariables() map[string]bool {
	used := map[string]bool{}
	var waiting []string
	for name := range s.variables {
		waiting = append(waiting, name)
	}
	for len(waiting) > 0 {
		name := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if !used[name] {
			used[name] = true
			waiting = append(waiting, s.references[name]...)
		}
	}
	return used
}

// applies reports whether a browser asks for a URL of CSS.
func (s *styles) applies(w pendingStyle, used map[string]bool) bool {
	switch {
	case w.hidden:
		return false
	case w.fallback != "" && s.defined[w.fallback] && !s.external:
		return false
	case w.variable != "":
		return used[w.variable] || s.external
	case w.animation != "" && !s.usesAll(strings.FieldsFunc(w.animation, notWord)) && !s.external:
		return false
	case w.Kind == Blockable && !s.external:
		return s.text && len(w.family) > 0 && s.usesAll(w.family)
	}
	for _, alternatives := range w.selectors {
		if !slices.ContainsFunc(alternatives, s.fits) {
			return false
		}
	}
	return true
}

// usesAll reports whether declarations name all words of a font or an animation.
func (s *styles) usesAll(words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !s.words[word] })
}

// fits reports whether the document holds what a selector names.
func (s *styles) fits(one selector) bool {
	return s.full || !slices.ContainsFunc(one, func(feature string) bool { return !s.features[s.folded(feature)] })
}
