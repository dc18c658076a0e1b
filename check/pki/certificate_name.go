package pki

import (
	"encoding/asn1"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A DistinguishedName is a name as it is shown (RFC 4514), not as it is
// compared.
type DistinguishedName struct {
	// CommonName is the last common name in it.
	CommonName string
	// Text is the whole name, empty for the empty one.
	Text string
}

// maxNameParts bounds what of a name is shown.
const maxNameParts = 32

// nameTypes are the attribute types with a short name (RFC 4514 section 3).
var nameTypes = map[string]string{
	"\x55\x04\x03": "CN", "\x55\x04\x05": "SERIALNUMBER", "\x55\x04\x06": "C", "\x55\x04\x07": "L",
	"\x55\x04\x08": "ST", "\x55\x04\x09": "STREET", "\x55\x04\x0a": "O", "\x55\x04\x0b": "OU",
	"\x55\x04\x11": "POSTALCODE",
}

// shownTypes are those that Chromium reads as text when it shows a leaf.
var shownTypes = map[string]bool{"CN": true, "C": true, "L": true, "ST": true, "O": true, "OU": true}

// An attribute is one AttributeTypeAndValue.
type attribute struct {
	oid   string
	tag   byte
	value []byte
}

// nameAttributes lists the attributes of a Name by relative distinguished
// name, as far as they can be read; ok is false where the form is broken.
func nameAttributes(raw []byte, depart func(string)) (rdns [][]attribute, ok bool) {
	ok = true
	note := func(what string) {
		ok = false
		depart(what)
	}
	outer := &berReader{raw, note}
	name, _ := outer.enter(tagSequence)
	for !name.empty() {
		set, inSet := name.enter(tagSet)
		if !inSet {
			return rdns, false
		}
		if set.empty() {
			note(departNameForm)
		}
		var rdn []attribute
		for !set.empty() {
			pair, inPair := set.enter(tagSequence)
			if !inPair {
				return rdns, false
			}
			oid, hasOID := pair.read(tagOID)
			value, hasValue := pair.next()
			pair.end()
			if !hasOID || !hasValue {
				note(departMissing)
				continue
			}
			rdn = append(rdn, attribute{string(oid), value.tag, value.content})
		}
		rdns = append(rdns, rdn)
	}
	return rdns, ok
}

// name reads a Name and holds its strings to their types.
func (p certificateParser) name(r *berReader, place string) (raw []byte) {
	if !r.peek(tagSequence) {
		r.depart(departMissing)
		return nil
	}
	e, _ := r.next()
	parts, _ := nameAttributes(e.raw, func(what string) { p.c.depart(place, what) })
	if len(parts) == 0 {
		p.emptyName(place)
	}
	for _, rdn := range parts {
		for _, a := range rdn {
			if wrong := a.wrong(); wrong != "" {
				p.c.depart(place, wrong)
			}
		}
	}
	return e.raw
}

// emptyName notes an issuer without a name; subjects may be empty.
func (p certificateParser) emptyName(place string) {
	if place == placeIssuer {
		p.c.depart(place, departEmptyName)
	}
}

// wrong is how a value departs from its string type.
func (a attribute) wrong() string {
	switch a.tag {
	case tagPrintable:
		if strings.ContainsFunc(string(a.value), func(r rune) bool { return !printable(r) }) {
			return departPrintable
		}
	case tagIA5:
		if !ascii(a.value) {
			return departASCII
		}
	case tagBMP:
		if _, ok := bmpText(a.value); !ok {
			return departBMP
		}
	case tagUniversal:
		if _, ok := universalText(a.value); !ok {
			return departUniversalString
		}
	case tagUTF8:
		if !utf8.Valid(a.value) {
			return departUTF8
		}
	case tagTeletex:
	case tagNumeric:
		if strings.Trim(string(a.value), "0123456789 ") != "" && !shownTypes[nameTypes[a.oid]] {
			return departNumeric
		}
		return a.unshown()
	default:
		return a.unshown()
	}
	return ""
}

// unshown is the departure of a string type that names are not shown with.
func (a attribute) unshown() string {
	if shownTypes[nameTypes[a.oid]] {
		return departString
	}
	return ""
}

// printable reports whether a character belongs to PrintableString (X.680
// section 41.4), or is the asterisk, which all clients allow there.
func printable(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '\'' <= r && r <= ':' || r == ' ' || r == '=' || r == '?'
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// bmpText decodes a BMPString, which has no surrogates.
func bmpText(b []byte) (string, bool) {
	if len(b)%2 != 0 {
		return "", false
	}
	var s strings.Builder
	for i := 0; i < len(b); i += 2 {
		r := rune(b[i])<<8 | rune(b[i+1])
		if utf16.IsSurrogate(r) {
			return "", false
		}
		s.WriteRune(r)
	}
	return s.String(), true
}

// universalText decodes a UniversalString.
func universalText(b []byte) (string, bool) {
	if len(b)%4 != 0 {
		return "", false
	}
	var s strings.Builder
	for i := 0; i < len(b); i += 4 {
		r := uint32(b[i])<<24 | uint32(b[i+1])<<16 | uint32(b[i+2])<<8 | uint32(b[i+3])
		if r > utf8.MaxRune || !utf8.ValidRune(rune(r)) {
			return "", false
		}
		s.WriteRune(rune(r))
	}
	return s.String(), true
}

// text is the value to be shown.
func (a attribute) text() string {
	switch a.tag {
	case tagBMP:
		if s, ok := bmpText(a.value); ok {
			return s
		}
	case tagUniversal:
		if s, ok := universalText(a.value); ok {
			return s
		}
	case tagTeletex:
		runes := make([]rune, len(a.value))
		for i, c := range a.value {
			runes[i] = rune(c)
		}
		return string(runes)
	case tagUTF8, tagPrintable, tagIA5, tagNumeric, tagVisible:
		return strings.ToValidUTF8(string(a.value), "\ufffd")
	}
	return fmt.Sprintf("#%x", a.value)
}

// readName makes a Name fit to be shown, the last part first (RFC 4514
// section 2.1).
func readName(raw []byte) DistinguishedName {
	parts, _ := nameAttributes(raw, func(string) {})
	var n DistinguishedName
	var texts []string
	for i := len(parts) - 1; i >= 0 && len(texts) < maxNameParts; i-- {
		var pairs []string
		for _, a := range parts[i] {
			kind, known := nameTypes[a.oid]
			if !known {
				kind = oidText(a.oid)
			}
			if kind == "CN" && n.CommonName == "" {
				n.CommonName = a.text()
			}
			pairs = append(pairs, kind+"="+escapeName(a.text()))
		}
		texts = append(texts, strings.Join(pairs, "+"))
	}
	n.Text = strings.Join(texts, ",")
	return n
}

var nameEscapes = strings.NewReplacer(",", `\,`, "+", `\+`, `"`, `\"`, `\`, `\\`, "<", `\<`, ">", `\>`, ";", `\;`)

func escapeName(s string) string { return nameEscapes.Replace(s) }

// String is the whole name.
func (n DistinguishedName) String() string { return n.Text }

// Empty reports whether the name has no part.
func (n DistinguishedName) Empty() bool { return n.Text == "" }

// readOID decodes the content of an object identifier; nil if it is malformed
// or a number is above 2^31.
func readOID(content string) asn1.ObjectIdentifier {
	var id asn1.ObjectIdentifier
	n := 0
	for i := 0; i < len(content); i++ {
		c := content[i]
		if n > 1<<23 {
			return nil
		}
		n = n<<7 | int(c&0x7f)
		if c&0x80 != 0 {
			continue
		}
		if len(id) == 0 {
			first := min(n/40, 2)
			id = append(id, first, n-40*first)
		} else {
			id = append(id, n)
		}
		n = 0
	}
	if content == "" || content[len(content)-1]&0x80 != 0 {
		return nil
	}
	return id
}

// oidText is an object identifier as messages have it.
func oidText(content string) string {
	if id := readOID(content); id != nil {
		return id.String()
	}
	return fmt.Sprintf("#%x", content)
}
