package page

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strings"
)

// replacingType is the type of bodies whose parts replace each other (HTML section
// 7.5.5). Firefox shows each as a document of its own.
const replacingType = "multipart/x-mixed-replace"

// maxParts bounds the parts that are read.
const maxParts = 100

// readParts reads the parts of a body as documents, and gives what is in any of
// them as one page. It reports false where none is a document.
func readParts(ctx context.Context, r Response) (*Page, bool) {
	boundary := parseBoundary(r.Header["Content-Type"])
	if boundary == "" {
		return nil, false
	}
	whole := &parser{page: &Page{}, kept: map[Kind]int{}}
	documents := 0
	header := maps.Clone(r.Header)
	for part := range splitParts(r.Body, boundary) {
		if documents == maxParts {
			whole.page.Incomplete = fmt.Sprintf("it has more than %d parts", maxParts)
			break
		}
		one := r
		one.Header, one.Body = partHeader(header, part)
		if media, _ := parseContentType(one.Header["Content-Type"]); media == replacingType {
			continue
		}
		if p, ok := Read(ctx, one); ok {
			documents++
			whole.take(p)
			delete(header, "Link") // it came once
			r.EarlyHints = nil
		}
	}
	return whole.page, documents > 0
}

// take adds what is on a page.
func (p *parser) take(other *Page) {
	for _, found := range other.References {
		p.keep(found)
	}
	for kind, n := range other.Omitted {
		if p.page.Omitted == nil {
			p.page.Omitted = map[Kind]int{}
		}
		p.page.Omitted[kind] += n
	}
	if p.page.Refresh == "" || strings.HasPrefix(other.Refresh, "http:") && !strings.HasPrefix(p.page.Refresh, "http:") {
		p.page.Refresh = other.Refresh
	}
	if p.page.Incomplete == "" {
		p.page.Incomplete = other.Incomplete
	}
}

// parseBoundary reads the boundary of a multipart Content-Type, as it stands
// before each part.
func parseBoundary(values []string) string {
	_, params := cutOutsideQuotes(strings.Join(values, ","), ';')
	for params != "" {
		var param string
		param, params = cutOutsideQuotes(params, ';')
		name, value, _ := strings.Cut(param, "=")
		if value = strings.Trim(value, httpSpace+`"`); strings.EqualFold(strings.Trim(name, httpSpace), "boundary") && value != "" {
			return "--" + strings.TrimPrefix(value, "--")
		}
	}
	return ""
}

// splitParts gives what stands between lines that begin with the boundary.
func splitParts(body []byte, boundary string) func(yield func(part []byte) bool) {
	return func(yield func([]byte) bool) {
		begun := false
		for len(body) > 0 {
			at := boundaryIndex(body, boundary)
			part, rest, last := body, []byte(nil), true
			if at >= 0 {
				part = body[:at]
				rest = body[at+len(boundary):]
				last = bytes.HasPrefix(rest, []byte("--"))
				_, rest, _ = bytes.Cut(rest, []byte("\n"))
			}
			if begun && !yield(part) || last {
				return
			}
			begun, body = true, rest
		}
	}
}

// boundaryIndex is where the boundary begins a line, -1 if it does nowhere.
func boundaryIndex(body []byte, boundary string) int {
	for from := 0; ; {
		at := bytes.Index(body[from:], []byte(boundary))
		if at < 0 {
			return -1
		}
		if at += from; at == 0 || body[at-1] == '\n' {
			return at
		}
		from = at + len(boundary)
	}
}

// partHeader gives the header fields that hold for a part, those of the whole
// among them, and its body.
func partHeader(whole Header, part []byte) (Header, []byte) {
	header := maps.Clone(whole)
	delete(header, "Content-Type")
	for {
		line, rest, _ := bytes.Cut(part, []byte("\n"))
		part = rest
		name, value, found := strings.Cut(strings.TrimRight(string(line), "\r"), ":")
		if !found {
			return header, part
		}
		value = strings.Trim(value, httpSpace)
		switch strings.ToLower(name) {
		case "content-type":
			header["Content-Type"] = []string{value}
		case "content-security-policy":
			policies := header["Content-Security-Policy"]
			header["Content-Security-Policy"] = append(policies[:len(policies):len(policies)], value)
		}
	}
}
