package check

import (
	"testing"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// A target's own policy replaces what it sets, and nothing else; it judges
// that target alone, also after the report's way through JSON.
func TestPolicyOfOneTarget(t *testing.T) {
	own, run := 90, 7
	public := pki.Embedded()
	p := Policy{MinDays: &run, Revocation: fact.RevocationSoft, FailOn: Warning, Targets: map[string]TargetPolicy{
		"https://a.example/": {MinDays: &own, Roots: public, Revocation: fact.RevocationHard},
	}}
	a, err := fact.ParseTarget("a.example")
	if err != nil {
		t.Fatal(err)
	}
	b, err := fact.ParseTarget("b.example")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.For(a); *got.MinDays != own || got.Roots != public || got.Revocation != fact.RevocationHard || got.FailOn != Warning {
		t.Errorf("the target's own: %+v", got)
	}
	if got := p.For(b); *got.MinDays != run || got.Roots != nil || got.Revocation != fact.RevocationSoft {
		t.Errorf("another target's: %+v", got)
	}
	if got := p.AllRoots(); len(got) != 2 || got[0] != nil || got[1] != public {
		t.Errorf("roots: %v", got)
	}
}
