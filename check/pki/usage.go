package pki

import (
	"encoding/asn1"
	"fmt"
)

// leafFaults judges the leaf at the end of the best path, which may be none. An
// anchored leaf is itself a trust anchor: its owner chose it, so it need not
// say what it is good for, but what it says counts. What speaks of the public
// root programs does not apply where the path ends at a root of the user's own.
func (s *search) leafFaults(best path) []Fault {
	leaf := s.q.Leaf
	anchored := len(best.certs) == 1
	own := best.certs != nil && !best.anchor.public()
	faults := validity(leaf, s.q.At)
	tell := func(kind Kind, detail, section string) {
		if detail != "" {
			faults = append(faults, Fault{Kind: kind, Cert: leaf, Detail: detail, Baseline: section})
		}
	}
	if !s.q.AnyHost {
		tell(HostnameMismatch, hostFault(leaf, s.q.Host), "")
	}
	usage, section := usageFault(leaf, anchored, own)
	tell(WrongUsage, usage, section)
	tell(WrongUsage, handshakeFault(leaf, s.q.KeyEncipherment), "RFC 8446 section 4.4.2.2")
	tell(WeakKey, s.keyFault(leaf), "")
	if !selfIssued(leaf) {
		tell(WeakSignature, weakSignature(leaf), "")
	}
	faults = append(faults, leafRefusals(leaf)...)
	if !own {
		tell(WrongUsage, forbiddenUsage(leaf), "7.1.2.7.10")
		tell(ValidityTooLong, lifetimeFault(leaf), "6.3.2")
	}
	return faults
}

// usageFault says why the leaf is no TLS server's certificate, and which
// section of the Baseline Requirements alone forbids it.
func usageFault(c *Certificate, anchored, own bool) (detail, section string) {
	server, anyUsage := c.allows(usageServerAuth), c.allows(usageAny)
	says := has(c, oidExtKeyUsage)
	switch {
	case says && !server && !anyUsage:
		return fmt.Sprintf("The certificate '%s' is not for TLS servers: its extended key usage lacks serverAuth.", Name(c)), ""
	case anyUsage:
		return fmt.Sprintf("The certificate '%s' is for any usage (anyExtendedKeyUsage), which a TLS server's must not be.", Name(c)), "7.1.2.7.10"
	case c.allows(usageOCSPSigning):
		return fmt.Sprintf("The certificate '%s' is for signing OCSP responses as well, for which Firefox refuses it.", Name(c)), ""
	case anchored:
		return "", ""
	case !says && !own:
		return fmt.Sprintf("The certificate '%s' does not say that it is for TLS servers: it has no extended key usage, and so lacks serverAuth.", Name(c)), "7.1.2.7.10"
	case c.IsCA:
		return fmt.Sprintf("The certificate '%s' is a certificate authority's, which a TLS server's must not be.", Name(c)), "7.1.2.7.8"
	}
	return "", ""
}

// forbiddenUsage names a purpose that a public TLS server's certificate must
// not have beside serverAuth (Baseline Requirements section 7.1.2.7.10).
func forbiddenUsage(c *Certificate) string {
	for _, u := range []struct {
		usage asn1.ObjectIdentifier
		name  string
	}{
		{usageCodeSigning, "codeSigning"}, {usageEmailProtection, "emailProtection"},
		{usageTimeStamping, "timeStamping"}, {usagePrecertificate, "Precertificate Signing"},
	} {
		if c.allows(usageServerAuth) && c.allows(u.usage) {
			return fmt.Sprintf("The certificate '%s' is for '%s' besides TLS servers, which public certificates must not be.", Name(c), u.name)
		}
	}
	return ""
}
