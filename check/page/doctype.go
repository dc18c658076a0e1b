package page

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
)

const (
	maxEntities  = 1000
	maxExpansion = 1 << 20 // bytes that entities add to a document
	maxEntity    = 16      // entities within one another
)

// A doctype is what matters of an XML document's DTD: its internal subset.
type doctype struct {
	entities map[string]string
	defaults map[string][]xml.Attr // attributes by element
	// parameters are the values of parameter entities, expanded the bytes that
	// were read of them.
	parameters map[string]string
	expanded   int
	xhtml      bool // its public identifier names an XHTML DTD, whose entities browsers know
}

// parseDoctype reads the document type declaration, if there is one.
func parseDoctype(text []byte) doctype {
	var d doctype
	begin := bytes.Index(text, []byte("<!DOCTYPE"))
	if begin < 0 {
		return d
	}
	head := text[begin:]
	end := bytes.IndexAny(head, "[>")
	if end < 0 {
		return d
	}
	d.xhtml = bytes.Contains(head[:end], []byte("//DTD XHTML ")) || bytes.Contains(head[:end], []byte("//DTD MathML "))
	if head[end] == '[' {
		d.entities, d.parameters, d.defaults = map[string]string{}, map[string]string{}, map[string][]xml.Attr{}
		d.parseSubset(string(head[end+1:]), 0)
	}
	return d
}

// parseSubset reads declarations up to the bracket that ends the subset, or to
// the end of the parameter entity that holds them. Depth counts the entities
// around. It reports false where nothing is certain any more.
func (d *doctype) parseSubset(s string, depth int) bool {
	for len(d.entities) < maxEntities && len(d.defaults) < maxEntities {
		s = strings.TrimLeft(s, htmlSpace)
		switch {
		case strings.HasPrefix(s, "<!--"):
			_, s, _ = strings.Cut(s, "-->")
		case strings.HasPrefix(s, "<?"):
			_, s, _ = strings.Cut(s, "?>")
		case strings.HasPrefix(s, "<!"):
			var tokens []string
			if tokens, s = declarationTokens(s[2:]); len(tokens) > 0 {
				d.declare(tokens)
			}
		case strings.HasPrefix(s, "%"):
			name, _, found := strings.Cut(s[1:min(len(s), 256)], ";")
			if !found || depth == maxEntity || !d.parseParameter(name, depth) {
				return false
			}
			s = s[len("%")+len(name)+len(";"):]
		default:
			return s == ""
		}
	}
	return false
}

// parseParameter reads the declarations in a parameter entity, as Firefox does.
// Of one that is not declared here they are not known.
func (d *doctype) parseParameter(name string, depth int) bool {
	value, known := d.parameters[name]
	d.expanded += 1 + len(value)
	return known && d.expanded <= maxExpansion && d.parseSubset(value, depth+1)
}

// declarationTokens splits a markup declaration into its words and literals, a
// literal with its opening quote before it.
func declarationTokens(s string) (tokens []string, rest string) {
	for {
		s = strings.TrimLeft(s, htmlSpace)
		if s == "" {
			return nil, ""
		}
		switch s[0] {
		case '>':
			return tokens, s[1:]
		case '"', '\'':
			literal, after, found := strings.Cut(s[1:], s[:1])
			if !found {
				return nil, ""
			}
			tokens, s = append(tokens, `"`+literal), after
		default:
			end := strings.IndexAny(s, htmlSpace+`>"'`)
			if end < 0 {
				return nil, ""
			}
			tokens, s = append(tokens, s[:end]), s[end:]
		}
	}
}

// declare takes an entity with its value, or an attribute with its default. The
// first declaration counts.
func (d *doctype) declare(tokens []string) {
	literal := func(i int) (string, bool) {
		if i >= len(tokens) {
			return "", false
		}
		return strings.CutPrefix(tokens[i], `"`)
	}
	switch {
	case tokens[0] == "ENTITY" && len(tokens) == 3:
		value, ok := literal(2)
		if _, known := d.entities[tokens[1]]; ok && !known {
			d.entities[tokens[1]] = resolveCharacters(value)
		}
	case tokens[0] == "ENTITY" && len(tokens) == 4 && tokens[1] == "%":
		value, ok := literal(3)
		if _, known := d.parameters[tokens[2]]; ok && !known && len(d.parameters) < maxEntities {
			d.parameters[tokens[2]] = resolveCharacters(value)
		}
	case tokens[0] == "ATTLIST" && len(tokens) > 2:
		for i := 2; i+2 < len(tokens); i += 3 {
			if tokens[i+2] == "#FIXED" {
				i++
			}
			if value, ok := literal(i + 2); ok {
				name := tokens[i]
				if tokens[i+2-1] == "#FIXED" {
					name = tokens[i-1]
				}
				d.attribute(tokens[1], name, unescapeXML(value))
			}
		}
	}
}

// resolveCharacters resolves the numeric character references in the value of an
// entity (XML 1.0, section 4.5).
func resolveCharacters(s string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(s, "&#")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		s = after
		number, rest, ended := strings.Cut(after[:min(len(after), 12)], ";")
		base := 10
		if hex, ok := strings.CutPrefix(number, "x"); ok {
			number, base = hex, 16
		}
		if code, err := strconv.ParseUint(number, base, 21); ended && err == nil {
			out.WriteRune(rune(code))
			s = after[min(len(after), 12)-len(rest):]
		} else {
			out.WriteString("&#")
		}
	}
}

// attribute takes the default of an attribute that matters. The first
// declaration counts.
func (d *doctype) attribute(element, name, value string) {
	a := xml.Attr{Name: xml.Name{Local: name}, Value: value}
	if local, found := strings.CutPrefix(name, "xlink:"); found {
		a.Name = xml.Name{Space: "xlink", Local: local}
	}
	known := slices.ContainsFunc(d.defaults[element], func(other xml.Attr) bool { return other.Name == a.Name })
	if !known && attributes[strings.ToLower(name)] {
		d.defaults[element] = append(d.defaults[element], a)
	}
}

// expand replaces the document's own entities by their values. It reports false
// where they come to too much; the text then ends there.
func (d doctype) expand(text []byte) ([]byte, bool) {
	if len(d.entities) == 0 {
		return text, true
	}
	e := expander{entities: d.entities, left: maxExpansion}
	e.out = make([]byte, 0, len(text))
	begin := bytes.IndexByte(text, '[')
	end := bytes.Index(text[begin:], []byte("]>"))
	if end < 0 {
		return text, true
	}
	e.out = append(e.out, text[:begin+end+2]...)
	ok := e.expand(string(text[begin+end+2:]), 0)
	return e.out, ok
}

// An expander replaces entities.
type expander struct {
	entities map[string]string
	out      []byte
	left     int  // bytes that may be added
	quote    byte // of the attribute's value that the text is in; 0 outside
	tag      bool // inside of a tag
}

// expand writes text without entities. Depth counts the entities around it.
func (e *expander) expand(s string, depth int) bool {
	for i := 0; i < len(s); i++ {
		rest := s[i:]
		if skip := opaqueLength(rest); skip > 0 && e.quote == 0 && !e.tag {
			e.out = append(e.out, rest[:skip]...)
			i += skip - 1
			continue
		}
		if rest[0] == '&' {
			name, _, found := strings.Cut(rest[1:min(len(rest), 256)], ";")
			if value, known := e.entities[name]; found && known {
				if e.left -= len(value); e.left < 0 || depth == maxEntity {
					return false
				}
				if !e.insert(value, depth) {
					return false
				}
				i += len(name) + 1
				continue
			}
		}
		if depth == 0 || e.quote == 0 {
			e.track(rest[0])
		}
		e.out = append(e.out, rest[0])
	}
	return true
}

// escapeLiteral keeps the value of an attribute from ending.
var escapeLiteral = strings.NewReplacer(`"`, "&quot;", "'", "&apos;", "<", "&lt;")

// insert writes an entity's value: in an attribute quotes in it end nothing.
func (e *expander) insert(value string, depth int) bool {
	if e.quote != 0 {
		value = escapeLiteral.Replace(value)
	}
	return e.expand(value, depth+1)
}

// track notes tags and quotes.
func (e *expander) track(c byte) {
	switch {
	case e.quote != 0:
		if c == e.quote {
			e.quote = 0
		}
	case e.tag && (c == '"' || c == '\''):
		e.quote = c
	case c == '<':
		e.tag = true
	case c == '>':
		e.tag = false
	}
}

// opaqueLength is the length of the comment, CDATA section or processing
// instruction that s begins with; 0 if there is none.
func opaqueLength(s string) int {
	for begin, end := range map[string]string{"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"} {
		if strings.HasPrefix(s, begin) {
			if n := strings.Index(s, end); n >= 0 {
				return n + len(end)
			}
			return len(s)
		}
	}
	return 0
}
