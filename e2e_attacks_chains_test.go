//go:build hostile && unix

package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// leaf is a certificate of the issuer that an edit makes large.
func leaf(edit func(*x509.Certificate)) func(*attackServer) tls.Certificate {
	return func(a *attackServer) tls.Certificate {
		return a.network.Issuer().Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Edit: func(c *x509.Certificate) {
			withoutSources(c)
			edit(c)
		}})
	}
}

// goodAnswer is a good answer.
var goodAnswer = answers("Content-Type: text/html\r\n", textBody("<p>"))

// chains are certificates that cost more than others.
func chains() map[string]attack {
	return map[string]attack{
		"2000 names": {serve: goodAnswer, pass: true, patient: true, certificate: leaf(func(c *x509.Certificate) {
			for i := range 2000 {
				c.DNSNames = append(c.DNSNames, fmt.Sprintf("host-number-%d.example", i))
			}
		})},
		"100,000 names": {serve: goodAnswer, certificate: leaf(func(c *x509.Certificate) {
			for i := range 100_000 {
				c.DNSNames = append(c.DNSNames, fmt.Sprintf("host-number-%d.example", i))
			}
		})},
		"100 times the issuer": {serve: goodAnswer, certificate: func(a *attackServer) tls.Certificate {
			cert := leaf(func(*x509.Certificate) {})(a)
			for range 100 {
				cert.Certificate = append(cert.Certificate, cert.Certificate[1])
			}
			return cert
		}},
		"1000 links": {serve: goodAnswer, certificate: func(a *attackServer) tls.Certificate {
			cert := leaf(func(*x509.Certificate) {})(a)
			for range 1000 {
				cert.Certificate = append(cert.Certificate, cert.Certificate[1])
			}
			return cert
		}},
		"a chain of 100":  {serve: goodAnswer, certificate: longChain(100)},
		"in a circle":     {serve: goodAnswer, certificate: circle},
		"key of 16k bits": {serve: goodAnswer, targets: 4, patient: true, certificate: hugeKey},
		"250 KB at 64 addresses": {targets: 8, addresses: 64, serve: goodAnswer, certificate: leaf(func(c *x509.Certificate) {
			for i := range 7000 {
				c.DNSNames = append(c.DNSNames, fmt.Sprintf("host-number-%d.a-long-name.example", i))
			}
		})},
	}
}

// longChain is a chain of n intermediates.
func longChain(n int) func(*attackServer) tls.Certificate {
	return func(a *attackServer) tls.Certificate {
		ca := a.network.Root()
		for range n {
			ca = ca.Intermediate(deploytest.Spec{Name: "One of many", Edit: withoutSources})
		}
		return ca.Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Edit: withoutSources})
	}
}

// circle is a chain of authorities that certify each other.
func circle(a *attackServer) tls.Certificate {
	one, two := deploytest.NewRoot(deploytest.Spec{Name: "One"}), deploytest.NewRoot(deploytest.Spec{Name: "Two"})
	cert := one.Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Edit: withoutSources})
	cert.Certificate = append(cert.Certificate[:1], two.CrossSign(one, deploytest.Spec{}).Certificate.Raw, one.CrossSign(two, deploytest.Spec{}).Certificate.Raw)
	return cert
}

// hugeKey is a certificate with a modulus of 16,384 bits, of many primes, for
// one of two would take minutes to find.
func hugeKey(a *attackServer) tls.Certificate {
	key, err := rsa.GenerateMultiPrimeKey(rand.Reader, 32, 16384)
	if err != nil {
		panic(err)
	}
	return a.network.Issuer().Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Key: key, Edit: withoutSources})
}

// constrained is a certificate of many names, below an intermediate of many
// name constraints.
func constrained(names, constraints int) func(*attackServer) tls.Certificate {
	return func(a *attackServer) tls.Certificate {
		ca := a.network.Root().Intermediate(deploytest.Spec{Name: "Constrained", Edit: func(c *x509.Certificate) {
			withoutSources(c)
			c.PermittedDNSDomains = []string{"attack.example"}
			for i := range constraints {
				c.PermittedDNSDomains = append(c.PermittedDNSDomains, fmt.Sprintf("p%d.example", i))
				c.ExcludedDNSDomains = append(c.ExcludedDNSDomains, fmt.Sprintf("x%d.example", i))
			}
		}})
		return ca.Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Edit: func(c *x509.Certificate) {
			withoutSources(c)
			for i := range names {
				c.DNSNames = append(c.DNSNames, fmt.Sprintf("n%d.p%d.example", i, constraints-1))
			}
		}})
	}
}

// manyPaths is a chain of levels, each with several certificates of its
// authority, so that there are width to the power of levels paths, and none of
// them to a root.
func manyPaths(levels, width int) func(*attackServer) tls.Certificate {
	return func(*attackServer) tls.Certificate {
		above := deploytest.NewRoot(deploytest.Spec{Name: "Level 0"})
		var sent [][]byte
		for level := range levels {
			ca := above.Intermediate(deploytest.Spec{Name: fmt.Sprintf("Level %d", level+1), Edit: withoutSources})
			sent = append(sent, ca.Certificate.Raw)
			for range width - 1 {
				sent = append(sent, above.CrossSign(ca, deploytest.Spec{Name: fmt.Sprintf("Level %d", level+1), Edit: withoutSources}).Certificate.Raw)
			}
			above = ca
		}
		cert := above.Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Edit: withoutSources})
		cert.Certificate = append(cert.Certificate[:1], sent...)
		return cert
	}
}

// manyIssuers is a certificate with many authorities of its issuer's name, none
// of which has signed it, and each of which has signed itself.
func manyIssuers(n int) func(*attackServer) tls.Certificate {
	return func(*attackServer) tls.Certificate {
		cert := deploytest.NewRoot(deploytest.Spec{Name: "One of many"}).Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Edit: withoutSources})
		cert.Certificate = cert.Certificate[:1]
		for range n {
			cert.Certificate = append(cert.Certificate, deploytest.NewRoot(deploytest.Spec{Name: "One of many", Edit: withoutSources}).Certificate.Raw)
		}
		return cert
	}
}
