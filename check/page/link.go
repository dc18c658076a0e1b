package page

import (
	"cmp"
	"slices"
	"strings"
)

// link takes a <link>.
func (p *parser) link(el element) {
	p.loadLink(strings.FieldsFunc(strings.ToLower(el.get("rel")), isHTMLSpace), el, nil)
}

// loadLink takes a link of these relations. Heeded are the relations that count
// in a header field, nil for an element. Of several relations the first counts
// by which something is loaded; an icon is the least of them.
func (p *parser) loadLink(rels []string, el element, heeded map[string]bool) {
	slices.SortStableFunc(rels, func(a, b string) int { return cmp.Compare(iconRelations[a], iconRelations[b]) })
	field := heeded != nil
	for _, rel := range rels {
		r, ok := linkRequest(rel, el.keyword("as"))
		if !ok || el.ns != inHTML && !scannedRelations[rel] || field && !(heeded[rel] && headerLoads(el, rel, rels)) || !field && (p.passesOver(rel) || !elementLoads(el, rel)) {
			continue
		}
		r.el, r.attr, r.ref = el, "href", el.get("href")
		if field {
			r.attr = ""
		}
		if data, ok := parseDataURL(r.ref); ok && rel == "modulepreload" {
			p.dataScript(el, true, data, 0) // Firefox loads what it imports
			return
		}
		if rel == "stylesheet" {
			p.styles.external = true
			if data, ok := parseDataURL(r.ref); ok {
				p.dataStyleSheet(el, data)
				return
			}
		}
		if rel == "preload" && r.kind == Passive && el.has("imagesrcset") {
			p.preloadSet(r, field)
			return
		}
		if p.add(r) {
			return
		}
		// Chromium's scanner takes it for a script, the parser does not.
		if other := modulePreloads[el.keyword("as")]; rel == "modulepreload" && other != "" {
			r.directive = other
			p.add(r)
			return
		}
	}
}

// modulePreloads are the directives for modules that are no scripts, by their
// destination.
var modulePreloads = map[string]string{"style": "style-src-elem", "json": "connect-src"}

// isHere reports whether the anchor of a Link field, if there is one, is the
// whole document: Firefox reads it.
func (p *parser) isHere(anchor string) bool {
	if anchor == "" {
		return true
	}
	u, ok := resolve(p.document, anchor)
	here := *p.document
	return ok && !strings.Contains(anchor, "#") && u.String() == bare(&here).String()
}

// preloadSet takes the imagesrcset of a preload, and its href where that is a
// candidate too.
func (p *parser) preloadSet(r reference, field bool) {
	covered := false
	for _, c := range candidates(r.el.get("imagesrcset")) {
		one := r
		one.ref = c.url
		if !field {
			one.attr = "imagesrcset"
		}
		p.add(one)
		covered = covered || c.covers
	}
	if !covered {
		p.add(r)
	}
}

// elementLoads reports whether a <link> of that relation is for this client: a
// preload is not for paper, nor an image of a type that no browser takes.
func elementLoads(el element, rel string) bool {
	switch rel {
	case "stylesheet":
		return !el.has("disabled")
	case "modulepreload":
		return !forOthers(el)
	case "preload":
		kind := strings.Trim(el.keyword("type"), htmlSpace)
		return !forOthers(el) && (el.keyword("as") != "image" || kind == "" || imageTypes[kind])
	}
	return true
}

// headerLoads reports whether a Link field of that relation among others is for
// this client. It is stricter than for an element: of what it loads browsers
// take no type but their own.
func headerLoads(el element, rel string, rels []string) bool {
	kind := essence(el.get("type"))
	switch {
	case clean(el.get("href")) == "":
		return false
	case rel == "stylesheet":
		return (kind == "" || kind == "text/css") && (el.get("title") != "" || !slices.Contains(rels, "alternate"))
	case rel == "modulepreload":
		return !forOthers(el)
	case rel != "preload":
		return true
	case forOthers(el):
		return false
	}
	types, known := preloadTypes[el.keyword("as")]
	return kind == "" || !known || types[kind]
}

// forOthers reports whether media queries keep a link from every screen.
func forOthers(el element) bool {
	media := strings.Trim(el.keyword("media"), htmlSpace)
	return media == "print" || media == "not all"
}

// preloadTypes are the media types that a preload in a Link field may have, by
// its destination.
var preloadTypes = map[string]map[string]bool{
	"image": imageTypes, "script": javaScript, "style": {"text/css": true}, "track": {"text/vtt": true},
	"font": setOf(`application/font-sfnt application/font-woff application/font-woff2 application/x-font-ttf
		application/x-font-woff font/collection font/otf font/sfnt font/ttf font/woff font/woff2`),
}

// scannedRelations are those that browsers, scanning ahead of the parser, heed in
// SVG and MathML.
var scannedRelations = setOf("modulepreload preload stylesheet")

// passesOver reports whether a <link> of that relation is of no page: only the
// document of a tab has icons and a manifest, which is the first in the head.
func (p *parser) passesOver(rel string) bool {
	switch {
	case rel == "manifest":
		later := p.manifest || p.headOver || p.embedded > 0
		p.manifest = true
		return later
	case iconRelations[rel] > 0:
		return p.embedded > 0 || p.scopes.shadow()
	}
	return false
}

// iconRelations are those of icons, which are images.
var iconRelations = map[string]int{"icon": 1, "apple-touch-icon": 1, "apple-touch-icon-precomposed": 1, "fluid-icon": 1}

// fieldRelations are the relations that browsers heed in a Link header field.
var fieldRelations = map[string]bool{
	"compression-dictionary": true, "modulepreload": true, "next": true, "prefetch": true, "preload": true, "stylesheet": true,
}

// hintRelations are those that they heed in early hints.
var hintRelations = map[string]bool{"modulepreload": true, "preload": true}

// linkRequest tells what a link of that relation loads, if anything. A preload
// with another "as" than these is not loaded (HTML section 4.6.7.20, "translate
// a preload destination").
func linkRequest(rel, as string) (reference, bool) {
	blockable := func(directive string) (reference, bool) {
		return reference{kind: Blockable, directive: directive, preload: rel != "stylesheet"}, true
	}
	if iconRelations[rel] > 0 {
		return reference{kind: Passive, directive: "img-src"}, true
	}
	switch rel {
	case "stylesheet":
		return blockable("style-src-elem")
	case "modulepreload":
		return blockable("script-src-elem")
	case "manifest":
		return blockable("manifest-src")
	case "prefetch", "next":
		return blockable(prefetchDirective)
	case "compression-dictionary":
		return blockable("connect-src")
	case "preload":
		switch as {
		case "fetch":
			return blockable("connect-src")
		case "font":
			return blockable("font-src")
		case "script":
			return blockable("script-src-elem")
		case "style":
			return blockable("style-src-elem")
		case "track":
			return blockable("media-src")
		case "image":
			return reference{kind: Passive, directive: "img-src", preload: true}, true
		}
	}
	return reference{}, false
}

// linkFields takes the Link header fields (RFC 8288) that came with the document.
func (p *parser) linkFields(values []string, heeded map[string]bool) {
	for _, value := range values {
		for value != "" && !p.ended() {
			var item string
			item, value = cutLink(value)
			p.linkField(item, heeded)
		}
	}
}

// cutLink splits off the first item of a Link field: commas in quotes and in
// angle brackets do not count.
func cutLink(s string) (item, rest string) {
	var quoted, target bool
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case target:
			target = c != '>'
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			target = true
		case c == ',':
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// linkField takes one item of a Link field. One that speaks of another
// document (anchor) loads nothing; of a repeated parameter the first counts. A
// quotation mark that is not closed quotes nothing.
func (p *parser) linkField(item string, heeded map[string]bool) {
	item, ok := strings.CutPrefix(strings.TrimLeft(item, " \t;"), "<")
	if !ok {
		return
	}
	target, item, ok := strings.Cut(item, ">")
	if !ok {
		return
	}
	_, item, _ = strings.Cut(item, ";") // what stands before it is passed over
	params := map[string]string{}
	unclosed := false
	for item != "" {
		param, rest, err := cutQuoted(item, ';')
		if unclosed = unclosed || err != nil; unclosed {
			param, rest, _ = strings.Cut(item, ";")
		}
		item = rest
		name, value, _ := strings.Cut(param, "=")
		name, value = strings.ToLower(trimBlanks(name)), trimBlanks(value)
		if unquoted, ok := unquote(value); ok {
			value = trimBlanks(unquoted)
		}
		if _, repeated := params[name]; !repeated && name != "" {
			params[name] = value
		}
	}
	if !p.isHere(params["anchor"]) {
		return
	}
	params["href"] = target
	rels := strings.Fields(strings.ToLower(params["rel"]))
	if slices.Contains(rels, "stylesheet") {
		delete(params, "nonce") // browsers read it for preloads only
	}
	p.loadLink(rels, element{name: "Link", attrs: params}, heeded)
}
