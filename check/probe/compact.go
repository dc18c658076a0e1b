package probe

import (
	"bytes"
	"crypto/sha256"

	"github.com/tlsgate/tlsgate/check/fact"
)

// compact keeps each certificate of an observation once, and those of
// authorities once in a run, for observations are kept to the end of it.
// What a server sent them in is let go.
func (p *Prober) compact(o *fact.Observation) {
	leaves := map[[sha256.Size]byte][]byte{}
	chain := func(c *[][]byte) {
		if len(*c) == 0 {
			return
		}
		once := make([][]byte, len(*c)) // the old one may be another target's too
		for i, der := range *c {
			if i == 0 {
				once[i] = sameBytes(leaves, der)
				continue
			}
			p.mu.Lock()
			once[i] = sameBytes(p.authorities, der)
			p.mu.Unlock()
		}
		*c = once
	}
	for i := range o.Endpoints {
		e := &o.Endpoints[i]
		for _, c := range []*[][]byte{&e.TLS.Chain, &e.HTTP3.Chain, &e.Capabilities.RSA.Chain, &e.Capabilities.ECDSA.Chain,
			&e.Capabilities.RSATLS13.Chain, &e.Capabilities.ECDSATLS13.Chain} {
			chain(c)
		}
	}
	for i := range o.Hops {
		chain(&o.Hops[i].TLS.Chain)
	}
}

// sameBytes is the copy of some bytes that a map keeps, made where it has none.
func sameBytes(kept map[[sha256.Size]byte][]byte, b []byte) []byte {
	sum := sha256.Sum256(b)
	if kept[sum] == nil {
		kept[sum] = bytes.Clone(b)
	}
	return kept[sum]
}
