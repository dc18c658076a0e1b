//go:build hostile && unix

package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"

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

// overTLS12 is goodAnswer over TLS 1.2.
func overTLS12(a *attackServer, c net.Conn) {
	conn, err := a.tls(c, func(config *tls.Config) { config.MaxVersion = tls.VersionTLS12 })
	if err == nil {
		request(conn)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}
}

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
		"key of 16k bits": {patient: true, reached: shook, certificate: hugeKey, serve: overTLS12},
		"250 KB at 64 addresses": {targets: 8, addresses: 64, serve: goodAnswer, certificate: leaf(func(c *x509.Certificate) {
			for i := range 7000 {
				c.DNSNames = append(c.DNSNames, fmt.Sprintf("host-number-%d.a-long-name.example", i))
			}
		})},
		"250 KB, another at each of 64 addresses": {targets: 8, addresses: 64, apart: true, patient: true, serve: goodAnswer, reached: shook, certificate: leaf(func(c *x509.Certificate) {
			for i := range 6000 {
				c.DNSNames = append(c.DNSNames, fmt.Sprintf("host-number-%d.a-long-name.example", i))
			}
		})},
		"2000 names under 4000 constraints": {serve: goodAnswer, patient: true, reached: shook, certificate: constrained(2000, 2000)},
		"many paths":                        {serve: goodAnswer, patient: true, reached: shook, certificate: manyPaths(6, 4)},
		"100 issuers of one name":           {serve: goodAnswer, patient: true, reached: shook, certificate: manyIssuers(100)},
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

// hugeKey is a certificate with a modulus of 16,384 bits.
func hugeKey(a *attackServer) tls.Certificate {
	return a.network.Issuer().Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Key: newManyPrimes(32, 512), Edit: withoutSources})
}

// manyPrimes is an RSA key of many primes, which signs in little time however
// long it is. It signs by PKCS #1 v1.5 with SHA-256 only (RFC 8017 section 8.2).
type manyPrimes struct {
	public *rsa.PublicKey
	primes []*big.Int
}

func newManyPrimes(count, bits int) *manyPrimes {
	k := &manyPrimes{public: &rsa.PublicKey{N: big.NewInt(1), E: 65537}}
	for len(k.primes) < count {
		p, err := rand.Prime(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		if new(big.Int).ModInverse(big.NewInt(65537), new(big.Int).Sub(p, big.NewInt(1))) != nil {
			k.primes = append(k.primes, p)
			k.public.N.Mul(k.public.N, p)
		}
	}
	return k
}

func (k *manyPrimes) Public() crypto.PublicKey { return k.public }

// Sign gives the root of the padded digest, put together from those by each
// prime.
func (k *manyPrimes) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, pss := opts.(*rsa.PSSOptions); pss || opts.HashFunc() != crypto.SHA256 {
		return nil, errors.New("another signature than is made here")
	}
	info := append([]byte{0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20}, digest...)
	padded := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, k.public.Size()-3-len(info))...)
	message := new(big.Int).SetBytes(append(append(padded, 0), info...))
	root, known := new(big.Int), big.NewInt(1) // the root modulo the primes so far, and their product
	for _, p := range k.primes {
		d := new(big.Int).ModInverse(big.NewInt(int64(k.public.E)), new(big.Int).Sub(p, big.NewInt(1)))
		r := new(big.Int).Exp(message, d, p)
		r.Sub(r, root).Mul(r, new(big.Int).ModInverse(known, p)).Mod(r, p)
		root.Add(root, r.Mul(r, known))
		known = new(big.Int).Mul(known, p)
	}
	return root.FillBytes(make([]byte, k.public.Size())), nil
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
