package pki

import (
	"bytes"
	"crypto/x509"
	"slices"
)

// The bounds of the search. A public path has three or four certificates, of
// which servers send a handful of variants; hostile chains must not burn more.
const (
	maxPathLength      = 12   // certificates, leaf and anchor included
	maxSignatureChecks = 200  // distinct pairs of issuer and issued
	maxSteps           = 4000 // certificates appended while searching
	maxPaths           = 64   // complete paths kept
)

// A path leads from the leaf to an anchor, both included; where the leaf is
// itself an anchor they are one.
type path struct {
	certs   []*x509.Certificate
	anchor  *anchor
	fetched []*x509.Certificate // those of certs that the server did not send
}

// A candidate is a certificate that may issue another.
type candidate struct {
	cert    *x509.Certificate
	fetched bool
}

// A search finds every path within the bounds, whatever is wrong with the
// certificates on it: what counts here is names and signatures only.
type search struct {
	q      Query
	scts   []SCT
	pool   map[string][]candidate // by canonical subject
	signed map[[2]*x509.Certificate]bool
	steps  int
	cut    bool // a bound was met
	paths  []path
	ends   []*x509.Certificate          // certificates whose issuer is not at hand
	end    *x509.Certificate            // that of them which is farthest from the leaf
	depth  int                          // and how far it is
	keys   map[*x509.Certificate]string // what keyFault said, which takes a while
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
		signed: map[[2]*x509.Certificate]bool{},
		keys:   map[*x509.Certificate]string{},
	}
	s.offer(q.Leaf, q.Sent, false)
	s.offer(q.Leaf, q.Fetched, true)
	if a := s.q.Roots.holds(q.Leaf); a != nil {
		s.paths = append(s.paths, path{certs: []*x509.Certificate{q.Leaf}, anchor: a})
		return s
	}
	s.extend([]candidate{{cert: q.Leaf}})
	return s
}

// offer adds certificates that may issue others, each once.
func (s *search) offer(leaf *x509.Certificate, certs []*x509.Certificate, fetched bool) {
	for _, c := range certs {
		if c == nil || bytes.Equal(c.Raw, leaf.Raw) {
			continue
		}
		name := canonicalName(c.RawSubject)
		have := func(k candidate) bool { return bytes.Equal(k.cert.Raw, c.Raw) }
		if !slices.ContainsFunc(s.pool[name], have) {
			s.pool[name] = append(s.pool[name], candidate{c, fetched})
		}
	}
}

// extend continues a chain that starts at the leaf by every certificate that
// issued its last one: anchors first, so that short paths are found first.
func (s *search) extend(chain []candidate) {
	s.steps++
	if s.steps > maxSteps || len(s.paths) >= maxPaths {
		s.cut = true
		return
	}
	last := chain[len(chain)-1].cert
	issuerName := canonicalName(last.RawIssuer)
	issued := false
	for _, a := range s.q.Roots.named(issuerName) {
		if s.issued(a.cert(), last) {
			issued = true
			if !loops(chain, a.cert()) {
				s.paths = append(s.paths, complete(chain, a))
			}
		}
	}
	if len(chain)+1 < maxPathLength {
		for _, next := range s.ordered(last, issuerName) {
			if next.cert == last || !s.issued(next.cert, last) {
				continue
			}
			issued = true
			if !loops(chain, next.cert) && s.q.Roots.holds(next.cert) == nil {
				s.extend(append(slices.Clip(chain), next))
			}
		}
	} else {
		s.cut = true
	}
	if issued {
		return
	}
	if !slices.Contains(s.ends, last) {
		s.ends = append(s.ends, last)
	}
	if len(chain) > s.depth {
		s.end, s.depth = last, len(chain)
	}
}

// ordered lists the candidates with the name, the likelier first: those whose
// key identifier fits, then those that the server sent.
func (s *search) ordered(last *x509.Certificate, issuerName string) []candidate {
	list := slices.Clone(s.pool[issuerName])
	rank := func(c candidate) int {
		r := 0
		if len(last.AuthorityKeyId) > 0 && !bytes.Equal(last.AuthorityKeyId, c.cert.SubjectKeyId) {
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

// issued reports whether parent's key signed child. Each pair is verified once.
func (s *search) issued(parent, child *x509.Certificate) bool {
	pair := [2]*x509.Certificate{parent, child}
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
func loops(chain []candidate, next *x509.Certificate) bool {
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

func certsOf(chain []candidate) []*x509.Certificate {
	certs := make([]*x509.Certificate, len(chain), len(chain)+1)
	for i, c := range chain {
		certs[i] = c.cert
	}
	return certs
}
