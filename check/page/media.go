package page

import (
	"bytes"
	"strings"

	"github.com/tlsgate/tlsgate/check/text"
)

// parseContentType gives the media type and the charset that browsers take from
// the values of Content-Type, both in lower case (Fetch section 3.5, "extract a
// MIME type"): of several the last that can be read counts, and "*/*" never
// does. An empty media type means that browsers sniff, which they do not where
// half of one is missing.
func parseContentType(values []string) (media, charset string) {
	rest := strings.Join(values, ",")
	malformed := ""
	for rest != "" {
		var item string
		item, rest = cutOutsideQuotes(rest, ',')
		essence, itsCharset, ok := parseMIMEType(item)
		if !ok || essence == "*/*" {
			if !ok && strings.Contains(essence, "/") {
				malformed = essence
			}
			continue
		}
		if essence != media {
			charset = ""
		}
		media = essence
		if itsCharset != "" {
			charset = itsCharset
		}
	}
	if media == "" {
		return malformed, charset
	}
	return media, charset
}

// parseMIMEType reads one MIME type (WHATWG MIME Sniffing section 4.4) as browsers
// do: white space ends it, what follows a malformed parameter does not spoil it,
// and one without a slash is none. Of one that is none, the essence is what stands there.
func parseMIMEType(s string) (essence, charset string, ok bool) {
	essence, params := cutOutsideQuotes(strings.ToLower(s), ';')
	essence = strings.TrimLeft(essence, httpSpace)
	if end := strings.IndexAny(essence, httpSpace+"("); end >= 0 {
		essence = essence[:end]
	}
	if kind, sub, _ := strings.Cut(essence, "/"); kind == "" || sub == "" {
		return essence, "", false
	}
	for params != "" {
		var param string
		param, params = cutOutsideQuotes(params, ';')
		name, value, _ := strings.Cut(param, "=")
		if strings.TrimLeft(name, httpSpace) == "charset" && charset == "" {
			charset = strings.Trim(value, httpSpace+`"`)
		}
	}
	return essence, charset, true
}

// httpSpace is what Fetch calls HTTP whitespace.
const httpSpace = " \t\r\n"

// cutOutsideQuotes splits s at the first separator outside of a quoted string;
// one that does not end reaches to the end of s.
func cutOutsideQuotes(s string, separator byte) (before, after string) {
	if i, _ := text.IndexUnquoted(s, separator); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// unknownTypes are the media types that say nothing (WHATWG MIME Sniffing
// section 7); the empty one stands for none that can be read.
var unknownTypes = map[string]bool{"": true, "unknown/unknown": true, "application/unknown": true,
	"application/x-unknown-content-type": true, "*/*": true}

// documentTypes are the media types that browsers show as documents which load
// something, and whether they are XML.
var documentTypes = map[string]bool{
	"text/html": false, "application/xhtml+xml": true, "application/xml": true, "text/xml": true, "image/svg+xml": true,
	"text/xsl":               true,                                                                     // to Chromium
	"application/mathml+xml": true, "application/rdf+xml": true, "application/vnd.wap.xhtml+xml": true, // to Firefox
}

// maxSniff is how many bytes of a body decide about its type.
const maxSniff = 1445

// htmlOpenings are the tags that make an untyped body HTML (WHATWG MIME
// Sniffing section 7.1). To Chromium anything may follow.
var htmlOpenings = []string{
	"<!doctype html", "<html", "<head", "<script", "<iframe", "<h1", "<div", "<font", "<table",
	"<a", "<style", "<title", "<b", "<body", "<br", "<p", "<!--",
}

// sniff gives the media type of an untyped body, empty for one that is no
// document. A body that begins with a byte order mark is plain text to browsers.
func sniff(body []byte) string {
	body = bytes.TrimLeft(body[:min(len(body), maxSniff)], htmlSpace)
	if bytes.HasPrefix(body, []byte("<?xml")) {
		return "text/xml"
	}
	for _, tag := range htmlOpenings {
		if len(body) >= len(tag) && strings.EqualFold(string(body[:len(tag)]), tag) {
			return "text/html"
		}
	}
	return ""
}

// showsAlone reports whether browsers show a body of a media type, and do not
// save it.
func showsAlone(media string) bool {
	if _, document := documentTypes[media]; document || javaScript[media] || imageTypes[media] || streamTypes[media] {
		return true
	}
	switch media {
	case "application/json", "application/pdf":
		return true
	case "text/calendar", "text/comma-separated-values", "text/csv", "text/directory", "text/rtf", "text/tab-separated-values", "text/vcard":
		return false
	}
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml")
}

// isDownload reports whether a Content-Disposition makes browsers save the body
// and not show it (RFC 6266): any type but inline, where it is a token.
func isDownload(values []string) bool {
	kind, _, _ := strings.Cut(strings.Join(values, ","), ";")
	kind = strings.Trim(kind, httpSpace)
	first, _, several := strings.Cut(kind, ",")
	return (isToken(kind) || several && isToken(strings.Trim(first, httpSpace))) && !strings.EqualFold(kind, "inline")
}
