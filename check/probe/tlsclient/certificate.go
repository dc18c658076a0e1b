package tlsclient

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"errors"
	"math/big"
)

// maxKey bounds an RSA modulus, maxExponent its exponent, in bits.
const (
	maxKey      = 16384
	maxExponent = 64
)

// A publicKey is a certificate's key, as far as a handshake needs it.
type publicKey struct {
	kind keyKind
	n, e *big.Int // kindRSA
	ec   *ecdsa.PublicKey
	ed   ed25519.PublicKey
}

var errCertificate = errors.New("a certificate whose key cannot be read")

// leafKey reads the key of a certificate, and nothing else of it: a server is
// to be asked on whatever else its certificate holds. A key of a kind that is
// not known here is no error.
func leafKey(der []byte) (publicKey, error) {
	in := element(der)
	certificate, ok := in.read(tagSequence)
	tbs, ok2 := certificate.read(tagSequence)
	if !ok || !ok2 {
		return publicKey{}, errCertificate
	}
	if tag, _, ok := tbs.peek(); ok && tag == tagVersion {
		tbs.next()
	}
	for range 5 { // serial number, signature, issuer, validity, subject
		if _, _, ok := tbs.next(); !ok {
			return publicKey{}, errCertificate
		}
	}
	info, ok := tbs.read(tagSequence)
	algorithm, ok2 := info.read(tagSequence)
	bits, ok3 := info.read(tagBitString)
	object, ok4 := algorithm.read(tagObject)
	if !ok || !ok2 || !ok3 || !ok4 || len(bits) == 0 {
		return publicKey{}, errCertificate
	}
	return parseKey(string(object), algorithm, bits[1:])
}

// HasRSAKey reports whether a certificate is one for clients that know RSA
// signatures.
func HasRSAKey(der []byte) bool {
	key, err := leafKey(der)
	return err == nil && key.kind == kindRSA
}

// HasECDSAKey reports whether a certificate is one for clients with cipher
// suites for ECDSA, which Ed25519 has part in (RFC 8422 section 2).
func HasECDSAKey(der []byte) bool {
	key, err := leafKey(der)
	return err == nil && (key.kind == kindECDSA || key.kind == kindEd25519)
}

// The object identifiers of keys, as DER has them.
const (
	objectRSA     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" // 1.2.840.113549.1.1.1
	objectPSS     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a" // 1.2.840.113549.1.1.10
	objectEC      = "\x2a\x86\x48\xce\x3d\x02\x01"         // 1.2.840.10045.2.1
	objectEd25519 = "\x2b\x65\x70"                         // 1.3.101.112
)

// curves by their object identifiers, as DER has them.
var curves = map[string]elliptic.Curve{
	"\x2b\x81\x04\x00\x21":             elliptic.P224(),
	"\x2a\x86\x48\xce\x3d\x03\x01\x07": elliptic.P256(),
	"\x2b\x81\x04\x00\x22":             elliptic.P384(),
	"\x2b\x81\x04\x00\x23":             elliptic.P521(),
}

func parseKey(object string, parameters, key element) (publicKey, error) {
	switch object {
	case objectRSA, objectPSS:
		return parseRSA(key)
	case objectEC:
		curve, ok := parameters.read(tagObject)
		named := curves[string(curve)]
		if !ok || named == nil {
			return publicKey{}, nil
		}
		ec, err := ecdsa.ParseUncompressedPublicKey(named, key)
		if err != nil {
			return publicKey{}, errCertificate
		}
		return publicKey{kind: kindECDSA, ec: ec}, nil
	case objectEd25519:
		if len(key) != ed25519.PublicKeySize {
			return publicKey{}, errCertificate
		}
		return publicKey{kind: kindEd25519, ed: ed25519.PublicKey(key)}, nil
	}
	return publicKey{}, nil
}

// parseRSA reads an RSAPublicKey (RFC 8017 appendix A.1.1). Its numbers are
// taken for positive: whether they were encoded so is for rules.
func parseRSA(key element) (publicKey, error) {
	numbers, ok := key.read(tagSequence)
	n, ok2 := numbers.read(tagInteger)
	e, ok3 := numbers.read(tagInteger)
	if !ok || !ok2 || !ok3 || len(n) > maxKey/8+1 || len(e) > maxExponent/8+1 {
		return publicKey{}, errCertificate
	}
	k := publicKey{kind: kindRSA, n: new(big.Int).SetBytes(n), e: new(big.Int).SetBytes(e)}
	if k.n.BitLen() < 128 || k.e.Sign() == 0 {
		return publicKey{}, errCertificate
	}
	return k, nil
}

// The tags of DER that lead to a key.
const (
	tagInteger   byte = 0x02
	tagBitString byte = 0x03
	tagObject    byte = 0x06
	tagSequence  byte = 0x30
	tagVersion   byte = 0xA0
)

// An element is the content of a DER element, or several one after the other.
// Lengths are read as BER allows them, for clients do.
type element []byte

// next takes the first element off.
func (e *element) next() (tag byte, content element, ok bool) {
	tag, content, rest, ok := e.split()
	if ok {
		*e = rest
	}
	return tag, content, ok
}

// peek gives the first element and leaves it there.
func (e *element) peek() (tag byte, content element, ok bool) {
	tag, content, _, ok = e.split()
	return tag, content, ok
}

// read takes the first element off if it has the tag.
func (e *element) read(tag byte) (element, bool) {
	have, content, ok := e.next()
	return content, ok && have == tag
}

func (e element) split() (tag byte, content, rest element, ok bool) {
	if len(e) < 2 || e[0]&0x1F == 0x1F {
		return 0, nil, nil, false
	}
	tag, n, body := e[0], int(e[1]), e[2:]
	if n >= 0x80 {
		size := n & 0x7F
		if size == 0 || size > 4 || size > len(body) {
			return 0, nil, nil, false
		}
		n = 0
		for _, b := range body[:size] {
			n = n<<8 | int(b)
		}
		body = body[size:]
	}
	if n > len(body) {
		return 0, nil, nil, false
	}
	return tag, body[:n], body[n:], true
}
