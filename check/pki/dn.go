package pki

import (
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// canonicalName is a distinguished name in a form whose equality is name
// matching (RFC 5280 section 7.1): letter case, spaces and the choice of
// string type do not count. A name that cannot be read stands for itself.
func canonicalName(raw []byte) string {
	parts, ok := rdns(raw)
	if !ok {
		return string(raw)
	}
	return strings.Join(parts, "")
}

// rdns is the canonical form of each relative distinguished name, in order.
func rdns(raw []byte) ([]string, bool) {
	input := cryptobyte.String(raw)
	var name cryptobyte.String
	if !input.ReadASN1(&name, asn1.SEQUENCE) || !input.Empty() {
		return nil, false
	}
	var out []string
	for !name.Empty() {
		var set cryptobyte.String
		if !name.ReadASN1(&set, asn1.SET) {
			return nil, false
		}
		var attributes []string
		for !set.Empty() {
			a, ok := canonicalAttribute(&set)
			if !ok {
				return nil, false
			}
			attributes = append(attributes, a)
		}
		slices.Sort(attributes)
		b := cryptobyte.NewBuilder(nil)
		b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) {
			for _, a := range attributes {
				b.AddBytes([]byte(a))
			}
		})
		out = append(out, string(b.BytesOrPanic()))
	}
	return out, true
}

// canonicalAttribute reads one AttributeTypeAndValue.
func canonicalAttribute(set *cryptobyte.String) (string, bool) {
	var attribute, oid, value cryptobyte.String
	var tag asn1.Tag
	if !set.ReadASN1(&attribute, asn1.SEQUENCE) ||
		!attribute.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) ||
		!attribute.ReadAnyASN1(&value, &tag) || !attribute.Empty() {
		return "", false
	}
	text := []byte(value)
	switch tag {
	case asn1.UTF8String, asn1.PrintableString, asn1.IA5String:
		tag = asn1.UTF8String
		text = []byte(foldText(string(value)))
	}
	b := cryptobyte.NewBuilder(nil)
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(oid) })
		b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(text) })
	})
	return string(b.BytesOrPanic()), true
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
