package page

import (
	"context"
	"net/url"
	"strings"
)

// A Header holds header fields by canonical name, as net/http.Header does.
type Header map[string][]string

// A Response is an HTTP response as a browser has it.
type Response struct {
	URL    string // absolute
	Status int
	Header Header
	// EarlyHints are the header fields of each 103 (Early Hints) before it, in
	// order (RFC 8297).
	EarlyHints []Header
	// Body is without content codings, and may have been cut.
	Body []byte
}

// MayHoldDocument reports whether browsers may show the body as a document that
// loads something: what the header fields alone say, so that other bodies need
// not be read.
func (r Response) MayHoldDocument() bool {
	switch r.Status {
	case 101, 204, 205, 304:
		return false
	}
	media, _ := parseContentType(r.Header["Content-Type"])
	_, known := documentTypes[media]
	return (known || media == replacingType || unknownTypes[media] && !r.noSniff()) && !isDownload(r.Header["Content-Disposition"])
}

// noSniff reports whether X-Content-Type-Options forbids sniffing (Fetch section
// 3.6).
func (r Response) noSniff() bool {
	first, _, _ := strings.Cut(strings.Join(r.Header["X-Content-Type-Options"], ","), ",")
	return strings.EqualFold(strings.Trim(first, httpSpace), "nosniff")
}

// shown reports whether a browser shows anything for the response, be it empty:
// not where it saves the body, nor for a status that leaves the old page there.
func (r Response) shown() bool {
	if r.Status == 204 || r.Status == 205 || isDownload(r.Header["Content-Disposition"]) {
		return false
	}
	media, _ := parseContentType(r.Header["Content-Type"])
	return unknownTypes[media] || showsAlone(media)
}

// Read reads the document that a response holds, and what its header fields
// make a browser load beside it. It reports false where the body is no HTML or
// XML document to browsers. Of encodings that do not agree with ASCII, UTF-16
// and ISO-2022-JP are read. The end of ctx ends it, and the page says so.
func Read(ctx context.Context, r Response) (*Page, bool) {
	if !r.MayHoldDocument() {
		return nil, false
	}
	media, charset := parseContentType(r.Header["Content-Type"])
	if media == replacingType {
		return readParts(ctx, r)
	}
	if unknownTypes[media] {
		media = sniff(r.Body)
	}
	xml, ok := documentTypes[media]
	if !ok {
		return nil, false
	}
	document, err := url.Parse(r.URL)
	if err != nil {
		document = &url.URL{}
	}
	if document.Path == "" {
		document.Path = "/"
	}
	p := newParser(ctx, document, newBudget(len(r.Body)))
	for _, hints := range r.EarlyHints {
		p.policies = ParseCSP(hints["Content-Security-Policy"]...)
		p.linkFields(hints["Link"], hintRelations)
	}
	p.policies = ParseCSP(r.Header["Content-Security-Policy"]...)
	p.scripting = !p.policies.sandboxes("allow-scripts")
	p.reporters = append(p.reportersOf(r.Header["Content-Security-Policy"]...), p.reportersOf(r.Header["Content-Security-Policy-Report-Only"]...)...)
	p.integrity = requiresIntegrity(r.Header["Integrity-Policy"])
	p.linkFields(r.Header["Link"], fieldRelations)
	p.speculationRules(r.Header["Speculation-Rules"])
	p.readBody(r.Body, charset, xml)
	return p.finish(), true
}

// readBody reads a document of a charset, which is empty where nothing names one.
func (p *parser) readBody(body []byte, charset string, xml bool) {
	if xml {
		p.readXML(decodeText(body, charset), charset)
		return
	}
	if !isCharset(charset) {
		charset = metaCharset(body)
	}
	p.readHTML(decodeText(body, charset))
}
