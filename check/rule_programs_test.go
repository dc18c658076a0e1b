package check

import (
	"crypto/x509"
	"testing"

	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

// The rules of the root programs say what the judgement of a chain to public
// roots says: nobody can make such a chain for a test, so the judgement is
// given here; package pki has tests of its own for it.
func TestPublicRoots(t *testing.T) {
	for _, r := range []Rule{distrustedRoot, rootNotUniversal, sctMissing, sctFew} {
		s := presentedChain{Chain: fact.Chain{Host: "a.example", Address: "203.0.113.1:443"}, Leaf: new(x509.Certificate)}
		state := func(s presentedChain) State {
			c := newEvaluation(fact.Observation{Target: fact.Target{Host: "a.example"}}, Policy{}, nil)
			c.presented = []presentedChain{s}
			return c.verdict(r).State
		}
		if got := state(s); got != Pass {
			t.Errorf("%s: %s without a fault", r.ID, got)
		}
		s.Faults = []pki.Fault{{Kind: pki.Kind(r.ID), Detail: "So it is."}}
		if got := state(s); got != Fail {
			t.Errorf("%s: %s with the fault", r.ID, got)
		}
		s.Client = "clients that know only RSA certificates"
		want := Fail
		if withoutHandshake[pki.Kind(r.ID)] {
			want = Unknown // nothing else was shown
		}
		if got := state(s); got != want {
			t.Errorf("%s: %s for another client, want %s", r.ID, got, want)
		}
	}
}
