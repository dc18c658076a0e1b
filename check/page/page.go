// Package page reads what an HTTP answer makes a browser do next: load
// subresources, send forms, go elsewhere, keep cookies, insist on TLS. It is
// pure: bytes in, facts out. Scripts are not run, and style sheets and scripts
// that the page loads are not fetched.
package page

// A Page holds the facts of one HTML or XML document, read together with the
// header fields that came with it.
type Page struct {
	// Refresh is where a <meta http-equiv=refresh> leads, absolute, without user
	// info and fragment; empty when there is none, or when it only reloads. Of
	// several, browsers differ in which they follow: the first that leads to
	// cleartext is given, else the first. One inside <noscript> counts, for a
	// client without scripts follows it.
	Refresh string `json:"refresh,omitempty"`
	// Reloads is set where a <meta http-equiv=refresh> loads the document again.
	Reloads bool `json:"reloads,omitempty"`
	// Upgrades is set where a policy of the document's own <meta>, or of the
	// header, upgrades insecure requests: it holds for a Refresh header field too.
	Upgrades bool `json:"upgrades,omitempty"`
	// References are the cleartext URLs that a browser would load from or
	// send a form to, in document order, at most 100 of a kind. What a
	// Content-Security-Policy of the header or of the document's own <meta>
	// upgrades or blocks is not among them. Empty for a document that is not
	// https itself.
	References []Reference `json:"references,omitempty"`
	// Omitted is the number of further references of each kind.
	Omitted map[Kind]int `json:"omitted,omitempty"`
	// Incomplete says why the document was not read to its end; empty if it was.
	Incomplete string `json:"incomplete,omitempty"`
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
	// Attribute is empty for the text of a <style> or <script>; Element is the name
	// of a header field ("Link", say) and "xml-stylesheet" for the
	// processing instruction.
	Element   string `json:"element"`
	Attribute string `json:"attribute,omitempty"`
	// URL is absolute, without user info, and clipped to 400 bytes.
	URL string `json:"url"`
	// Line is where the element begins, from 1 (in the text of a <style> or
	// <script>, the line of the URL itself); 0 for the header field.
	Line int `json:"line,omitempty"`
}

const (
	maxOfAKind = 100
	maxName    = 40   // bytes of a reference's element
	maxURL     = 400  // bytes of a reference's URL
	maxRefresh = 8192 // bytes of a refresh target: what servers take as a request line
)
