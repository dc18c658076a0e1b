package check

import (
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

// The rules of the root programs say what the judgement of a chain to public
// roots says: nobody can make such a chain for a test, so the judgement is
// given here; package pki has tests of its own for it.
func TestPublicRoots(t *testing.T) {
	for _, r := range []Rule{distrustedRoot, rootNotUniversal, sctMissing, sctFew, validityTooLong} {
		s := presentedChain{JudgedChain: fact.JudgedChain{Chain: fact.Chain{
			Host: "a.example", Address: "203.0.113.1:443", Certificates: []*pki.Certificate{new(pki.Certificate)}}}}
		state := func(s presentedChain) State {
			c := newEvaluation(fact.Observation{Target: fact.Target{Host: "a.example"}}, Policy{}, nil)
			c.presented = []presentedChain{s}
			return c.verdict(r).State
		}
		if got := state(s); got != Pass {
			t.Errorf("%s: %s without a fault", r.ID, got)
		}
		s.Faults = []pki.Fault{{Kind: r.Fault, Detail: "So it is."}}
		if got := state(s); got != Fail {
			t.Errorf("%s: %s with the fault", r.ID, got)
		}
		s.Client = "clients that know only RSA certificates"
		want := Fail
		if withoutHandshake[r.Fault] {
			want = Unknown // nothing else was shown
		}
		if got := state(s); got != want {
			t.Errorf("%s: %s for another client, want %s", r.ID, got, want)
		}
	}
}

// A bundle of the user's that holds public roots too switches nothing off for
// chains that end at these, and nothing on for those that end at its own.
func TestPublicRootsOfAMixedBundle(t *testing.T) {
	own := deploytest.NewRoot(deploytest.Spec{Name: "Company Root"})
	var public []byte
	for root := range bundle.Roots() {
		public = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate})
		break
	}
	mixed, err := pki.ParseRoots(append(own.PEM(), public...))
	if err != nil {
		t.Fatal(err)
	}
	alone, err := pki.ParseRoots(own.PEM())
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		roots   *pki.Roots
		public  bool
		unknown bool
		want    State
	}{
		{"the user's own root", mixed, false, false, NotApplicable},
		{"a public root", mixed, true, false, Fail},
		{"a public root that the table is too old for", mixed, true, true, Unknown},
		{"only the user's own roots", alone, false, false, NotApplicable},
		{"the embedded roots", nil, true, false, Fail},
	} {
		s := presentedChain{JudgedChain: fact.JudgedChain{Chain: fact.Chain{
			Host: "a.example", Address: "203.0.113.1:443", Certificates: []*pki.Certificate{new(pki.Certificate)}}}}
		faults := []pki.Fault{{Kind: pki.DistrustedRoot, Detail: "So it is."}}
		if s.Public = tc.public; tc.unknown {
			s.Unknown = faults
		} else {
			s.Faults = faults
		}
		c := newEvaluation(fact.Observation{Target: fact.Target{Host: "a.example"}, Endpoints: []fact.Endpoint{{IP: "203.0.113.1", TLS: fact.Handshake{Connected: true, Chain: [][]byte{{0}}}}}},
			Policy{Roots: tc.roots}, nil)
		c.presented = []presentedChain{s}
		if got := c.verdict(distrustedRoot); got.State != tc.want {
			t.Errorf("%s: %s (%s), want %s", tc.name, got.State, got.Reason(), tc.want)
		}
	}
}

// A cut-off that falls inside of the forecast, or is past already, fails; what
// else the forecast says does not.
func TestTrustEnding(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		kind pki.EventKind
		in   time.Duration
		own  bool
		want State
	}{
		{"a cut-off within the forecast", pki.EventCutoff, 30 * day, false, Fail},
		{"on its last day", pki.EventCutoff, 90 * day, false, Fail},
		{"after it", pki.EventCutoff, 90*day + time.Second, false, Pass},
		{"in the past", pki.EventCutoff, -30 * day, false, Fail},
		{"an expiry", pki.EventExpiry, 30 * day, false, Pass},
		{"a shorter lifetime", pki.EventLifetime, 30 * day, false, Pass},
		{"a cut-off that does not concern the user's own root", pki.EventCutoff, 30 * day, true, NotApplicable},
	} {
		s := presentedChain{JudgedChain: fact.JudgedChain{Chain: fact.Chain{
			Host: "a.example", Address: "203.0.113.1:443", Certificates: []*pki.Certificate{new(pki.Certificate)}}}}
		s.Public = !tc.own
		s.Judgement.Forecast = []pki.Event{{Kind: tc.kind, At: at.Add(tc.in), Detail: "So it will be."}}
		if tc.own {
			s.Path = s.Certificates
		}
		own, err := pki.ParseRoots(deploytest.NewRoot(deploytest.Spec{Name: "Company Root"}).PEM())
		if err != nil {
			t.Fatal(err)
		}
		p := Policy{Forecast: new(int)}
		if *p.Forecast = 90; tc.own {
			p.Roots = own
		}
		c := newEvaluation(fact.Observation{Target: fact.Target{Host: "a.example"}, At: at}, p, nil)
		c.presented = []presentedChain{s}
		v := c.verdict(trustEnding)
		if v.State != tc.want {
			t.Errorf("%s: %s (%s), want %s", tc.name, v.State, v.Reason(), tc.want)
		}
		if v.State == Fail && (len(v.Findings) != 1 || !strings.Contains(v.Findings[0].Message, "So it will be.")) {
			t.Errorf("%s: %+v", tc.name, v.Findings)
		}
	}
}
