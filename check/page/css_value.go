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
	"-webkit-mask-box-image-source": true, "mask-border": true, "mask-border-source": true, "shape-outside": true,
	"stroke": true, "-webkit-box-reflect": true,
}

// fontFormats are the formats of fonts that a browser takes (W3C CSS Fonts
// Level 4, section 4.3.2).
var fontFormats = setOf(`collection opentype opentype-variations truetype truetype-variations woff woff-variations woff2
	woff2-variations`)

// readValue reads the value of a declaration. It reports false for one that is
// malformed, which browsers drop.
func readValue(property string, tokens []cssToken) (declaration, bool) {
	d := declaration{property: property}
	tokens = trimSpace(tokens)
	var around []string // the functions, innermost last; empty for other brackets
	unknown := 0        // those of them that load nothing
	open := func(function string) {
		around = append(around, function)
		if _, known := imageFunctions[function]; !known {
			unknown++
		}
	}
	var fallback string // the custom property of the innermost var() past its comma
	count := 0
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		inner := ""
		if len(around) > 0 {
			inner = around[len(around)-1]
		}
		if t.kind != cssSpace && len(around) == 0 {
			count++
		}
		switch {
		case t.kind == cssBad:
			return d, false
		case t.kind == cssURL:
			d.addURL(t.value, t.at, unknown, fallback)
		case t.kind == cssFunction && strings.EqualFold(t.value, "url"):
			ref, n := quotedURL(tokens[i:])
			if n == 0 {
				return d, false
			}
			d.addURL(ref, t.at, unknown, fallback)
			i += n - 1
		case t.kind == cssFunction:
			open(strings.ToLower(t.value))
			if strings.EqualFold(t.value, "var") {
				if name, comma := variable(tokens[i+1:]); name != "" {
					d.variables = append(d.variables, name)
					if comma {
						fallback = name
					}
				}
			}
		case t.is("(") || t.is("[") || t.is("{"):
			open("")
		case (t.is(")") || t.is("]") || t.is("}")) && len(around) > 0:
			around = around[:len(around)-1]
			if _, known := imageFunctions[inner]; !known {
				unknown--
			}
			if inner == "var" {
				fallback = ""
			}
		case t.kind == cssString && imageFunctions[inner]:
			d.addURL(t.value, t.at, unknown, fallback)
		case t.kind == cssString && inner == "type" && !imageTypes[strings.ToLower(t.value)],
			(t.kind == cssString || t.kind == cssIdent) && inner == "format" && !fontFormats[strings.ToLower(t.value)]:
			d.urls = d.urls[:max(len(d.urls)-1, 0)] // of a type that no browser takes
		case t.kind == cssString || t.kind == cssIdent:
			d.names = append(d.names, strings.ToLower(t.value))
		}
	}
	d.plain = count == 1 && (len(d.urls) == 1 || len(d.names) == 1 && len(d.variables) == 0)
	return d, true
}

// addURL keeps a URL, if there is no function around it that loads nothing.
func (d *declaration) addURL(ref string, at, unknown int, fallback string) {
	if unknown > 0 {
		return
	}
	d.urls = append(d.urls, cssValue{ref: ref, at: at, fallback: fallback})
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
