package page

import (
	"bytes"
	"context"
	"net/url"
)

// A parser goes through one document's tokens in order, as a browser meets
// them: a <base> or a policy in a <meta> holds for what comes after it.
type parser struct {
	ctx      context.Context
	budget   *budget
	page     *Page
	kept     map[Kind]int // how many references the page has
	document *url.URL     // where the document is
	self     target       // what 'self' is in policies
	base     *url.URL     // what its relative URLs are relative to
	based    bool         // a <base> with an href was met
	xml      bool         // the document is XML
	// policies are those in force at the current token.
	policies     Policies
	around       Policies // of the document around
	metaPolicies int
	integrity    bool // scripts must tell their integrity
	scripting    bool // scripts are not forbidden by a sandbox
	line         int  // where the current token begins
	scopes       scopes
	rawText      string   // the element whose raw text comes next
	style        *element // the <style> that holds CSS, inside of it
	inline       *inlineScript
	importMap    importMap
	styleText    []byte // its text so far
	styleLine    int    // where its text begins
	headOver     bool   // the body has begun
	manifest     bool   // a link to a manifest was met
	xmlDepth     int    // how many elements of an XML document are open
	bodyFixed    bool   // no frameset can replace the body any more
	frames       bool   // a frameset stands in the body's place
	framesets    int    // how many of them are open
	forms        forms
	// relativeForms are where forms are sent to that came before any <base>.
	relativeForms []relativeForm
	reporters     []*reporter
	refreshes     *refreshes
	styles        *styles // CSS that waits for the end of the document
	// open counts the open elements of HTML that end SVG when they end.
	open map[string]int
	// noscript is set in what only clients without scripts see.
	noscript bool
	// embedded counts the documents around this one (<iframe srcdoc>, data: URLs).
	embedded int
	hidden   bool // only a script can show the current element
	srcdoc   bool // the document is that of an <iframe srcdoc>
}

// newParser begins a document.
func newParser(ctx context.Context, document *url.URL, b *budget) *parser {
	return &parser{
		ctx: ctx, budget: b, page: &Page{}, kept: map[Kind]int{}, open: map[string]int{}, styles: newStyles(),
		refreshes: &refreshes{},
		document:  document, self: newTarget(document), base: document, scripting: true,
	}
}

// embed begins a document within this one, under its policies and with its
// references.
func (p *parser) embed(document *url.URL) *parser {
	inner := newParser(p.ctx, document, p.budget)
	inner.page, inner.kept, inner.self, inner.scripting = p.page, p.kept, p.self, p.scripting
	inner.policies = p.policies[:len(p.policies):len(p.policies)]
	inner.around, inner.integrity, inner.reporters = p.policies, p.integrity, p.reporters
	inner.embedded, inner.line = p.embedded+1, p.line
	return inner
}

// finish takes what is known at the end of the document only.
func (p *parser) finish() *Page {
	p.finishForms()
	p.finishStyles()
	if p.embedded == 0 {
		p.finishRefreshes()
		p.page.Upgrades = p.policies.Upgrade()
	}
	p.ended()
	return p.page
}

// ended reports whether time or budget is used up, and notes it.
func (p *parser) ended() bool {
	switch {
	case p.ctx.Err() != nil:
		p.page.Incomplete = "the time for reading it ended"
	case !p.budget.spend(0):
		p.page.Incomplete = "it takes too many comparisons to judge it by its policies and styles"
	default:
		return false
	}
	return true
}

// countLines counts line breaks: CR, LF, or both together.
func countLines(text []byte) int {
	return bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) - bytes.Count(text, []byte("\r\n"))
}

// start takes an element that begins. The tree builder has set its namespace.
func (p *parser) start(el element, selfClosing bool) {
	p.inline = p.inline.nest(el, selfClosing, p.xml)
	if !p.inert() {
		if el.ns == inHTML && fixesBody(el) {
			p.bodyFixed = true
		}
		if el.ns == inHTML && el.name == "frameset" {
			p.openFrameset()
		}
		p.headOver = p.headOver || el.ns != inHTML || !headElements[el.name]
		p.styles.seen(el)
		p.styles.text = p.styles.text || el.name == "textarea" || el.name == "input" && el.keyword("type") != "hidden"
		p.collect(el)
		p.forms.name(el, p.scopes.shadows())
	} else {
		p.scanTemplate(el)
	}
	if selfClosing && el.ns != inHTML && !p.xml && el.name == "script" {
		p.inline = nil
	}
	p.openScope(el, selfClosing)
}

// openScope opens the scope of an element that is one.
func (p *parser) openScope(el element, selfClosing bool) {
	if el.ns == inHTML && !p.xml && endsParagraph[el.name] && p.scopes.parent("p") != nil {
		p.scopes.close("p")
	}
	inner, ok := tracked(el.name, el.ns, el.keyword("encoding"))
	between := !ok && el.ns == inHTML && p.scopes.comesBetween(el.name)
	if !ok && !between || selfClosing && (p.xml || inner != inHTML || el.ns != inHTML) {
		return
	}
	later := false
	if el.name == "legend" {
		later = true
		if around := p.scopes.parent("fieldset"); around != nil {
			later, around.legend = around.legend, true
		}
	}
	p.scopes.open(scope{
		later: later, between: between,
		name: el.name, ns: inner, loads: el.has("src") || el.get("data") != "" && el.get("classid") == "", disabled: el.has("disabled"),
		crossOrigin: el.has("crossorigin"),
		inert:       el.name == "template" && el.ns == inHTML && !p.shadowRoot(el),
		shadow:      el.name == "template" && el.ns == inHTML && p.shadowRoot(el),
	})
}

// shadowRoot reports whether a <template> is a declarative shadow root (HTML
// section 13.2.6.4.4). XML has none.
func (p *parser) shadowRoot(el element) bool {
	mode := el.keyword("shadowrootmode")
	return !p.xml && (mode == "open" || mode == "closed")
}

// end takes the end of an element.
func (p *parser) end(name string) {
	p.endStyle()
	switch {
	case p.inline != nil && p.inline.depth > 0:
		p.inline.depth--
	case name == "script":
		p.endScript(nil)
	}
	switch {
	case p.inert():
	case name == "form":
		p.closeForm()
	case name == "frameset" && p.framesets > 0:
		p.framesets--
	}
	p.scopes.close(name)
}

// inert reports whether the parser is inside of a template. A declarative
// shadow root is none (HTML section 13.2.6.4.4).
func (p *parser) inert() bool { return p.scopes.inert() }

// text takes a run of text.
func (p *parser) text(text []byte) {
	switch {
	case p.inert():
	case p.inline != nil && (p.rawText == "" || p.xml):
		if p.inline.depth == 0 {
			p.inline.text = append(p.inline.text, text...)
		}
	case p.style != nil:
		if p.styleText == nil {
			p.styleLine = p.line
		}
		p.styleText = append(p.styleText, text...)
	case p.rawText == "noscript":
		p.withoutScripts(text)
	case p.rawText == "" && len(bytes.Trim(text, htmlSpace+"\x00")) > 0:
		p.headOver, p.bodyFixed = true, true
		p.styles.text = true
	}
}

// withoutScripts reads the content of a <noscript>. A browser that runs
// scripts takes it for mere text, so its subresources are no finding; but a
// client without them follows its refresh.
func (p *parser) withoutScripts(markup []byte) {
	inner := p.embed(p.document)
	inner.base, inner.noscript, inner.embedded, inner.refreshes = p.base, true, p.embedded, p.refreshes
	inner.readHTML(markup)
}

// headElements are the start tags that leave a parser in the head, or take it
// back there (HTML sections 13.2.6.4.4 and 13.2.6.4.6).
var headElements = map[string]bool{
	"base": true, "basefont": true, "bgsound": true, "head": true, "html": true, "link": true, "meta": true,
	"noframes": true, "noscript": true, "script": true, "style": true, "template": true, "title": true,
}

// fixesBody reports whether a start tag keeps a later <frameset> from replacing
// the body ("frameset-ok", HTML section 13.2.6.4.7).
func fixesBody(el element) bool {
	switch el.name {
	case "applet", "area", "body", "br", "button", "dd", "dt", "embed", "hr", "iframe", "img", "keygen", "li", "listing",
		"marquee", "object", "pre", "select", "table", "textarea", "wbr", "xmp":
		return true
	case "input":
		return el.keyword("type") != "hidden"
	}
	return false
}
