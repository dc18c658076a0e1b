package page

import "github.com/tlsgate/tlsgate/check/text"

// collect takes down what an element makes a browser do.
func (r *parser) collect(el element) {
	switch {
	case r.noscript:
		if el.name == "meta" {
			r.meta(el)
		}
		return
	case el.ns == inHTML:
		r.collectHTML(el)
	case el.ns == inSVG:
		r.collectSVG(el)
	}
	if el.ns != inMath && el.name == "style" {
		kind := el.keyword("type")
		r.style = kind == "" || kind == "text/css"
	}
	if el.ns != inMath && el.has("style") {
		r.styleSheet(el.name, "style", el.get("style"))
	}
}

// collectHTML takes an HTML element.
func (r *parser) collectHTML(el element) {
	switch el.name {
	case "meta":
		r.meta(el)
	case "base":
		r.rebase(el)
	case "script":
		if runs(el) {
			r.attribute(Blockable, el, "src")
		}
	case "link":
		r.link(el)
	case "iframe":
		r.iframe(el)
	case "frame":
		if r.frames {
			r.attribute(Blockable, el, "src")
		}
	case "object":
		if !r.scopes.fallback() {
			r.attribute(Blockable, el, "data")
		}
	case "embed":
		if !r.scopes.fallback() {
			r.attribute(Blockable, el, "src")
		}
	case "img", "source", "audio", "video", "track":
		r.media(el)
	case "body", "table":
		r.attribute(Passive, el, "background")
	case "thead", "tbody", "tfoot", "tr", "td", "th":
		if r.open["table"] > 0 {
			r.attribute(Passive, el, "background")
		}
	case "form", "button", "input":
		r.collectForm(el)
	}
}

// collectSVG takes an SVG element. Its href outranks its xlink:href.
func (r *parser) collectSVG(el element) {
	attr := "href"
	if !el.has(attr) {
		attr = "xlink:href"
	}
	switch el.name {
	case "script":
		if runs(el) {
			r.attribute(Blockable, el, attr)
		}
	case "use":
		r.attribute(Blockable, el, attr)
	case "image", "feimage":
		r.attribute(Passive, el, attr)
	}
}

// attribute takes the URL in an attribute.
func (r *parser) attribute(k Kind, el element, attr string) {
	r.add(k, el.name, attr, el.get(attr), 0)
}

// add keeps a reference, if it is cleartext and nothing in the document
// defuses it. Lines counts from the element's. A relative URL that is
// cleartext by its <base> is not kept, for the <base> is; but where a form is
// sent to is kept either way.
func (r *parser) add(k Kind, element, attr, ref string, lines int) {
	ref = clean(ref)
	if ref == "" || r.document.Scheme != "https" || r.csp.Defuses(k) {
		return
	}
	if scheme, _ := splitScheme(ref); scheme == "" && k != Form {
		return
	}
	u, ok := resolve(r.base, ref)
	if !ok || !cleartext(u) {
		return
	}
	if r.embedded > 0 {
		lines = 0 // of the element that the document is embedded by
	}
	if r.kept[k] == maxOfAKind {
		if r.page.Omitted == nil {
			r.page.Omitted = map[Kind]int{}
		}
		r.page.Omitted[k]++
		return
	}
	r.kept[k]++
	r.page.References = append(r.page.References, Reference{
		Kind: k, Element: text.Clip(element, maxName), Attribute: attr, URL: text.Clip(u.String(), maxURL), Line: r.line + lines,
	})
}

// iframe takes an <iframe>. What stands in srcdoc is a document of its own,
// under this one's base and policy, and outranks src.
func (r *parser) iframe(el element) {
	if !el.has("srcdoc") {
		r.attribute(Blockable, el, "src")
		return
	}
	const deepest = 2
	if r.embedded < deepest {
		inner := newParser(r.document)
		inner.page, inner.kept, inner.base, inner.csp = r.page, r.kept, r.base, r.csp
		inner.embedded, inner.line = r.embedded+1, r.line
		inner.read([]byte(el.get("srcdoc")))
	}
}
