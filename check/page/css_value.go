package page

import "strings"

// imageFunctions are the functions whose argument may be an image that is
// loaded, and whether a string in them is one too. Each is known to one browser
// at least.
var imageFunctions = map[string]bool{
	"image-set": true, "-webkit-image-set": true, "-webkit-cross-fade": false, "var": false,
	"env": false, "if": false, "light-dark": false,
}

// imageProperties are those whose URLs are loaded, in one browser at least.
var imageProperties = map[string]bool{
	"background": true, "background-image": true, "border-image": true, "border-image-source": true,
	"-webkit-border-image": true, "clip-path": true, "content": true, "cursor": true, "fill": true, "list-style": true,
	"list-style-image": true, "marker": true, "marker-end": true, "marker-mid": true, "marker-start": true, "mask": true,
	"mask-image": true, "-webkit-mask": true, "-webkit-mask-image": true, "-webkit-mask-box-image": true,
	"-webkit-mask-box-image-source": true, "shape-outside": true, "stroke": true, "-webkit-box-reflect": true,
}

// itemFunctions are the functions that tell of the URL before them what a
// client must know to load it, and what a browser knows: types of images,
// formats and technologies of fonts (W3C CSS Fonts Level 4, section 4.3.2).
var itemFunctions = map[string]map[string]bool{
	"type": imageTypes,
	"format": setOf(`collection opentype opentype-variations truetype truetype-variations woff woff-variations woff2
		woff2-variations`),
	"tech": setOf(`color-cbdt color-colrv0 color-colrv1 color-sbix color-svg features-aat features-graphite
		features-opentype palettes variations`),
}

// A valueReader reads the value of a declaration.
type valueReader struct {
	declaration
	around   []string // the functions, innermost last; empty for other brackets
	unknown  int      // those of them that load nothing
	fallback string   // the custom property of the innermost var() past its comma
	tokens   int      // outside of brackets
	item     int      // how many URLs stand before the comma-separated item
}

// readValue reads the value of a declaration. It reports false for one that is
// malformed, which browsers drop.
func readValue(property string, tokens []cssToken) (declaration, bool) {
	r := valueReader{declaration: declaration{property: property}}
	tokens = trimSpace(tokens)
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if t.kind != cssSpace && len(r.around) == 0 {
			r.tokens++
			r.color = isColor(t)
		}
		switch {
		case t.kind == cssBad:
			return r.declaration, false
		case t.kind == cssURL:
			r.addURL(t.value, t.at)
		case t.kind == cssFunction && strings.EqualFold(t.value, "url"):
			ref, n := quotedURL(tokens[i:])
			if n == 0 {
				return r.declaration, false
			}
			r.addURL(ref, t.at)
			i += n - 1
		case t.kind == cssFunction:
			r.function(strings.ToLower(t.value), tokens[i+1:])
		case t.kind == cssString || t.kind == cssIdent:
			r.word(t)
		case t.kind == cssDelim:
			r.delim(t.value)
		}
	}
	r.color = r.color && r.tokens == 1
	r.plain = r.tokens == 1 && (len(r.urls) == 1 || len(r.names) == 1 && len(r.variables) == 0)
	return r.declaration, true
}

// inner is the innermost function.
func (r *valueReader) inner() string {
	if len(r.around) == 0 {
		return ""
	}
	return r.around[len(r.around)-1]
}

// open takes the start of a function, or of other brackets.
func (r *valueReader) open(function string) {
	r.around = append(r.around, function)
	if _, known := imageFunctions[function]; !known {
		r.unknown++
	}
}

// function takes the start of a function whose arguments follow.
func (r *valueReader) function(name string, arguments []cssToken) {
	r.open(name)
	switch name {
	case "image-set", "-webkit-image-set":
		r.item = len(r.urls)
	case "var":
		if name, comma := variable(arguments); name != "" {
			r.variables = append(r.variables, name)
			if comma {
				r.fallback = name
			}
		}
	}
}

// delim takes punctuation.
func (r *valueReader) delim(char string) {
	switch char {
	case "(", "[", "{":
		r.open("")
	case ")", "]", "}":
		if len(r.around) == 0 {
			return
		}
		inner := r.inner()
		r.around = r.around[:len(r.around)-1]
		if _, known := imageFunctions[inner]; !known {
			r.unknown--
		}
		if inner == "var" {
			r.fallback = ""
		}
	case ",":
		if _, within := itemFunctions[r.inner()]; !within {
			r.item = len(r.urls)
		}
	}
}

// word takes a string or an identifier.
func (r *valueReader) word(t cssToken) {
	inner := r.inner()
	lower := strings.ToLower(t.value)
	if known, tells := itemFunctions[inner]; tells && (t.kind == cssString || inner != "type") {
		if !known[lower] {
			r.urls = r.urls[:min(len(r.urls), r.item)] // of a type that no browser takes
		}
		return
	}
	if t.kind == cssString && imageFunctions[inner] {
		r.addURL(t.value, t.at)
		return
	}
	r.names = append(r.names, lower)
}

// addURL keeps a URL, if there is no function around it that loads nothing.
func (r *valueReader) addURL(ref string, at int) {
	if r.unknown == 0 {
		r.urls = append(r.urls, cssValue{ref: ref, at: at, fallback: r.fallback})
	}
}

// variable gives the name that a var() begins with, and whether a fallback
// follows.
func variable(tokens []cssToken) (name string, comma bool) {
	for _, t := range tokens {
		switch {
		case t.kind == cssSpace:
		case t.kind == cssIdent && name == "" && strings.HasPrefix(t.value, "--"):
			name = t.value
		default:
			return name, name != "" && t.is(",")
		}
	}
	return name, false
}

// isColor reports whether a token alone is a color (W3C CSS Color Level 4,
// sections 5.2 and 6).
func isColor(t cssToken) bool {
	switch t.kind {
	case cssHash:
		digits := strings.Trim(strings.ToLower(t.value), "0123456789abcdef") == ""
		return digits && (len(t.value) == 3 || len(t.value) == 4 || len(t.value) == 6 || len(t.value) == 8)
	case cssIdent:
		return colors[strings.ToLower(t.value)]
	}
	return false
}

// colors are the names of colors that pages use most.
var colors = setOf(`aqua black blue brown crimson currentcolor cyan darkblue darkgray darkgreen darkgrey darkred gold gray
	green grey indigo ivory lightblue lightgray lightgrey lime magenta maroon navy olive orange orangered pink purple red
	royalblue salmon silver skyblue snow steelblue tan teal tomato transparent turquoise violet wheat white whitesmoke yellow`)
