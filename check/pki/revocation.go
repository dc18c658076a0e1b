package pki

import (
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// statusRequest is the TLS extension whose number a must-staple certificate
// holds (RFC 6066 section 8).
const statusRequest = 5

// MustStaple reports whether a certificate demands a stapled OCSP response
// (TLS feature extension, RFC 7633).
func MustStaple(c *Certificate) bool {
	value, _ := extension(c, oidTLSFeature)
	input := cryptobyte.String(value)
	var features cryptobyte.String
	if !input.ReadASN1(&features, asn1.SEQUENCE) {
		return false
	}
	for !features.Empty() {
		var feature int64
		if !features.ReadASN1Integer(&feature) {
			return false
		}
		if feature == statusRequest {
			return true
		}
	}
	return false
}

// A RevocationSource is one place that a certificate names for its status: a
// distribution point of its revocation list (RFC 5280 section 4.2.1.13), or an
// OCSP responder (section 4.2.2.1).
type RevocationSource struct {
	// OCSP tells a responder from a distribution point.
	OCSP bool
	// URLs are the http addresses to fetch from, alternatives of each other,
	// each once; none for a source that cannot be read.
	URLs []string
	// Unreadable says why there are none, with the names that there are.
	Unreadable string
	// names are those of a distribution point, as in the certificate.
	names []generalName
}

// RevocationSources lists the sources that a certificate names, in its order,
// revocation lists first.
func RevocationSources(c *Certificate) []RevocationSource {
	return append(distributionPoints(c), responders(c)...)
}

// responders are the OCSP responders of a certificate, each once.
func responders(c *Certificate) []RevocationSource {
	var out []RevocationSource
	for i, u := range c.OCSPServer {
		if slices.Contains(c.OCSPServer[:i], u) {
			continue
		}
		s := RevocationSource{OCSP: true}
		if plainHTTP(u) {
			s.URLs = []string{u}
		} else {
			s.Unreadable = "its address '" + show(u) + "' is none of http"
		}
		out = append(out, s)
	}
	return out
}

// distributionPoints reads the extension of that name. What of it cannot be
// read is a source that cannot be.
func distributionPoints(c *Certificate) []RevocationSource {
	value, there := extension(c, oidCRLDistributionPoints)
	if !there {
		return nil
	}
	broken := RevocationSource{Unreadable: "the certificate's distribution points are not well-formed"}
	input := cryptobyte.String(value)
	var points cryptobyte.String
	if !input.ReadASN1(&points, asn1.SEQUENCE) || points.Empty() {
		return []RevocationSource{broken}
	}
	var out []RevocationSource
	for !points.Empty() {
		var point cryptobyte.String
		if !points.ReadASN1(&point, asn1.SEQUENCE) {
			return append(out, broken)
		}
		out = append(out, distributionPoint(c, point, broken))
	}
	return out
}

// distributionPoint reads one point.
func distributionPoint(c *Certificate, point cryptobyte.String, broken RevocationSource) RevocationSource {
	var name, reasons, issuer cryptobyte.String
	var named, someReasons, indirect bool
	if !point.ReadOptionalASN1(&name, &named, asn1.Tag(0).ContextSpecific().Constructed()) ||
		!point.ReadOptionalASN1(&reasons, &someReasons, asn1.Tag(1).ContextSpecific()) ||
		!point.ReadOptionalASN1(&issuer, &indirect, asn1.Tag(2).ContextSpecific().Constructed()) {
		return broken
	}
	if indirect {
		return RevocationSource{Unreadable: "its list is another authority's (an indirect list)"}
	}
	if !named {
		return RevocationSource{Unreadable: "it has no address"}
	}
	names, ok := pointNames(name, c.RawIssuer)
	if !ok {
		return broken
	}
	s := RevocationSource{names: names}
	var others []string
	for _, n := range names {
		switch u := string(n.value); {
		case n.form == formURI && plainHTTP(u):
			if !slices.Contains(s.URLs, u) {
				s.URLs = append(s.URLs, u)
			}
		case n.form == formURI:
			others = append(others, u)
		default:
			others = append(others, "a name that is no address")
		}
	}
	if len(s.URLs) == 0 {
		s.Unreadable = "none of its names is an http address: " + list(others)
	}
	return s
}

// pointNames reads a DistributionPointName (RFC 5280 section 4.2.1.13): names,
// or one relative to the issuer's.
func pointNames(name cryptobyte.String, rawIssuer []byte) ([]generalName, bool) {
	var full, relative cryptobyte.String
	var names []generalName
	switch {
	case name.PeekASN1Tag(asn1.Tag(0).ContextSpecific().Constructed()):
		if !name.ReadASN1(&full, asn1.Tag(0).ContextSpecific().Constructed()) || full.Empty() {
			return nil, false
		}
		for r := (&berReader{full, func(string) {}}); !r.empty(); {
			e, ok := r.next()
			if !ok {
				return nil, false
			}
			n, wrong := readGeneralName(e)
			if wrong == departTag || wrong == departNameForm {
				return nil, false
			}
			names = append(names, n)
		}
		return names, true
	case name.ReadASN1(&relative, asn1.Tag(1).ContextSpecific().Constructed()):
		parts, ok := relativeName(rawIssuer, relative)
		return []generalName{{form: formDirectory, value: parts}}, ok
	}
	return nil, false
}

// relativeName appends a relative distinguished name to a name.
func relativeName(issuer []byte, relative cryptobyte.String) ([]byte, bool) {
	input := cryptobyte.String(issuer)
	var rdns cryptobyte.String
	if !input.ReadASN1(&rdns, asn1.SEQUENCE) {
		return nil, false
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(rdns)
		b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(relative) })
	})
	der, err := b.Bytes()
	return der, err == nil
}

// shareName reports whether two lists of names have one in common (RFC 5280
// section 6.3.3 (b)(2)(i)).
func shareName(a, b []generalName) bool {
	return slices.ContainsFunc(a, func(n generalName) bool {
		return slices.ContainsFunc(b, func(m generalName) bool { return sameName(n, m) })
	})
}

// sameName compares two names: addresses but for the case of their scheme and
// host (RFC 5280 section 7.4), directory names by their canonical form.
func sameName(a, b generalName) bool {
	switch {
	case a.form != b.form:
		return false
	case a.form == formDirectory:
		return canonicalName(a.value) == canonicalName(b.value)
	case a.form == formURI:
		return lowerAuthority(string(a.value)) == lowerAuthority(string(b.value))
	}
	return string(a.value) == string(b.value)
}

// lowerAuthority lower-cases a URI up to its path.
func lowerAuthority(uri string) string {
	_, after, found := strings.Cut(uri, "://")
	if !found {
		return uri
	}
	head := len(uri) - len(after)
	if i := strings.IndexAny(after, "/?#"); i >= 0 {
		head += i
	} else {
		head = len(uri)
	}
	return lowerASCII(uri[:head]) + uri[head:]
}
