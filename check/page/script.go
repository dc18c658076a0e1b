package page

import (
	"bytes"
	"strings"
)

// runs reports whether a browser loads a script of that type: not a data
// block (HTML section 4.12.1), and not one for browsers without modules. The
// attribute language keeps Firefox from running a script, not from loading it.
func runs(el element) bool {
	switch kind := scriptType(el); {
	case kind == "module":
		return true
	case kind != "" && !javaScript[kind]:
		return false
	}
	return !el.has("nomodule")
}

// scriptType is the type of a <script> in lower case.
func scriptType(el element) string {
	return strings.ToLower(strings.Trim(el.get("type"), htmlSpace))
}

// javaScript are the JavaScript MIME type essences (WHATWG MIME Sniffing, section 4.6).
var javaScript = map[string]bool{
	"application/ecmascript": true, "application/javascript": true, "application/x-ecmascript": true,
	"application/x-javascript": true, "text/ecmascript": true, "text/javascript": true,
	"text/javascript1.0": true, "text/javascript1.1": true, "text/javascript1.2": true,
	"text/javascript1.3": true, "text/javascript1.4": true, "text/javascript1.5": true,
	"text/jscript": true, "text/livescript": true, "text/x-ecmascript": true, "text/x-javascript": true,
}

// scriptLen is the length of the script that text begins with: up to its end
// tag (WHATWG HTML, sections 13.2.5.4 and 13.2.5.15 to 13.2.5.31). In a comment
// within it a <script> has to be closed first; nested tells that there is one.
func scriptLen(text []byte) (n int, nested bool) {
	comment, inner := false, false
	for i := range text {
		rest := text[i:]
		switch {
		case comment && rest[0] == '-' && bytes.HasPrefix(rest, []byte("-->")):
			comment, inner = false, false
		case rest[0] != '<':
		case bytes.HasPrefix(rest, []byte("<!--")):
			comment = true
		case comment && !inner && beginsTag(rest, "<script"):
			inner, nested = true, true
		case beginsTag(rest, "</script"):
			if !inner {
				return i, nested
			}
			inner = false
		}
	}
	return len(text), nested
}

// beginsTag reports whether text begins with that tag, and the tag's name ends there.
func beginsTag(text []byte, tag string) bool {
	return len(text) > len(tag) && strings.EqualFold(string(text[:len(tag)]), tag) &&
		strings.IndexByte(htmlSpace+"/>", text[len(tag)]) >= 0
}
