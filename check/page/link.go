package page

import (
	"net/url"
	"slices"
	"strings"
)

// link takes a <link>.
func (r *parser) link(el element) {
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

// isCSS reports whether a linked style sheet of that type is loaded.
func isCSS(mediaType string) bool {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return mediaType == "" || strings.Trim(mediaType, htmlSpace) == "text/css"
}

// Links gives the cleartext URLs that the Link header fields (RFC 8288) of the
// https answer at the absolute URL base make a browser load: style sheets,
// preloads, module preloads and prefetches. At most 100 of a kind are given.
func Links(values []string, base string) []Reference {
	document, err := url.Parse(base)
	if err != nil {
		return nil
	}
	r := newParser(document)
	for _, value := range values {
		for value != "" {
			var item string
			item, value = cutLink(value)
			r.linkField(item)
		}
	}
	return r.page.References
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
func (r *parser) linkField(item string) {
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
	var rels []string
	for _, rel := range strings.Fields(strings.ToLower(params["rel"])) {
		switch rel {
		case "stylesheet", "preload", "modulepreload", "prefetch":
			rels = append(rels, rel)
		}
	}
	kind, ok := linkKind(rels, strings.ToLower(params["as"]))
	if _, elsewhere := params["anchor"]; ok && !elsewhere {
		r.add(kind, "Link", "", target, 0)
	}
}
