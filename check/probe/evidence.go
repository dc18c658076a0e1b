package probe

import (
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/page"
)

const (
	// freeEvidence is how much of what servers send each observation may keep in
	// any case, in bytes. A deployment takes some kilobytes an address.
	freeEvidence = 384 << 10
	// sharedEvidence is how much all observations of a run keep together beyond
	// that.
	sharedEvidence = 8 << 20
	// recordOverhead is about what a record takes beside its texts.
	recordOverhead = 64
	// sparseReferences is how many references of a kind are kept of a page where
	// there is no memory for all.
	sparseReferences = 3
)

// errEvidence ends what would keep more memory than is left.
var errEvidence = errors.New("it sent more than is kept of the answers of one deployment")

// evidence bounds what an observation keeps of what servers send, for it is
// kept until the end of the run. The nil one bounds nothing.
type evidence struct {
	shared *atomic.Int64 // bytes that are left to the run

	mu   sync.Mutex
	free int
	seen map[[sha256.Size]byte][]byte // certificates, which are kept once
}

// newEvidence is that of an observation which has kept nothing yet.
func newEvidence(shared *atomic.Int64) *evidence {
	return &evidence{shared: shared, free: freeEvidence, seen: map[[sha256.Size]byte][]byte{}}
}

// keep reports whether bytes may be kept.
func (e *evidence) keep(n int) bool {
	if e == nil {
		return true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if more := int64(n - e.free); more > 0 && e.shared.Add(-more) < 0 {
		e.shared.Add(more)
		return false
	}
	e.free = max(e.free-n, 0)
	return true
}

// keepCertificates reports whether certificates, and what comes with them, may
// be kept. The same ones are kept once: the chain has what was kept before.
func (e *evidence) keepCertificates(chain [][]byte, staple []byte) bool {
	if e == nil {
		return true
	}
	n := len(staple)
	sums := make([][sha256.Size]byte, len(chain))
	e.mu.Lock()
	for i, der := range chain {
		if sums[i] = sha256.Sum256(der); e.seen[sums[i]] == nil {
			n += len(der)
		}
	}
	e.mu.Unlock()
	if !e.keep(n) {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, sum := range sums {
		if kept := e.seen[sum]; kept != nil {
			chain[i] = kept
		} else {
			e.seen[sum] = chain[i]
		}
	}
	return true
}

// keepOffer keeps the chain of an offer, and makes the offer unknown where there
// is no memory for it.
func (e *evidence) keepOffer(o *fact.ChainOffer) {
	if !e.keepCertificates(o.Chain, nil) {
		*o = fact.ChainOffer{Offer: fact.Offer{Detail: errEvidence.Error()}}
	}
}

// keepPage keeps a page, with fewer references where there is no memory for
// all.
func (e *evidence) keepPage(p *page.Page) *page.Page {
	n := 0
	for _, r := range p.References {
		n += recordOverhead + len(r.URL)
	}
	if e.keep(n) {
		return p
	}
	kept := map[page.Kind]int{}
	all := p.References
	p.References = nil
	for _, r := range all {
		if kept[r.Kind]++; kept[r.Kind] <= sparseReferences {
			p.References = append(p.References, r)
			continue
		}
		if p.Omitted == nil {
			p.Omitted = map[page.Kind]int{}
		}
		p.Omitted[r.Kind]++
	}
	return p
}

// keepHeader reports whether the fields of an answer may be kept.
func (e *evidence) keepHeader(x *fact.Exchange) bool {
	n := len(x.URL) + sizeOf(x.Headers)
	for _, i := range x.Interim {
		n += recordOverhead + sizeOf(i.Headers)
	}
	return e.keep(n)
}

func sizeOf(hs []fact.Header) int {
	n := 0
	for _, h := range hs {
		n += recordOverhead + len(h.Name) + len(h.Value)
	}
	return n
}
