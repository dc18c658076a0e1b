package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	_ "crypto/md5" // for signatures that are judged, never trusted
	"crypto/rsa"
	_ "crypto/sha1" // likewise
	"crypto/x509"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// leastRSABits is the smallest modulus that signatures are verified with: what
// crypto/rsa does unless GODEBUG tells it otherwise.
const leastRSABits = 1024

// errSignature is a signature that the key did not make.
var errSignature = errors.New("the signature does not verify")

// signedBy reports whether the owner's key signed the certificate. Unlike
// crypto/x509 it verifies MD5 and SHA-1 too: such a path is to be told as weak,
// not as missing. MD2 no library verifies any more; a path with it is refused
// as weak whatever its signature holds.
func signedBy(c, owner *x509.Certificate) bool {
	if key, ok := owner.PublicKey.(*rsa.PublicKey); ok && (key.N.BitLen() < leastRSABits || key.N.BitLen() > maxRSABits) {
		return false
	}
	switch brokenHash(c) {
	case "MD2":
		_, ok := owner.PublicKey.(*rsa.PublicKey)
		return ok
	case "MD5":
		return verifyHashed(owner.PublicKey, crypto.MD5, c.RawTBSCertificate, c.Signature) == nil
	case "SHA-1":
		return verifyHashed(owner.PublicKey, crypto.SHA1, c.RawTBSCertificate, c.Signature) == nil
	}
	return owner.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// brokenHash names the hash of a certificate's signature if collisions can be
// made for it.
func brokenHash(c *x509.Certificate) string {
	switch c.SignatureAlgorithm {
	case x509.MD5WithRSA:
		return "MD5"
	case x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return "SHA-1"
	case x509.UnknownSignatureAlgorithm, x509.MD2WithRSA:
		if bytes.Equal(signatureOID(c), oidMD2WithRSA) {
			return "MD2"
		}
	}
	return ""
}

// oidMD2WithRSA is 1.2.840.113549.1.1.2, which crypto/x509 no longer knows.
var oidMD2WithRSA = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x02}

// signatureOID is the content of the object identifier of the signature's algorithm.
func signatureOID(c *x509.Certificate) []byte {
	input := cryptobyte.String(c.RawTBSCertificate)
	var tbs, algorithm, oid cryptobyte.String
	if !input.ReadASN1(&tbs, asn1.SEQUENCE) ||
		!tbs.SkipOptionalASN1(asn1.Tag(0).Constructed().ContextSpecific()) || // version
		!tbs.SkipASN1(asn1.INTEGER) || // serial number
		!tbs.ReadASN1(&algorithm, asn1.SEQUENCE) ||
		!algorithm.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) {
		return nil
	}
	return oid
}

// weakSignature says by which broken hash a certificate is signed.
func weakSignature(c *x509.Certificate) string {
	hash := brokenHash(c)
	if hash == "" {
		return ""
	}
	return fmt.Sprintf("The certificate '%s' is signed with '%s', for which collisions can be made: clients refuse it.", Name(c), hash)
}

func verifyHashed(key any, hash crypto.Hash, signed, signature []byte) error {
	return verifySum(key, hash, digest(hash, signed), signature)
}

// verifySum verifies an RSA (PKCS #1 v1.5) or ECDSA signature of a digest.
func verifySum(key any, hash crypto.Hash, sum, signature []byte) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, hash, sum, signature)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(key, sum, signature) {
			return nil
		}
	}
	return errSignature
}

func digest(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}
