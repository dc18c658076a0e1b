package fact

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/tlsgate/tlsgate/check/pki"
)

// A RevocationCheck says how hard revocation is looked for.
type RevocationCheck string

// The ways. The zero value is soft.
const (
	RevocationSoft RevocationCheck = "soft" // what cannot be read is a note
	RevocationHard RevocationCheck = "hard" // what cannot be read is an error
	RevocationOff  RevocationCheck = "off"  // nothing is fetched nor judged
)

// A RevocationFact is what one source, a CRL or an OCSP responder, said of
// one certificate.
type RevocationFact struct {
	// Certificate is the SHA-256 of the certificate in question, hexadecimal.
	Certificate string `json:"certificate"`
	// Source is "crl" or "ocsp".
	Source  string     `json:"source"`
	URL     string     `json:"url"`
	Outcome Outcome    `json:"outcome,omitempty"`
	Error   string     `json:"error,omitempty"`
	Status  pki.Status `json:"status,omitzero"`
}

// Thumbprint is the SHA-256 of a certificate, hexadecimal.
func Thumbprint(c *pki.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// Staple is what the chain's stapled OCSP response says of the leaf of a
// path; its zero value if none came.
func (c Chain) Staple(path []*pki.Certificate, o Observation) pki.Status {
	if len(c.OCSPResponse) == 0 || len(path) < 2 {
		return pki.Status{}
	}
	return pki.ReadOCSP(c.OCSPResponse, path[0], path[1], o.At)
}

// Revocable are the certificates of a path whose revocation is looked for:
// all but the anchor, and those that live so short that they need none.
func Revocable(path []*pki.Certificate) []*pki.Certificate {
	var out []*pki.Certificate
	for i, c := range path {
		if i < len(path)-1 && !pki.ShortLived(c) {
			out = append(out, c)
		}
	}
	return out
}
