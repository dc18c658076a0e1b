package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
)

// Object identifiers of keys (RFC 3279 section 2.3, RFC 5480 section 2.1.1).
const (
	keyRSA   = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	keyEC    = "\x2a\x86\x48\xce\x3d\x02\x01"
	curve256 = "\x2a\x86\x48\xce\x3d\x03\x01\x07"
	curve384 = "\x2b\x81\x04\x00\x22"
	curve521 = "\x2b\x81\x04\x00\x23"
)

// key reads a SubjectPublicKeyInfo.
func (p certificateParser) key(content []byte) {
	r := p.at(placeKey, content)
	algorithm, ok := r.enter(tagSequence)
	if !ok {
		return
	}
	oid, ok := algorithm.read(tagOID)
	if !ok {
		return
	}
	parameters, _ := algorithm.next()
	algorithm.end()
	bits, ok := r.read(tagBitString)
	if !ok {
		return
	}
	r.end()
	key := p.bits(placeKey, bits)
	switch string(oid) {
	case keyRSA:
		if parameters.tag != tagNull || len(parameters.content) > 0 {
			p.c.depart(placeKey, departKeyForm)
		}
		p.rsaKey(key)
	case keyEC:
		p.ecKey(parameters, key)
	default:
		// Parsed here only to name them: no browser takes any other kind.
		p.c.PublicKey, _ = x509.ParsePKIXPublicKey(p.c.RawSubjectPublicKeyInfo)
	}
}

// rsaKey reads an RSAPublicKey (RFC 3279 section 2.3.1).
func (p certificateParser) rsaKey(key []byte) {
	outer := p.at(placeKey, key)
	seq, ok := outer.enter(tagSequence)
	if !ok {
		return
	}
	outer.end()
	n, hasN := seq.read(tagInteger)
	e, hasE := seq.read(tagInteger)
	seq.end()
	if !hasN || !hasE {
		return
	}
	if !minimalInteger(n) || !minimalInteger(e) || n[0] >= 0x80 || e[0] >= 0x80 {
		p.c.depart(placeKey, departKeyForm)
	}
	exponent := new(big.Int).SetBytes(e)
	if exponent.BitLen() > 33 {
		p.c.depart(placeKey, departExponent)
	}
	if exponent.BitLen() < 63 {
		p.c.PublicKey = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}
	}
}

// ecKey reads a point on a named curve (RFC 5480 section 2).
func (p certificateParser) ecKey(parameters element, key []byte) {
	if parsed, err := x509.ParsePKIXPublicKey(p.c.RawSubjectPublicKeyInfo); err == nil {
		p.c.PublicKey = parsed
		return
	}
	curve := map[string]elliptic.Curve{curve256: elliptic.P256(), curve384: elliptic.P384(), curve521: elliptic.P521()}[string(parameters.content)]
	if parameters.tag != tagOID {
		p.c.depart(placeKey, departKeyForm)
		return
	}
	if curve == nil {
		return // another curve, which is a weak key
	}
	if len(key) > 0 && (key[0] == 2 || key[0] == 3) {
		if x, y := elliptic.UnmarshalCompressed(curve, key); x != nil {
			p.c.depart(placeKey, departPointForm)
			size := (curve.Params().BitSize + 7) / 8
			point := append([]byte{4}, x.FillBytes(make([]byte, size))...)
			if parsed, err := ecdsa.ParseUncompressedPublicKey(curve, append(point, y.FillBytes(make([]byte, size))...)); err == nil {
				p.c.PublicKey = parsed
				return
			}
		}
	}
	p.c.depart(placeKey, departKeyForm)
}
