package pki

import (
	"bytes"
	"slices"
)

// The bounds of the search. A public path has three or four certificates, of
// which servers send a handful of variants; hostile chains must not burn more.
const (
	maxPathLength      = 16   // certificates, leaf and anchor included
	maxSignatureChecks = 200  // distinct pairs of key and certificate
	maxSteps           = 4000 // certificates appended while searching
	maxPaths           = 64   // complete paths kept
)

// A path leads from the leaf to an anchor, both included; where the leaf is
// itself an anchor they are one.
type path struct {
	certs   []*Certificate
	anchor  *anchor
	fetched []*Certificate // those of certs that the server did not send
}

// A candidate is a certificate that may issue another.
type candidate struct {
	cert    *Certificate
	issuer  string // canonical
	fetched bool
}

func newCandidate(c *Certificate, fetched bool) candidate {
	return candidate{c, canonicalName(c.RawIssuer), fetched}
}

// A search finds every path within the bounds, whatever is wrong with the
// certificates on it: what counts here is names and signatures only.
type search struct {
	q      Query
	scts   []SCT
	pool   map[string][]candidate // by canonical subject
	signed map[signature]bool
	steps  int
	cut    bool // a bound was met
	paths  []path
	judged [][]Fault      // of paths, once judged
	ends   []*Certificate // certificates whose issuer is not at hand
	end    *Certificate   // that of them which is farthest from the leaf
	// comparisons are those left for name constraints.
	comparisons int
	keys        map[string]string // what keyFault said by key, which takes a while
}

// build searches for the paths of a query.
func build(q Query) *search {
	if q.Roots == nil {
		q.Roots = Embedded()
	}
	s := &search{
		q:      q,
		scts:   timely(SCTs(q.Leaf, q.SCTs), q.At),
		pool:   map[string][]candidate{},
		signed: map[signature]bool{},
		keys:   map[string]string{},

		comparisons: maxComparisons,
	}
	s.offer(q.Sent, false)
	s.offer(q.Fetched, true)
	if a := s.q.Roots.holds(q.Leaf); a != nil {
		s.paths = append(s.paths, path{certs: []*Certificate{q.Leaf}, anchor: a})
		return s
	}
	s.run()
	return s
}

// offer adds certificates that may issue others, each once. Anchors are found
// without being offered.
func (s *search) offer(certs []*Certificate, fetched bool) {
	for _, c := range certs {
		if c == nil || c.Broken != "" || bytes.Equal(c.Raw, s.q.Leaf.Raw) || s.q.Roots.holds(c) != nil {
			continue
		}
		name := canonicalName(c.RawSubject)
		have := func(k candidate) bool { return bytes.Equal(k.cert.Raw, c.Raw) }
		if !slices.ContainsFunc(s.pool[name], have) {
			s.pool[name] = append(s.pool[name], newCandidate(c, fetched))
		}
	}
}

// run extends chains from the leaf, the shorter ones first, so that a short
// path is found however long others are.
func (s *search) run() {
	queue := [][]candidate{{newCandidate(s.q.Leaf, false)}}
	for len(queue) > 0 && len(s.paths) < maxPaths {
		chain := queue[0]
		queue = append(queue[1:], s.extend(chain)...)
	}
	s.cut = s.cut || len(queue) > 0
}

// extend completes a chain by every anchor that issued its last certificate,
// and returns it continued by every other certificate that did.
func (s *search) extend(chain []candidate) (longer [][]candidate) {
	last := chain[len(chain)-1]
	issued := false
	for _, a := range s.q.Roots.named(last.issuer) {
		if s.issued(a.cert(), last.cert) {
			issued = true
			if !loops(chain, a.cert()) {
				s.paths = append(s.paths, complete(chain, a))
			}
		}
	}
	for _, next := range s.ordered(last) {
		if next.cert == last.cert || !s.issued(next.cert, last.cert) {
			continue
		}
		issued = true
		if loops(chain, next.cert) {
			continue
		}
		if s.steps >= maxSteps || len(chain)+2 > maxPathLength {
			s.cut = true
			break
		}
		s.steps++
		longer = append(longer, append(slices.Clip(chain), next))
	}
	if !issued {
		if !slices.Contains(s.ends, last.cert) {
			s.ends = append(s.ends, last.cert)
		}
		s.end = last.cert // chains come in order of length
	}
	return longer
}

// ordered lists the candidates with the name, the likelier first: those whose
// key identifier fits, then those that the server sent.
func (s *search) ordered(last candidate) []candidate {
	list := slices.Clone(s.pool[last.issuer])
	rank := func(c candidate) int {
		r := 0
		if id := last.cert.AuthorityKeyId; len(id) > 0 && !bytes.Equal(id, c.cert.SubjectKeyId) {
			r += 2
		}
		if c.fetched {
			r++
		}
		return r
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return rank(a) - rank(b) })
	return list
}

// A signature is a key, by its DER, and the certificate that it may have signed.
type signature struct {
	key   string
	child *Certificate
}

// issued reports whether parent's key signed child. Each pair is verified once.
func (s *search) issued(parent, child *Certificate) bool {
	pair := signature{string(parent.RawSubjectPublicKeyInfo), child}
	ok, known := s.signed[pair]
	if known {
		return ok
	}
	if len(s.signed) >= maxSignatureChecks {
		s.cut = true
		return false
	}
	ok = signedBy(child, parent)
	s.signed[pair] = ok
	return ok
}

// loops reports whether the chain has the certificate's name and key already:
// cross-signed authorities would send the search in circles.
func loops(chain []candidate, next *Certificate) bool {
	return slices.ContainsFunc(chain, func(c candidate) bool {
		return bytes.Equal(c.cert.RawSubject, next.RawSubject) &&
			bytes.Equal(c.cert.RawSubjectPublicKeyInfo, next.RawSubjectPublicKeyInfo)
	})
}

func complete(chain []candidate, a *anchor) path {
	p := path{certs: append(certsOf(chain), a.cert()), anchor: a}
	for _, c := range chain {
		if c.fetched {
			p.fetched = append(p.fetched, c.cert)
		}
	}
	return p
}

func certsOf(chain []candidate) []*Certificate {
	certs := make([]*Certificate, len(chain), len(chain)+1)
	for i, c := range chain {
		certs[i] = c.cert
	}
	return certs
}
