package pki

import (
	"crypto/x509"
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
// this certificate and be current at the time. One that has grown old is
// believed only where it says that the certificate is revoked, for no later
// one undoes that, but for a hold.
func ReadOCSP(der []byte, cert, issuer *Certificate, at time.Time) Status {
	one, wrong := verifiedOCSP(der, cert, issuer, at)
	if wrong != "" {
		return invalid("%s", wrong)
	}
	next := one.next
	if next.IsZero() {
		next = one.this.Add(undatedLife)
	}
	stale := current(one.this, next, at)
	if lasting := one.status == ocsp.Revoked && one.reason != certificateHold && !one.this.After(at); stale != "" && !lasting {
		return invalid("The OCSP response does not count: %s.", stale)
	}
	switch one.status {
	case ocsp.Good:
		return Status{State: StatusGood, Detail: fmt.Sprintf("The OCSP response of '%s' says that it is good.", day(one.this)),
			ThisUpdate: one.this, NextUpdate: one.next}
	case ocsp.Revoked:
		return revoked(fmt.Sprintf("The OCSP response of '%s'", day(one.this)), one.reason, one.revokedAt, one.this, one.next)
	}
	return Status{State: StatusUnknown, Detail: "The OCSP responder does not know the certificate.",
		ThisUpdate: one.this, NextUpdate: one.next}
}

// verifiedOCSP reads what a response says of a certificate, and says in a
// sentence why it must not be believed, whatever its dates.
func verifiedOCSP(der []byte, cert, issuer *Certificate, at time.Time) (singleResponse, string) {
	if len(der) > maxOCSPBytes {
		return singleResponse{}, fmt.Sprintf("The OCSP response has more than %d bytes.", maxOCSPBytes)
	}
	resp, err := parseOCSP(der)
	if err != nil {
		return singleResponse{}, fmt.Sprintf("The OCSP response cannot be read: %s.", show(err.Error()))
	}
	if resp.refusal != 0 {
		return singleResponse{}, fmt.Sprintf("The OCSP responder gives no answer: it says '%s'.", show(resp.refusal.String()))
	}
	one, err := resp.about(cert, issuer)
	if err != nil {
		return singleResponse{}, fmt.Sprintf("The OCSP response %s.", show(err.Error()))
	}
	if wrong := responderFault(resp, issuer, at); wrong != "" {
		return singleResponse{}, fmt.Sprintf("The OCSP response is not to be believed: %s.", wrong)
	}
	return one, ""
}

// responderFault says why whoever signed a response may not speak for the
// issuer (RFC 6960 section 4.2.2.2).
func responderFault(resp ocspResponse, issuer *Certificate, at time.Time) string {
	if resp.signedBy(issuer) {
		return ""
	}
	wrong := fmt.Sprintf("neither '%s' nor a responder that it certified has signed it", Name(issuer))
	for _, der := range resp.certs {
		c := ParseCertificate(der)
		if c.Broken != "" || !resp.signedBy(c) || canonicalName(c.RawIssuer) != canonicalName(issuer.RawSubject) || !signedBy(c, issuer) || c.algorithm.broken != "" {
			continue
		}
		switch {
		case !c.allows(usageOCSPSigning):
			wrong = fmt.Sprintf("the certificate of its signer '%s' is not for signing OCSP responses", Name(c))
		case has(c, oidKeyUsage) && c.KeyUsage&x509.KeyUsageDigitalSignature == 0:
			wrong = fmt.Sprintf("the key usage of its signer '%s' does not allow signatures", Name(c))
		case len(validity(c, at)) > 0:
			wrong = fmt.Sprintf("the certificate of its signer '%s' is valid from '%s' through '%s' only", Name(c), day(c.NotBefore), day(c.NotAfter))
		default:
			return ""
		}
	}
	return wrong
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
