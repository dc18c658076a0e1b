package page

import (
	"strconv"
	"strings"
)

// media takes an image, audio or video element, or what belongs to one.
func (r *parser) media(el element) {
	switch el.name {
	case "img":
		if p := r.scopes.innermost("picture"); p == nil || !p.loads {
			r.imageSet(el, "srcset", "src")
		}
	case "source":
		r.source(el)
	case "audio", "video":
		r.attribute(Passive, el, "src")
		if el.name == "video" {
			r.attribute(Passive, el, "poster")
		}
	case "track":
		if r.scopes.innermost("audio", "video") != nil {
			r.attribute(Blockable, el, "src")
		}
	}
}

// source takes a <source>: what it means depends on what it is in.
func (r *parser) source(el element) {
	parent := r.scopes.innermost("picture", "audio", "video")
	if parent == nil || parent.loads {
		return
	}
	if parent.name != "picture" {
		r.attribute(Passive, el, "src")
		return
	}
	r.imageSet(el, "srcset", "")
	if len(candidates(el.get("srcset"))) > 0 && el.get("media") == "" && !el.has("type") {
		parent.loads = true
	}
}

// imageSet takes a srcset, and the src beside it where that is a candidate
// too (WHATWG HTML, "update the source set").
func (r *parser) imageSet(el element, setAttr, srcAttr string) {
	covered := false
	for _, c := range candidates(el.get(setAttr)) {
		r.add(Passive, el.name, setAttr, c.url, 0)
		covered = covered || c.covers
	}
	if srcAttr != "" && !covered {
		r.attribute(Passive, el, srcAttr)
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
// are valid.
func readDescriptors(descriptors string) (covers, ok bool) {
	fields := strings.Fields(descriptors)
	if len(fields) == 0 {
		return true, true
	}
	covers, ok = false, len(fields) <= 2
	for _, f := range fields {
		number, unit := f[:len(f)-1], f[len(f)-1]
		n, err := strconv.ParseFloat(number, 64)
		switch {
		case err != nil || !(n >= 0) || strings.IndexByte("wxh", unit) < 0:
			ok = false
		case unit == 'w', unit == 'x' && n == 1:
			covers = true
		}
	}
	return covers, ok
}
