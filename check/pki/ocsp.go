package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"
)

// undatedLife is how long a response without a next update counts, as in
// Mozilla's library: it says that newer ones can be had at any time.
const undatedLife = 24 * time.Hour

// maxOCSPBytes bounds a response; public ones have some hundred bytes, or two
// thousand with a responder's certificate.
const maxOCSPBytes = 64 << 10

// ReadOCSP reads an OCSP response (RFC 6960), stapled or fetched, about a
// certificate of the issuer: it must be signed by the issuer, or by a
// responder whose certificate the issuer signed for that purpose, be about
// this certificate and be current at the time.
func ReadOCSP(der []byte, cert, issuer *x509.Certificate, at time.Time) Status {
	if len(der) > maxOCSPBytes {
		return invalid("The OCSP response has more than %d bytes.", maxOCSPBytes)
	}
	resp, err := ocsp.ParseResponseForCert(der, cert, nil)
	var refusal ocsp.ResponseError
	switch {
	case errors.As(err, &refusal):
		return invalid("The OCSP responder gives no answer: it says '%s'.", show(refusal.Status.String()))
	case err != nil:
		return invalid("The OCSP response cannot be read: '%s'.", show(err.Error()))
	case !aboutIssuer(resp, cert, issuer):
		return invalid("The OCSP response is about a certificate of another issuer than '%s'.", Name(issuer))
	}
	if wrong := responderFault(resp, issuer, at); wrong != "" {
		return invalid("The OCSP response is not to be believed: %s.", wrong)
	}
	next := resp.NextUpdate
	if next.IsZero() {
		next = resp.ThisUpdate.Add(undatedLife)
	}
	if stale := current(resp.ThisUpdate, next, at); stale != "" {
		return invalid("The OCSP response does not count: %s.", stale)
	}
	switch resp.Status {
	case ocsp.Good:
		return Status{State: StatusGood, Detail: fmt.Sprintf("The OCSP response of '%s' says that it is good.", day(resp.ThisUpdate)),
			ThisUpdate: resp.ThisUpdate.UTC(), NextUpdate: resp.NextUpdate.UTC()}
	case ocsp.Revoked:
		return revoked(fmt.Sprintf("The OCSP response of '%s'", day(resp.ThisUpdate)), resp.RevocationReason,
			resp.RevokedAt, resp.ThisUpdate, resp.NextUpdate)
	}
	return Status{State: StatusUnknown, Detail: "The OCSP responder does not know the certificate.",
		ThisUpdate: resp.ThisUpdate.UTC(), NextUpdate: resp.NextUpdate.UTC()}
}

// responderFault says why whoever signed a response may not speak for the
// issuer (RFC 6960 section 4.2.2.2).
func responderFault(resp *ocsp.Response, issuer *x509.Certificate, at time.Time) string {
	if resp.CheckSignatureFrom(issuer) == nil {
		return ""
	}
	c := resp.Certificate
	switch {
	case c == nil || canonicalName(c.RawIssuer) != canonicalName(issuer.RawSubject) ||
		issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil:
		return fmt.Sprintf("neither '%s' nor a responder that it certified has signed it", Name(issuer))
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning):
		return fmt.Sprintf("the certificate of its signer '%s' is not for signing OCSP responses", Name(c))
	case has(c, oidKeyUsage) && c.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return fmt.Sprintf("the key usage of its signer '%s' does not allow signatures", Name(c))
	case len(validity(c, at)) > 0:
		return fmt.Sprintf("the certificate of its signer '%s' is valid from '%s' through '%s' only", Name(c), day(c.NotBefore), day(c.NotAfter))
	}
	return ""
}

// aboutIssuer reports whether the part of a response with the certificate's
// serial number names the issuer too: the library compares the number alone,
// and takes the first part that has it.
func aboutIssuer(resp *ocsp.Response, cert, issuer *x509.Certificate) bool {
	input := cryptobyte.String(resp.TBSResponseData)
	var data, responses, responder cryptobyte.String
	var tag asn1.Tag
	if !input.ReadASN1(&data, asn1.SEQUENCE) ||
		!data.SkipOptionalASN1(asn1.Tag(0).ContextSpecific().Constructed()) || // version
		!data.ReadAnyASN1(&responder, &tag) ||
		!data.SkipASN1(asn1.GeneralizedTime) || // produced at
		!data.ReadASN1(&responses, asn1.SEQUENCE) {
		return false
	}
	for !responses.Empty() {
		var one, id, nameHash, keyHash, serial cryptobyte.String
		if !responses.ReadASN1(&one, asn1.SEQUENCE) || !one.ReadASN1(&id, asn1.SEQUENCE) ||
			!id.SkipASN1(asn1.SEQUENCE) || // hash algorithm, which the library read
			!id.ReadASN1(&nameHash, asn1.OCTET_STRING) ||
			!id.ReadASN1(&keyHash, asn1.OCTET_STRING) ||
			!id.ReadASN1(&serial, asn1.INTEGER) {
			return false
		}
		if bytes.Equal(serial, serialOctets(cert.SerialNumber)) {
			key, ok := keyBits(issuer)
			return ok && bytes.Equal(nameHash, digest(resp.IssuerHash, cert.RawIssuer)) &&
				bytes.Equal(keyHash, digest(resp.IssuerHash, key))
		}
	}
	return false
}

// keyBits is the public key of a certificate without its algorithm.
func keyBits(c *x509.Certificate) ([]byte, bool) {
	input := cryptobyte.String(c.RawSubjectPublicKeyInfo)
	var info cryptobyte.String
	var key []byte
	ok := input.ReadASN1(&info, asn1.SEQUENCE) && info.SkipASN1(asn1.SEQUENCE) && info.ReadASN1BitStringAsBytes(&key)
	return key, ok
}
