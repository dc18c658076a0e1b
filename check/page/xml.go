package page

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// namespaces are the XML namespaces whose elements mean something.
var namespaces = map[string]namespace{
	"http://www.w3.org/1999/xhtml": inHTML, "http://www.w3.org/2000/svg": inSVG, "http://www.w3.org/1998/Math/MathML": inMath,
}

// maxXMLDepth is how deep elements may be nested, as in Chromium
// (kMaximumXMLElementDepth).
const maxXMLDepth = 5000

// readXML goes through an XML document, up to where it is not well-formed:
// browsers stop there too. External entities are read by no browser.
func (p *parser) readXML(text []byte, charset string) {
	p.xml = true
	if isUTF8(text, charset) {
		text = validPrefix(text)
	}
	doctype := parseDoctype(text)
	text, ok := doctype.expand(dropDeclaration(bytes.ToValidUTF8(text, []byte("\uFFFD"))))
	if !ok {
		p.page.Incomplete = "its entities expand to too much"
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	if doctype.xhtml {
		d.Entity = xml.HTMLEntity
	}
	depth, root := 0, false
	for count := 0; count%checkEvery != 0 || !p.ended(); count++ {
		line, _ := d.InputPos()
		token, err := d.Token()
		start, isStart := token.(xml.StartElement)
		if err != nil || isDeclaration(token) || isStart && (root && depth == 0 || repeatsAttribute(start)) {
			p.endStyle()
			return
		}
		switch token.(type) {
		case xml.StartElement:
			root = true
			depth++
		case xml.EndElement:
			depth--
		}
		if depth > maxXMLDepth {
			p.page.Incomplete = fmt.Sprintf("its elements are nested more than %d deep", maxXMLDepth)
			return
		}
		if p.embedded == 0 {
			p.line = line
		}
		p.xmlToken(token, doctype)
	}
}

// xmlToken takes one token of XML.
func (p *parser) xmlToken(token xml.Token, doctype doctype) {
	switch t := token.(type) {
	case xml.StartElement:
		defaults := doctype.defaults[t.Name.Local]
		p.budget.spend(len(defaults))
		el := xmlElement(t, defaults)
		p.rawText = ""
		if el.name == "script" {
			p.rawText = "script"
		}
		p.xmlDepth++
		p.start(el, false)
	case xml.EndElement:
		p.xmlDepth--
		p.rawText = ""
		p.end(xmlName(t.Name.Local, namespaceOf(t.Name.Space)))
	case xml.CharData:
		if p.rawText == "script" {
			p.styles.scripted = p.styles.scripted || p.scripting && len(bytes.TrimSpace(t)) > 0
		}
		p.text(t)
	case xml.ProcInst:
		if t.Target == "xml-stylesheet" && p.xmlDepth == 0 {
			p.xmlStyleSheet(string(t.Inst))
		}
	}
}

// namespaceOf is the namespace of a URI.
func namespaceOf(uri string) namespace {
	if ns, ok := namespaces[uri]; ok {
		return ns
	}
	return inOther
}

// mixedCase are the names of SVG that are not in lower case, as the tables have
// them. In XML every other spelling is another name.
var mixedCase = map[string]string{
	"feImage": "feimage", "foreignObject": "foreignobject", "attributeName": "attributename",
	"feimage": "", "foreignobject": "", "attributename": "",
}

// xmlName is a name as the tables have it.
func xmlName(local string, ns namespace) string {
	if name, ok := mixedCase[local]; ok && ns == inSVG {
		return name
	}
	return local
}

// xmlElement takes an element over, with the attributes that a DTD gives it.
func xmlElement(t xml.StartElement, defaults []xml.Attr) element {
	el := element{ns: namespaceOf(t.Name.Space)}
	el.name = xmlName(t.Name.Local, el.ns)
	for i, a := range append(t.Attr[:len(t.Attr):len(t.Attr)], defaults...) {
		name := a.Name.Local
		switch space := a.Name.Space; {
		case space == "":
		case space == "http://www.w3.org/1999/xlink", space == "xlink" && i >= len(t.Attr):
			name = "xlink:" + name
		default:
			continue
		}
		if name = xmlName(name, el.ns); attributes[name] {
			el.set(name, a.Value)
		}
	}
	return el
}

// xmlStyleSheet takes an <?xml-stylesheet?> (W3C Associating Style Sheets with
// XML documents).
func (p *parser) xmlStyleSheet(inst string) {
	el := element{name: "xml-stylesheet", attrs: pseudoAttributes(inst)}
	r := reference{kind: Blockable, directive: "style-src-elem", el: el, attr: "href", ref: el.get("href")}
	if el.get("alternate") == "yes" && el.get("title") == "" {
		return // one of several, and without a name to choose it by
	}
	switch essence(el.get("type")) {
	case "", "text/css":
		p.styles.external = true
		if data, ok := parseDataURL(r.ref); ok {
			p.dataStyleSheet(el, data)
			return
		}
	case "text/xsl", "text/xml", "application/xml", "application/xslt+xml":
		r.directive = "script-src-elem"
	default:
		return
	}
	p.add(r)
}

// pseudoAttributes reads name="value" pairs.
func pseudoAttributes(s string) map[string]string {
	attrs := map[string]string{}
	for {
		name, rest, found := strings.Cut(s, "=")
		rest = strings.TrimLeft(rest, htmlSpace)
		if !found || rest == "" || rest[0] != '"' && rest[0] != '\'' {
			return attrs
		}
		value, after, _ := strings.Cut(rest[1:], rest[:1])
		attrs[strings.Trim(name, htmlSpace)] = unescapeXML(value)
		s = after
	}
}

// unescapeXML resolves character references and the predefined entities.
func unescapeXML(s string) string { return predefined.Replace(resolveCharacters(s)) }

var predefined = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

// isDeclaration reports whether a token is an XML declaration, which may stand at
// the very beginning only (XML 1.0, section 2.8).
func isDeclaration(token xml.Token) bool {
	inst, ok := token.(xml.ProcInst)
	return ok && strings.EqualFold(inst.Target, "xml")
}

// repeatsAttribute reports whether an element has an attribute without a prefix
// twice, which is not well-formed (XML 1.0, section 3.1). Two of one namespace may
// have different prefixes, and to Chromium's parser that is no fatal error.
func repeatsAttribute(t xml.StartElement) bool {
	seen := make(map[string]bool, len(t.Attr))
	for _, a := range t.Attr {
		if a.Name.Space != "" {
			continue
		}
		if seen[a.Name.Local] {
			return true
		}
		seen[a.Name.Local] = true
	}
	return false
}

// isUTF8 reports whether a document is in UTF-8: by its charset, else by the
// encoding that its declaration names (XML 1.0, section 4.3.3).
func isUTF8(text []byte, charset string) bool {
	if charset == "" {
		if declaration, _, ok := strings.Cut(string(text[:min(len(text), 256)]), "?>"); ok {
			if inst, ok := strings.CutPrefix(declaration, "<?xml"); ok {
				charset = strings.ToLower(pseudoAttributes(inst)["encoding"])
			}
		}
	}
	return charset == "" || charset == "utf-8" || charset == "utf8"
}

// validPrefix gives the text up to where it is no UTF-8.
func validPrefix(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return text[:at]
}

// dropDeclaration blanks the XML declaration: its version and encoding are of
// no interest any more.
func dropDeclaration(text []byte) []byte {
	if !bytes.HasPrefix(text, []byte("<?xml")) || len(text) < 6 || !isHTMLSpace(rune(text[5])) {
		return text
	}
	end := bytes.Index(text, []byte("?>"))
	if end < 0 {
		return text
	}
	return append(bytes.Repeat([]byte("\n"), bytes.Count(text[:end], []byte("\n"))), text[end+2:]...)
}
