package pki

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"
)

// maxResponderCerts is how many of the certificates in a response are tried
// for its signer.
const maxResponderCerts = 8

// An ocspResponse is an OCSPResponse (RFC 6960 section 4.2.1) in its parts.
type ocspResponse struct {
	refusal   ocsp.ResponseStatus // the status; 0 for a successful one
	signed    []byte              // ResponseData
	scheme    signatureAlgorithm
	signature []byte
	certs     [][]byte // DER
	singles   []singleResponse
}

// A singleResponse speaks of one certificate.
type singleResponse struct {
	hash                      crypto.Hash // of the two next; 0 for one that is not known
	nameHash, keyHash, serial []byte
	status, reason            int // as of package ocsp; -1 for no reason
	this, next, revokedAt     time.Time
	critical                  bool // it has a critical extension
}

// idBasic is 1.3.6.1.5.5.7.48.1.1, a basic response.
const idBasic = "\x2b\x06\x01\x05\x05\x07\x30\x01\x01"

func explicit(n uint8) asn1.Tag { return asn1.Tag(n).ContextSpecific().Constructed() }

// parseOCSP reads a response. Package ocsp knows no RSASSA-PSS, and looks for
// a certificate's part by its serial number alone.
func parseOCSP(der []byte) (ocspResponse, error) {
	var r ocspResponse
	input := cryptobyte.String(der)
	var outer, content, oid, basic cryptobyte.String
	var status int
	if !input.ReadASN1(&outer, asn1.SEQUENCE) || !input.Empty() || !outer.ReadASN1Enum(&status) {
		return r, errDER
	}
	if status != 0 {
		r.refusal = ocsp.ResponseStatus(status)
		return r, nil
	}
	if !outer.ReadASN1(&content, explicit(0)) || !content.ReadASN1(&content, asn1.SEQUENCE) ||
		!content.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) {
		return r, errDER
	}
	if string(oid) != idBasic {
		return r, errors.New("it is no basic response")
	}
	if !content.ReadASN1(&basic, asn1.OCTET_STRING) {
		return r, errDER
	}
	return r, r.basic(basic)
}

// basic reads a BasicOCSPResponse.
func (r *ocspResponse) basic(input cryptobyte.String) error {
	var seq, data, algorithm, certs cryptobyte.String
	var have bool
	if !input.ReadASN1(&seq, asn1.SEQUENCE) || !input.Empty() ||
		!seq.ReadASN1Element(&data, asn1.SEQUENCE) ||
		!seq.ReadASN1(&algorithm, asn1.SEQUENCE) ||
		!seq.ReadASN1BitStringAsBytes(&r.signature) ||
		!seq.ReadOptionalASN1(&certs, &have, explicit(0)) ||
		have && !certs.ReadASN1(&certs, asn1.SEQUENCE) {
		return errDER
	}
	r.signed = data
	var known bool
	if r.scheme, known = statusAlgorithm(algorithm); !known {
		return errors.New("its signature algorithm is not one that is accepted")
	}
	for !certs.Empty() && len(r.certs) < maxResponderCerts {
		var c cryptobyte.String
		if !certs.ReadASN1Element(&c, asn1.SEQUENCE) {
			return errDER
		}
		r.certs = append(r.certs, c)
	}
	return r.data(data)
}

// data reads a ResponseData.
func (r *ocspResponse) data(input cryptobyte.String) error {
	var seq, responder, responses, extensions cryptobyte.String
	var tag asn1.Tag
	var have bool
	if !input.ReadASN1(&seq, asn1.SEQUENCE) ||
		!seq.SkipOptionalASN1(explicit(0)) || // version
		!seq.ReadAnyASN1(&responder, &tag) ||
		!seq.SkipASN1(asn1.GeneralizedTime) || // produced at
		!seq.ReadASN1(&responses, asn1.SEQUENCE) ||
		!seq.ReadOptionalASN1(&extensions, &have, explicit(1)) {
		return errDER
	}
	if critical, err := criticalExtension(extensions, have); err != nil || critical {
		return cmpError(err, errors.New("it has a critical extension that is not understood"))
	}
	for !responses.Empty() {
		var one cryptobyte.String
		if !responses.ReadASN1(&one, asn1.SEQUENCE) {
			return errDER
		}
		s, err := parseSingle(one)
		if err != nil {
			return err
		}
		r.singles = append(r.singles, s)
	}
	return nil
}

func cmpError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// criticalExtension reports whether a list of extensions has a critical one.
func criticalExtension(input cryptobyte.String, have bool) (bool, error) {
	var list cryptobyte.String
	if !have {
		return false, nil
	}
	if !input.ReadASN1(&list, asn1.SEQUENCE) {
		return false, errDER
	}
	for !list.Empty() {
		_, _, critical, ok := readExtension(&list)
		if !ok {
			return false, errDER
		}
		if critical {
			return true, nil
		}
	}
	return false, nil
}

// parseSingle reads a SingleResponse.
func parseSingle(input cryptobyte.String) (s singleResponse, err error) {
	var id, algorithm, oid, nameHash, keyHash, serial, status, next, extensions cryptobyte.String
	var tag asn1.Tag
	var dated, have bool
	if !input.ReadASN1(&id, asn1.SEQUENCE) ||
		!id.ReadASN1(&algorithm, asn1.SEQUENCE) || !algorithm.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) ||
		!id.ReadASN1(&nameHash, asn1.OCTET_STRING) ||
		!id.ReadASN1(&keyHash, asn1.OCTET_STRING) ||
		!id.ReadASN1(&serial, asn1.INTEGER) ||
		!input.ReadAnyASN1(&status, &tag) ||
		!input.ReadASN1GeneralizedTime(&s.this) ||
		!input.ReadOptionalASN1(&next, &dated, explicit(0)) ||
		dated && !next.ReadASN1GeneralizedTime(&s.next) ||
		!input.ReadOptionalASN1(&extensions, &have, explicit(1)) {
		return s, errDER
	}
	s.hash, s.nameHash, s.keyHash, s.serial = digests[string(oid)], nameHash, keyHash, serial
	s.this, s.next = s.this.UTC(), s.next.UTC()
	if s.critical, err = criticalExtension(extensions, have); err != nil {
		return s, err
	}
	s.status, s.reason = ocsp.Unknown, -1
	switch tag {
	case asn1.Tag(0).ContextSpecific():
		s.status = ocsp.Good
	case explicit(1):
		s.status = ocsp.Revoked
		var reason cryptobyte.String
		var given bool
		if !status.ReadASN1GeneralizedTime(&s.revokedAt) || !status.ReadOptionalASN1(&reason, &given, explicit(0)) ||
			given && !reason.ReadASN1Enum(&s.reason) {
			return s, errDER
		}
	}
	return s, nil
}

// about finds the part that is about a certificate of the issuer. The error
// completes a sentence.
func (r ocspResponse) about(cert, issuer *Certificate) (singleResponse, error) {
	number := cert.rawSerial
	key, ok := keyBits(issuer)
	other := errors.New("is about another certificate")
	for _, s := range r.singles {
		if !bytes.Equal(s.serial, number) {
			continue
		}
		if !ok || s.hash == 0 || !bytes.Equal(s.nameHash, digest(s.hash, cert.RawIssuer)) || !bytes.Equal(s.keyHash, digest(s.hash, key)) {
			other = fmt.Errorf("is about a certificate of another issuer than '%s'", Name(issuer))
			continue
		}
		if s.critical {
			return s, errors.New("has a critical extension that is not understood")
		}
		return s, nil
	}
	return singleResponse{}, other
}

// signedBy reports whether a certificate's key made the signature.
func (r ocspResponse) signedBy(c *Certificate) bool {
	return r.scheme.verify(c.PublicKey, r.signed, r.signature) == nil
}
