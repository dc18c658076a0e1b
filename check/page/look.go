package page

import (
	"slices"
	"strings"
)

// look takes down what an element makes a browser do.
func (r *reader) look(el element) {
	switch {
	case r.noscript:
		if el.name == "meta" {
			r.meta(el)
		}
		return
	case el.ns == inHTML:
		r.lookHTML(el)
	case el.ns == inSVG:
		r.lookSVG(el)
	}
	if el.ns != inMath && el.name == "style" {
		kind := el.keyword("type")
		r.style = kind == "" || kind == "text/css"
	}
	if el.ns != inMath && el.has("style") {
		r.styleSheet(el.name, "style", el.get("style"))
	}
}

// lookHTML takes an HTML element.
func (r *reader) lookHTML(el element) {
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
		r.lookForm(el)
	}
}

// lookSVG takes an SVG element. Its href outranks its xlink:href.
func (r *reader) lookSVG(el element) {
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
func (r *reader) attribute(k Kind, el element, attr string) {
	r.add(k, el.name, attr, el.get(attr), 0)
}

// add keeps a reference, if it is cleartext and nothing in the document
// defuses it. Lines counts from the element's. A relative URL that is
// cleartext by its <base> is not kept, for the <base> is; but where a form is
// sent to is kept either way.
func (r *reader) add(k Kind, element, attr, ref string, lines int) {
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
		Kind: k, Element: clip(element, maxName), Attribute: attr, URL: clip(u.String(), maxURL), Line: r.line + lines,
	})
}

// meta takes a refresh or a policy.
func (r *reader) meta(el element) {
	switch el.keyword("http-equiv") {
	case "refresh":
		r.refresh(el.get("content"))
	case "content-security-policy":
		// Elsewhere than in the head browsers ignore it.
		if !r.headOver && !r.noscript {
			more := ParseCSP(el.get("content"))
			r.csp.Upgrade = r.csp.Upgrade || more.Upgrade
			r.csp.Block = r.csp.Block || more.Block
		}
	}
}

// refresh takes the first refresh that leads elsewhere.
func (r *reader) refresh(content string) {
	target, ok := ParseRefresh(content)
	if !ok || r.page.Refresh != "" || r.embedded > 0 {
		return
	}
	u, ok := resolve(r.base, target)
	if !ok || u.Scheme != "http" && u.Scheme != "https" {
		return
	}
	here := *r.document
	if goal := u.String(); goal != bare(&here).String() {
		r.page.Refresh = goal[:min(len(goal), maxRefresh)]
	}
}

// rebase takes a <base>: the first with an href counts, even if it is no good.
func (r *reader) rebase(el element) {
	if r.based || !el.has("href") {
		return
	}
	r.based = true
	r.attribute(Blockable, el, "href")
	if u, ok := resolve(r.document, el.get("href")); ok && special(u.Scheme) {
		r.base = u
	}
}

// link takes a <link>.
func (r *reader) link(el element) {
	rels := strings.Fields(strings.ToLower(el.get("rel")))
	kind, ok := linkKind(rels, el.keyword("as"))
	if !ok {
		return
	}
	if slices.Contains(rels, "stylesheet") && (el.has("disabled") || !isCSS(el.keyword("type")) ||
		slices.Contains(rels, "alternate") && el.get("title") == "") {
		return
	}
	if kind == Passive && el.has("imagesrcset") {
		r.imageSet(el, "imagesrcset", "href")
		return
	}
	r.attribute(kind, el, "href")
}

// iframe takes an <iframe>. What stands in srcdoc is a document of its own,
// under this one's base and policy, and outranks src.
func (r *reader) iframe(el element) {
	if !el.has("srcdoc") {
		r.attribute(Blockable, el, "src")
		return
	}
	const deepest = 2
	if r.embedded < deepest {
		inner := newReader(r.document)
		inner.page, inner.kept, inner.base, inner.csp = r.page, r.kept, r.base, r.csp
		inner.embedded, inner.line = r.embedded+1, r.line
		inner.read([]byte(el.get("srcdoc")))
	}
}

// lookForm takes a form, or a control that sends one.
func (r *reader) lookForm(el element) {
	if el.name == "form" {
		if r.form == nil || r.xml { // a form within a form is none
			r.form = &form{dialog: el.keyword("method") == "dialog"}
			if !r.form.dialog {
				r.attribute(Form, el, "action")
			}
		}
		return
	}
	kind := el.keyword("type")
	if el.name == "input" && kind == "image" {
		r.attribute(Passive, el, "src")
	}
	submits := kind == "submit" || kind == "image" && el.name == "input" ||
		el.name == "button" && kind != "button" && kind != "reset"
	owned := r.form != nil || el.has("form")
	if !submits || !owned || r.dialogs(el) {
		return
	}
	r.attribute(Form, el, "formaction")
}

// dialogs reports whether a control only closes a dialog.
func (r *reader) dialogs(el element) bool {
	if el.has("formmethod") {
		return el.keyword("formmethod") == "dialog"
	}
	return r.form != nil && r.form.dialog
}

// linkKind tells what a link of these relations loads, and whether anything.
// A preload with another "as" than these is not loaded (WHATWG HTML, "translate
// a preload destination").
func linkKind(rels []string, as string) (Kind, bool) {
	kind, ok := Passive, false
	for _, rel := range rels {
		switch rel {
		case "stylesheet", "modulepreload", "manifest", "prefetch":
			return Blockable, true
		case "icon":
			ok = true
		case "preload":
			switch as {
			case "fetch", "font", "script", "style", "track":
				return Blockable, true
			case "image":
				ok = true
			}
		}
	}
	return kind, ok
}

// runs reports whether a browser loads a script of that type: not a data
// block (WHATWG HTML, section 4.12.1), and not one for browsers without modules.
func runs(el element) bool {
	kind := el.get("type")
	if !el.has("type") && el.get("language") != "" {
		kind = "text/" + el.get("language")
	}
	switch kind = strings.ToLower(strings.Trim(kind, htmlSpace)); {
	case kind == "module":
		return true
	case kind != "" && !javaScript[kind]:
		return false
	}
	return !el.has("nomodule")
}

// javaScript are the JavaScript MIME type essences (WHATWG MIME Sniffing, section 4.6).
var javaScript = map[string]bool{
	"application/ecmascript": true, "application/javascript": true, "application/x-ecmascript": true,
	"application/x-javascript": true, "text/ecmascript": true, "text/javascript": true,
	"text/javascript1.0": true, "text/javascript1.1": true, "text/javascript1.2": true,
	"text/javascript1.3": true, "text/javascript1.4": true, "text/javascript1.5": true,
	"text/jscript": true, "text/livescript": true, "text/x-ecmascript": true, "text/x-javascript": true,
}

// isCSS reports whether a linked style sheet of that type is loaded.
func isCSS(mediaType string) bool {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return mediaType == "" || strings.Trim(mediaType, htmlSpace) == "text/css"
}
