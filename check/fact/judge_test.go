package fact_test

import (
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// A chain is parsed and judged once for all who ask about it, and again where
// the judgement may be another.
func TestJudgeRemembers(t *testing.T) {
	cert := deploytest.SelfSigned(deploytest.Spec{Name: "a.example", Hosts: []string{"a.example"}})
	shown := fact.Handshake{Address: "192.0.2.1:443", Chain: cert.Certificate}
	at := cert.Leaf.NotBefore.Add(time.Hour)
	o := fact.Observation{Target: fact.Target{Host: "a.example"}, At: at, Endpoints: []fact.Endpoint{{IP: "192.0.2.1", TLS: shown}}}
	o.Judge = fact.NewJudge(nil, at)
	early := o.Judge.Chain("a.example", shown, nil)
	if len(early.Faults) != 1 || early.Faults[0].Kind != pki.SelfSigned {
		t.Errorf("faults %v", early.Faults)
	}
	copied := o // as a rule gets it
	if got := copied.Chains(nil); len(got) != 1 || got[0].Leaf() != early.Leaf() {
		t.Error("the chain was parsed again")
	}
	for name, other := range map[string]fact.JudgedChain{
		"another host":         o.Judge.Chain("b.example", shown, nil),
		"a fetched issuer":     o.Judge.Chain("a.example", shown, []*pki.Certificate{pki.ParseCertificate(cert.Leaf.Raw)}),
		"another set of roots": o.Chains(pki.Embedded())[0],
	} {
		if other.Leaf() == early.Leaf() {
			t.Errorf("%s: the judgement is an old one", name)
		}
	}
	o.At = at.Add(100 * 365 * 24 * time.Hour)
	if got := o.Chains(pki.Embedded()); got[0].Leaf() == early.Leaf() || len(got[0].Faults) != 2 {
		t.Errorf("another time: faults %v", got[0].Faults)
	}
}
