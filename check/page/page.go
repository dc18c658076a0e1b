// Package page reads what an HTTP answer makes a browser do next: load
// subresources, send forms, go elsewhere, keep cookies, insist on TLS. It is
// pure: bytes in, facts out. Scripts are not run, and style sheets and scripts
// that the page loads are not fetched.
package page

import (
	"net/url"
)

// A Page holds the facts of one HTML document.
type Page struct {
	// Refresh is the URL of the first <meta http-equiv=refresh> that leads
	// elsewhere, absolute, without user info and fragment; empty when there is
	// none, or when it only reloads. One inside <noscript> counts, for a
	// client without scripts follows it.
	Refresh string `json:"refresh,omitempty"`
	// References are the cleartext URLs that a browser would load from or
	// send a form to, in document order, at most 100 of a kind. Those that a
	// Content-Security-Policy in the document's own <meta> upgrades or blocks
	// are not among them. Empty for a document that is not https itself.
	References []Reference `json:"references,omitempty"`
	// Omitted is the number of further references of each kind.
	Omitted map[Kind]int `json:"omitted,omitempty"`
}

// A Kind tells what becomes of a reference in a browser.
type Kind string

// The kinds.
const (
	// Blockable content can take over the page: scripts, style sheets, frames,
	// fonts and so on (W3C Mixed Content, section 3.2).
	Blockable Kind = "blockable"
	// Passive content is images, audio and video, with their srcset and poster.
	Passive Kind = "passive"
	// Form is a URL that a form is sent to.
	Form Kind = "form"
)

// A Reference is one cleartext URL that a document names.
type Reference struct {
	Kind Kind `json:"kind"`
	// Element and Attribute are in lower case, Element clipped to 40 bytes.
	// Attribute is empty for the text of a <style>; Element is "Link" for the
	// header field.
	Element   string `json:"element"`
	Attribute string `json:"attribute,omitempty"`
	// URL is absolute, without user info, and clipped to 400 bytes.
	URL string `json:"url"`
	// Line is where the element begins, from 1 (in the text of a <style>, the
	// line of the URL itself); 0 for the header field.
	Line int `json:"line,omitempty"`
}

const (
	maxOfAKind = 100
	maxName    = 40   // bytes of a reference's element
	maxURL     = 400  // bytes of a reference's URL
	maxRefresh = 8192 // bytes of a refresh target: what servers take as a request line
)

// Read reads an HTML document that came with the given Content-Type from the
// given absolute URL. It reports false when the body is no HTML: where there
// is a usable Content-Type that alone decides, else the opening bytes do
// (WHATWG MIME Sniffing, section 7.1). UTF-16 is read where a byte order mark
// or the charset parameter says so; any other encoding is taken for one that
// agrees with ASCII.
func Read(body []byte, contentType, base string) (*Page, bool) {
	media, charset := parseContentType(contentType)
	if unusable(media) {
		if !looksLikeHTML(body) {
			return nil, false
		}
		media = "text/html"
	}
	if media != "text/html" && media != "application/xhtml+xml" {
		return nil, false
	}
	document, err := url.Parse(base)
	if err != nil {
		document = &url.URL{}
	}
	if document.Path == "" {
		document.Path = "/"
	}
	r := newParser(document)
	r.xml = media == "application/xhtml+xml"
	r.read(toASCIICompatible(body, charset))
	return r.page, true
}
