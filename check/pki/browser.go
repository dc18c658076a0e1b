package pki

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
)

// maxFirefoxIntermediates is how many certificates Firefox takes between the
// leaf and the root.
const maxFirefoxIntermediates = 6

// browserFaults are the reasons for which Chromium or Firefox refuse a path
// and that path validation alone does not give: what each does is observed by
// BoringSSL's pki library, by mozilla::pkix, and by asking the programs.
func browserFaults(certs []*Certificate) []Fault {
	var faults []Fault
	tell := func(c *Certificate, by []Verifier, why string) {
		if why != "" {
			faults = append(faults, refusal(c, by, why))
		}
	}
	firefox, chromium := []Verifier{Firefox}, []Verifier{Chromium}
	for i, c := range certs {
		if i > 0 {
			faults = append(faults, formFaults(c, false)...)
			faults = append(faults, criticalFaults(c)...)
			tell(c, firefox, featureFault(certs, i))
		}
		if i == len(certs)-1 {
			break
		}
		if !c.algorithm.accepted() {
			tell(c, []Verifier{Chromium, Firefox}, "it is signed with an algorithm that no browser verifies")
		}
		if !bytes.Equal(c.RawIssuer, certs[i+1].RawSubject) {
			tell(c, firefox, fmt.Sprintf("its issuer is the subject of '%s' in other octets (string types, letter case or spaces), and they are compared as they are", Name(certs[i+1])))
		}
	}
	if n := len(certs) - 2; n > maxFirefoxIntermediates {
		tell(certs[0], firefox, fmt.Sprintf("its chain has %d intermediate certificates, and %d are the most", n, maxFirefoxIntermediates))
	}
	if c, why := policyFault(certs); c != nil {
		tell(c, chromium, why)
	}
	return faults
}

// leafRefusals are the reasons that lie in the leaf, whatever its path.
func leafRefusals(c *Certificate) []Fault {
	faults := append(formFaults(c, true), criticalFaults(c)...)
	if key, ok := c.PublicKey.(*ecdsa.PublicKey); ok && key.Curve == elliptic.P521() {
		faults = append(faults, refusal(c, []Verifier{Chromium}, "it offers no signature algorithm for its key, which is on the curve 'P-521'"))
	}
	return faults
}

// featureFault says that an issuer's TLS feature extension (RFC 7633 section
// 4.2.2) is not repeated by the certificate below.
func featureFault(certs []*Certificate, i int) string {
	issuer, there := extension(certs[i], oidTLSFeature)
	if !there {
		return ""
	}
	if below, _ := extension(certs[i-1], oidTLSFeature); bytes.Equal(issuer, below) {
		return ""
	}
	return fmt.Sprintf("its TLS feature extension is not repeated by '%s'", Name(certs[i-1]))
}

// The critical extensions that both browsers understand, and those that one
// does.
var (
	criticalBoth = []asn1.ObjectIdentifier{oidKeyUsage, oidSubjectAltName, oidBasicConstraints, oidNameConstraints,
		oidCertPolicies, oidPolicyConstraints, oidExtKeyUsage, oidInhibitAny}
	criticalChromium = []asn1.ObjectIdentifier{oidPolicyMappings}
	criticalFirefox  = []asn1.ObjectIdentifier{oidAuthorityAccess, oidTLSFeature, oidSCTList, oidQCStatements, oidOCSPNoCheck}
)

// criticalFaults name the critical extensions that a browser does not
// understand, and so refuses (RFC 5280 section 4.2).
func criticalFaults(c *Certificate) []Fault {
	var faults []Fault
	for _, e := range c.Extensions {
		if !e.Critical {
			continue
		}
		by := []Verifier{Chromium, Firefox}
		switch in := func(list []asn1.ObjectIdentifier) bool { return slices.ContainsFunc(list, e.ID.Equal) }; {
		case in(criticalBoth):
			continue
		case in(criticalChromium) || e.ID.Equal(oidApplicationPolicy) && has(c, oidExtKeyUsage):
			by = []Verifier{Firefox}
		case in(criticalFirefox):
			by = []Verifier{Chromium}
		}
		faults = append(faults, refusal(c, by, fmt.Sprintf("it has the critical extension '%s', which is not understood", show(oidText(e.raw)))))
	}
	return faults
}

// handshakeFault says why the key usage of a leaf does not fit what its key is
// used for (RFC 8446 section 4.4.2.2, RFC 5246 section 7.4.2): signatures, or
// in a handshake with RSA key exchange decryption.
func handshakeFault(c *Certificate, encipherment bool) string {
	need, word := x509.KeyUsageDigitalSignature, "digitalSignature"
	if encipherment {
		need, word = x509.KeyUsageKeyEncipherment, "keyEncipherment"
	}
	if !has(c, oidKeyUsage) || c.KeyUsage&need != 0 {
		return ""
	}
	return fmt.Sprintf("The key usage of '%s' lacks '%s', which the handshake needs: clients refuse it.", Name(c), word)
}
