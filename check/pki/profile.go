package pki

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// maxSerialBits is a serial number of 20 octets (RFC 5280 section 4.1.2.2).
const maxSerialBits = 20*8 - 1

// profileFault holds certs[i], on a public path, to the form that RFC 5280
// prescribes. Some clients refuse what breaks it (OpenSSL's strict mode, which
// Python sets by default), and its authority has to revoke it within days
// (Baseline Requirements section 4.9.1.1). A user's own authority is not held
// to it.
func profileFault(certs []*x509.Certificate, i int) string {
	var wrong string
	switch anchor := i == len(certs)-1; {
	case i == 0:
		wrong = leafForm(certs[i])
	case anchor:
		wrong = authorityForm(certs[i])
	default:
		wrong = intermediateForm(certs[i])
	}
	if wrong == "" {
		wrong = identifierForm(certs, i)
	}
	if wrong == "" {
		return ""
	}
	return fmt.Sprintf("The certificate '%s' breaks the form of public certificates (RFC 5280), for which strict clients refuse it: %s.", Name(certs[i]), wrong)
}

func leafForm(c *x509.Certificate) string {
	switch {
	case c.SerialNumber.Sign() <= 0 || c.SerialNumber.BitLen() > maxSerialBits:
		return "its serial number is not positive or longer than 20 octets"
	case !c.IsCA && c.KeyUsage&x509.KeyUsageCertSign != 0:
		return "its key usage allows signing certificates, though it is no authority's"
	case has(c, oidNameConstraints):
		return "it has name constraints, though it is no authority's"
	case emptyName(c.RawSubject) && !critical(c, oidSubjectAltName):
		return "it has no subject, and its subject alternative names are not marked as critical"
	case slices.ContainsFunc(c.DNSNames, func(n string) bool { return strings.Contains(n, "_") }):
		return "a subject alternative name holds an underscore"
	}
	return ""
}

func intermediateForm(c *x509.Certificate) string {
	switch {
	case len(c.SubjectKeyId) == 0:
		return "an authority's certificate needs a subject key identifier"
	case has(c, oidPolicyConstraints) && !critical(c, oidPolicyConstraints):
		return "its policy constraints are not marked as critical"
	}
	return authorityForm(c)
}

func authorityForm(c *x509.Certificate) string {
	switch {
	case emptyName(c.RawSubject):
		return "an authority's certificate needs a subject"
	case !critical(c, oidBasicConstraints):
		return "its basic constraints are not marked as critical"
	}
	return ""
}

// identifierForm holds a certificate's authority key identifier to its issuer:
// it must be there, but in a root, and what it says must be true (OpenSSL does
// not take another certificate for the issuer).
func identifierForm(certs []*x509.Certificate, i int) string {
	c, parent := certs[i], certs[min(i+1, len(certs)-1)]
	value, there := extension(c, oidAuthorityKeyID)
	if i == len(certs)-1 && (!there || !selfIssued(c)) {
		return ""
	}
	if len(c.AuthorityKeyId) == 0 && c != parent {
		return "it has no authority key identifier"
	}
	if len(c.AuthorityKeyId) > 0 && len(parent.SubjectKeyId) > 0 && !bytes.Equal(c.AuthorityKeyId, parent.SubjectKeyId) ||
		!namesIssuer(value, parent) {
		return fmt.Sprintf("its authority key identifier does not name the key of its issuer '%s'", Name(parent))
	}
	return ""
}

// namesIssuer compares the issuer and serial number that an authority key
// identifier may give (RFC 5280 section 4.2.1.1) with those of the parent.
func namesIssuer(value []byte, parent *x509.Certificate) bool {
	input := cryptobyte.String(value)
	var seq, names, serial cryptobyte.String
	var hasNames, hasSerial bool
	if !input.ReadASN1(&seq, asn1.SEQUENCE) ||
		!seq.SkipOptionalASN1(asn1.Tag(0).ContextSpecific()) ||
		!seq.ReadOptionalASN1(&names, &hasNames, asn1.Tag(1).ContextSpecific().Constructed()) ||
		!seq.ReadOptionalASN1(&serial, &hasSerial, asn1.Tag(2).ContextSpecific()) {
		return false
	}
	if hasSerial && !bytes.Equal(serial, serialOctets(parent.SerialNumber)) {
		return false
	}
	for !names.Empty() {
		n, ok := readGeneralName(&names)
		if !ok {
			return false
		}
		if n.form == formDirectory && canonicalName(n.value) != canonicalName(parent.RawIssuer) {
			return false
		}
	}
	return true
}

// emptyName reports whether a distinguished name has no part.
func emptyName(raw []byte) bool {
	parts, ok := rdns(raw)
	return ok && len(parts) == 0
}
