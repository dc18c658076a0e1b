package pki

import (
	"slices"

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

// RevocationURLs lists the http addresses at which a certificate's status can
// be read: of its CRLs (RFC 5280 section 4.2.1.13) and of its OCSP responders
// (section 4.2.2.1), in the certificate's order, each once.
func RevocationURLs(c *Certificate) (crls, ocsps []string) {
	return fetchable(c.CRLDistributionPoints), fetchable(c.OCSPServer)
}

// fetchable keeps the addresses that PKI objects are fetched from, each once.
func fetchable(addresses []string) []string {
	var out []string
	for _, a := range addresses {
		if plainHTTP(a) && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
