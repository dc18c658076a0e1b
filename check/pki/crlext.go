package pki

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// removeFromCRL is the reason of an entry that lifts a hold (RFC 5280 section
// 5.3.1): the certificate is not revoked.
const removeFromCRL = 8

// certificateHold is the reason of a revocation that may be lifted.
const certificateHold = 6

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
			l.partial = "is a delta list, which says only what is new"
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
	case flags[4]:
		return errors.New("it is an indirect list, with entries of other issuers")
	case flags[1] && l.q.Cert.IsCA, flags[2] && !l.q.Cert.IsCA, flags[5]:
		return errors.New("it does not cover certificates of this kind")
	case named && !l.madeFor(name):
		return fmt.Errorf("it was made for another distribution point than '%s'", l.q.URL)
	}
	if flags[3] && l.partial == "" {
		l.partial = "covers some reasons for revocation only"
	}
	return nil
}

// madeFor reports whether a DistributionPointName has a name in common with
// the distribution point in the certificate.
func (l *crlReader) madeFor(point cryptobyte.String) bool {
	names, ok := pointNames(point, l.q.Issuer.RawSubject)
	asked := l.q.Source.names
	if len(asked) == 0 {
		asked = []generalName{{form: formURI, value: []byte(l.q.URL)}}
	}
	return ok && shareName(names, asked)
}
