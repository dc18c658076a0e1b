package probe

import (
	"cmp"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// TargetOptions replace some of the options for one target. The zero value of
// a field leaves the run's.
type TargetOptions struct {
	Roots        *pki.Roots
	Revocation   fact.RevocationCheck
	Headers      []fact.Header
	ExpectStatus []fact.StatusRange
	Deadline     time.Duration
}

// of is the prober with the options of a target. It shares the memory.
func (p *Prober) of(t fact.Target) *Prober {
	its, found := p.Targets[t.URL()]
	if !found {
		return p
	}
	own := *p
	own.Roots = cmp.Or(its.Roots, p.Roots)
	own.Revocation = cmp.Or(its.Revocation, p.Revocation)
	own.Deadline = cmp.Or(its.Deadline, p.Deadline)
	if its.Headers != nil {
		own.Headers = its.Headers
	}
	if its.ExpectStatus != nil {
		own.ExpectStatus = its.ExpectStatus
	}
	return &own
}
