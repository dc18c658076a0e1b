package check

import (
	"crypto/x509"
	"time"

	"github.com/tlsgate/tlsgate/check/pki"
)

// A Chain is one certificate chain that a client can be shown.
type Chain struct {
	Host    string
	Address string // ip:port
	// Certificates are those sent that could be parsed, leaf first.
	Certificates []*x509.Certificate
	// Broken says why the leaf could not be parsed; then nothing can be judged.
	Broken string
}

// Query is what pki is asked about a chain that is not broken.
func (c Chain) Query(fetched []*x509.Certificate, roots *pki.Roots, at time.Time) pki.Query {
	return pki.Query{
		Host: c.Host, Leaf: c.Certificates[0], Sent: c.Certificates[1:],
		Fetched: fetched, Roots: roots, At: at,
	}
}

// Chains are the certificate chains that clients can be shown: at each
// address, and at each https host on the redirect chains; one for each host
// and address.
func (o Observation) Chains() []Chain {
	var out []Chain
	seen := map[[2]string]bool{}
	add := func(host string, h Handshake) {
		key := [2]string{host, h.Address}
		if len(h.Chain) > 0 && !seen[key] {
			seen[key] = true
			out = append(out, ParseChain(host, h))
		}
	}
	for _, e := range o.Endpoints {
		add(o.Target.Host, e.TLS)
	}
	for _, h := range o.Hops {
		add(hostOf(h.URL), h.TLS)
	}
	return out
}

// ParseChain parses what a handshake showed. A certificate above the leaf
// that does not parse helps no client, and is left out.
func ParseChain(host string, h Handshake) Chain {
	c := Chain{Host: host, Address: h.Address}
	for i, der := range h.Chain {
		cert, err := x509.ParseCertificate(der)
		switch {
		case err == nil:
			c.Certificates = append(c.Certificates, cert)
		case i == 0:
			c.Broken = Clip(err.Error(), 200)
			return c
		}
	}
	if len(c.Certificates) == 0 {
		c.Broken = "there is none"
	}
	return c
}

// Fetched are the certificates that were fetched by AIA.
func (o Observation) Fetched() []*x509.Certificate {
	var out []*x509.Certificate
	for _, i := range o.Issuers {
		for _, der := range i.Certificates {
			if cert, err := x509.ParseCertificate(der); err == nil {
				out = append(out, cert)
			}
		}
	}
	return out
}
