package page

import (
	"strconv"
	"strings"
)

// media takes an image, audio or video element, or what belongs to one.
func (p *parser) media(el element) {
	switch el.name {
	case "img":
		around := p.scopes.innermost("picture")
		if around != nil {
			for _, found := range around.sources {
				p.keep(found)
			}
			around.sources = nil
		}
		if around == nil || !around.loads {
			p.imageSet(el, "srcset", "src")
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

// source takes a <source>: what it means depends on what it is in.
func (p *parser) source(el element) {
	parent := p.scopes.innermost("picture", "audio", "video")
	if parent == nil || parent.loads || !playable(parent.name, el.keyword("type")) {
		return
	}
	if parent.name != "picture" {
		p.stream(el)
		return
	}
	for _, c := range candidates(el.get("srcset")) {
		if found, ok := p.check(reference{kind: Passive, directive: "img-src", el: el, attr: "srcset", ref: c.url}); ok {
			parent.sources = append(parent.sources, found)
		}
	}
	if len(candidates(el.get("srcset"))) > 0 && el.get("media") == "" && !el.has("type") {
		parent.loads = true
	}
}

// playable reports whether browsers may take a <source> of that type: one of
// another kind than its parent shows is passed over.
func playable(parent, mediaType string) bool {
	essence, _, _ := strings.Cut(mediaType, ";")
	essence = strings.Trim(essence, htmlSpace)
	if parent == "picture" {
		return essence == "" || imageTypes[essence]
	}
	return essence == "" || streamTypes[essence]
}

// imageTypes are the media types of images that a browser takes.
var imageTypes = setOf(`image/apng image/avif image/bmp image/gif image/jpeg image/jpg image/jxl image/pjpeg image/png
	image/svg+xml image/vnd.microsoft.icon image/webp image/x-icon image/x-ms-bmp image/x-png image/x-xbitmap`)

// streamTypes are the media types of audio and video that a browser takes.
var streamTypes = setOf(`application/ogg application/vnd.apple.mpegurl application/x-mpegurl audio/aac
	audio/aacp audio/flac audio/mp3 audio/mp4 audio/mpeg audio/mpegurl audio/ogg audio/wav audio/wave audio/webm
	audio/x-aac audio/x-flac audio/x-m4a audio/x-matroska audio/x-mp3 audio/x-mpegurl audio/x-pn-wav audio/x-wav video/3gpp
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
	for {
		set = strings.TrimLeft(set, htmlSpace+",")
		if set == "" {
			return out
		}
		end := strings.IndexAny(set, htmlSpace)
		if end < 0 {
			end = len(set)
		}
		c := candidate{url: set[:end], covers: true}
		set = set[end:]
		if bare := strings.TrimRight(c.url, ","); bare != c.url {
			c.url = bare
		} else {
			var descriptors string
			descriptors, set = cutDescriptors(set)
			var ok bool
			if c.covers, ok = readDescriptors(descriptors); !ok {
				continue
			}
		}
		out = append(out, c)
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

// readDescriptors reports whether descriptors cover the src, and whether they
// are valid: one width, one density, or a width with a height.
func readDescriptors(descriptors string) (covers, ok bool) {
	fields := strings.FieldsFunc(descriptors, isHTMLSpace)
	switch {
	case len(fields) == 0:
		return true, true
	case len(fields) > 2:
		return false, false
	}
	units := ""
	for _, f := range fields {
		number, unit := f[:len(f)-1], f[len(f)-1]
		n, err := strconv.ParseFloat(number, 64)
		whole := strings.Trim(number, "0123456789") == ""
		if err != nil || !(n >= 0) || unit != 'x' && (!whole || n == 0) {
			return false, false
		}
		covers = covers || unit == 'w' || unit == 'x' && n == 1
		units += string(unit)
	}
	return covers, units == "x" || units == "w" || units == "wh" || units == "hw"
}
