package page

import (
	"bytes"
	"net/url"

	"golang.org/x/net/html"
)

// A parser goes through one document's tokens in order, as a browser meets
// them: a <base> or a policy in a <meta> holds for what comes after it.
type parser struct {
	page     *Page
	kept     map[Kind]int // how many references the page has
	document *url.URL     // where the document is
	base     *url.URL     // what its relative URLs are relative to
	based    bool         // a <base> has had its say
	xml      bool         // the document is XHTML
	csp      CSP          // what a <meta> said so far
	line     int          // where the current token begins
	scopes   scopes
	rawText  string // the element whose raw text comes next
	style    bool   // inside of a <style> that holds CSS
	headOver bool   // the body has begun
	frames   bool   // a frameset stands in the body's place
	form     *form  // the open form
	// open counts the open elements of HTML that end SVG when they end.
	open map[string]int
	// noscript is set in what only clients without scripts see.
	noscript bool
	// embedded counts the documents around this one (<iframe srcdoc>).
	embedded int
}

// newParser begins a document.
func newParser(document *url.URL) *parser {
	return &parser{page: &Page{}, kept: map[Kind]int{}, open: map[string]int{}, document: document, base: document}
}

// read walks through the markup.
func (r *parser) read(markup []byte) {
	tokens := html.NewTokenizer(bytes.NewReader(markup))
	offset := 0 // of what follows the current token
	if r.embedded == 0 {
		r.line = 1
	}
	for {
		tokens.AllowCDATA(r.xml || r.scopes.namespace() != inHTML)
		kind := tokens.Next()
		lines := countLines(tokens.Raw())
		offset += len(tokens.Raw())
		switch kind {
		case html.ErrorToken:
			return
		case html.TextToken:
			r.text(tokens)
		case html.EndTagToken:
			name, _ := tokens.TagName()
			r.end(string(name))
		case html.StartTagToken, html.SelfClosingTagToken:
			r.start(tokens, kind == html.SelfClosingTagToken)
		}
		if r.rawText == "script" {
			// The tokenizer loses count where scripts write scripts.
			if n, nested := scriptLen(markup[offset:]); nested {
				lines += countLines(markup[offset : offset+n])
				offset += n
				tokens = html.NewTokenizer(bytes.NewReader(markup[offset:]))
			}
		}
		if r.embedded == 0 {
			r.line += lines
		}
	}
}

// countLines counts line breaks: CR, LF, or both together.
func countLines(text []byte) int {
	return bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) - bytes.Count(text, []byte("\r\n"))
}

// start takes a start tag.
func (r *parser) start(tokens *html.Tokenizer, selfClosing bool) {
	el := readElement(tokens)
	if !r.xml && (breaksOut[el.name] || el.name == "font" && el.hasAny("color", "face", "size")) {
		r.scopes.breakOut()
	}
	el.ns = r.scopes.namespace()
	if el.ns == inHTML && el.name == "image" && !r.xml {
		el.name = "img" // so says WHATWG HTML, section 13.2.6.4.7
	}
	r.rawText = ""
	if r.xml || el.ns != inHTML || r.noscript && el.name == "noscript" {
		tokens.NextIsNotRawText()
	} else if rawTexts[el.name] {
		r.rawText = el.name
	}
	if el.ns == inHTML && (breaksOut[el.name] || el.name == "font") {
		r.open[el.name]++
	}
	if !r.inert() {
		r.frames = r.frames || el.name == "frameset" && !r.headOver
		r.headOver = r.headOver || el.ns != inHTML || !headElements[el.name]
		if !r.frames || el.name == "frame" {
			r.collect(el)
		}
	}
	if inner, ok := tracked(el.name, el.ns, el.keyword("encoding")); ok {
		closed := selfClosing && (r.xml || inner != inHTML || el.ns != inHTML)
		if !closed {
			r.scopes.open(el.name, inner, el.has("src") || el.get("data") != "")
		}
	}
}

// end takes an end tag.
func (r *parser) end(name string) {
	r.rawText, r.style = "", false
	if !r.xml && (r.open[name] > 0 || name == "p" || name == "br") {
		r.scopes.breakOut()
	}
	if r.open[name] > 0 {
		r.open[name]--
	}
	switch {
	case r.inert():
	case name == "form":
		r.form = nil
	case name == "body":
		r.headOver = true
	}
	r.scopes.close(name)
}

// inert reports whether the parser is inside of a template.
func (r *parser) inert() bool { return r.scopes.innermost("template") != nil }

// text takes a run of text.
func (r *parser) text(tokens *html.Tokenizer) {
	if r.inert() {
		return
	}
	switch {
	case r.style:
		r.styleSheet("style", "", string(tokens.Text()))
	case r.rawText == "noscript":
		r.withoutScripts(tokens.Text())
	case r.rawText == "" && len(bytes.Trim(tokens.Raw(), htmlSpace)) > 0:
		r.headOver = true
	}
}

// withoutScripts reads the content of a <noscript>. A browser that runs
// scripts takes it for mere text, so its subresources are no finding; but a
// client without them follows its refresh.
func (r *parser) withoutScripts(markup []byte) {
	inner := newParser(r.document)
	inner.page, inner.base, inner.noscript, inner.embedded = r.page, r.base, true, r.embedded
	inner.read(markup)
}

// rawTexts are the HTML elements whose content is text.
var rawTexts = map[string]bool{
	"iframe": true, "noembed": true, "noframes": true, "noscript": true, "plaintext": true, "script": true,
	"style": true, "textarea": true, "title": true, "xmp": true,
}

// headElements are the start tags that leave a parser in the head, or take it
// back there (WHATWG HTML, sections 13.2.6.4.4 and 13.2.6.4.6).
var headElements = map[string]bool{
	"base": true, "basefont": true, "bgsound": true, "head": true, "html": true, "link": true, "meta": true,
	"noframes": true, "noscript": true, "script": true, "style": true, "template": true, "title": true,
}
