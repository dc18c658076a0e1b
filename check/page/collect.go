package page

import (
	"strings"

	"github.com/tlsgate/tlsgate/check/text"
)

// collect takes down what an element makes a browser do.
func (p *parser) collect(el element) {
	if p.noscript {
		if el.name == "meta" {
			p.meta(el)
		}
		return
	}
	switch el.ns {
	case inHTML:
		p.collectHTML(el)
	case inSVG:
		p.collectSVG(el)
	case inMath:
		p.scanned(el)
	}
	if el.ns == inOther {
		return
	}
	if el.name == "style" {
		p.beginStyle(el)
	}
	if el.has("style") {
		p.styleAttribute(el)
	}
}

// collectHTML takes an HTML element.
func (p *parser) collectHTML(el element) {
	switch el.name {
	case "meta":
		p.meta(el)
	case "base":
		if !p.scopes.shadow() {
			p.rebase(el)
		}
	case "script":
		p.script(el, "src")
	case "link":
		p.link(el)
	case "iframe":
		p.iframe(el)
	case "frame":
		if p.framesets > 0 || p.xml {
			p.frame(el, "src")
		}
	case "object":
		p.plugin(el, "data")
	case "embed":
		p.plugin(el, "src")
	case "img", "source", "audio", "video", "track":
		p.media(el)
	case "body", "table":
		p.image(el, "background")
	case "thead", "tbody", "tfoot", "tr", "td", "th", "col", "colgroup":
		if p.open["table"] > 0 || p.xml {
			p.image(el, "background")
		}
	case "form", "button", "input":
		p.collectForm(el)
	case "a", "area":
		p.pings(el)
	case "svg":
		p.presentation(el)
	}
	switch el.name {
	case "body", "frameset", "iframe", "svg":
		p.onload(el)
	}
	p.styles.scripted = p.styles.scripted || p.scripting && el.hasAny("onclick", "onload")
}

// scanTemplate takes an element of a template, whose content a browser only
// keeps: Firefox, scanning ahead of the parser, asks for the images in it.
func (p *parser) scanTemplate(el element) {
	switch {
	case p.xml || p.noscript:
	case el.ns == inSVG && el.name == "image":
		p.collectSVG(el)
	case el.ns != inHTML:
	case el.name == "img", el.name == "source" && p.scopes.innermost("picture") != nil:
		p.media(el)
	case el.name == "video":
		p.image(el, "poster")
	}
}

// collectSVG takes an SVG element. Its href outranks its xlink:href. A <use> of
// another origin is never loaded.
func (p *parser) collectSVG(el element) {
	attr := "href"
	if !el.has(attr) {
		attr = "xlink:href"
	}
	switch el.name {
	case "script":
		p.script(el, attr)
		if p.xml || runs(el) {
			break
		}
		p.add(scriptReference(el, attr)) // browsers scan ahead for it, of whatever type
	case "image", "feimage":
		p.image(el, attr)
	case "set", "animate":
		p.animation(el)
	case "link", "base": // browsers scan ahead for those
		p.scanned(el)
	case "a":
		p.pings(el)
	}
	p.presentation(el)
}

// presentation takes the attributes of an SVG element that are CSS properties.
func (p *parser) presentation(el element) {
	for _, attr := range presentationAttributes {
		if el.has(attr) {
			p.declaration(el, attr, attr, el.get(attr))
		}
	}
}

// scanned takes an element of SVG or MathML that browsers, scanning ahead of
// the parser, take for one of HTML.
func (p *parser) scanned(el element) {
	switch {
	case p.xml:
	case el.name == "link":
		p.link(el)
	case el.name == "base":
		p.rebase(el)
	}
}

// presentationAttributes are the attributes of SVG that are CSS properties
// with URLs (SVG 2 section 6.6).
var presentationAttributes = []string{
	"clip-path", "cursor", "fill", "marker-end", "marker-mid", "marker-start", "mask", "stroke",
}

// animation takes an element that gives another's attribute other values (SVG
// 2 with SMIL Animation, sections 3.1 and 3.2): the element around it, or the one
// that its href names.
func (p *parser) animation(el element) {
	name := el.keyword("attributename")
	for _, attr := range animationValues(el) {
		for value := range strings.SplitSeq(el.get(attr), ";") {
			switch name {
			case "fill", "stroke", "cursor": // browsers load none of these by animation
			case "href":
				p.animateImage(el, attr, strings.Trim(value, htmlSpace))
			case "xlink:href":
				if p.xml {
					p.animateImage(el, attr, strings.Trim(value, htmlSpace))
				}
			default:
				p.declaration(el, attr, name, value)
			}
		}
	}
}

// animationValues are the attributes that give values to an animation that runs
// by itself or by what a user does.
func animationValues(el element) []string {
	switch {
	case strings.Trim(el.keyword("begin"), htmlSpace) == "indefinite":
		return nil
	case el.name == "set":
		return []string{"to"}
	case !el.has("dur"):
		return nil
	case el.has("values"):
		return []string{"values"}
	case el.hasAny("to", "by"):
		return []string{"from", "to"}
	}
	return nil
}

// animateImage takes the URL that an animation gives to an image.
func (p *parser) animateImage(el element, attr, ref string) {
	r := reference{kind: Passive, directive: "img-src", el: el, attr: attr, ref: ref}
	target, elsewhere := el.attrs["href"]
	if !elsewhere {
		target, elsewhere = el.attrs["xlink:href"]
	}
	if !elsewhere {
		if p.scopes.innermost("image", "feimage") != nil {
			p.add(r)
		}
		return
	}
	id, ok := strings.CutPrefix(clean(target), "#")
	if found, loads := p.check(r); ok && loads {
		p.await(pendingStyle{Reference: found, selectors: [][]selector{{{"#" + id, "image"}, {"#" + id, "feimage"}}}})
	}
}

// scriptReference is that of an element that loads a script.
func scriptReference(el element, attr string) reference {
	return reference{kind: Blockable, directive: "script-src-elem", el: el, attr: attr, ref: el.get(attr)}
}

// image takes an attribute that names an image.
func (p *parser) image(el element, attr string) {
	p.add(reference{kind: Passive, directive: "img-src", el: el, attr: attr, ref: el.get(attr)})
}

// pings takes the URLs that following a link tells about it.
func (p *parser) pings(el element) {
	if !el.hasAny("href", "xlink:href") {
		return
	}
	for ref := range strings.FieldsFuncSeq(el.get("ping"), isHTMLSpace) {
		p.add(reference{kind: Blockable, directive: "connect-src", el: el, attr: "ping", ref: ref})
	}
}

// A reference is a URL where a document names it.
type reference struct {
	kind      Kind
	directive string // that policies judge it by
	el        element
	attr      string // empty for the text of a <style>
	ref       string // as written
	lines     int    // from the element's
	preload   bool
}

// add keeps a reference, if it is cleartext and no policy stops or upgrades it,
// and reports whether it did.
func (p *parser) add(r reference) bool {
	p.reportRequest(r)
	found, ok := p.check(r)
	switch {
	case ok && p.hidden:
		p.await(pendingStyle{Reference: found, hidden: true})
	case ok:
		p.keep(found)
	}
	return ok
}

// check resolves a reference. It reports false for one that no browser asks for
// in cleartext, by its URL or by a policy in force here.
func (p *parser) check(r reference) (Reference, bool) {
	ref := clean(r.ref)
	if ref == "" || p.self.scheme != "https" || p.policies.Upgrade() ||
		r.kind != Form && p.policies.has("block-all-mixed-content") {
		return Reference{}, false
	}
	u, ok := resolve(p.base, ref)
	if !ok || !cleartext(u) {
		return Reference{}, false
	}
	if p.integrity && r.directive == "script-src-elem" && r.el.lacksIntegrity() {
		return Reference{}, false
	}
	if !p.allows(request{r.directive, newTarget(u), r.el.nonce(), r.el.get("integrity"), r.preload}) {
		return Reference{}, false
	}
	line := p.line + r.lines
	switch {
	case headerFields[r.el.name]:
		line = 0
	case p.embedded > 0:
		line = p.line // of the element that the document is embedded by
	}
	return Reference{Kind: r.kind, Element: text.Clip(r.el.name, maxName), Attribute: r.attr, URL: text.Clip(u.String(), maxURL), Line: line}, true
}

// headerFields are those whose URLs are loaded.
var headerFields = setOf("Content-Security-Policy Link Speculation-Rules")

// keep puts a reference on the page, or counts it.
func (p *parser) keep(found Reference) {
	if p.kept[found.Kind] == maxOfAKind {
		if p.page.Omitted == nil {
			p.page.Omitted = map[Kind]int{}
		}
		p.page.Omitted[found.Kind]++
		return
	}
	p.kept[found.Kind]++
	p.page.References = append(p.page.References, found)
}
