package page

import "slices"

// A namespace is what an element's name means.
type namespace int

const (
	inHTML namespace = iota
	inSVG
	inMath
	inOther // of XML, with no meaning to browsers
)

// A scope is an open element that decides what the elements in it mean.
type scope struct {
	name string
	// ns is the namespace of the elements in it.
	ns namespace
	// loads is set for an <audio>, <video> or <object> that names its own
	// resource, and for a <picture> from a <source> on that always fits: what
	// stands in it is then not loaded.
	loads bool
	// sources are the images that a <picture> offers to an <img> in it.
	sources []Reference
	// inert is set for a <template> whose content a browser only keeps.
	inert bool
	// shadow is set for a <template> that is a shadow root.
	shadow bool
	// disabled is set for a <fieldset> that switches its controls off, legend
	// once it has a <legend>, and later for each <legend> after the first.
	disabled, legend, later bool
	// crossOrigin is set for an <audio> or <video> with the attribute crossorigin.
	crossOrigin bool
	// between is set for an element that is open only to keep what is in it from
	// being a child of the element around.
	between bool
}

// maxScopes bounds the nesting that is followed. No real page comes near it,
// and browsers cut nesting too.
const maxScopes = 128

// scopes are the open elements that matter, outermost first.
type scopes []scope

// namespace is that of an element that begins here.
func (s scopes) namespace() namespace {
	if len(s) == 0 {
		return inHTML
	}
	return s[len(s)-1].ns
}

// innermost gives the innermost open element of these names, nil if none is open.
func (s scopes) innermost(names ...string) *scope {
	for i := len(s) - 1; i >= 0; i-- {
		if slices.Contains(names, s[i].name) {
			return &s[i]
		}
	}
	return nil
}

// parent gives the element that what begins here is a child of, if it is open
// and has one of these names, else nil. They must be among those that choose
// by their children.
func (s scopes) parent(names ...string) *scope {
	if n := len(s); n > 0 && slices.Contains(names, s[n-1].name) {
		return &s[n-1]
	}
	return nil
}

// comesBetween reports whether an HTML element that begins here, and holds
// others, keeps them from being children of one that chooses by its children.
// Of those within such an element only their names matter, for the end tags.
func (s scopes) comesBetween(name string) bool {
	if len(s) == 0 || voids[name] {
		return false
	}
	around := s[len(s)-1]
	return around.between && around.name == name || s.parent("audio", "fieldset", "picture", "video") != nil
}

// voids are the elements of HTML that hold nothing (HTML section 13.1.2).
var voids = setOf("area base br col embed hr img input link meta param source track wbr")

// endsParagraph are the start tags that end an open <p>, as far as there is a
// choice by children around (HTML section 13.2.6.4.7).
var endsParagraph = setOf(`address article aside blockquote center details dialog dir div dl fieldset figcaption figure
	footer form h1 h2 h3 h4 h5 h6 header hgroup hr li dd dt listing main menu nav ol p pre search section summary ul`)

// fallback reports whether what begins here is only for browsers that cannot
// show the element around it: plugin content is then not loaded.
func (s scopes) fallback() bool {
	return slices.ContainsFunc(s, func(around scope) bool {
		return around.name == "audio" || around.name == "video" || around.name == "object" && around.loads
	})
}

// open puts an element on.
func (s *scopes) open(one scope) {
	if len(*s) < maxScopes {
		*s = append(*s, one)
	}
}

// inert reports whether what begins here is only kept.
func (s scopes) inert() bool {
	return slices.ContainsFunc(s, func(around scope) bool { return around.inert })
}

// shadow reports whether what begins here is in a shadow tree.
func (s scopes) shadow() bool {
	return slices.ContainsFunc(s, func(around scope) bool { return around.shadow })
}

// shadows counts the shadow trees that what begins here is in.
func (s scopes) shadows() int {
	count := 0
	for _, around := range s {
		if around.shadow {
			count++
		}
	}
	return count
}

// disabled reports whether a control that begins here is switched off by a
// <fieldset>, other than in its first <legend> (HTML section 4.10.18.5).
func (s scopes) disabled() bool {
	legend := false
	for i := len(s) - 1; i >= 0; i-- {
		switch {
		case s[i].name == "legend":
			legend = !s[i].later
		case s[i].name == "fieldset" && s[i].disabled && !legend:
			return true
		case s[i].name == "fieldset":
			legend = false
		}
	}
	return false
}

// close takes the innermost element of that name off with all that is in it.
// An end tag does not reach out of a template.
func (s *scopes) close(name string) {
	for i := len(*s) - 1; i >= 0; i-- {
		if (*s)[i].name == name {
			*s = (*s)[:i]
			return
		}
		if (*s)[i].name == "template" {
			return
		}
	}
}

// breakOut leaves SVG and MathML for the HTML around them (WHATWG HTML,
// section 13.2.6.5).
func (s *scopes) breakOut() {
	for s.namespace() != inHTML {
		*s = (*s)[:len(*s)-1]
	}
}

// tracked gives the namespace of what is in an element, and whether the
// element is a scope. ns is the element's own.
func tracked(name string, ns namespace, encoding string) (inner namespace, ok bool) {
	switch ns {
	case inHTML:
		switch name {
		case "svg":
			return inSVG, true
		case "math":
			return inMath, true
		case "template", "picture", "audio", "video", "object", "fieldset", "legend":
			return inHTML, true
		}
	case inSVG:
		switch name {
		case "foreignobject", "desc", "title": // HTML integration points
			return inHTML, true
		case "svg", "image", "feimage":
			return inSVG, true
		}
	case inMath:
		switch {
		case name == "annotation-xml" && (encoding == "text/html" || encoding == "application/xhtml+xml"),
			name == "mi", name == "mo", name == "mn", name == "ms", name == "mtext":
			return inHTML, true
		case name == "math", name == "annotation-xml":
			return inMath, true
		}
	}
	return ns, false
}

// breaksOut are the start tags that end SVG and MathML (WHATWG HTML, section
// 13.2.6.5), <font> apart. Their end tags do so too where there is an element
// to end; </p> and </br> make one.
var breaksOut = map[string]bool{
	"b": true, "big": true, "blockquote": true, "body": true, "br": true, "center": true, "code": true,
	"dd": true, "div": true, "dl": true, "dt": true, "em": true, "embed": true, "h1": true, "h2": true,
	"h3": true, "h4": true, "h5": true, "h6": true, "head": true, "hr": true, "i": true, "img": true,
	"li": true, "listing": true, "menu": true, "meta": true, "nobr": true, "ol": true, "p": true,
	"pre": true, "ruby": true, "s": true, "small": true, "span": true, "strike": true, "strong": true,
	"sub": true, "sup": true, "table": true, "tt": true, "u": true, "ul": true, "var": true,
}
