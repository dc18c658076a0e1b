package fact

import (
	"time"

	"github.com/tlsgate/tlsgate/check/pki"
)

// A Chain is one certificate chain that a client can be shown.
type Chain struct {
	Host    string
	Address string // ip:port
	// Client says in words which client is shown it; empty for a current one.
	Client string
	// Certificates are those sent, leaf first, in whatever form they came.
	Certificates []*pki.Certificate
	// KeyEncipherment tells that the handshake used RSA key exchange.
	KeyEncipherment bool
	// SCTs and OCSPResponse came with the handshake; never to be had from a
	// handshake that was not finished, as those of other clients are.
	SCTs         [][]byte
	OCSPResponse []byte
}

// Query is what pki is asked about a chain.
func (c Chain) Query(fetched []*pki.Certificate, roots *pki.Roots, at time.Time) pki.Query {
	q := pki.Query{
		Host:    c.Host,
		Fetched: fetched, SCTs: c.SCTs, KeyEncipherment: c.KeyEncipherment, Roots: roots, At: at,
	}
	if len(c.Certificates) > 0 {
		q.Leaf, q.Sent = c.Certificates[0], c.Certificates[1:]
	}
	return q
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
		add(o.Target.Host, "TLS 1.3 clients that know only RSA certificates", Handshake{Address: e.TLS.Address, Chain: e.Capabilities.RSATLS13.Chain})
		add(o.Target.Host, "TLS 1.3 clients that know only ECDSA certificates", Handshake{Address: e.TLS.Address, Chain: e.Capabilities.ECDSATLS13.Chain})
	}
	for _, h := range o.Hops {
		add(HostOf(h.URL), "", h.TLS)
	}
	return out
}

// ParseChain reads what a handshake showed.
func ParseChain(host string, h Handshake) Chain {
	c := Chain{Host: host, Address: h.Address, SCTs: h.SCTs, OCSPResponse: h.Staple, KeyEncipherment: h.rsaKeyExchange()}
	for _, der := range h.Chain {
		c.Certificates = append(c.Certificates, pki.ParseCertificate(der))
	}
	return c
}

// Fetched are the certificates that were fetched by AIA.
func (o *Observation) Fetched() []*pki.Certificate {
	var out []*pki.Certificate
	for _, i := range o.Issuers {
		for _, der := range i.Certificates {
			out = append(out, pki.ParseCertificate(der))
		}
	}
	return out
}
