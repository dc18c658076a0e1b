package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"
)

// A Certificate is an X.509 certificate as it came, whatever its form: what
// departs from RFC 5280 and X.690 is kept as a fact, and everything else is
// read all the same. What could not be read is the zero value of its field.
type Certificate struct {
	// Raw is the certificate, the other Raw fields are parts of it with their
	// headers.
	Raw                     []byte
	RawTBSCertificate       []byte
	RawSubjectPublicKeyInfo []byte
	RawSubject, RawIssuer   []byte

	// Version is 1 to 3, or what else is written there.
	Version int
	// SerialNumber may be negative; nil if there is none. rawSerial are its
	// octets as they came.
	SerialNumber *big.Int
	rawSerial    []byte
	// Subject and Issuer are the names, to be shown.
	Subject, Issuer DistinguishedName
	// NotBefore and NotAfter (UTC) bound the validity, both included.
	NotBefore, NotAfter time.Time
	// PublicKey is a *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey or
	// *dsa.PublicKey, or nil for every other kind and what cannot be read. An
	// RSA key may be one that crypto/rsa refuses to work with.
	PublicKey crypto.PublicKey

	// Signature is the signature, over RawTBSCertificate.
	Signature []byte
	algorithm signatureAlgorithm

	// Extensions are all extensions, in order.
	Extensions []Extension
	// DNSNames and IPAddresses are those subject alternative names, as written;
	// names are all of them that could be read, of any form.
	DNSNames    []string
	IPAddresses [][]byte
	names       []generalName
	// BasicConstraintsValid tells that there are basic constraints. MaxPathLen
	// is -1 where there is no limit.
	BasicConstraintsValid, IsCA bool
	MaxPathLen                  int
	// KeyUsage are the bits of the extension.
	KeyUsage x509.KeyUsage
	// ExtKeyUsage are the purposes of the extension.
	ExtKeyUsage []asn1.ObjectIdentifier
	// SubjectKeyId and AuthorityKeyId are the key identifiers.
	SubjectKeyId, AuthorityKeyId []byte
	policy                       policyFields
	// The addresses of the extensions, as written.
	OCSPServer, IssuingCertificateURL, CRLDistributionPoints []string

	// Departures are what departs from the prescribed form, in order.
	Departures []Departure
	// Broken says why this is no certificate at all: a part that everything
	// else depends on could not be found. It is empty for all others.
	Broken string
}

// An Extension is one extension of a certificate (RFC 5280 section 4.2).
type Extension struct {
	// ID is its object identifier; nil if a number in it is above 2^31.
	ID       asn1.ObjectIdentifier
	Critical bool
	// Value is what the octet string holds.
	Value []byte
	raw   string // of the identifier
}

// ParseCertificate reads a certificate. It always returns one; see Broken. The
// time it takes is linear in the size.
func ParseCertificate(der []byte) *Certificate {
	c := &Certificate{Raw: der, MaxPathLen: -1, policy: policyFields{requireExplicit: -1, inhibitMapping: -1, inhibitAny: -1}}
	p := certificateParser{c}
	p.certificate()
	if c.Broken == "" && (len(c.RawSubjectPublicKeyInfo) == 0 || len(c.RawIssuer) == 0 || len(c.RawSubject) == 0) {
		c.Broken = "its issuer, subject or public key is missing"
	}
	return c
}

// Equal reports whether two certificates are the same octets.
func (c *Certificate) Equal(other *Certificate) bool {
	return c == other || c != nil && other != nil && bytes.Equal(c.Raw, other.Raw)
}

// depart notes a departure, each kind at a place once.
func (c *Certificate) depart(place, what string) {
	d := Departure{place, what}
	if len(c.Departures) < maxDepartures && !slices.Contains(c.Departures, d) {
		c.Departures = append(c.Departures, d)
	}
}

// A certificateParser fills in a certificate.
type certificateParser struct{ c *Certificate }

// at is a reader whose departures are noted at a place.
func (p certificateParser) at(place string, content []byte) *berReader {
	return &berReader{content, func(what string) { p.c.depart(place, what) }}
}

// certificate reads the Certificate (RFC 5280 section 4.1).
func (p certificateParser) certificate() {
	outer := p.at(placeCertificate, p.c.Raw)
	if !outer.peek(tagSequence) {
		p.c.depart(placeCertificate, departTag)
		p.c.Broken = "it is no ASN.1 sequence"
		return
	}
	cert, ok := outer.enter(tagSequence)
	outer.end()
	if !ok || !cert.peek(tagSequence) {
		p.c.depart(placeCertificate, departMissing)
		p.c.Broken = "it has no part that is signed"
		return
	}
	tbs, _ := cert.next()
	p.c.RawTBSCertificate = tbs.raw
	inner := p.tbs(tbs.content)
	outside := p.algorithmAt(cert, placeAlgorithm)
	if signature, ok := p.at(placeSignature, cert.rest).read(tagBitString); ok {
		p.c.Signature = p.bits(placeSignature, signature)
		cert.next()
		cert.end()
	}
	p.c.algorithm = outside
	if !outside.same(inner) {
		p.c.depart(placeAlgorithm, departMismatch)
	}
}

// bits is the content of a bit string that holds octets.
func (p certificateParser) bits(place string, content []byte) []byte {
	if len(content) == 0 {
		p.c.depart(place, departMissing)
		return nil
	}
	if content[0] != 0 {
		p.c.depart(place, departUnusedBits)
	}
	return content[1:]
}

// tbs reads the TBSCertificate, and returns the algorithm that it names.
func (p certificateParser) tbs(content []byte) signatureAlgorithm {
	c, r := p.c, p.at(placeTBS, content)
	c.Version = 1
	if value, there := r.optional(tagContext | constructed); there {
		p.version(value)
	}
	if serial, ok := r.read(tagInteger); ok {
		p.serial(serial)
	}
	inner := p.algorithmAt(r, placeTBS)
	c.RawIssuer = p.name(r, placeIssuer)
	c.Issuer = readName(c.RawIssuer)
	if validity, ok := r.read(tagSequence); ok {
		p.validity(validity)
	}
	c.RawSubject = p.name(r, placeSubject)
	c.Subject = readName(c.RawSubject)
	if r.peek(tagSequence) {
		e, _ := r.next()
		c.RawSubjectPublicKeyInfo = e.raw
		p.key(e.content)
	} else {
		r.depart(departMissing)
	}
	for _, tag := range []byte{tagContext | 1, tagContext | 2} {
		if id, there := r.optional(tag); there {
			p.uniqueID(id)
		}
	}
	if value, there := r.optional(tagContext | constructed | 3); there {
		p.extensions(value)
	}
	r.end()
	return inner
}

func (p certificateParser) version(content []byte) {
	r := p.at(placeVersion, content)
	value, ok := r.read(tagInteger)
	if !ok {
		return
	}
	r.end()
	n := integer(value)
	if !n.IsInt64() || n.Int64() < 0 || n.Int64() > 100 {
		p.c.depart(placeVersion, departVersion)
		return
	}
	p.c.Version = int(n.Int64()) + 1
	switch {
	case p.c.Version == 1:
		p.c.depart(placeVersion, departExplicitV1)
	case p.c.Version == 4:
		p.c.depart(placeVersion, departVersion4)
	case p.c.Version > 4:
		p.c.depart(placeVersion, departVersion)
	}
}

func (p certificateParser) serial(content []byte) {
	p.c.rawSerial = content
	if !minimalInteger(content) {
		p.c.depart(placeSerial, departInteger)
	}
	if len(content) == 0 {
		return
	}
	n := integer(content)
	p.c.SerialNumber = n
	switch {
	case n.Sign() < 0:
		p.c.depart(placeSerial, departNegative)
	case n.Sign() == 0:
		p.c.depart(placeSerial, departZero)
	}
	if len(content) > 20 {
		p.c.depart(placeSerial, departOctets)
	}
}

// minimalInteger reports whether an INTEGER's content is in its shortest form
// (X.690 section 8.3.2).
func minimalInteger(b []byte) bool {
	return len(b) == 1 || len(b) > 1 && !(b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80)
}

// integer is the number that an INTEGER's content stands for.
func integer(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}

func (p certificateParser) uniqueID(content []byte) {
	if len(content) == 0 || content[0] > 7 || content[0] > 0 && len(content) == 1 {
		p.c.depart(placeUniqueID, departKeyForm)
	}
	if p.c.Version < 2 {
		p.c.depart(placeUniqueID, departVersionEmpty)
	}
}

func (p certificateParser) validity(content []byte) {
	r := p.at(placeValidity, content)
	p.c.NotBefore = p.time(r)
	p.c.NotAfter = p.time(r)
	r.end()
	if p.c.NotAfter.Before(p.c.NotBefore) && !p.c.NotAfter.IsZero() {
		p.c.depart(placeValidity, departReversed)
	}
}

// time reads a Time (RFC 5280 section 4.1.2.5), and makes what can be made of
// one in another form.
func (p certificateParser) time(r *berReader) time.Time {
	if !r.peek(tagUTCTime) && !r.peek(tagTime) {
		r.depart(departTag)
		r.next()
		return time.Time{}
	}
	e, _ := r.next()
	t, wrong := readTimeText(string(e.content), e.tag == tagUTCTime)
	if wrong != "" {
		p.c.depart(placeValidity, wrong)
	}
	if !t.IsZero() && t.Year() < 1970 {
		p.c.depart(placeValidity, departBefore1970)
	}
	return t
}
