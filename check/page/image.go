package page

import (
	"slices"
	"strconv"
	"strings"
)

// media takes an image, audio or video element, or what belongs to one.
func (p *parser) media(el element) {
	switch el.name {
	case "img":
		if around := p.scopes.innermost("picture"); around != nil {
			for _, found := range around.sources {
				p.keep(found)
			}
			around.sources = nil
		}
		if around := p.scopes.parent("picture"); around == nil || !around.loads {
			p.lazily(el, func() { p.imageSet(el, "srcset", "src") })
		}
	case "source":
		p.source(el)
	case "audio", "video":
		p.stream(el)
		if el.name == "video" {
			p.image(el, "poster")
		}
	case "track":
		p.track(el)
	}
}

// lazily takes what an element loads, which is nothing where it is to load late
// and never shown, unless a script shows it.
func (p *parser) lazily(el element, load func()) {
	p.hidden = p.scripting && el.keyword("loading") == "lazy" && hides(el)
	load()
	p.hidden = false
}

// hides reports whether an element's own style keeps it from being shown.
func hides(el element) bool {
	hidden := false
	s := sheet{ended: func() bool { return false }, overlong: func() {}, scan: cssScanner{text: el.get("style")}}
	s.block = func(_ cssRule, declarations []declaration) { hidden = displaysNone(declarations) }
	s.readDeclarations()
	return hidden
}

// displaysNone reports whether declarations keep their element from being shown.
func displaysNone(declarations []declaration) bool {
	return slices.ContainsFunc(declarations, func(d declaration) bool {
		return d.property == "display" && slices.Contains(d.names, "none")
	})
}

// stream takes the src of an audio or video.
func (p *parser) stream(el element) {
	p.add(reference{kind: Passive, directive: "media-src", el: el, attr: "src", ref: el.get("src")})
}

// track takes the captions of an audio or video. Without its crossorigin they
// are loaded from the own origin only (HTML section 4.8.11.11).
func (p *parser) track(el element) {
	if around := p.scopes.innermost("audio", "video"); around != nil && around.crossOrigin {
		p.add(reference{kind: Blockable, directive: "media-src", el: el, attr: "src", ref: el.get("src")})
	}
}

// source takes a <source>: what it means depends on what it is in. Browsers,
// scanning ahead of the parser, take one for a <picture> wherever in it it is.
func (p *parser) source(el element) {
	media, kind := strings.Trim(el.keyword("media"), htmlSpace), el.keyword("type")
	around := p.scopes.innermost("picture")
	parent := p.scopes.parent("picture", "audio", "video")
	switch {
	case media == "not all":
	case parent != nil && parent.name != "picture":
		if !parent.loads && media != "print" && playable(parent.name, kind) {
			p.stream(el)
		}
	case around != nil && !around.loads && playable("picture", kind):
		p.pictureSource(el, around)
		if parent != nil && len(candidates(el.get("srcset"))) > 0 && shownMedia[media] && (kind == "" || commonImages[essence(kind)]) {
			around.loads = true
		}
	}
}

// shownMedia are media queries that hold for every screen.
var shownMedia = map[string]bool{"": true, "all": true, "screen": true}

// pictureSource takes the images that a <source> offers to an <img>.
func (p *parser) pictureSource(el element, parent *scope) {
	for _, c := range candidates(el.get("srcset")) {
		if found, ok := p.check(reference{kind: Passive, directive: "img-src", el: el, attr: "srcset", ref: c.url}); ok {
			parent.sources = append(parent.sources, found)
		}
	}
}

// playable reports whether browsers may take a <source> of that type: one of
// another kind than its parent shows is passed over.
func playable(parent, mediaType string) bool {
	kind := essence(mediaType)
	if parent == "picture" {
		return kind == "" || imageTypes[kind]
	}
	return kind == "" || streamTypes[kind]
}

// essence is a media type in lower case without its parameters.
func essence(mediaType string) string {
	kind, _, _ := strings.Cut(mediaType, ";")
	return strings.ToLower(strings.Trim(kind, htmlSpace))
}

// commonImages are the media types of images that every browser takes.
var commonImages = setOf(`image/apng image/avif image/bmp image/gif image/jpeg image/png image/svg+xml image/webp image/x-icon`)

// imageTypes are the media types of images that a browser takes.
var imageTypes = setOf(`image/apng image/avif image/bmp image/gif image/jpeg image/jpg image/jxl image/pjpeg image/png
	image/svg+xml image/vnd.microsoft.icon image/webp image/x-icon image/x-ms-bmp image/x-png image/x-xbitmap`)

// streamTypes are the media types of audio and video that a browser takes.
var streamTypes = setOf(`application/ogg application/vnd.apple.mpegurl application/x-mpegurl audio/aac
	audio/flac audio/mp3 audio/mp4 audio/mpeg audio/mpegurl audio/ogg audio/wav audio/wave audio/webm
	audio/x-flac audio/x-m4a audio/x-matroska audio/x-mp3 audio/x-mpegurl audio/x-pn-wav audio/x-wav video/3gpp
	video/matroska video/mp4 video/ogg video/quicktime video/webm video/x-m4v
	video/x-matroska`)

// setOf is the set of words of a text.
func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// imageSet takes a srcset, and the src beside it where that is a candidate
// too (HTML section 4.8.4.3.8).
func (p *parser) imageSet(el element, setAttr, srcAttr string) {
	covered := false
	for _, c := range candidates(el.get(setAttr)) {
		p.add(reference{kind: Passive, directive: "img-src", el: el, attr: setAttr, ref: c.url})
		covered = covered || c.covers
	}
	if srcAttr != "" && !covered {
		p.image(el, srcAttr)
	}
}

// A candidate is one image of a srcset.
type candidate struct {
	url string
	// covers tells that a src beside the srcset is not loaded: the candidate
	// has a width, or is meant for the density 1 that the src is meant for.
	covers bool
}

// candidates reads a srcset (WHATWG HTML, "parse a srcset attribute").
func candidates(set string) []candidate {
	var out []candidate
	seen := map[string]bool{}
	for {
		set = strings.TrimLeft(set, htmlSpace+",")
		if set == "" {
			return out
		}
		end := strings.IndexAny(set, htmlSpace)
		if end < 0 {
			end = len(set)
		}
		c, size := candidate{url: set[:end]}, "1x"
		set = set[end:]
		if bare := strings.TrimRight(c.url, ","); bare != c.url {
			c.url = bare
		} else {
			var descriptors string
			descriptors, set = cutDescriptors(set)
			var ok bool
			if size, ok = readDescriptors(descriptors); !ok {
				continue
			}
		}
		if !seen[size] { // else an earlier one is taken
			seen[size] = true
			c.covers = size == "1x" || strings.HasSuffix(size, "w")
			out = append(out, c)
		}
	}
}

// cutDescriptors splits at the first comma outside of parentheses.
func cutDescriptors(s string) (before, after string) {
	open := false
	for i := range len(s) {
		switch {
		case s[i] == '(':
			open = true
		case s[i] == ')':
			open = false
		case s[i] == ',' && !open:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// readDescriptors gives the descriptor that a candidate is chosen by, and
// reports whether they are valid: one width, one density, or a width with a
// height. Without any the density is 1.
func readDescriptors(descriptors string) (size string, ok bool) {
	fields := strings.FieldsFunc(descriptors, isHTMLSpace)
	switch {
	case len(fields) == 0:
		return "1x", true
	case len(fields) > 2:
		return "", false
	}
	units := ""
	for _, f := range fields {
		number, unit := f[:len(f)-1], f[len(f)-1]
		n, ok := parseFloat(number)
		whole := strings.Trim(number, "0123456789") == ""
		if !ok || n < 0 || unit != 'x' && (!whole || n == 0) {
			return "", false
		}
		if unit != 'h' {
			size = strconv.FormatFloat(n, 'g', -1, 64) + string(unit)
		}
		units += string(unit)
	}
	return size, units == "x" || units == "w" || units == "wh" || units == "hw"
}

// parseFloat reads a valid floating-point number (HTML section 2.3.4.3).
func parseFloat(s string) (float64, bool) {
	mantissa, exponent := s, "0"
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], strings.TrimLeft(s[i+1:], "+-")
	}
	whole, fraction, point := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	if !digits(whole) || !digits(fraction) || !digits(exponent) || exponent == "" || point && fraction == "" || whole+fraction == "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}
