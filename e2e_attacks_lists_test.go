//go:build hostile && unix

package main

import (
	"compress/gzip"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// fromSource is an attack by what is found where certificates point to, whose
// own path for each target keeps one answer from serving all.
func fromSource(name func(a *attackServer, c *x509.Certificate), source func(a *attackServer, c net.Conn)) attack {
	return attack{
		apart: true, patient: true, source: source, serve: goodAnswer, reached: shook,
		certificate: func(a *attackServer) tls.Certificate {
			return a.network.Issuer().Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Edit: func(c *x509.Certificate) {
				withoutSources(c)
				name(a, c)
			}})
		},
	}
}

// unlinked is fromSource for a certificate of an unknown issuer.
func unlinked(source func(a *attackServer, c net.Conn)) attack {
	at := fromSource(nil, source)
	at.certificate = func(a *attackServer) tls.Certificate {
		cert := a.network.Root().Intermediate(deploytest.Spec{Name: "Unsent"}).Leaf(deploytest.Spec{
			Hosts: []string{"*.attack.example"},
			Edit: func(c *x509.Certificate) {
				withoutSources(c)
				for range 3 {
					c.IssuingCertificateURL = append(c.IssuingCertificateURL, a.sourceURL(rand.Text()))
				}
			},
		})
		cert.Certificate = cert.Certificate[:1]
		return cert
	}
	return at
}

func namesList(a *attackServer, c *x509.Certificate) {
	c.CRLDistributionPoints = []string{a.sourceURL(rand.Text())}
}

func namesResponder(a *attackServer, c *x509.Certificate) {
	c.OCSPServer = []string{a.sourceURL(rand.Text())}
}

// lists are what the sources of certificates answer.
func lists() map[string]attack {
	const ok = "HTTP/1.1 200 OK\r\n\r\n"
	flood := func(part string) func(*attackServer, net.Conn) {
		return func(_ *attackServer, c net.Conn) {
			if _, err := io.WriteString(c, ok); err == nil {
				endless(c, []byte(part))
			}
		}
	}
	long := hugeList()
	longList := func(_ *attackServer, c net.Conn) {
		_, _ = io.WriteString(c, ok)
		_, _ = c.Write(long)
	}
	return map[string]attack{
		"lists of 400,000 entries": fromSource(namesList, longList),
		"lists without end": fromSource(namesList, func(_ *attackServer, c net.Conn) {
			_, _ = io.WriteString(c, ok)
			_, _ = c.Write(long[:len(long)/2])
			endless(c, long[len(long)/2:][:37])
		}),
		"a list in 1000 places": fromSource(func(a *attackServer, c *x509.Certificate) {
			for range 1000 {
				namesList(a, c)
				c.CRLDistributionPoints = append(c.CRLDistributionPoints, a.sourceURL(rand.Text()))
			}
		}, flood("x")),
		"a list by drip":         fromSource(namesList, func(a *attackServer, c net.Conn) { a.drip(c, ok+"\x30\x84\x7f\xff\xff\xff") }),
		"a list that is zipped":  fromSource(namesList, func(_ *attackServer, c net.Conn) { gzipFlood(c) }),
		"responders without end": fromSource(namesResponder, flood("\x30\x84\x7f\xff\xff\xff")),
		"1000 responders": fromSource(func(a *attackServer, c *x509.Certificate) {
			for range 1000 {
				c.OCSPServer = append(c.OCSPServer, a.sourceURL(rand.Text()))
			}
		}, func(a *attackServer, c net.Conn) { <-a.done }),
		"responders that redirect": fromSource(namesResponder, func(a *attackServer, c net.Conn) {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 302 Found\r\nLocation: %s\r\n\r\n", a.sourceURL(rand.Text()))
		}),
		"issuers without end": unlinked(flood("\x30\x82\x01\x00")),
		"issuers by drip":     unlinked(func(a *attackServer, c net.Conn) { a.drip(c, ok+"\x30\x82\x01\x00") }),
		"issuers of issuers": unlinked(func(a *attackServer, c net.Conn) {
			ca := a.network.Root().Intermediate(deploytest.Spec{Name: "Unsent", Edit: func(c *x509.Certificate) {
				c.IssuingCertificateURL = []string{a.sourceURL(rand.Text()), a.sourceURL(rand.Text()), a.sourceURL(rand.Text())}
			}})
			_, _ = io.WriteString(c, ok)
			_, _ = c.Write(ca.Certificate.Raw)
		}),
	}
}

// gzipFlood is a body that is small on the wire only.
func gzipFlood(c net.Conn) {
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
	endless(gzip.NewWriter(c), append([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff}, make([]byte, 1000)...))
}

// hugeList is a revocation list of some 16 MB, of an authority with the name of
// the issuer, whose signature is wrong: that shows at its end.
func hugeList() []byte {
	n := deploytest.NewNetwork()
	defer n.Close()
	serials := make([]*big.Int, 400_000)
	for i := range serials {
		serials[i] = new(big.Int).Lsh(big.NewInt(int64(i)+1), 120)
	}
	return n.Issuer().CRL(deploytest.CRL{Revoked: serials})
}
