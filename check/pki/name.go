package pki

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// hostFault says why the certificate does not cover the host (RFC 9525
// section 6): subject alternative names only, never the common name;
// addresses by address entries only.
func hostFault(c *Certificate, host string) string {
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
func altNames(c *Certificate) []string {
	names := append([]string(nil), c.DNSNames...)
	for _, octets := range c.IPAddresses {
		if ip, ok := netip.AddrFromSlice(octets); ok {
			names = append(names, ip.String())
		}
	}
	return names
}

func coversAddress(c *Certificate, ip netip.Addr) bool {
	for _, have := range c.IPAddresses {
		if a, ok := netip.AddrFromSlice(have); ok && a == ip.WithZone("") {
			return true
		}
	}
	return false
}

func coversName(c *Certificate, host string) bool {
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
// to its right that are not a public suffix: browsers and OpenSSL refuse one
// that covers a top-level domain, Chromium one that covers a public suffix.
func matches(pattern, host string) bool {
	parent, wild := strings.CutPrefix(pattern, "*.")
	if !wild {
		return pattern == host
	}
	_, rest, _ := strings.Cut(host, ".")
	return strings.Contains(parent, ".") && parent == rest && !publicSuffix(parent)
}

// publicSuffix reports whether a name is a suffix of the ICANN section of the
// public suffix list, below which anyone can register names: Chromium lets no
// wildcard stand right below it.
func publicSuffix(name string) bool {
	suffix, icann := publicsuffix.PublicSuffix(name)
	return icann && suffix == name
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
