package pki

import (
	"slices"
	"strconv"
	"strings"
)

// canonicalName is a distinguished name in a form whose equality is name
// matching (RFC 5280 section 7.1): letter case, spaces and the choice of
// string type do not count. A name that cannot be read stands for itself.
func canonicalName(raw []byte) string {
	parts, _, ok := canonicalParts(raw)
	if !ok {
		return string(raw)
	}
	return strings.Join(parts, "")
}

// canonicalParts is the canonical form of each relative distinguished name, in
// order, and the form that Firefox compares name constraints in: as it came, but
// for the choice between PrintableString and UTF8String.
func canonicalParts(raw []byte) (parts, exact []string, ok bool) {
	ok = true
	fail := func(string) { ok = false }
	outer := &berReader{raw, fail}
	name, _ := outer.enter(tagSequence)
	for !name.empty() && ok {
		set, _ := name.next()
		if set.tag != tagSet {
			return nil, nil, false
		}
		var attributes []string
		asWritten := ""
		for r := (&berReader{set.content, fail}); !r.empty(); {
			pair, inPair := r.enter(tagSequence)
			if !inPair {
				return nil, nil, false
			}
			oid, _ := pair.read(tagOID)
			value, _ := pair.next()
			pair.end()
			a := attribute{string(oid), value.tag, value.content}
			attributes = append(attributes, a.canonical())
			asWritten += a.exact()
		}
		slices.Sort(attributes)
		parts = append(parts, framed('S', strings.Join(attributes, "")))
		exact = append(exact, framed('S', asWritten))
	}
	return parts, exact, ok
}

// canonical is the attribute in the form that is compared.
func (a attribute) canonical() string {
	tag, text := a.tag, string(a.value)
	switch tag {
	case tagUTF8, tagPrintable, tagIA5:
		tag, text = tagUTF8, foldText(text)
	case tagBMP:
		if s, ok := bmpText(a.value); ok {
			tag, text = tagUTF8, foldText(s)
		}
	case tagUniversal:
		if s, ok := universalText(a.value); ok {
			tag, text = tagUTF8, foldText(s)
		}
	}
	return framed('T', a.oid) + framed(tag, text)
}

// exact is the attribute as it came, but for the choice between PrintableString
// and UTF8String.
func (a attribute) exact() string {
	tag := a.tag
	if tag == tagPrintable {
		tag = tagUTF8
	}
	return framed('T', a.oid) + framed(tag, string(a.value))
}

// framed sets a text off from what follows it.
func framed(kind byte, text string) string {
	return string(kind) + strconv.Itoa(len(text)) + ":" + text
}

// foldText lowers ASCII letters, and trims and collapses spaces.
func foldText(s string) string {
	return lowerASCII(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " "))
}

// lowerASCII lowers the letters A to Z and leaves every other byte alone.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
