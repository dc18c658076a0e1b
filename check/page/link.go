package page

import (
	"strings"
)

// link takes a <link>.
func (p *parser) link(el element) {
	rels := strings.FieldsFunc(strings.ToLower(el.get("rel")), isHTMLSpace)
	p.loadLink(rels, el, nil)
}

// loadLink takes a link of these relations. Heeded are the relations that count
// in a header field, nil for an element.
func (p *parser) loadLink(rels []string, el element, heeded map[string]bool) {
	field := heeded != nil
	for _, rel := range rels {
		if field && !heeded[rel] {
			continue
		}
		r, ok := linkRequest(rel, el.keyword("as"))
		if !ok || rel == "stylesheet" && !field && el.has("disabled") {
			continue
		}
		if rel == "preload" && !preloads(el) || field && clean(el.get("href")) == "" {
			continue
		}
		r.el, r.attr, r.ref = el, "href", el.get("href")
		if field {
			r.attr = ""
		}
		switch {
		case rel == "stylesheet":
			p.styles.external = true
			if data, ok := parseDataURL(r.ref); ok {
				p.dataStyleSheet(el, data)
				return
			}
		case rel == "preload" && r.kind == Passive && el.has("imagesrcset"):
			covered := false
			for _, c := range candidates(el.get("imagesrcset")) {
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
			return
		}
		p.add(r)
		return
	}
}

// preloads reports whether a preload is for this client: it is not for paper,
// nor an image of a type that no browser takes.
func preloads(el element) bool {
	kind, media := strings.Trim(el.keyword("type"), htmlSpace), strings.Trim(el.keyword("media"), htmlSpace)
	return media != "print" && media != "not all" &&
		(el.keyword("as") != "image" || kind == "" || imageTypes[kind])
}

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
	case "icon", "apple-touch-icon":
		return reference{kind: Passive, directive: "img-src"}, true
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
// document (anchor) loads nothing; of a repeated parameter the first counts.
func (p *parser) linkField(item string, heeded map[string]bool) {
	item, ok := strings.CutPrefix(trimBlanks(item), "<")
	if !ok {
		return
	}
	target, item, ok := strings.Cut(item, ">")
	if !ok {
		return
	}
	params := map[string]string{}
	for item != "" {
		param, rest, err := cutQuoted(item, ';')
		if err != nil {
			return
		}
		item = rest
		name, value, _ := strings.Cut(param, "=")
		name, value = strings.ToLower(trimBlanks(name)), trimBlanks(value)
		if unquoted, ok := unquote(value); ok {
			value = unquoted
		}
		if _, repeated := params[name]; !repeated && name != "" {
			params[name] = value
		}
	}
	if _, elsewhere := params["anchor"]; elsewhere {
		return
	}
	params["href"] = target
	p.loadLink(strings.Fields(strings.ToLower(params["rel"])), element{name: "Link", attrs: params}, heeded)
}
