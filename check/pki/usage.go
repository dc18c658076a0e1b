package pki

import (
	"crypto/x509"
	"fmt"
	"slices"
)

// leafFaults judges what belongs to the leaf whatever its path. An anchored
// leaf is itself a trust anchor: its owner chose it, so it need not say what
// it is good for, but what it says counts.
func leafFaults(q Query, anchored bool) []Fault {
	faults := validity(q.Leaf, q.At)
	if !q.AnyHost {
		if detail := hostFault(q.Leaf, q.Host); detail != "" {
			faults = append(faults, Fault{Kind: HostnameMismatch, Cert: q.Leaf, Detail: detail})
		}
	}
	if detail, section := usageFault(q.Leaf, anchored); detail != "" {
		faults = append(faults, Fault{Kind: WrongUsage, Cert: q.Leaf, Detail: detail, Baseline: section})
	}
	return faults
}

// usageFault says why the leaf is no TLS server's certificate, and which
// section of the Baseline Requirements alone forbids it.
func usageFault(c *x509.Certificate, anchored bool) (detail, section string) {
	server := slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	anyUsage := slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
	_, says := extension(c, oidExtKeyUsage)
	switch {
	case says && !server && !anyUsage:
		return fmt.Sprintf("The certificate '%s' is not for TLS servers: its extended key usage lacks serverAuth.", subject(c)), ""
	case anyUsage:
		return fmt.Sprintf("The certificate '%s' is for any usage (anyExtendedKeyUsage), which a TLS server's must not be.", subject(c)), "7.1.2.7.10"
	case anchored:
		return "", ""
	case !says:
		return fmt.Sprintf("The certificate '%s' does not say that it is for TLS servers: it has no extended key usage, and so lacks serverAuth.", subject(c)), "7.1.2.7.10"
	case c.IsCA:
		return fmt.Sprintf("The certificate '%s' is a certificate authority's, which a TLS server's must not be.", subject(c)), "7.1.2.7.8"
	}
	return "", ""
}
