package pki

import (
	"crypto"
	"crypto/ecdsa"
	_ "crypto/md5" // for signatures that are judged, never trusted
	"crypto/rsa"
	_ "crypto/sha1" // likewise
	"crypto/x509"
	"errors"
)

// errSignature is a signature that the key did not make.
var errSignature = errors.New("the signature does not verify")

// verifySignature reports whether key's owner signed the bytes. Unlike
// crypto/x509 it verifies MD5 and SHA-1 too: such a path is to be told as
// weak, not as missing. MD2 no library verifies any more; a path with it is
// refused as weak whatever its signature holds.
func verifySignature(owner *x509.Certificate, algorithm x509.SignatureAlgorithm, signed, signature []byte) error {
	switch algorithm {
	case x509.MD2WithRSA:
		if _, ok := owner.PublicKey.(*rsa.PublicKey); !ok {
			return errSignature
		}
		return nil
	case x509.MD5WithRSA:
		return verifyDigest(owner.PublicKey, crypto.MD5, signed, signature)
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1:
		return verifyDigest(owner.PublicKey, crypto.SHA1, signed, signature)
	}
	return owner.CheckSignature(algorithm, signed, signature)
}

func verifyDigest(key any, hash crypto.Hash, signed, signature []byte) error {
	h := hash.New()
	h.Write(signed)
	digest := h.Sum(nil)
	switch key := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, hash, digest, signature)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(key, digest, signature) {
			return nil
		}
	}
	return errSignature
}
