package pki

import (
	"crypto/x509"
	"fmt"
	"slices"
)

// leafFaults judges what belongs to the leaf whatever its path. An anchored
// leaf is itself a trust anchor: its owner chose it, so it need not say what
// it is good for, but what it says counts.
func (s *search) leafFaults(anchored bool) []Fault {
	leaf := s.q.Leaf
	faults := validity(leaf, s.q.At)
	tell := func(kind Kind, detail, section string) {
		if detail != "" {
			faults = append(faults, Fault{Kind: kind, Cert: leaf, Detail: detail, Baseline: section})
		}
	}
	if !s.q.AnyHost {
		tell(HostnameMismatch, hostFault(leaf, s.q.Host), "")
	}
	usage, section := usageFault(leaf, anchored)
	tell(WrongUsage, usage, section)
	tell(WeakKey, s.keyFault(leaf), "")
	if !selfIssued(leaf) {
		tell(WeakSignature, weakSignature(leaf), "")
	}
	tell(ValidityTooLong, lifetimeFault(leaf), "6.3.2")
	return faults
}

// usageFault says why the leaf is no TLS server's certificate, and which
// section of the Baseline Requirements alone forbids it.
func usageFault(c *x509.Certificate, anchored bool) (detail, section string) {
	server := slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	anyUsage := slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
	says := has(c, oidExtKeyUsage)
	switch {
	case says && !server && !anyUsage:
		return fmt.Sprintf("The certificate '%s' is not for TLS servers: its extended key usage lacks serverAuth.", Name(c)), ""
	case anyUsage:
		return fmt.Sprintf("The certificate '%s' is for any usage (anyExtendedKeyUsage), which a TLS server's must not be.", Name(c)), "7.1.2.7.10"
	case anchored:
		return "", ""
	case !says:
		return fmt.Sprintf("The certificate '%s' does not say that it is for TLS servers: it has no extended key usage, and so lacks serverAuth.", Name(c)), "7.1.2.7.10"
	case c.IsCA:
		return fmt.Sprintf("The certificate '%s' is a certificate authority's, which a TLS server's must not be.", Name(c)), "7.1.2.7.8"
	}
	return "", ""
}
