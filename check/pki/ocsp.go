package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
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
func ReadOCSP(der []byte, cert, issuer *Certificate, at time.Time) Status {
	resp, wrong := verifiedOCSP(der, cert, issuer, at)
	if wrong != "" {
		return invalid("%s", wrong)
	}
	next := resp.NextUpdate
	if next.IsZero() {
		next = resp.ThisUpdate.Add(undatedLife)
	}
	// What has grown old undoes no revocation.
	since := at
	if resp.Status == ocsp.Revoked && next.Before(at) {
		since = next
	}
	if stale := current(resp.ThisUpdate, next, since); stale != "" {
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

// verifiedOCSP reads a response, and says in a sentence why it must not be
// believed, whatever its dates.
func verifiedOCSP(der []byte, cert, issuer *Certificate, at time.Time) (*ocsp.Response, string) {
	if len(der) > maxOCSPBytes {
		return nil, fmt.Sprintf("The OCSP response has more than %d bytes.", maxOCSPBytes)
	}
	resp, err := ocsp.ParseResponseForCert(der, &x509.Certificate{SerialNumber: cert.SerialNumber}, nil)
	var refusal ocsp.ResponseError
	switch {
	case errors.As(err, &refusal):
		return nil, fmt.Sprintf("The OCSP responder gives no answer: it says '%s'.", show(refusal.Status.String()))
	case err != nil:
		return nil, fmt.Sprintf("The OCSP response cannot be read: '%s'.", show(err.Error()))
	case !aboutIssuer(resp, cert, issuer):
		return nil, fmt.Sprintf("The OCSP response is about a certificate of another issuer than '%s'.", Name(issuer))
	}
	if wrong := responderFault(resp, issuer, at); wrong != "" {
		return nil, fmt.Sprintf("The OCSP response is not to be believed: %s.", wrong)
	}
	return resp, ""
}

// responderFault says why whoever signed a response may not speak for the
// issuer (RFC 6960 section 4.2.2.2).
func responderFault(resp *ocsp.Response, issuer *Certificate, at time.Time) string {
	if resp.CheckSignatureFrom(&x509.Certificate{PublicKey: issuer.PublicKey}) == nil {
		return ""
	}
	if resp.Certificate == nil {
		return fmt.Sprintf("neither '%s' nor a responder that it certified has signed it", Name(issuer))
	}
	c := ParseCertificate(resp.Certificate.Raw)
	switch {
	case canonicalName(c.RawIssuer) != canonicalName(issuer.RawSubject) || c.algorithm.broken != "" || !signedBy(c, issuer):
		return fmt.Sprintf("neither '%s' nor a responder that it certified has signed it", Name(issuer))
	case !c.allows(usageOCSPSigning):
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
func aboutIssuer(resp *ocsp.Response, cert, issuer *Certificate) bool {
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
		if bytes.Equal(serial, cert.rawSerial) {
			key, ok := keyBits(issuer)
			return ok && bytes.Equal(nameHash, digest(resp.IssuerHash, cert.RawIssuer)) &&
				bytes.Equal(keyHash, digest(resp.IssuerHash, key))
		}
	}
	return false
}

// keyBits is the public key of a certificate without its algorithm.
func keyBits(c *Certificate) ([]byte, bool) {
	input := cryptobyte.String(c.RawSubjectPublicKeyInfo)
	var info cryptobyte.String
	var key []byte
	ok := input.ReadASN1(&info, asn1.SEQUENCE) && info.SkipASN1(asn1.SEQUENCE) && info.ReadASN1BitStringAsBytes(&key)
	return key, ok
}

// OCSPRequest is the request for the status of a certificate of the issuer
// (RFC 6960 section 4.1), which names both by SHA-1.
func OCSPRequest(cert, issuer *Certificate) ([]byte, error) {
	return ocsp.CreateRequest(&x509.Certificate{SerialNumber: cert.SerialNumber},
		&x509.Certificate{RawSubject: issuer.RawSubject, RawSubjectPublicKeyInfo: issuer.RawSubjectPublicKeyInfo}, nil)
}
