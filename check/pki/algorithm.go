package pki

import (
	"crypto"
)

// A signatureAlgorithm is what an AlgorithmIdentifier of a signature says.
type signatureAlgorithm struct {
	oid string // content octets
	// family is the kind of signature, empty for one that is not known.
	family signatureFamily
	// hash is that of the message; 0 for Ed25519, MD2 and what is not known.
	hash crypto.Hash
	// broken is the name of the hash if collisions can be made for it.
	broken string
	// mgf and salt are the mask generation's hash and the length of the salt of
	// RSASSA-PSS.
	mgf  crypto.Hash
	salt int
}

// A signatureFamily is a kind of signature.
type signatureFamily string

const (
	familyPKCS1   signatureFamily = "RSASSA-PKCS1-v1_5"
	familyPSS     signatureFamily = "RSASSA-PSS"
	familyECDSA   signatureFamily = "ECDSA"
	familyEd25519 signatureFamily = "Ed25519"
	familyDSA     signatureFamily = "DSA"
)

// Prefixes of object identifiers.
const (
	oidPKCS1 = "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
	oidECDSA = "\x2a\x86\x48\xce\x3d\x04"
	oidNIST  = "\x60\x86\x48\x01\x65\x03\x04"
)

// signatureAlgorithms are the algorithms without parameters that say more
// (RFC 3279 section 2.2, RFC 5758 section 3, RFC 8410 section 3).
var signatureAlgorithms = map[string]signatureAlgorithm{
	oidPKCS1 + "\x02":                      {family: familyPKCS1, broken: "MD2"},
	oidPKCS1 + "\x04":                      {family: familyPKCS1, hash: crypto.MD5, broken: "MD5"},
	oidPKCS1 + "\x05":                      {family: familyPKCS1, hash: crypto.SHA1, broken: "SHA-1"},
	"\x2b\x0e\x03\x02\x1d":                 {family: familyPKCS1, hash: crypto.SHA1, broken: "SHA-1"},
	oidPKCS1 + "\x0b":                      {family: familyPKCS1, hash: crypto.SHA256},
	oidPKCS1 + "\x0c":                      {family: familyPKCS1, hash: crypto.SHA384},
	oidPKCS1 + "\x0d":                      {family: familyPKCS1, hash: crypto.SHA512},
	oidECDSA + "\x01":                      {family: familyECDSA, hash: crypto.SHA1, broken: "SHA-1"},
	oidECDSA + "\x03\x02":                  {family: familyECDSA, hash: crypto.SHA256},
	oidECDSA + "\x03\x03":                  {family: familyECDSA, hash: crypto.SHA384},
	oidECDSA + "\x03\x04":                  {family: familyECDSA, hash: crypto.SHA512},
	"\x2a\x86\x48\xce\x38\x04\x03":         {family: familyDSA, hash: crypto.SHA1, broken: "SHA-1"},
	"\x60\x86\x48\x01\x65\x03\x04\x03\x02": {family: familyDSA, hash: crypto.SHA256},
	"\x2b\x65\x70":                         {family: familyEd25519},
}

// oidPSS is id-RSASSA-PSS (RFC 4055 section 3.1).
const oidPSS = oidPKCS1 + "\x0a"

// digests are the hashes that PSS parameters name (RFC 4055 section 2.1).
var digests = map[string]crypto.Hash{
	"\x2b\x0e\x03\x02\x1a": crypto.SHA1,
	oidNIST + "\x02\x01":   crypto.SHA256,
	oidNIST + "\x02\x02":   crypto.SHA384,
	oidNIST + "\x02\x03":   crypto.SHA512,
}

// same reports whether two identifiers mean one algorithm.
func (a signatureAlgorithm) same(b signatureAlgorithm) bool {
	if a.family != "" && b.family != "" {
		a.oid, b.oid = "", ""
	}
	return a == b
}

// accepted reports whether the browsers verify signatures of the algorithm.
// One with a broken hash is refused as such.
func (a signatureAlgorithm) accepted() bool {
	switch {
	case a.broken != "":
		return true
	case a.family == familyPSS:
		return a.mgf == a.hash && a.hash != crypto.SHA1 && a.salt == a.hash.Size()
	}
	return a.family == familyPKCS1 || a.family == familyECDSA
}

// algorithmAt reads an AlgorithmIdentifier.
func (p certificateParser) algorithmAt(r *berReader, place string) signatureAlgorithm {
	content, ok := (&berReader{r.rest, r.depart}).read(tagSequence)
	if !ok {
		if place != placeTBS {
			r.next()
		}
		return signatureAlgorithm{}
	}
	r.next()
	inner := p.at(placeAlgorithm, content)
	oid, _ := inner.read(tagOID)
	parameters := inner.rest
	a, known := signatureAlgorithms[string(oid)]
	a.oid = string(oid)
	switch {
	case a.oid == oidPSS:
		p.pss(parameters, &a)
	case !known:
	case len(parameters) == 0:
	case len(parameters) == 2 && parameters[0] == tagNull && parameters[1] == 0:
		if a.family != familyPKCS1 {
			p.c.depart(placeAlgorithm, departParameters)
		}
	default:
		p.c.depart(placeAlgorithm, departKeyForm)
	}
	return a
}

// pss reads RSASSA-PSS-params (RFC 4055 section 3.1), whose defaults are SHA-1
// and a salt of 20 octets.
func (p certificateParser) pss(parameters []byte, a *signatureAlgorithm) {
	a.family, a.hash, a.mgf, a.salt = familyPSS, crypto.SHA1, crypto.SHA1, 20
	outer := p.at(placeAlgorithm, parameters)
	if len(parameters) > 0 {
		seq, _ := outer.enter(tagSequence)
		if value, there := seq.optional(tagContext | constructed); there {
			a.hash = p.digestIn(value)
		}
		if value, there := seq.optional(tagContext | constructed | 1); there {
			mask, ok := p.at(placeAlgorithm, value).enter(tagSequence)
			if ok {
				mask.read(tagOID)
				a.mgf = p.digestIn(mask.rest)
			}
		}
		if value, there := seq.optional(tagContext | constructed | 2); there {
			if n, ok := p.at(placeAlgorithm, value).read(tagInteger); ok && len(n) < 3 {
				a.salt = int(integer(n).Int64())
			}
		}
	}
	if a.hash == crypto.SHA1 {
		a.broken = "SHA-1"
	}
}

// digestIn is the hash that an AlgorithmIdentifier names, 0 for another.
func (p certificateParser) digestIn(value []byte) crypto.Hash {
	seq, ok := p.at(placeAlgorithm, value).enter(tagSequence)
	if !ok {
		return 0
	}
	oid, _ := seq.read(tagOID)
	return digests[string(oid)]
}
