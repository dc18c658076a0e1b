package pki

import (
	"encoding/asn1"
	"slices"
)

// Extensions that crypto/x509 has no field for, or not one for all they say.
var (
	oidKeyUsage              = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSubjectAltName        = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasicConstraints      = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidNameConstraints       = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidPolicyConstraints     = asn1.ObjectIdentifier{2, 5, 29, 36}
	oidCertPolicies          = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidPolicyMappings        = asn1.ObjectIdentifier{2, 5, 29, 33}
	oidInhibitAny            = asn1.ObjectIdentifier{2, 5, 29, 54}
	oidAuthorityAccess       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}
	oidQCStatements          = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
	oidOCSPNoCheck           = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
	oidApplicationPolicy     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 21, 10}
	oidCRLDistributionPoints = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidExtKeyUsage           = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidTLSFeature            = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}
	oidSCTList               = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}
)

// extension returns the value of an extension, and whether there is one.
func extension(c *Certificate, id asn1.ObjectIdentifier) ([]byte, bool) {
	for _, e := range c.Extensions {
		if e.ID.Equal(id) {
			return e.Value, true
		}
	}
	return nil, false
}

func has(c *Certificate, id asn1.ObjectIdentifier) bool {
	_, there := extension(c, id)
	return there
}

// critical reports whether there is such an extension marked as critical.
func critical(c *Certificate, id asn1.ObjectIdentifier) bool {
	for _, e := range c.Extensions {
		if e.ID.Equal(id) {
			return e.Critical
		}
	}
	return false
}

// The purposes of an extended key usage (RFC 5280 section 4.2.1.12).
var (
	usageServerAuth      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}
	usageCodeSigning     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 3}
	usageEmailProtection = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}
	usageTimeStamping    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	usageOCSPSigning     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 9}
	usagePrecertificate  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 4}
	usageAny             = asn1.ObjectIdentifier{2, 5, 29, 37, 0}
)

// allows reports whether the extended key usage names a purpose.
func (c *Certificate) allows(usage asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(c.ExtKeyUsage, usage.Equal)
}
