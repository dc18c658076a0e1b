package page

import "strings"

// A CSP is what Content-Security-Policy says of cleartext references.
type CSP struct {
	// Upgrade is upgrade-insecure-requests: a browser loads every subresource
	// over TLS, and sends every form over TLS, whatever the URL says (W3C
	// Upgrade Insecure Requests, section 4.1).
	Upgrade bool
	// Block is block-all-mixed-content: no subresource is loaded in
	// cleartext. Forms are not subresources.
	Block bool
}

// ParseCSP reads every Content-Security-Policy header field, or the content of
// the <meta> that stands for one. Never give it report-only policies: they
// change nothing.
func ParseCSP(values ...string) CSP {
	var c CSP
	for _, value := range values {
		directives := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' })
		for _, d := range directives {
			d = strings.Trim(d, htmlSpace)
			if end := strings.IndexAny(d, htmlSpace); end >= 0 {
				d = d[:end]
			}
			switch strings.ToLower(d) {
			case "upgrade-insecure-requests":
				c.Upgrade = true
			case "block-all-mixed-content":
				c.Block = true
			}
		}
	}
	return c
}

// Defuses reports whether the policy keeps a reference of that kind from
// going out in cleartext.
func (c CSP) Defuses(k Kind) bool { return c.Upgrade || c.Block && k != Form }
