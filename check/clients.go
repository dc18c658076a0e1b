package check

import (
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// A ChainTrust says which clients' root stores a certificate chain of a target
// reaches, for chains to public roots.
type ChainTrust struct {
	Host string `json:"host"`
	// Client says in words which client is shown the chain; empty for a
	// current one.
	Client string `json:"client,omitempty"`
	// Certificate is the SHA-256 of the leaf, hexadecimal.
	Certificate string `json:"certificate"`
	// Addresses are those that show it, ip:port.
	Addresses []string         `json:"addresses,omitempty"`
	Stores    []pki.StoreTrust `json:"stores"`
}

// clients are the target's chains with the clients that accept them, each
// once.
func (e *Evaluation) clients() []ChainTrust {
	var out []ChainTrust
	at := map[string]int{} // by host, client and certificates sent
	chains, _ := e.chains()
	for _, s := range chains {
		if len(s.Trust) == 0 {
			continue
		}
		key := s.Host + "\x00" + s.Client
		for _, cert := range s.Certificates {
			key += "\x00" + string(cert.Raw)
		}
		i, have := at[key]
		if !have {
			i = len(out)
			at[key] = i
			out = append(out, ChainTrust{Host: s.Host, Client: s.Client, Certificate: fact.Thumbprint(s.Leaf()), Stores: s.Trust})
		}
		out[i].Addresses = appendNew(out[i].Addresses, s.Address)
	}
	return out
}
