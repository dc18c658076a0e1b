package fact

import (
	"crypto/x509"
	"time"

	"github.com/tlsgate/tlsgate/check/pki"
)

// A Chain is one certificate chain that a client can be shown.
type Chain struct {
	Host    string
	Address string // ip:port
	// Client says in words which client is shown it; empty for a current one.
	Client string
	// Certificates are those sent that could be parsed, leaf first.
	Certificates []*x509.Certificate
	// Broken says why the leaf could not be parsed; then nothing can be judged.
	Broken string
	// SCTs and OCSPResponse came with the handshake; never to be had from a
	// handshake that was not finished, as those of other clients are.
	SCTs         [][]byte
	OCSPResponse []byte
}

// Query is what pki is asked about a chain that is not broken.
func (c Chain) Query(fetched []*x509.Certificate, roots *pki.Roots, at time.Time) pki.Query {
	return pki.Query{
		Host: c.Host, Leaf: c.Certificates[0], Sent: c.Certificates[1:],
		Fetched: fetched, SCTs: c.SCTs, Roots: roots, At: at,
	}
}

// Chains are the certificate chains that clients can be shown, judged against
// the roots (nil means the embedded public roots): at each address by a current client and by those that know one kind of certificate
// only, and at each https host on the redirect chains; each once for a host
// and address.
func (o *Observation) Chains(roots *pki.Roots) []JudgedChain {
	var out []JudgedChain
	judge, fetched := o.judge(roots), o.Fetched()
	seen := map[string]bool{}
	add := func(host, client string, h Handshake) {
		key := host + " " + h.Address
		if client != "" && len(h.Chain) > 0 {
			key += string(h.Chain[0])
		}
		if len(h.Chain) == 0 || seen[key] {
			return
		}
		seen[key], seen[host+" "+h.Address+string(h.Chain[0])] = true, true
		chain := judge.Chain(host, h, fetched)
		chain.Client = client
		out = append(out, chain)
	}
	for _, e := range o.Endpoints {
		add(o.Target.Host, "", e.TLS)
		add(o.Target.Host, "clients that know only RSA certificates", Handshake{Address: e.TLS.Address, Chain: e.Capabilities.RSA.Chain})
		add(o.Target.Host, "clients that know only ECDSA certificates", Handshake{Address: e.TLS.Address, Chain: e.Capabilities.ECDSA.Chain})
	}
	for _, h := range o.Hops {
		add(HostOf(h.URL), "", h.TLS)
	}
	return out
}

// ParseChain parses what a handshake showed. A certificate above the leaf
// that does not parse helps no client, and is left out.
func ParseChain(host string, h Handshake) Chain {
	c := Chain{Host: host, Address: h.Address, SCTs: h.SCTs, OCSPResponse: h.Staple}
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
func (o *Observation) Fetched() []*x509.Certificate {
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
