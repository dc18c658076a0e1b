package pki

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// removeFromCRL is the reason of an entry that lifts a hold (RFC 5280 section
// 5.3.1): the certificate is not revoked.
const removeFromCRL = 8

// Content octets of the object identifiers in lists. The extensions are all
// of the arc id-ce, 2.5.29.
const (
	idCE = "\x55\x1d"

	extCRLNumber  = idCE + "\x14" // 20
	extReason     = idCE + "\x15" // 21
	extInvalidity = idCE + "\x18" // 24
	extDelta      = idCE + "\x1b" // 27
	extPoint      = idCE + "\x1c" // 28
)

// signatureHashes are the algorithms that a list may be signed with: RSA PKCS
// #1 v1.5 and ECDSA, each with SHA-256, SHA-384 and SHA-512, as public ones
// are (Baseline Requirements section 7.1.3.2).
var signatureHashes = map[string]crypto.Hash{
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b": crypto.SHA256,
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c": crypto.SHA384,
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d": crypto.SHA512,
	"\x2a\x86\x48\xce\x3d\x04\x03\x02":     crypto.SHA256,
	"\x2a\x86\x48\xce\x3d\x04\x03\x03":     crypto.SHA384,
	"\x2a\x86\x48\xce\x3d\x04\x03\x04":     crypto.SHA512,
}

// signatureHash is the hash of an AlgorithmIdentifier's content, 0 for one
// that is not accepted.
func signatureHash(algorithm []byte) crypto.Hash {
	input := cryptobyte.String(algorithm)
	var oid cryptobyte.String
	if !input.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) {
		return 0
	}
	return signatureHashes[string(oid)]
}

// readExtension reads one Extension.
func readExtension(input *cryptobyte.String) (id, value cryptobyte.String, critical, ok bool) {
	var ext cryptobyte.String
	ok = input.ReadASN1(&ext, asn1.SEQUENCE) &&
		ext.ReadASN1(&id, asn1.OBJECT_IDENTIFIER) &&
		(!ext.PeekASN1Tag(asn1.BOOLEAN) || ext.ReadASN1Boolean(&critical)) &&
		ext.ReadASN1(&value, asn1.OCTET_STRING) && ext.Empty()
	return id, value, critical, ok
}

// entryReason reads the extensions of an entry: the reason code, -1 for none.
func entryReason(input cryptobyte.String) (int, error) {
	reason := -1
	for !input.Empty() {
		id, value, critical, ok := readExtension(&input)
		if !ok {
			return 0, errDER
		}
		switch {
		case string(id) == extReason:
			if !value.ReadASN1Enum(&reason) {
				return 0, errDER
			}
		case critical && string(id) != extInvalidity:
			return 0, errors.New("an entry has a critical extension that is not understood")
		}
	}
	return reason, nil
}

// extensions reads the extensions of the list itself (RFC 5280 section 5.2).
func (l *crlReader) extensions() error {
	content, err := l.s.element(asn1.Tag(0).ContextSpecific().Constructed())
	if err != nil {
		return err
	}
	input := cryptobyte.String(content)
	var list cryptobyte.String
	if !input.ReadASN1(&list, asn1.SEQUENCE) || !input.Empty() {
		return errDER
	}
	for !list.Empty() {
		id, value, critical, ok := readExtension(&list)
		if !ok {
			return errDER
		}
		switch {
		case string(id) == extCRLNumber && !critical:
			l.numbered = true
		case string(id) == extDelta:
			return errors.New("it is a delta list, which says only what is new")
		case string(id) == extPoint:
			if err := l.point(value); err != nil {
				return err
			}
		case critical:
			return errors.New("it has a critical extension that is not understood")
		}
	}
	return nil
}

// point reads the issuing distribution point (RFC 5280 section 5.2.5): the
// list must be complete for certificates of this kind, and made for the
// address that the certificate names.
func (l *crlReader) point(value cryptobyte.String) error {
	var seq, name cryptobyte.String
	var named bool
	var flags [6]bool // by tag number
	if !value.ReadASN1(&seq, asn1.SEQUENCE) || !value.Empty() ||
		!seq.ReadOptionalASN1(&name, &named, asn1.Tag(0).ContextSpecific().Constructed()) {
		return errDER
	}
	for tag := 1; tag < len(flags); tag++ {
		var octets cryptobyte.String
		if !seq.ReadOptionalASN1(&octets, &flags[tag], asn1.Tag(tag).ContextSpecific()) {
			return errDER
		}
		if flags[tag] && tag != 3 { // 3 lists reasons, the others are booleans
			flags[tag] = bytes.Equal(octets, []byte{0xff})
		}
	}
	switch {
	case !seq.Empty():
		return errDER
	case flags[3]:
		return errors.New("it covers some reasons for revocation only")
	case flags[4]:
		return errors.New("it is an indirect list, with entries of other issuers")
	case flags[1] && l.q.Cert.IsCA, flags[2] && !l.q.Cert.IsCA, flags[5]:
		return errors.New("it does not cover certificates of this kind")
	case named && !names(name, l.q.URL):
		return fmt.Errorf("it was made for another distribution point than '%s'", l.q.URL)
	}
	return nil
}

// names reports whether a DistributionPointName holds the URL.
func names(point cryptobyte.String, url string) bool {
	var full cryptobyte.String
	if !point.ReadASN1(&full, asn1.Tag(0).ContextSpecific().Constructed()) {
		return false
	}
	for r := (&berReader{full, func(string) {}}); !r.empty(); {
		n, ok := r.next()
		if !ok {
			return false
		}
		if n.tag == tagContext|formURI && string(n.content) == url {
			return true
		}
	}
	return false
}
