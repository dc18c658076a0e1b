package pki

import "maps"

// anyPolicy is 2.5.29.32.0 (RFC 5280 section 4.2.1.4), content octets.
const anyPolicy = "\x55\x1d\x20\x00"

// Qualifiers of policies that clients know (RFC 5280 section 4.2.1.4).
var knownQualifiers = map[string]bool{"\x2b\x06\x01\x05\x05\x07\x02\x01": true, "\x2b\x06\x01\x05\x05\x07\x02\x02": true}

// policyFields are what a certificate says of policies (RFC 5280 sections
// 4.2.1.4, 4.2.1.5, 4.2.1.11 and 4.2.1.14).
type policyFields struct {
	// there tells that there is a certificate policies extension; policies are
	// its object identifiers (content octets), without anyPolicy, which any
	// stands for.
	there    bool
	policies []string
	any      bool
	// mappings are pairs of an issuer's and a subject's policy.
	mappings [][2]string
	// The counters of the constraints; -1 for none.
	requireExplicit, inhibitMapping, inhibitAny int
}

// maxPolicies bounds the policies and mappings that are kept of a certificate.
const maxPolicies = 256

func (p certificateParser) policies(e Extension) {
	c := p.c
	c.policy.there = true
	r := p.sequence(placePolicies, e, false)
	seen := map[string]bool{}
	for !r.empty() {
		information, ok := r.enter(tagSequence)
		if !ok {
			return
		}
		oid, _ := information.read(tagOID)
		policy := string(oid)
		if seen[policy] {
			p.c.depart(placePolicies, departDuplicatePolicy)
		}
		seen[policy] = true
		if !information.empty() {
			p.qualifiers(information, e.Critical || policy == anyPolicy)
			information.end()
		}
		switch {
		case policy == anyPolicy:
			c.policy.any = true
		case len(c.policy.policies) < maxPolicies:
			c.policy.policies = append(c.policy.policies, policy)
		}
	}
}

// qualifiers reads the qualifiers of a policy, which must be known ones in a
// critical extension and below anyPolicy.
func (p certificateParser) qualifiers(information *berReader, known bool) {
	list, _ := information.enter(tagSequence)
	if list.empty() {
		p.c.depart(placePolicies, departEmpty)
	}
	for !list.empty() {
		qualifier, ok := list.enter(tagSequence)
		if !ok {
			return
		}
		oid, _ := qualifier.read(tagOID)
		if _, ok := qualifier.next(); !ok {
			p.c.depart(placePolicies, departMissing)
		}
		qualifier.end()
		if known && !knownQualifiers[string(oid)] {
			p.c.depart(placePolicies, departQualifier)
		}
	}
}

func (p certificateParser) mappings(e Extension) {
	r := p.sequence(placeMappings, e, false)
	for !r.empty() {
		pair, ok := r.enter(tagSequence)
		if !ok {
			return
		}
		issuer, _ := pair.read(tagOID)
		subject, _ := pair.read(tagOID)
		pair.end()
		if len(p.c.policy.mappings) < maxPolicies {
			p.c.policy.mappings = append(p.c.policy.mappings, [2]string{string(issuer), string(subject)})
		}
	}
}

func (p certificateParser) policyLimits(e Extension) {
	r := p.sequence(placePolicyLimits, e, false)
	if value, there := r.optional(tagContext); there {
		p.c.policy.requireExplicit = p.counter(placePolicyLimits, value)
	}
	if value, there := r.optional(tagContext | 1); there {
		p.c.policy.inhibitMapping = p.counter(placePolicyLimits, value)
	}
	r.end()
}

func (p certificateParser) inhibitAny(e Extension) {
	r := p.at(placeInhibitAny, e.Value)
	if value, ok := r.read(tagInteger); ok {
		p.c.policy.inhibitAny = p.counter(placeInhibitAny, value)
	}
	r.end()
}

// counter reads a number of certificates, at most 255; -1 for another.
func (p certificateParser) counter(place string, value []byte) int {
	n := integer(value)
	if len(value) == 0 || !minimalInteger(value) || n.Sign() < 0 || n.BitLen() > 8 {
		p.c.depart(place, departInteger)
		return -1
	}
	return int(n.Int64())
}

// A policyState is the state of processing policies along a path (RFC 5280
// section 6.1.2): which policies the next certificate may name, and the
// counters. The user's set is any-policy, so that the tree need not be kept.
type policyState struct {
	expected                     map[string]bool
	any                          bool
	explicit, inhibitAny, mapped int
}

// policyFault names the certificate of a path at which policy processing
// fails, and why; nil for none. The anchor takes no part (section 6.1).
func policyFault(certs []*Certificate) (*Certificate, string) {
	n := len(certs)
	s := policyState{map[string]bool{}, true, n, n, n}
	for i := n - 2; i >= 0; i-- {
		if why := s.process(certs[i], i == 0); why != "" {
			return certs[i], why
		}
	}
	return nil, ""
}

func (s *policyState) null() bool { return !s.any && len(s.expected) == 0 }

const noPolicy = "an authority above it demands a policy (RFC 5280 section 6.1), and it has none that is valid"

// process takes one certificate (RFC 5280 sections 6.1.3 (d) to (f), 6.1.4 and
// 6.1.5).
func (s *policyState) process(c *Certificate, leaf bool) string {
	s.take(c, leaf)
	if s.explicit == 0 && s.null() {
		return noPolicy
	}
	if leaf {
		s.explicit = max(s.explicit-1, 0)
		if c.policy.requireExplicit == 0 {
			s.explicit = 0
		}
		if s.explicit == 0 && s.null() {
			return noPolicy
		}
		return ""
	}
	if !s.applyMappings(c) {
		return "it maps any-policy (RFC 5280 section 6.1.4 (a))"
	}
	if !selfIssued(c) {
		s.explicit, s.mapped, s.inhibitAny = max(s.explicit-1, 0), max(s.mapped-1, 0), max(s.inhibitAny-1, 0)
	}
	for _, limit := range []struct {
		counter *int
		value   int
	}{{&s.explicit, c.policy.requireExplicit}, {&s.mapped, c.policy.inhibitMapping}, {&s.inhibitAny, c.policy.inhibitAny}} {
		if limit.value >= 0 {
			*limit.counter = min(*limit.counter, limit.value)
		}
	}
	return ""
}

// take replaces what was expected by what the certificate names of it.
func (s *policyState) take(c *Certificate, leaf bool) {
	if !c.policy.there {
		s.expected, s.any = map[string]bool{}, false
		return
	}
	next := map[string]bool{}
	for _, p := range c.policy.policies {
		if s.any || s.expected[p] {
			next[p] = true
		}
	}
	passes := c.policy.any && (s.inhibitAny > 0 || !leaf && selfIssued(c))
	if passes {
		maps.Copy(next, s.expected)
	}
	s.expected, s.any = next, s.any && passes
}

// applyMappings is RFC 5280 section 6.1.4 (a) and (b).
func (s *policyState) applyMappings(c *Certificate) bool {
	subjects := map[string]bool{}
	var mapped []string
	for _, m := range c.policy.mappings {
		if m[0] == anyPolicy || m[1] == anyPolicy {
			return false
		}
		if s.expected[m[0]] || s.any {
			mapped = append(mapped, m[0])
			subjects[m[1]] = true
		}
	}
	for _, p := range mapped {
		delete(s.expected, p)
	}
	if s.mapped > 0 {
		maps.Copy(s.expected, subjects)
	}
	return true
}
