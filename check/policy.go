package check

import (
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// Never is the FailOn that lets no finding fail the run.
const Never Level = "never"

// A Policy holds what the user decides about judging.
type Policy struct {
	// FailOn is the minimum level that fails the run, or Never. Empty means Error.
	FailOn Level `json:"failOn,omitempty"`
	// MinDays is the number of days before a certificate's end from which it
	// is reported as expiring; nil means the default (the smaller of 14 days and
	// a third of its lifetime).
	MinDays *int `json:"minDays,omitempty"`
	// Forecast is the number of days within which a published cut-off date is a
	// warning; nil for none.
	Forecast *int `json:"forecast,omitempty"`
	// AllowPrivate lets targets be on private or loopback addresses.
	AllowPrivate bool `json:"allowPrivate,omitempty"`
	// Roots are the trust anchors; nil means the embedded public roots.
	Roots *pki.Roots `json:"roots,omitempty"`
	// Revocation says how hard revocation is looked for.
	Revocation fact.RevocationCheck `json:"revocation,omitempty"`
	// ExpectStatus are the statuses of the deployment's own answers; none for
	// all but those that an edge gives in its place.
	ExpectStatus []fact.StatusRange `json:"expectStatus,omitempty"`
	// Waivers are the accepted risks.
	Waivers []Waiver `json:"waivers,omitempty"`
	// Baseline is what an earlier report found; nil for none.
	Baseline *Baseline `json:"baseline,omitempty"`
	// Targets are the policies of single targets, by [fact.Target.URL].
	Targets map[string]TargetPolicy `json:"targets,omitempty"`
}

// Threshold is the minimum level that counts as a violation.
func (p Policy) Threshold() Level {
	if p.FailOn == "" || p.FailOn == Never {
		return Error
	}
	return p.FailOn
}
