package page

import (
	"strings"

	"golang.org/x/net/html"
)

// An element is a start tag with the attributes that matter.
type element struct {
	name  string
	ns    namespace
	attrs map[string]string
}

// attributes are the attributes that matter: bounds what a hostile tag costs.
var attributes = map[string]bool{
	"action": true, "as": true, "attributename": true, "background": true, "begin": true, "class": true, "classid": true, "clip-path": true,
	"command": true, "commandfor": true,
	"color": true, "content": true, "crossorigin": true, "cursor": true, "data": true, "disabled": true, "dur": true, "encoding": true, "event": true,
	"face": true, "fill": true, "font-family": true, "for": true, "form": true, "formaction": true, "formmethod": true, "from": true,
	"href": true, "http-equiv": true, "id": true, "imagesrcset": true, "integrity": true, "language": true, "loading": true,
	"marker-end": true, "marker-mid": true, "marker-start": true, "mask": true, "media": true, "method": true,
	"nomodule": true, "nonce": true, "onclick": true, "onload": true, "ping": true, "poster": true, "rel": true, "sandbox": true,
	"shadowrootmode": true, "size": true, "src": true, "srcdoc": true, "srcset": true, "stroke": true, "style": true,
	"title": true, "to": true, "type": true, "values": true, "xlink:href": true,
}

// readElement reads the start tag that the tokenizer stands on. Of a repeated
// attribute the first counts.
func readElement(tokens *html.Tokenizer) element {
	name, more := tokens.TagName()
	el := element{name: string(name)}
	for more {
		var key, value []byte
		key, value, more = tokens.TagAttr()
		if attributes[string(key)] {
			el.set(string(key), string(value))
		}
	}
	return el
}

// set takes an attribute, unless the element has it.
func (e *element) set(attr, value string) {
	if e.has(attr) {
		return
	}
	if e.attrs == nil {
		e.attrs = map[string]string{}
	}
	e.attrs[attr] = value
}

func (e element) has(attr string) bool { _, ok := e.attrs[attr]; return ok }

func (e element) hasAny(attrs ...string) bool {
	for _, a := range attrs {
		if e.has(a) {
			return true
		}
	}
	return false
}

// get gives an attribute's value as written.
func (e element) get(attr string) string { return e.attrs[attr] }

// nonce gives the nonce as policies have it: Chromium drops blanks around it.
func (e element) nonce() string { return strings.Trim(e.attrs["nonce"], htmlSpace) }

// keyword gives an attribute's value in lower case: enumerated attributes are
// compared so, blanks included (HTML section 2.3.3).
func (e element) keyword(attr string) string { return strings.ToLower(e.attrs[attr]) }
