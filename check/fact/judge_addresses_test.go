package fact_test

import (
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// A chain that several addresses show is parsed and judged once, and keeps each
// address.
func TestChainOfSeveralAddresses(t *testing.T) {
	root := deploytest.NewRoot(deploytest.Spec{Name: "Root"})
	roots, err := pki.ParseRoots(root.PEM())
	if err != nil {
		t.Fatal(err)
	}
	sent := root.Leaf(deploytest.Spec{Hosts: []string{"a.example"}}).Certificate
	judge := fact.NewJudge(roots, time.Now())
	one := judge.Chain("a.example", fact.Handshake{Address: "203.0.113.1:443", Chain: sent}, nil)
	two := judge.Chain("a.example", fact.Handshake{Address: "203.0.113.2:443", Chain: sent}, nil)
	if one.Leaf() != two.Leaf() {
		t.Error("the certificate was parsed twice")
	}
	if one.Address != "203.0.113.1:443" || two.Address != "203.0.113.2:443" {
		t.Errorf("addresses %q and %q", one.Address, two.Address)
	}
	if other := judge.Chain("b.example", fact.Handshake{Address: "203.0.113.1:443", Chain: sent}, nil); len(other.Faults) == 0 || len(one.Faults) > 0 {
		t.Errorf("faults %v for a.example and %v for b.example", one.Faults, other.Faults)
	}
}
