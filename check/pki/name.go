package pki

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"strings"
)

// hostFault says why the certificate does not cover the host (RFC 9525
// section 6): subject alternative names only, never the common name;
// addresses by address entries only.
func hostFault(c *x509.Certificate, host string) string {
	var covered bool
	if ip, err := netip.ParseAddr(host); err == nil {
		covered = coversAddress(c, ip)
	} else {
		covered = coversName(c, host)
	}
	if covered {
		return ""
	}
	names := altNames(c)
	if len(names) > 0 {
		return fmt.Sprintf("The certificate '%s' does not cover the host '%s'. Its subject alternative names are: %s.",
			Name(c), show(host), list(names))
	}
	detail := fmt.Sprintf("The certificate '%s' does not cover the host '%s': it has no subject alternative name for a host.", Name(c), show(host))
	if strings.EqualFold(c.Subject.CommonName, host) {
		detail += " That its common name is the host does not count: clients no longer read it."
	}
	return detail
}

// altNames lists the DNS names and addresses of the certificate.
func altNames(c *x509.Certificate) []string {
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

func coversAddress(c *x509.Certificate, ip netip.Addr) bool {
	for _, have := range c.IPAddresses {
		if a, ok := netip.AddrFromSlice(have); ok && a.Unmap() == ip.WithZone("").Unmap() {
			return true
		}
	}
	return false
}

func coversName(c *x509.Certificate, host string) bool {
	host = lowerASCII(strings.TrimSuffix(host, "."))
	if !hostName(host) {
		return false
	}
	for _, pattern := range c.DNSNames {
		if matches(lowerASCII(pattern), host) {
			return true
		}
	}
	return false
}

// matches reports whether a DNS name of a certificate covers the host. A
// wildcard stands for exactly the whole leftmost label, and needs two labels
// to its right: browsers and OpenSSL refuse one that covers a top-level domain.
func matches(pattern, host string) bool {
	parent, wild := strings.CutPrefix(pattern, "*.")
	if !wild {
		return pattern == host
	}
	_, rest, _ := strings.Cut(host, ".")
	return strings.Contains(parent, ".") && parent == rest
}

// hostName reports whether s is a name that can be asked for: non-empty labels
// of letters, digits, hyphens and (as some do) underscores.
func hostName(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || strings.ContainsFunc(label, func(r rune) bool {
			return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
		}) {
			return false
		}
	}
	return true
}
