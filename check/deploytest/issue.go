package deploytest

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"time"
)

// An Issue makes the certificate, with the chain to send, of a deployment.
type Issue func(n *Network, host string) tls.Certificate

const day = 24 * time.Hour

// Issued is good but for what the Spec says: the network's issuer signs it.
// The Spec's Hosts default to the deployment's host.
func Issued(s Spec) Issue {
	return func(n *Network, host string) tls.Certificate {
		return n.Issuer().Leaf(leafSpec(s, host))
	}
}

// WithRSA is good, with an RSA key of 2048 bits.
func WithRSA(n *Network, host string) tls.Certificate {
	return Issued(Spec{Key: RSA(2048)})(n, host)
}

// Present is a certificate made beforehand.
func Present(c tls.Certificate) Issue {
	return func(*Network, string) tls.Certificate { return c }
}

// leafSpec adds what every certificate of the issuer has: the host, where
// the issuer's certificate and CRL are found, and two SCTs.
func leafSpec(s Spec, host string) Spec {
	if s.Hosts == nil {
		s.Hosts = []string{host}
	}
	edit := s.Edit
	s.Edit = func(c *x509.Certificate) {
		c.IssuingCertificateURL = []string{IssuerURL}
		c.CRLDistributionPoints = []string{IssuerCRLURL}
		c.ExtraExtensions = []pkix.Extension{SCTList(SCT(1, c.NotBefore), SCT(2, c.NotBefore))}
		if edit != nil {
			edit(c)
		}
	}
	return s
}

// Expired ended yesterday.
func Expired(n *Network, host string) tls.Certificate {
	return Issued(Spec{NotBefore: time.Now().Add(-40 * day), NotAfter: time.Now().Add(-day)})(n, host)
}

// NotYetValid begins tomorrow.
func NotYetValid(n *Network, host string) tls.Certificate {
	return Issued(Spec{NotBefore: time.Now().Add(day)})(n, host)
}

// Expiring ends in two days.
func Expiring(n *Network, host string) tls.Certificate {
	return Issued(Spec{NotBefore: time.Now().Add(-38 * day), NotAfter: time.Now().Add(2 * day)})(n, host)
}

// WrongHost is for another host.
func WrongHost(n *Network, host string) tls.Certificate {
	return Issued(Spec{Hosts: []string{"other.example"}})(n, host)
}

// WrongUsage is for TLS clients.
func WrongUsage(n *Network, host string) tls.Certificate {
	return Issued(Spec{Edit: func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}})(n, host)
}

// Untrusted hangs from another root, in a complete chain.
func Untrusted(_ *Network, host string) tls.Certificate {
	return NewRoot(Spec{Name: "Private Root"}).
		Intermediate(Spec{Name: "Private Issuing CA"}).
		Leaf(Spec{Hosts: []string{host}})
}

// SignedByItself has no CA at all.
func SignedByItself(_ *Network, host string) tls.Certificate {
	return SelfSigned(Spec{Name: host, Hosts: []string{host}})
}

// Incomplete lacks the intermediate, which is to be had as DER from the URL
// of its Authority Information Access.
func Incomplete(n *Network, host string) tls.Certificate {
	c := Issued(Spec{})(n, host)
	c.Certificate = c.Certificate[:1]
	return c
}

// IncompletePKCS7 lacks the intermediate, which is to be had as a PKCS #7
// bundle (RFC 5280 section 4.2.2.1).
func IncompletePKCS7(n *Network, host string) tls.Certificate {
	c := Issued(Spec{Edit: func(c *x509.Certificate) {
		c.IssuingCertificateURL = []string{IssuerBundleURL}
	}})(n, host)
	c.Certificate = c.Certificate[:1]
	return c
}

// ExpiredIntermediate is valid itself, below an intermediate that is not.
func ExpiredIntermediate(n *Network, host string) tls.Certificate {
	return n.Root().
		Intermediate(Spec{Name: "Expired Issuing CA", NotAfter: time.Now().Add(-day)}).
		Leaf(Spec{Hosts: []string{host}})
}

// ExpiredCrossSign is good: an expired certificate of the issuer is sent
// too, ahead of the valid one.
func ExpiredCrossSign(n *Network, host string) tls.Certificate {
	c := Issued(Spec{})(n, host)
	old := n.Root().CrossSign(n.Issuer(), Spec{NotAfter: time.Now().Add(-day)})
	c.Certificate = [][]byte{c.Certificate[0], old.Certificate.Raw, c.Certificate[1]}
	return c
}

// RevokedByCRL is on the CRL that it names.
func RevokedByCRL(n *Network, host string) tls.Certificate {
	c := Issued(Spec{})(n, host)
	n.Revoke(c.Leaf)
	return c
}

// RevokedByOCSP names an OCSP responder, which says so, and no CRL.
func RevokedByOCSP(n *Network, host string) tls.Certificate {
	c := Issued(Spec{Edit: func(c *x509.Certificate) {
		c.CRLDistributionPoints, c.OCSPServer = nil, []string{OCSPURL}
	}})(n, host)
	n.Revoke(c.Leaf)
	return c
}

// Stapled demands stapling, and comes with an OCSP response of this status.
func Stapled(status CertStatus) Issue {
	return func(n *Network, host string) tls.Certificate {
		c := Unstapled(n, host)
		c.OCSPStaple = n.Issuer().OCSP(OCSP{Serial: c.Leaf.SerialNumber, Status: status})
		return c
	}
}

// Unstapled demands stapling, and none comes.
func Unstapled(n *Network, host string) tls.Certificate {
	return Issued(Spec{Edit: func(c *x509.Certificate) {
		c.OCSPServer = []string{OCSPURL}
		c.ExtraExtensions = append(c.ExtraExtensions, MustStaple)
	}})(n, host)
}

// ManyYears is valid for longer than any public CA may issue.
func ManyYears(n *Network, host string) tls.Certificate {
	return Issued(Spec{NotAfter: time.Now().Add(3650 * day)})(n, host)
}

// SmallKey has an RSA key of 1024 bits.
func SmallKey(n *Network, host string) tls.Certificate {
	return Issued(Spec{Key: RSA(1024)})(n, host)
}

// Unlogged has no SCTs.
func Unlogged(n *Network, host string) tls.Certificate {
	return Issued(Spec{Edit: func(c *x509.Certificate) { c.ExtraExtensions = nil }})(n, host)
}
