package page

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// parseContentType gives the media type and the charset parameter, both in
// lower case. It is as lenient as browsers are (WHATWG MIME Sniffing, section
// 4.4): what follows a malformed parameter does not spoil the type.
func parseContentType(v string) (media, charset string) {
	params := strings.Split(strings.ToLower(v), ";")
	media = strings.Trim(params[0], " \t\r\n")
	for _, p := range params[1:] {
		name, value, _ := strings.Cut(p, "=")
		if strings.Trim(name, " \t\r\n") == "charset" && charset == "" {
			charset = strings.Trim(value, " \t\r\n\"")
		}
	}
	return media, charset
}

// unusable reports whether browsers sniff in spite of the media type
// (WHATWG MIME Sniffing, sections 5.1 and 7).
func unusable(media string) bool {
	switch media {
	case "unknown/unknown", "application/unknown", "*/*":
		return true
	}
	kind, sub, ok := strings.Cut(media, "/")
	return !ok || kind == "" || sub == ""
}

// htmlOpenings are the tags that make an untyped body HTML (WHATWG MIME
// Sniffing, section 7.1); each must be followed by a space or ">".
var htmlOpenings = []string{
	"<!doctype html", "<html", "<head", "<script", "<iframe", "<h1", "<div", "<font", "<table",
	"<a", "<style", "<title", "<b", "<body", "<br", "<p", "<!--",
}

// looksLikeHTML sniffs. A body that begins with a byte order mark is plain text to browsers.
func looksLikeHTML(body []byte) bool {
	body = bytes.TrimLeft(body, htmlSpace)
	for _, tag := range htmlOpenings {
		if len(body) <= len(tag) || !strings.EqualFold(string(body[:len(tag)]), tag) {
			continue
		}
		if end := body[len(tag)]; end == ' ' || end == '>' || tag == "<!--" {
			return true
		}
	}
	return false
}

// toASCIICompatible gives UTF-16 as UTF-8, and anything else as it is. A byte
// order mark outranks the charset parameter (WHATWG Encoding, section 6).
func toASCIICompatible(body []byte, charset string) []byte {
	switch {
	case bytes.HasPrefix(body, []byte{0xFE, 0xFF}):
		charset = "utf-16be"
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE}):
		charset = "utf-16le"
	case bytes.HasPrefix(body, []byte("\ufeff")):
		charset = "utf-8"
	}
	var high, low int
	switch charset {
	case "utf-16be", "unicodefffe":
		high, low = 0, 1
	case "utf-16le", "utf-16", "unicode", "csunicode", "iso-10646-ucs-2", "ucs-2", "unicodefeff":
		high, low = 1, 0
	default:
		return body
	}
	out := make([]byte, 0, len(body))
	for i := 0; i+1 < len(body); i += 2 {
		r := rune(body[i+high])<<8 | rune(body[i+low])
		if utf16.IsSurrogate(r) && i+3 < len(body) {
			second := rune(body[i+2+high])<<8 | rune(body[i+2+low])
			if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
				r = pair
				i += 2
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
