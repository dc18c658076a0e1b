package check

import (
	"slices"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// A ForecastEvent is what will happen to the trust in a certificate of a
// target, counted from the observation.
type ForecastEvent struct {
	Host string `json:"host"`
	// Client says in words which client is shown the certificate; empty for a
	// current one.
	Client string `json:"client,omitempty"`
	// Certificate is the SHA-256 of the leaf, hexadecimal.
	Certificate string `json:"certificate"`
	pki.Event
}

// forecast are the events of every chain, each once, the first first.
func (c *Evaluation) forecast() []ForecastEvent {
	var out []ForecastEvent
	if c.At.IsZero() {
		return nil
	}
	chains, _ := c.chains()
	for _, s := range chains {
		for _, e := range s.Judgement.Forecast {
			f := ForecastEvent{Host: s.Host, Client: s.Client, Certificate: fact.Thumbprint(s.Leaf()), Event: e}
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b ForecastEvent) int { return a.At.Compare(b.At) })
	return out
}

var trustEnding = Rule{
	ID: "trust-ending", Level: Warning, Requirements: []Requirement{PubliclyTrusted}, CWE: 298,
	Sources:     []Source{{Document: "Chrome Root Program Policy"}, {Document: "Mozilla Root Store Policy"}},
	Short:       "A root program has published a date that ends trust in the certificate's renewal.",
	What:        "With the input forecast: within so many days, a published cut-off date of the Chrome Root Store or of Mozilla's bundle ends trust in what is issued through the certificate's root, and the browser has no other root to go by.",
	Why:         "The deployment breaks at the first renewal after the date, without anything having been changed on it.",
	Remediation: Remediation{Text: "Before the date, move to an authority, or to a chain of the same authority, whose root has no cut-off date. Ask the authority which root its certificates will chain to."},
	Check: func(c *Evaluation) Verdict {
		if c.Policy.Forecast == nil {
			return notApplicable("the input forecast is not set")
		}
		within := time.Duration(*c.Policy.Forecast) * day
		return eachPublicChain(c, func(t *tally, s presentedChain) {
			good := true
			for _, e := range s.Judgement.Forecast {
				if e.Kind == pki.EventCutoff && e.At.Sub(c.At) <= within {
					good = false
					t.fail(s.Address, s.distinct(c), "%s%s", s.where(c), e.Detail)
				}
			}
			if good {
				t.pass(s.Address, "No published cut-off date is within %d days.", *c.Policy.Forecast)
			}
		})
	},
}
