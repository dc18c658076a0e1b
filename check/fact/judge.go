package fact

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"github.com/tlsgate/tlsgate/check/pki"
)

// A JudgedChain is a certificate chain with what speaks against trusting it.
type JudgedChain struct {
	Chain
	pki.Judgement
}

// Leaf is the server's certificate; nil if there is none.
func (c JudgedChain) Leaf() *pki.Certificate {
	if len(c.Certificates) == 0 {
		return nil
	}
	return c.Certificates[0]
}

// A Judge parses and judges the certificate chains of one observation, each
// once for the probe and the rules together. It is safe for concurrent use.
type Judge struct {
	roots *pki.Roots
	at    time.Time

	mu     sync.Mutex
	judged map[[sha256.Size]byte]JudgedChain
}

// NewJudge makes a Judge of chains to the roots (nil means the embedded
// public roots) at a time.
func NewJudge(roots *pki.Roots, at time.Time) *Judge {
	return &Judge{roots: roots, at: at, judged: map[[sha256.Size]byte]JudgedChain{}}
}

// Equal reports true: what a Judge remembers is no part of an observation.
func (j *Judge) Equal(*Judge) bool { return true }

// Chain judges what a handshake showed for a host, with the certificates that
// were fetched by Authority Information Access.
func (j *Judge) Chain(host string, h Handshake, fetched []*pki.Certificate) JudgedChain {
	key := chainKey(host, h, fetched)
	j.mu.Lock()
	defer j.mu.Unlock()
	c, ok := j.judged[key]
	if !ok {
		c.Chain = ParseChain(host, h)
		c.Judgement = pki.Judge(c.Query(fetched, j.roots, j.at))
		j.judged[key] = c
	}
	c.Address = h.Address
	return c
}

// chainKey is a digest of all that a judgement depends on. The address is not:
// what several addresses show is judged once.
func chainKey(host string, h Handshake, fetched []*pki.Certificate) (key [sha256.Size]byte) {
	digest := sha256.New()
	write := func(b []byte) {
		digest.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		digest.Write(b)
	}
	write([]byte(host))
	for _, list := range [][][]byte{h.Chain, h.SCTs, {h.Staple}} {
		digest.Write(binary.BigEndian.AppendUint64(nil, uint64(len(list))))
		for _, b := range list {
			write(b)
		}
	}
	if h.rsaKeyExchange() {
		write([]byte("key encipherment"))
	}
	for _, c := range fetched {
		write(c.Raw)
	}
	digest.Sum(key[:0])
	return key
}

// Presented judges what one handshake showed for a host, against the roots
// (nil means the embedded public roots).
func (o *Observation) Presented(roots *pki.Roots, host string, h Handshake) JudgedChain {
	return o.judge(roots).Chain(host, h, o.Fetched())
}

// judge is the observation's Judge if it has one for the roots and its own
// time, else a new one, which the observation remembers.
func (o *Observation) judge(roots *pki.Roots) *Judge {
	if o.Judge == nil || o.Judge.roots != roots || !o.Judge.at.Equal(o.At) {
		o.Judge = NewJudge(roots, o.At)
	}
	return o.Judge
}
