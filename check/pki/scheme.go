package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// statusAlgorithm reads an AlgorithmIdentifier's content of a revocation list
// or an OCSP response, and whether it is one that they are signed with: RSA or
// ECDSA with a hash of the SHA-2 family, as public ones are (Baseline
// Requirements section 7.1.3.2).
func statusAlgorithm(content []byte) (signatureAlgorithm, bool) {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(content) })
	element, err := b.Bytes()
	if err != nil {
		return signatureAlgorithm{}, false
	}
	parser := certificateParser{new(Certificate)}
	a := parser.algorithmAt(parser.at(placeAlgorithm, element), placeAlgorithm)
	known := a.family == familyPKCS1 || a.family == familyECDSA || a.family == familyPSS && a.mgf == a.hash
	return a, known && a.broken == "" && a.hash != 0
}

// verifyDigest verifies an RSA or ECDSA signature of a message's digest.
func (a signatureAlgorithm) verifyDigest(key crypto.PublicKey, sum, signature []byte) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		switch a.family {
		case familyPKCS1:
			return verifyPKCS1(key, a.hash, sum, signature)
		case familyPSS:
			return a.verifyPSS(key, sum, signature)
		}
	case *ecdsa.PublicKey:
		if a.family == familyECDSA && ecdsa.VerifyASN1(key, sum, signature) {
			return nil
		}
	}
	return errSignature
}
