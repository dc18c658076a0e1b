package page

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// checkEvery is how many tokens pass between two looks at the context.
const checkEvery = 256

// readHTML goes through HTML markup.
func (p *parser) readHTML(markup []byte) {
	if tooManyAttributes(markup) {
		p.page.Incomplete = fmt.Sprintf("a tag has more than %d attributes", maxAttributes)
		return
	}
	tokens := html.NewTokenizer(bytes.NewReader(markup))
	offset := 0 // of what follows the current token
	if p.embedded == 0 && !p.noscript {
		p.line = 1
	}
	p.styles.quirks = !p.srcdoc // until a doctype says otherwise
	begun := false
	for count := 0; count%checkEvery != 0 || !p.ended(); count++ {
		tokens.AllowCDATA(p.scopes.namespace() != inHTML)
		kind := tokens.Next()
		lines := countLines(tokens.Raw())
		offset += len(tokens.Raw())
		switch kind {
		case html.ErrorToken:
			p.endStyle()
			return
		case html.TextToken:
			text := tokens.Text()
			begun = begun || len(bytes.Trim(text, htmlSpace)) > 0
			p.text(text)
		case html.DoctypeToken:
			if !begun {
				p.styles.quirks = p.styles.quirks && hasQuirks(tokens.Text())
			}
			begun = true
		case html.EndTagToken:
			begun = true
			name, _ := tokens.TagName()
			p.endTag(string(name))
		case html.StartTagToken, html.SelfClosingTagToken:
			begun = true
			p.startTag(tokens, kind == html.SelfClosingTagToken)
		}
		if p.rawText == "script" {
			// The tokenizer loses count where scripts write scripts.
			n, nested := scriptLen(markup[offset:])
			p.styles.scripted = p.styles.scripted || p.scripting && n > 0
			if p.inline != nil && offset+n < len(markup) { // one without an end tag does not run
				p.inline.line = p.line + lines
				p.endScript(markup[offset : offset+n])
			}
			if nested {
				lines += countLines(markup[offset : offset+n])
				offset += n
				tokens = html.NewTokenizer(bytes.NewReader(markup[offset:]))
			}
		}
		if p.embedded == 0 {
			p.line += lines
		}
	}
}

// hasQuirks reports whether a doctype may put a document into quirks mode (HTML
// section 13.2.6.4.1): those of which it is sure that they do not are few.
func hasQuirks(doctype []byte) bool {
	words := strings.Fields(strings.ToLower(string(doctype)))
	switch {
	case len(words) == 0 || words[0] != "html":
		return true
	case len(words) == 1:
		return false
	}
	rest := strings.Join(words[1:], " ")
	return !strings.Contains(rest, "//dtd xhtml 1.") && !strings.Contains(rest, "//dtd html 4.01//") &&
		rest != `system "about:legacy-compat"` && rest != `system 'about:legacy-compat'`
}

// maxAttributes bounds the attributes of a tag, which take many times their
// size to read.
const maxAttributes = 1 << 16

// tooManyAttributes reports whether a tag has more attributes than are read,
// counted as words outside of quotes.
func tooManyAttributes(markup []byte) bool {
	words, tag := 0, false
	for i := 0; i < len(markup); i++ {
		switch c := markup[i]; {
		case c == '<' && i+1 < len(markup) && 'a' <= markup[i+1]|0x20 && markup[i+1]|0x20 <= 'z':
			words, tag = 0, true
		case !tag:
		case c == '>':
			tag = false
		case (c == '"' || c == '\'') && markup[i-1] == '=':
			end := bytes.IndexByte(markup[i+1:], c)
			if end < 0 {
				return false
			}
			i += end + 1
		case isHTMLSpace(rune(c)) || c == '/':
			if words++; words > maxAttributes {
				return true
			}
		}
	}
	return false
}

// startTag takes a start tag: where it stands decides what it means.
func (p *parser) startTag(tokens *html.Tokenizer, selfClosing bool) {
	el := readElement(tokens)
	if breaksOut[el.name] || el.name == "font" && el.hasAny("color", "face", "size") {
		p.scopes.breakOut()
	}
	el.ns = p.scopes.namespace()
	if n := len(p.scopes); el.name == "svg" && n > 0 && p.scopes[n-1].name == "annotation-xml" {
		el.ns = inHTML // HTML section 13.2.6, "tree construction dispatcher"
	}
	if el.ns == inHTML && el.name == "image" {
		el.name = "img" // so says HTML section 13.2.6.4.7
	}
	p.rawText = ""
	if el.ns != inHTML || el.name == "noscript" && (p.noscript || !p.scripting) {
		tokens.NextIsNotRawText()
	} else if rawTexts[el.name] {
		p.rawText = el.name
	}
	if el.ns == inHTML && (breaksOut[el.name] || el.name == "font") {
		p.open[el.name]++
	}
	if p.frames && !inFrameset[el.name] {
		return
	}
	p.start(el, selfClosing)
}

// inFrameset are the start tags that count once a frameset is there (HTML
// section 13.2.6.4.20), and those that browsers load ahead of the parser all
// the same.
var inFrameset = map[string]bool{
	"frameset": true, "frame": true, "img": true, "link": true, "noframes": true, "script": true, "style": true,
}

// endTag takes an end tag.
func (p *parser) endTag(name string) {
	p.rawText = ""
	if p.open[name] > 0 || name == "p" || name == "br" {
		p.scopes.breakOut()
	}
	if p.open[name] > 0 {
		p.open[name]--
	}
	if name == "body" && !p.inert() {
		p.headOver = true
	}
	p.end(name)
}

// rawTexts are the HTML elements whose content is text.
var rawTexts = map[string]bool{
	"iframe": true, "noembed": true, "noframes": true, "noscript": true, "plaintext": true, "script": true,
	"style": true, "textarea": true, "title": true, "xmp": true,
}
