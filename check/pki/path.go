package pki

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"github.com/tlsgate/tlsgate/check/text"
)

// pathFaults judges one complete path (RFC 5280 section 6.1). What belongs to
// the leaf alone is judged elsewhere.
func (s *search) pathFaults(p path) []Fault {
	var faults []Fault
	tell := func(kind Kind, c *x509.Certificate, detail string) {
		if detail != "" {
			faults = append(faults, Fault{Kind: kind, Cert: c, Detail: detail})
		}
	}
	public := p.anchor.public()
	for i, c := range p.certs {
		tell(UntrustedRoot, c, unknownCritical(c))
		if public {
			tell(UntrustedRoot, c, profileFault(p.certs, i))
		}
		if i == 0 {
			continue
		}
		tell(UntrustedRoot, c, issuerFault(p.certs, i))
		// The anchor is judged by time as well. Browsers differ on it, but
		// OpenSSL, Go and Mozilla's library refuse an expired one, and the
		// public programs remove theirs before that day.
		faults = append(faults, validity(c, s.q.At)...)
		anchor := i == len(p.certs)-1
		if !anchor {
			tell(WeakSignature, c, weakSignature(c))
		}
		if !anchor || public { // the key of a user's own anchor is the user's choice
			tell(WeakKey, c, s.keyFault(c))
		}
	}
	constraining, detail := nameFault(p.certs, &s.comparisons)
	tell(UntrustedRoot, constraining, detail)
	for _, c := range p.fetched {
		tell(IncompleteChain, c, fmt.Sprintf("The server does not send the intermediate certificate '%s', which the chain needs; "+
			"it was fetched from the address that the certificate it issued names.", Name(c)))
	}
	if public {
		faults = append(faults, programFaults(p, issued(s.q.Leaf, s.scts), s.q.At)...)
	}
	return faults
}

// keyFault is the function of that name, asked once for each certificate.
func (s *search) keyFault(c *x509.Certificate) string {
	detail, known := s.keys[c]
	if !known {
		detail = keyFault(c)
		s.keys[c] = detail
	}
	return detail
}

// validity judges a certificate's dates, to the second and both included
// (RFC 5280 section 4.1.2.5).
func validity(c *x509.Certificate, at time.Time) []Fault {
	switch {
	case at.Before(c.NotBefore):
		return []Fault{{Kind: NotYetValid, Cert: c, Detail: fmt.Sprintf(
			"The certificate '%s' is not valid before '%s'; it was looked at on '%s'.", Name(c), day(c.NotBefore), day(at))}}
	case at.Truncate(time.Second).After(c.NotAfter):
		return []Fault{{Kind: Expired, Cert: c, Detail: fmt.Sprintf(
			"The certificate '%s' expired on '%s'; it was looked at on '%s'.", Name(c), day(c.NotAfter), day(at))}}
	}
	return nil
}

// unknownCritical names a critical extension that nothing here understands
// (RFC 5280 section 4.2). Name constraints are all understood here, though
// crypto/x509 leaves some forms to its caller.
func unknownCritical(c *x509.Certificate) string {
	for _, id := range c.UnhandledCriticalExtensions {
		if !id.Equal(oidNameConstraints) {
			return fmt.Sprintf("The certificate '%s' has the critical extension '%s', which clients do not know and so must refuse.",
				Name(c), show(id.String()))
		}
	}
	return ""
}

// issuerFault says why certs[i], which signed its predecessor, may not have.
func issuerFault(certs []*x509.Certificate, i int) string {
	c, anchor := certs[i], i == len(certs)-1
	// A version 1 certificate cannot say that it is a CA's; as an anchor it is
	// one because it was chosen to be.
	said := c.BasicConstraintsValid || anchor && c.Version < 3
	switch {
	case !said || c.BasicConstraintsValid && !c.IsCA:
		return fmt.Sprintf("The certificate '%s' is not a certificate authority's, but signed '%s'.", Name(c), Name(certs[i-1]))
	case has(c, oidKeyUsage) && c.KeyUsage&x509.KeyUsageCertSign == 0:
		return fmt.Sprintf("The key usage of '%s' does not allow signing certificates, but it signed '%s'.", Name(c), Name(certs[i-1]))
	case pathTooLong(certs, i):
		return fmt.Sprintf("The certificate '%s' allows %s below it, and there are more.", Name(c),
			text.Count(c.MaxPathLen, "intermediate certificate"))
	case !allowsServers(c):
		return fmt.Sprintf("The extended key usage of '%s' does not allow it to issue for TLS servers.", Name(c))
	}
	return ""
}

// pathTooLong reports whether more intermediates lie between certs[i] and the
// leaf than certs[i] allows. Self-issued ones do not count (RFC 5280 section
// 6.1.4 (l)).
func pathTooLong(certs []*x509.Certificate, i int) bool {
	c := certs[i]
	if !c.BasicConstraintsValid || c.MaxPathLen < 0 || c.MaxPathLen == 0 && !c.MaxPathLenZero {
		return false
	}
	below := 0
	for _, k := range certs[1:i] {
		if !selfIssued(k) {
			below++
		}
	}
	return below > c.MaxPathLen
}

func selfIssued(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer)
}

// allowsServers reports whether an issuer's extended key usage, where it has
// one, covers TLS servers. Clients hold issuers to it, though RFC 5280 does not.
func allowsServers(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}
