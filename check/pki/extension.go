package pki

import (
	"crypto/x509"
	"encoding/asn1"
	"math/big"
)

// Extensions that crypto/x509 has no field for, or not one for all they say.
var (
	oidKeyUsage          = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSubjectAltName    = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasicConstraints  = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidNameConstraints   = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidAuthorityKeyID    = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidPolicyConstraints = asn1.ObjectIdentifier{2, 5, 29, 36}
	oidExtKeyUsage       = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidTLSFeature        = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}
	oidSCTList           = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}
)

// extension returns the value of an extension, and whether there is one.
func extension(c *x509.Certificate, id asn1.ObjectIdentifier) ([]byte, bool) {
	for _, e := range c.Extensions {
		if e.Id.Equal(id) {
			return e.Value, true
		}
	}
	return nil, false
}

func has(c *x509.Certificate, id asn1.ObjectIdentifier) bool {
	_, there := extension(c, id)
	return there
}

// critical reports whether there is such an extension marked as critical.
func critical(c *x509.Certificate, id asn1.ObjectIdentifier) bool {
	for _, e := range c.Extensions {
		if e.Id.Equal(id) {
			return e.Critical
		}
	}
	return false
}

// serialOctets is the content of a serial number's DER INTEGER.
func serialOctets(serial *big.Int) []byte {
	b := serial.Bytes()
	if len(b) == 0 || b[0] >= 0x80 {
		b = append([]byte{0}, b...)
	}
	return b
}
