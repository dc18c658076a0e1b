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
	"action": true, "as": true, "background": true, "color": true, "content": true, "data": true,
	"disabled": true, "encoding": true, "face": true, "form": true, "formaction": true, "formmethod": true,
	"href": true, "http-equiv": true, "imagesrcset": true, "language": true, "media": true, "method": true,
	"nomodule": true, "poster": true, "rel": true, "size": true, "src": true, "srcdoc": true, "srcset": true,
	"style": true, "title": true, "type": true, "xlink:href": true,
}

// readElement reads the start tag that the tokenizer stands on. Of a repeated
// attribute the first counts.
func readElement(tokens *html.Tokenizer) element {
	name, more := tokens.TagName()
	el := element{name: string(name)}
	for more {
		var key, value []byte
		key, value, more = tokens.TagAttr()
		if !attributes[string(key)] || el.has(string(key)) {
			continue
		}
		if el.attrs == nil {
			el.attrs = map[string]string{}
		}
		el.attrs[string(key)] = string(value)
	}
	return el
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

// keyword gives an attribute's value without blanks around it, in lower case.
func (e element) keyword(attr string) string {
	return strings.ToLower(strings.Trim(e.attrs[attr], htmlSpace))
}
