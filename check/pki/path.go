package pki

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/tlsgate/tlsgate/check/text"
)

// pathFaults judges one complete path (RFC 5280 section 6.1, and what browsers
// make of it). What belongs to the leaf alone is judged elsewhere.
func (s *search) pathFaults(p path) []Fault {
	var faults []Fault
	tell := func(kind Kind, c *Certificate, detail string) {
		if detail != "" {
			faults = append(faults, Fault{Kind: kind, Cert: c, Detail: detail})
		}
	}
	public := p.anchor.public()
	for i, c := range p.certs {
		if i == 0 {
			continue
		}
		tell(UntrustedRoot, c, issuerFault(p.certs, i))
		tell(WrongUsage, c, issuerUsageFault(c))
		if pathTooLong(p.certs, i) {
			faults = append(faults, refusal(c, []Verifier{Chromium, Firefox}, fmt.Sprintf("it allows %s below it, and there are more",
				text.Count(c.MaxPathLen, "intermediate certificate"))))
		}
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
	faults = append(faults, nameFaults(p.certs, &s.comparisons)...)
	faults = append(faults, browserFaults(p.certs)...)
	for _, c := range p.fetched {
		tell(IncompleteChain, c, fmt.Sprintf("The server does not send the intermediate certificate '%s', which the chain needs; "+
			"it was fetched from the address that the certificate it issued names.", Name(c)))
	}
	if public {
		faults = append(faults, programFaults(p, issued(s.q.Leaf, s.scts), s.q.At)...)
	}
	return faults
}

// keyFault says why a certificate's key is weak, worked out once for each key.
func (s *search) keyFault(c *Certificate) string {
	key := string(c.RawSubjectPublicKeyInfo)
	weakness, known := s.keys[key]
	if !known {
		weakness = keyWeakness(c)
		s.keys[key] = weakness
	}
	if weakness == "" {
		return ""
	}
	return fmt.Sprintf("The key of '%s' %s.", Name(c), weakness)
}

// validity judges a certificate's dates, to the second and both included
// (RFC 5280 section 4.1.2.5). Where the end lies before the beginning, both can
// be wrong.
func validity(c *Certificate, at time.Time) (faults []Fault) {
	if c.NotAfter.IsZero() { // the form is at fault
		return nil
	}
	if at.Before(c.NotBefore) {
		faults = append(faults, Fault{Kind: NotYetValid, Cert: c, Detail: fmt.Sprintf(
			"The certificate '%s' is not valid before '%s'; checked on '%s'.", Name(c), day(c.NotBefore), day(at))})
	}
	if at.Truncate(time.Second).After(c.NotAfter) {
		faults = append(faults, Fault{Kind: Expired, Cert: c, Detail: fmt.Sprintf(
			"The certificate '%s' expired on '%s'; checked on '%s'.", Name(c), day(c.NotAfter), day(at))})
	}
	return faults
}

// issuerFault says why certs[i], which signed its predecessor, may not have.
func issuerFault(certs []*Certificate, i int) string {
	c, anchor := certs[i], i == len(certs)-1
	// A version 1 certificate cannot say that it is a CA's; as an anchor it is
	// one because it was chosen to be.
	stated := c.BasicConstraintsValid || anchor && c.Version < 3
	switch {
	case !stated || c.BasicConstraintsValid && !c.IsCA:
		return fmt.Sprintf("The certificate '%s' is not a certificate authority's, but signed '%s'.", Name(c), Name(certs[i-1]))
	case has(c, oidKeyUsage) && c.KeyUsage&x509.KeyUsageCertSign == 0:
		return fmt.Sprintf("The key usage of '%s' does not allow signing certificates, but it signed '%s'.", Name(c), Name(certs[i-1]))
	}
	return ""
}

// pathTooLong reports whether more intermediates lie between certs[i] and the
// leaf than certs[i] allows. Self-issued ones do not count (RFC 5280 section
// 6.1.4 (l)).
func pathTooLong(certs []*Certificate, i int) bool {
	c := certs[i]
	if c.MaxPathLen < 0 {
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

func selfIssued(c *Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer)
}

// issuerUsageFault says that an issuer's extended key usage, where it has one,
// does not cover TLS servers. Clients hold issuers to it, though RFC 5280 does
// not; anyExtendedKeyUsage alone is not enough for Firefox, OpenSSL and GnuTLS.
func issuerUsageFault(c *Certificate) string {
	switch {
	case !has(c, oidExtKeyUsage) || c.allows(usageServerAuth):
		return ""
	case c.allows(usageAny):
		return fmt.Sprintf("The extended key usage of '%s' names any usage (anyExtendedKeyUsage), but not TLS servers: Firefox, OpenSSL and GnuTLS refuse what it issues.", Name(c))
	}
	return fmt.Sprintf("The extended key usage of '%s' does not allow it to issue for TLS servers.", Name(c))
}
