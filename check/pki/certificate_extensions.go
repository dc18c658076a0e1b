package pki

import (
	"slices"
)

// An extensionReader reads the value of one kind of extension.
type extensionReader struct {
	place string
	read  func(p certificateParser, e Extension)
}

// extensionReaders are the extensions whose form some client holds a
// certificate to, by object identifier (content octets).
var extensionReaders = map[string]extensionReader{
	"\x55\x1d\x0e":                     {placeSKI, certificateParser.subjectKeyID},
	"\x55\x1d\x0f":                     {placeKeyUsage, certificateParser.keyUsage},
	"\x55\x1d\x11":                     {placeSAN, certificateParser.altNames},
	"\x55\x1d\x13":                     {placeBasic, certificateParser.basicConstraints},
	"\x55\x1d\x1e":                     {placeNames, certificateParser.nameConstraints},
	"\x55\x1d\x1f":                     {placeCRL, certificateParser.crlPoints},
	"\x55\x1d\x20":                     {placePolicies, certificateParser.policies},
	"\x55\x1d\x21":                     {placeMappings, certificateParser.mappings},
	"\x55\x1d\x23":                     {placeAKI, certificateParser.authorityKeyID},
	"\x55\x1d\x24":                     {placePolicyLimits, certificateParser.policyLimits},
	"\x55\x1d\x25":                     {placeExtUsage, certificateParser.extKeyUsage},
	"\x55\x1d\x36":                     {placeInhibitAny, certificateParser.inhibitAny},
	"\x2b\x06\x01\x05\x05\x07\x01\x01": {placeAIA, certificateParser.access},
	"\x2b\x06\x01\x05\x05\x07\x01\x18": {placeTLSFeature, certificateParser.features},
	"\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02": {placeSCTList, certificateParser.timestamps},
}

// extensions reads the Extensions (RFC 5280 section 4.1.2.9). Of an extension
// that is there twice the first counts.
func (p certificateParser) extensions(content []byte) {
	if p.c.Version < 3 {
		p.c.depart(placeVersion, departVersionEmpty)
	}
	outer := p.at(placeExtensions, content)
	list, ok := outer.enter(tagSequence)
	outer.end()
	if ok && list.empty() {
		p.c.depart(placeExtensions, departEmpty)
	}
	seen := map[string]bool{}
	for ok && !list.empty() {
		e, readable := p.extension(list)
		if !readable {
			continue
		}
		if seen[e.raw] {
			p.duplicate(e)
			continue
		}
		seen[e.raw] = true
		p.c.Extensions = append(p.c.Extensions, e)
		if r, known := extensionReaders[e.raw]; known {
			r.read(p, e)
		}
	}
	if seen["\x55\x1d\x11"] && string(p.c.RawSubject) == "\x30\x00" && !critical(p.c, oidSubjectAltName) {
		p.c.depart(placeSAN, departNonCritical)
	}
}

// duplicate notes an extension that is there again. Firefox sees it only of
// the extensions that it reads.
func (p certificateParser) duplicate(e Extension) {
	p.c.depart(placeExtensions, departDuplicate)
	if r, known := extensionReaders[e.raw]; known && !slices.Contains([]string{placeSKI, placeAKI, placeMappings, placeCRL}, r.place) {
		p.c.depart(r.place, departDuplicate)
	}
}

// extension reads one Extension.
func (p certificateParser) extension(list *berReader) (e Extension, ok bool) {
	if !list.peek(tagSequence) {
		list.depart(departTag)
		list.next()
		return e, false
	}
	r, _ := list.enter(tagSequence)
	oid, ok := r.read(tagOID)
	if !ok {
		return e, false
	}
	e.raw, e.ID = string(oid), readOID(string(oid))
	if value, there := r.optional(tagBoolean); there {
		e.Critical = p.boolean(placeExtensions, value)
		if !e.Critical {
			p.c.depart(placeExtensions, departExplicitFalse)
		}
	}
	if e.Value, ok = r.read(tagOctetString); !ok {
		return e, false
	}
	r.end()
	return e, true
}

func (p certificateParser) boolean(place string, content []byte) bool {
	if len(content) != 1 || content[0] != 0 && content[0] != 0xff {
		p.c.depart(place, departBoolean)
	}
	return len(content) > 0 && content[0] != 0
}

// sequence reads an extension value that is one sequence and is not empty,
// unless it may be.
func (p certificateParser) sequence(place string, e Extension, mayBeEmpty bool) *berReader {
	outer := p.at(place, e.Value)
	seq, _ := outer.enter(tagSequence)
	outer.end()
	if seq.empty() && !mayBeEmpty {
		p.c.depart(place, departEmpty)
	}
	return seq
}

func (p certificateParser) subjectKeyID(e Extension) {
	r := p.at(placeSKI, e.Value)
	p.c.SubjectKeyId, _ = r.read(tagOctetString)
	r.end()
}

func (p certificateParser) authorityKeyID(e Extension) {
	r := p.sequence(placeAKI, e, true)
	p.c.AuthorityKeyId, _ = r.optional(tagContext)
	_, issuer := r.optional(tagContext | constructed | 1)
	_, serial := r.optional(tagContext | 2)
	r.end()
	if issuer != serial {
		p.c.depart(placeAKI, departSerialAlone)
	}
}

// keyUsage reads a KeyUsage, of whose 9 bits the first octet holds 8.
func (p certificateParser) keyUsage(e Extension) {
	r := p.at(placeKeyUsage, e.Value)
	bits, ok := r.read(tagBitString)
	r.end()
	if !ok || len(bits) == 0 || bits[0] > 7 || bits[0] > 0 && len(bits) == 1 {
		p.c.depart(placeKeyUsage, departMissing)
		return
	}
	unused, octets := bits[0], bits[1:]
	if len(octets) > 0 && octets[len(octets)-1]&(1<<unused-1) != 0 {
		p.c.depart(placeKeyUsage, departUnusedBits)
	}
	for i := range min(8*len(octets), 9) {
		if octets[i/8]&(0x80>>(i%8)) != 0 {
			p.c.KeyUsage |= 1 << i
		}
	}
	if p.c.KeyUsage == 0 {
		p.c.depart(placeKeyUsage, departNoBits)
	}
}

func (p certificateParser) extKeyUsage(e Extension) {
	r := p.sequence(placeExtUsage, e, false)
	for !r.empty() {
		oid, ok := r.read(tagOID)
		if !ok {
			return
		}
		if id := readOID(string(oid)); id != nil {
			p.c.ExtKeyUsage = append(p.c.ExtKeyUsage, id)
		}
	}
}

func (p certificateParser) basicConstraints(e Extension) {
	p.c.BasicConstraintsValid = true
	r := p.sequence(placeBasic, e, true)
	if value, there := r.optional(tagBoolean); there {
		p.c.IsCA = p.boolean(placeBasic, value)
		if !p.c.IsCA {
			p.c.depart(placeBasic, departExplicitFalse)
		}
	}
	if value, there := r.optional(tagInteger); there {
		p.pathLength(value)
	}
	r.end()
}

func (p certificateParser) pathLength(value []byte) {
	n := integer(value)
	switch {
	case len(value) == 0 || !minimalInteger(value):
		p.c.depart(placeBasic, departInteger)
	case n.Sign() < 0 || n.BitLen() > 8:
		p.c.depart(placeBasic, departPathLength8)
	case n.BitLen() > 7:
		p.c.depart(placeBasic, departPathLength)
	}
	if n.Sign() >= 0 && n.BitLen() < 31 {
		p.c.MaxPathLen = int(n.Int64())
	}
}

// altNames reads a SubjectAltName (RFC 5280 section 4.2.1.6).
func (p certificateParser) altNames(e Extension) {
	r := p.sequence(placeSAN, e, false)
	for !r.empty() {
		at, ok := r.next()
		if !ok {
			return
		}
		n, wrong := readGeneralName(at)
		if wrong == "" && n.form == formAddress && len(n.value) != 4 && len(n.value) != 16 {
			wrong = departAddress
		}
		if wrong != "" {
			p.c.depart(placeSAN, wrong)
			if wrong == departTag {
				continue
			}
		}
		p.c.names = append(p.c.names, n)
		switch n.form {
		case formDNS:
			p.c.DNSNames = append(p.c.DNSNames, string(n.value))
		case formAddress:
			p.c.IPAddresses = append(p.c.IPAddresses, n.value)
		}
	}
}

func (p certificateParser) nameConstraints(e Extension) {
	if _, wrong := parseConstraints(e.Value); wrong != "" {
		p.c.depart(placeNames, wrong)
	}
}

// crlPoints reads the URIs of CRLDistributionPoints.
func (p certificateParser) crlPoints(e Extension) {
	r := p.sequence(placeCRL, e, false)
	for !r.empty() {
		point, ok := r.enter(tagSequence)
		if !ok {
			return
		}
		name, there := point.optional(tagContext | constructed)
		if !there {
			continue
		}
		full, there := p.at(placeCRL, name).optional(tagContext | constructed)
		for names := p.at(placeCRL, full); there && !names.empty(); {
			if n, _ := names.next(); n.tag == tagContext|formURI {
				p.c.CRLDistributionPoints = append(p.c.CRLDistributionPoints, string(n.content))
			}
		}
	}
}

// Access methods (RFC 5280 section 4.2.2.1).
const (
	accessOCSP   = "\x2b\x06\x01\x05\x05\x07\x30\x01"
	accessIssuer = "\x2b\x06\x01\x05\x05\x07\x30\x02"
)

func (p certificateParser) access(e Extension) {
	r := p.sequence(placeAIA, e, false)
	for !r.empty() {
		description, ok := r.enter(tagSequence)
		if !ok {
			return
		}
		method, ok := description.read(tagOID)
		location, readable := description.next()
		description.end()
		if !ok || !readable {
			p.c.depart(placeAIA, departMissing)
			continue
		}
		if location.tag != tagContext|formURI {
			continue
		}
		if !ascii(location.content) {
			p.c.depart(placeAIA, departASCII)
		}
		switch string(method) {
		case accessOCSP:
			p.c.OCSPServer = append(p.c.OCSPServer, string(location.content))
		case accessIssuer:
			p.c.IssuingCertificateURL = append(p.c.IssuingCertificateURL, string(location.content))
		}
	}
}

// features holds a TLSFeature to the one feature that Firefox knows.
func (p certificateParser) features(e Extension) {
	r := p.sequence(placeTLSFeature, e, false)
	for !r.empty() {
		feature, ok := r.read(tagInteger)
		if !ok {
			return
		}
		if len(feature) != 1 || feature[0] != statusRequest {
			p.c.depart(placeTLSFeature, departFeature)
		}
	}
}

// timestamps holds the list of signed certificate timestamps to its outermost
// form; browsers pass over timestamps that they cannot read.
func (p certificateParser) timestamps(e Extension) {
	r := p.at(placeSCTList, e.Value)
	r.read(tagOctetString)
	r.end()
}
