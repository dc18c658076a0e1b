package page

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// dataBase is the base of what stands in a data: URL: nothing is relative to it.
var dataBase = &url.URL{Scheme: "data", Opaque: ","}

// deepest is how many documents within documents are read.
const deepest = 8

// iframe takes an <iframe>. What stands in srcdoc is a document of its own,
// under this one's base and policies, and outranks src.
func (p *parser) iframe(el element) {
	if !el.has("srcdoc") {
		p.lazily(el, func() { p.frame(el, "src") })
		return
	}
	p.within(el, el.get("srcdoc"), true)
}

// within reads a document that a frame has for its own, at this one's URL and base.
func (p *parser) within(el element, markup string, srcdoc bool) {
	if p.tooDeep() {
		return
	}
	inner := p.embed(p.document)
	inner.base, inner.srcdoc = p.base, srcdoc
	inner.sandbox(el)
	inner.readHTML([]byte(markup))
	inner.finish()
}

// tooDeep reports whether no document is read within this one, and notes it.
func (p *parser) tooDeep() bool {
	if p.embedded < deepest {
		return false
	}
	p.page.Incomplete = fmt.Sprintf("its documents are nested more than %d deep", deepest)
	return true
}

// openFrameset takes a <frameset>: in the body's place, or in another.
func (p *parser) openFrameset() {
	if p.framesets > 0 || !p.frames && !p.bodyFixed {
		p.frames = true
		p.framesets++
	}
}

// frame takes an attribute that names a document to show.
func (p *parser) frame(el element, attr string) {
	if scheme, rest := splitScheme(clean(el.get(attr))); scheme == "javascript" {
		p.frameScript(el, string(unescapePercent(rest)))
		return
	}
	p.embedURL(reference{kind: Blockable, directive: "frame-src", el: el, attr: attr, ref: el.get(attr)})
}

// scriptedDocument gives the document that the script of a javascript: URL makes,
// where it is nothing but a string (HTML section 7.4.2.3.2).
func scriptedDocument(script string) (string, bool) {
	script = strings.TrimRight(strings.Trim(script, htmlSpace), htmlSpace+";")
	if len(script) < 2 || !strings.ContainsAny(script[:1], "'\"`") || script[0] != script[len(script)-1] {
		return "", false
	}
	text := script[1 : len(script)-1]
	return text, !strings.Contains(text, script[:1]) && !strings.ContainsAny(text, "\\") && !strings.Contains(text, "${")
}

// frameScript takes the script of a frame's javascript: URL: the document that it
// makes, or what it imports.
func (p *parser) frameScript(el element, script string) {
	if el.has("sandbox") || !p.runsScripts() || !p.allowsInline("script-src-elem", "", script) {
		return
	}
	if text, ok := scriptedDocument(script); ok {
		p.within(el, text, false)
		return
	}
	p.scriptText(el, false, script, 0)
}

// plugin takes an <object> or <embed>.
func (p *parser) plugin(el element, attr string) {
	if !p.scopes.fallback() && el.get("classid") == "" && showsType(el.keyword("type")) {
		p.embedURL(reference{kind: Blockable, directive: "object-src", el: el, attr: attr, ref: el.get(attr)})
	}
}

// showsType reports whether a browser may show, within a page, what an <object>
// or <embed> says is of a type: there are no plugins any more.
func showsType(mediaType string) bool {
	full := essence(mediaType)
	switch full {
	case "", "application/json", "application/octet-stream", "application/pdf", "application/xml":
		return true
	}
	kind, _, _ := strings.Cut(full, "/")
	return kind == "text" || kind == "image" || kind == "audio" || kind == "video" || strings.HasSuffix(full, "+xml")
}

// embedURL takes a document by its URL, and reads it where that is a data: URL
// (Fetch section 6).
func (p *parser) embedURL(r reference) {
	data, ok := parseDataURL(r.ref)
	if !ok {
		p.add(r)
		return
	}
	xml, known := documentTypes[data.media]
	if !known || !p.allows(request{directive: r.directive, url: target{scheme: "data"}}) || p.tooDeep() {
		return
	}
	inner := p.embed(dataBase)
	inner.sandbox(r.el)
	inner.readBody(data.body, data.charset, xml)
	inner.finish()
}

// sandbox puts a document under the sandbox of the <iframe> that shows it: no
// refresh, and no form is sent. Scripts are not run, and are loaded ahead of
// the parser all the same; a <noscript> is shown.
func (p *parser) sandbox(el element) {
	if el.name == "iframe" && el.has("sandbox") {
		p.policies = append(p.policies, policy{"sandbox": parseSourceList(strings.FieldsFunc(el.get("sandbox"), isHTMLSpace))})
		p.scripting = p.scripting && !p.policies.sandboxes("allow-scripts")
	}
}

// A dataURL is what a data: URL holds.
type dataURL struct {
	media, charset string
	body           []byte
}

// parseDataURL reads a data: URL (Fetch section 6).
func parseDataURL(ref string) (dataURL, bool) {
	scheme, rest := splitScheme(clean(ref))
	if scheme != "data" {
		return dataURL{}, false
	}
	rest, _, _ = strings.Cut(rest, "#")
	head, body, ok := strings.Cut(rest, ",")
	if !ok {
		return dataURL{}, false
	}
	head = strings.TrimRight(head, " ")
	decoded := unescapePercent(body)
	if before, isBase64 := cutSuffixFold(head, "base64"); isBase64 {
		if before, isParam := strings.CutSuffix(strings.TrimRight(before, " "), ";"); isParam {
			head = before
			plain := strings.Map(dropSpace, string(decoded))
			var err error
			if decoded, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(plain, "=")); err != nil {
				return dataURL{}, false
			}
		}
	}
	media, charset, ok := parseMIMEType(head)
	if !ok {
		media = "text/plain"
	}
	return dataURL{media, charset, decoded}, true
}

// cutSuffixFold is strings.CutSuffix in any case of ASCII letters.
func cutSuffixFold(s, suffix string) (string, bool) {
	if len(s) < len(suffix) || !strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return s, false
	}
	return s[:len(s)-len(suffix)], true
}

// dropSpace drops ASCII whitespace.
func dropSpace(r rune) rune {
	if isHTMLSpace(r) {
		return -1
	}
	return r
}

// unescapePercent decodes percent-encoding; what is none stays.
func unescapePercent(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			out = append(out, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return out
}

// hexValue is the value of a hexadecimal digit.
func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
