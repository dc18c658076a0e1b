package check

import (
	"cmp"
	"maps"
	"slices"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// A TargetPolicy is what the user decides about one target. A field that is
// not set leaves the run's policy in force.
type TargetPolicy struct {
	MinDays      *int                 `json:"minDays,omitempty"`
	Roots        *pki.Roots           `json:"roots,omitempty"`
	Revocation   fact.RevocationCheck `json:"revocation,omitempty"`
	ExpectStatus []fact.StatusRange   `json:"expectStatus,omitempty"`
	Waivers      []Waiver             `json:"waivers,omitempty"`
}

// For is the policy that a target is judged by.
func (p Policy) For(t fact.Target) Policy {
	own := p.Targets[t.URL()]
	if own.MinDays != nil {
		p.MinDays = own.MinDays
	}
	if own.Roots != nil {
		p.Roots = own.Roots
	}
	p.Revocation = cmp.Or(own.Revocation, p.Revocation)
	if own.ExpectStatus != nil {
		p.ExpectStatus = own.ExpectStatus
	}
	if own.Waivers != nil {
		p.Waivers = own.Waivers
	}
	return p
}

// AllRoots are the sets of trust anchors that targets are judged against, the
// run's first, each once; nil stands for the embedded public roots.
func (p Policy) AllRoots() []*pki.Roots {
	all := []*pki.Roots{p.Roots}
	names := map[string]bool{}
	for _, url := range slices.Sorted(maps.Keys(p.Targets)) {
		if roots := p.Targets[url].Roots; roots != nil && !names[roots.Name()] && (p.Roots == nil || p.Roots.Name() != roots.Name()) {
			names[roots.Name()] = true
			all = append(all, roots)
		}
	}
	return all
}

// allWaivers are the run's waivers and those of single targets.
func (p Policy) allWaivers() []Waiver {
	all := slices.Clone(p.Waivers)
	for _, url := range slices.Sorted(maps.Keys(p.Targets)) {
		for _, w := range p.Targets[url].Waivers {
			if !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all
}
