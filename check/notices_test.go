package check

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

// results are one for each host, showing a certificate of the issuer.
func results(issuer func(host string) *deploytest.CA, hosts ...string) []Result {
	var out []Result
	for _, host := range hosts {
		leaf := issuer(host).Leaf(deploytest.Spec{Hosts: []string{host}})
		out = append(out, Result{Observation: fact.Observation{
			Target:    fact.Target{Scheme: "https", Host: host, Port: 443, CleartextPort: 80, Path: "/"},
			At:        time.Now(),
			Endpoints: []fact.Endpoint{{IP: "203.0.113.1", TLS: fact.Handshake{Address: "203.0.113.1:443", Outcome: fact.Answered, Chain: leaf.Certificate}}},
		}})
	}
	return out
}

// An intercepting network is distinguished from deployments that share a
// private authority, or that are simply faulty.
func TestInterception(t *testing.T) {
	proxy := deploytest.NewRoot(deploytest.Spec{Name: "Corporate Proxy CA"})
	one := func(string) *deploytest.CA { return proxy }
	own := func(host string) *deploytest.CA { return deploytest.NewRoot(deploytest.Spec{Name: host + " CA"}) }
	roots, err := pki.ParseRoots(proxy.PEM())
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		results []Result
		policy  Policy
		want    bool
	}{
		"unrelated domains":  {results(one, "a.example", "b.test", "c.co.uk"), Policy{}, true},
		"one domain":         {results(one, "a.shop.example", "b.shop.example", "c.shop.example"), Policy{}, false},
		"two domains":        {results(one, "a.example", "b.test"), Policy{}, false},
		"an issuer each":     {results(own, "a.example", "b.test", "c.co.uk"), Policy{}, false},
		"roots that know it": {results(one, "a.example", "b.test", "c.co.uk"), Policy{Roots: roots}, false},
		"nothing":            {nil, Policy{}, false},
	} {
		r := NewReport("1", pki.Embedded().Date(), pki.Embedded().Date(), tc.policy, Shard{}, tc.results)
		told := strings.Contains(texts(r.Notices), "intercept TLS")
		if told != tc.want {
			t.Errorf("%s: %q", name, texts(r.Notices))
		}
	}
}

func texts(notices []Notice) string {
	var all []string
	for _, n := range notices {
		all = append(all, n.Text)
	}
	return strings.Join(all, "\n")
}

// The embedded tables are reported as old from the first second after their
// maximum age, each by itself, counted to the time of the run.
func TestOldTables(t *testing.T) {
	mozilla, chrome := pki.Embedded().Date(), pki.Chrome().Date
	for _, tc := range []struct {
		at   time.Time
		what string
		want bool
	}{
		{mozilla.Add(180 * day), "Mozilla's root bundle", false},
		{mozilla.Add(180*day + time.Second), "Mozilla's root bundle is of '" + mozilla.Format(time.DateOnly) + "', more than 180 days old", true},
		{chrome.Add(70 * day), "the Chrome Root Store", false},
		{chrome.Add(70*day + time.Second), "the Chrome Root Store is of '" + chrome.Format(time.DateOnly) + "', more than 70 days old", true},
	} {
		r := NewReport("1", tc.at, tc.at, Policy{}, Shard{}, nil)
		if got := strings.Contains(texts(r.Notices), tc.what); got != tc.want {
			t.Errorf("%s: %q", tc.at, texts(r.Notices))
		}
	}
}

// Waivers that ended, or match nothing, are reported with their place.
func TestWaiverNotices(t *testing.T) {
	at := pki.Embedded().Date()
	place := fact.Place{Input: "waivers", File: "waivers.yml", Line: 3}
	used := Waiver{Rule: "hsts-missing", Target: "a.example", Expires: "2099-01-01"}
	ended := Waiver{Rule: "hsts-missing", Target: "a.example", Reason: "old", Owner: "web", Expires: "2020-01-01", Place: place}
	idle := Waiver{Rule: "hsts-weak", Target: "a.example", Expires: "2099-01-01", Place: place}
	rs := results(func(string) *deploytest.CA { return deploytest.NewRoot(deploytest.Spec{}) }, "a.example")
	rs[0].Verdicts = []RuleVerdict{{Rule: "hsts-missing", Verdict: Verdict{State: Fail, Findings: []Finding{{Message: "none"}}}}}
	r := NewReport("1", at, at, Policy{Waivers: []Waiver{used, ended, idle}}, Shard{}, rs)
	want := []string{
		"The waiver of 'hsts-missing' for 'a.example' ended on '2020-01-01' and counts no more; its reason was 'old', its owner is 'web'.",
		"The waiver of 'hsts-weak' for 'a.example' matches no finding: remove it if the risk is gone.",
	}
	if got := texts(r.Notices); got != strings.Join(want, "\n") || r.Notices[0].Place != place {
		t.Errorf("%q", texts(r.Notices))
	}
}

// A certificate of the user's bundle that cannot be read is reported by its
// place and the reason; all others count, also one with a negative serial
// number.
func TestUnreadableRoots(t *testing.T) {
	block := func(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }
	first := deploytest.NewRoot(deploytest.Spec{Name: "First Root"})
	second := deploytest.NewRoot(deploytest.Spec{Name: "Second Root"})
	serial := second.Certificate.SerialNumber.Bytes()
	negative := bytes.Clone(second.Certificate.Raw)
	negative[bytes.Index(negative, serial)] |= 0x80
	blocks := [][]byte{first.PEM(), block([]byte("no certificate")), block(negative), block(first.Certificate.Raw[:20])}
	line := func(block int) int { return bytes.Count(slices.Concat(blocks[:block-1]...), []byte("\n")) + 1 }
	roots, err := pki.ParseRoots(slices.Concat(blocks...))
	if err != nil {
		t.Fatal(err)
	}
	if roots.Len() != 2 {
		t.Errorf("%d roots count", roots.Len())
	}
	at := pki.Embedded().Date()
	want := fmt.Sprintf("The bundle of roots holds one that was left out: block 2 (line %d) is no readable certificate: it is no ASN.1 sequence.\n"+
		"The bundle of roots holds one that was left out: block 4 (line %d) is no readable certificate: its issuer, subject or public key is missing.", line(2), line(4))
	if got := texts(NewReport("1", at, at, Policy{Roots: roots}, Shard{}, nil).Notices); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
