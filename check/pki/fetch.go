package pki

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// The bounds of completing a chain.
const (
	maxIssuerURLs  = 8
	maxIssuerBytes = 1 << 20
	maxIssuers     = 32
)

// IssuerURLs lists the http addresses of issuing certificates (Authority
// Information Access, RFC 5280 section 4.2.2.1) that may complete or fix the
// query's chain; none where a good path is there already. What is fetched goes
// into Fetched, and the question may be asked again.
func IssuerURLs(q Query) []string {
	if q.Leaf == nil {
		return nil
	}
	s := build(q)
	best, faults := s.best()
	if best.certs != nil && gravest(faults) <= (Fault{Kind: IncompleteChain}).gravity() && !s.wantsCrossSign(best) {
		return nil
	}
	var urls []string
	for _, c := range append(s.ends, best.certs...) {
		for _, u := range c.IssuingCertificateURL {
			if len(urls) < maxIssuerURLs && plainHTTP(u) && !slices.Contains(urls, u) {
				urls = append(urls, u)
			}
		}
	}
	return urls
}

// wantsCrossSign reports whether clients that fetch issuers by themselves do
// not reach a root of theirs: a cross-signed certificate may lead them to one.
func (s *search) wantsCrossSign(best path) bool {
	return best.anchor.public() && slices.ContainsFunc(s.trust(s.stores()), func(t StoreTrust) bool {
		return t.Fetches() && t.Current && t.Acceptance == Refused && !t.Aged(s.q.At)
	})
}

// plainHTTP reports whether an address is one to fetch PKI objects from: they
// are signed themselves, and https would wait for the very verdict asked for
// (RFC 5280 section 8).
func plainHTTP(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && u.Host != ""
}

// ParseIssuers reads what such an address returns: one DER certificate, PEM,
// or a certs-only PKCS #7 message (RFC 5280 section 4.2.2.1). At most 1 MiB
// and 32 certificates are read.
func ParseIssuers(body []byte) ([]*Certificate, error) {
	if len(body) > maxIssuerBytes {
		return nil, fmt.Errorf("more than %d bytes", maxIssuerBytes)
	}
	ders := [][]byte{body}
	if block, _ := pem.Decode(body); block != nil {
		ders = pemBlocks(body)
	} else if inner, ok := certsOnly(body); ok {
		ders = inner
	}
	if len(ders) > maxIssuers {
		return nil, fmt.Errorf("more than %d certificates", maxIssuers)
	}
	var certs []*Certificate
	for _, der := range ders {
		c := ParseCertificate(der)
		if c.Broken != "" {
			return nil, fmt.Errorf("no readable certificate: %s", c.Broken)
		}
		certs = append(certs, c)
	}
	if len(certs) == 0 {
		return nil, errors.New("no certificate")
	}
	return certs, nil
}

// pemBlocks lists the certificates, or those of PKCS #7 messages, in PEM.
func pemBlocks(body []byte) [][]byte {
	var ders [][]byte
	for block, rest := pem.Decode(body); block != nil && len(ders) <= maxIssuers; block, rest = pem.Decode(rest) {
		if inner, ok := certsOnly(block.Bytes); ok {
			ders = append(ders, inner...)
			continue
		}
		ders = append(ders, block.Bytes)
	}
	return ders
}

// oidSignedData is 1.2.840.113549.1.7.2 (RFC 5652 section 5.1).
var oidSignedData = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}

// certsOnly lists the certificates of a SignedData message, whose signatures,
// if any, do not matter here.
func certsOnly(body []byte) ([][]byte, bool) {
	input := cryptobyte.String(body)
	var info, oid, explicit, signed, certs cryptobyte.String
	context := asn1.Tag(0).ContextSpecific().Constructed()
	if !input.ReadASN1(&info, asn1.SEQUENCE) ||
		!info.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) || !bytes.Equal(oid, oidSignedData) ||
		!info.ReadASN1(&explicit, context) ||
		!explicit.ReadASN1(&signed, asn1.SEQUENCE) ||
		!signed.SkipASN1(asn1.INTEGER) || // version
		!signed.SkipASN1(asn1.SET) || // digest algorithms
		!signed.SkipASN1(asn1.SEQUENCE) || // content
		!signed.ReadASN1(&certs, context) {
		return nil, false
	}
	var ders [][]byte
	for !certs.Empty() && len(ders) <= maxIssuers {
		var der cryptobyte.String
		if !certs.ReadASN1Element(&der, asn1.SEQUENCE) {
			return nil, false
		}
		ders = append(ders, der)
	}
	return ders, true
}
