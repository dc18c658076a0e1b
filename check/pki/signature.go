package pki

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	_ "crypto/md5" // for signatures that are judged, never trusted
	"crypto/rsa"
	_ "crypto/sha1" // likewise
	"errors"
	"fmt"
	"math/big"
)

// leastRSABits is the smallest modulus that signatures are verified with: what
// crypto/rsa does unless GODEBUG tells it otherwise. mostExponentBits bounds
// the time that a verification takes.
const (
	leastRSABits     = 1024
	mostExponentBits = 33
)

// errSignature is a signature that the key did not make.
var errSignature = errors.New("the signature does not verify")

// signedBy reports whether the owner's key signed the certificate. Unlike
// crypto/x509 it verifies MD5 and SHA-1 too: such a path is reported as weak,
// not as missing. MD2 no library verifies any more; a path with it is refused
// as weak whatever its signature holds.
func signedBy(c, owner *Certificate) bool {
	if c.algorithm.broken == "MD2" {
		_, ok := owner.PublicKey.(*rsa.PublicKey)
		return ok
	}
	return c.algorithm.verify(owner.PublicKey, c.RawTBSCertificate, c.Signature) == nil
}

// verify verifies a signature.
func (a signatureAlgorithm) verify(key crypto.PublicKey, signed, signature []byte) error {
	switch {
	case a.family == familyEd25519:
		if key, ok := key.(ed25519.PublicKey); ok && ed25519.Verify(key, signed, signature) {
			return nil
		}
		return errSignature
	case a.hash == 0:
		return errSignature
	}
	return a.verifyDigest(key, digest(a.hash, signed), signature)
}

// weakSignature says by which broken hash a certificate is signed.
func weakSignature(c *Certificate) string {
	if c.algorithm.broken == "" {
		return ""
	}
	return fmt.Sprintf("The certificate '%s' is signed with '%s', for which collisions can be made: clients refuse it.", Name(c), c.algorithm.broken)
}

// rsaMessage raises a signature to the public exponent: the encoded message of
// RFC 8017 section 5.2.2, as long as the modulus. crypto/rsa refuses moduli
// above 8192 bits and exponents above 31 bits, with which other clients
// verify.
func rsaMessage(key *rsa.PublicKey, signature []byte) ([]byte, error) {
	bits := key.N.BitLen()
	e := big.NewInt(int64(key.E))
	if bits < leastRSABits || bits > maxRSABits || e.BitLen() > mostExponentBits || e.Sign() <= 0 || len(signature) != key.Size() {
		return nil, errSignature
	}
	s := new(big.Int).SetBytes(signature)
	if s.Cmp(key.N) >= 0 {
		return nil, errSignature
	}
	return s.Exp(s, e, key.N).FillBytes(make([]byte, key.Size())), nil
}

// digestInfos are the DigestInfo prefixes of RFC 8017 section 9.2, note 1.
var digestInfos = map[crypto.Hash]string{
	crypto.MD5:    "\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10",
	crypto.SHA1:   "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
	crypto.SHA256: "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
	crypto.SHA384: "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
	crypto.SHA512: "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
}

// verifyPKCS1 verifies RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2.2).
func verifyPKCS1(key *rsa.PublicKey, hash crypto.Hash, sum, signature []byte) error {
	got, err := rsaMessage(key, signature)
	if err != nil {
		return err
	}
	info, known := digestInfos[hash]
	padding := len(got) - 3 - len(info) - len(sum)
	if !known || padding < 8 {
		return errSignature
	}
	want := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, padding)...)
	want = append(append(append(want, 0), info...), sum...)
	if !bytes.Equal(got, want) {
		return errSignature
	}
	return nil
}

// verifyPSS verifies RSASSA-PSS (RFC 8017 sections 8.1.2 and 9.1.2).
func (a signatureAlgorithm) verifyPSS(key *rsa.PublicKey, sum, signature []byte) error {
	message, err := rsaMessage(key, signature)
	if err != nil || a.mgf == 0 || a.salt < 0 {
		return errSignature
	}
	bits := key.N.BitLen() - 1
	size := (bits + 7) / 8
	if len(message) > size && message[0] != 0 {
		return errSignature
	}
	message = message[len(message)-size:]
	hashed := a.hash.Size()
	if size < hashed+a.salt+2 || message[size-1] != 0xbc {
		return errSignature
	}
	masked, h := message[:size-hashed-1], message[size-hashed-1:size-1]
	top := byte(0xff >> (8*size - bits))
	if masked[0]&^top != 0 {
		return errSignature
	}
	block := xorMask(a.mgf, h, masked)
	block[0] &= top
	start := len(block) - a.salt - 1
	if block[start] != 1 || len(bytes.TrimLeft(block[:start], "\x00")) > 0 {
		return errSignature
	}
	inner := append(make([]byte, 8), sum...)
	if !bytes.Equal(digest(a.hash, append(inner, block[start+1:]...)), h) {
		return errSignature
	}
	return nil
}

// xorMask is data under the mask that MGF1 makes of a seed (RFC 8017 appendix
// B.2.1).
func xorMask(hash crypto.Hash, seed, data []byte) []byte {
	out := bytes.Clone(data)
	for i, counter := 0, byte(0); i < len(out); counter++ {
		for _, m := range digest(hash, append(bytes.Clone(seed), 0, 0, 0, counter)) {
			if i == len(out) {
				break
			}
			out[i] ^= m
			i++
		}
	}
	return out
}

func digest(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}
