package probe_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"

	"github.com/tlsgate/tlsgate/check/fact"
)

// judge runs tlsgate over a URL on the network, as main does.
func judge(t *testing.T, n *deploytest.Network, url string, edit func(*probe.Options), expected ...fact.StatusRange) check.Result {
	t.Helper()
	target, err := fact.ParseTarget(url)
	if err != nil {
		t.Fatal(err)
	}
	p := check.Policy{Roots: rootsOf(t, n), ExpectStatus: expected}
	o := probe.Options{Resolver: n, LookupHTTPS: n.LookupHTTPS, Dial: n.DialContext, ListenUDP: n.ListenUDP, Roots: p.Roots, Retries: 2, Timeout: 5 * time.Second,
		Pause: func(context.Context, time.Duration) {}}
	if edit != nil {
		edit(&o)
	}
	return check.Run(t.Context(), []fact.Target{target}, probe.New(o), p, 1, nil)[0]
}

func rootsOf(t *testing.T, n *deploytest.Network) *pki.Roots {
	t.Helper()
	roots, err := pki.ParseRoots(n.Root().PEM())
	if err != nil {
		t.Fatal(err)
	}
	return roots
}

// failed lists the rules that failed.
func failed(r check.Result) []string {
	out := []string{}
	for _, v := range r.Verdicts {
		if v.State == check.Fail {
			out = append(out, v.Rule)
		}
	}
	return out
}

// state is a requirement's state.
func state(r check.Result, q check.Requirement) check.State {
	for _, v := range r.Requirements {
		if v.Requirement == q {
			return v.State
		}
	}
	return check.Unknown
}

func messages(r check.Result) (out []string) {
	for _, v := range r.Verdicts {
		for _, f := range v.Findings {
			out = append(out, v.Rule+": "+f.Message)
		}
		if v.State == check.Unknown {
			out = append(out, v.Rule+" unknown: "+v.Reason())
		}
	}
	return out
}

// Every misconfigured deployment breaks the rule it says, and no other than those
// that follow from it.
func TestFaults(t *testing.T) {
	follows := map[string][]string{
		"closed.example": {"cleartext-content", "target-not-verified"},
		"plain.example":  {"target-not-verified"},
		"back.example":   {"cleartext-content"},
		// The cleartext port's chain goes the same way.
		"refresh.example": {"cleartext-redirect"},
		"meta.example":    {"cleartext-redirect"},
	}
	n := deploytest.NewNetwork()
	defer n.Close()
	for _, d := range deploytest.Faults() {
		if d.Rule == "sct-missing" || d.Rule == "validity-too-long" {
			continue // speaks of the public roots only
		}
		t.Run(d.Host, func(t *testing.T) {
			r := judge(t, n, n.Deploy(d).URL(), nil)
			want := append([]string{d.Rule}, follows[d.Host]...)
			slices.Sort(want)
			got := failed(r)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s\n%q", d.Fault, diff, messages(r))
			}
		})
	}
}

func TestGood(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	for name, d := range map[string]deploytest.Deployment{
		"plain":      {Host: "good.example"},
		"addresses":  {Host: "several.example", Addresses: []string{"203.0.113.50", "203.0.113.51", "2001:db8::50"}},
		"address":    {Host: "203.0.113.60"},
		"IPv6":       {Host: "2001:db8::60"},
		"IDNA":       {Host: "xn--bcher-kva.example"},
		"closed 80":  {Host: "shut.example", Cleartext: deploytest.Closed},
		"port":       {Host: "port.example", Port: 8443},
		"API":        {Host: "api.example", HTTPS: deploytest.Answer(404, "{}", "Content-Type: application/json", "Strict-Transport-Security: "+deploytest.GoodHSTS)},
		"refusal":    {Host: "refusal.example", Cleartext: deploytest.Answer(403, "no")},
		"cross-sign": {Host: "cross.example", Certificate: deploytest.ExpiredCrossSign},
	} {
		t.Run(name, func(t *testing.T) {
			r := judge(t, n, n.Deploy(d).URL(), nil)
			for _, q := range check.Requirements() {
				if state(r, q) != check.Pass {
					t.Errorf("%s: %s", q, state(r, q))
				}
			}
			if got := failed(r); len(got) > 0 {
				t.Errorf("failed: %q\n%q", got, messages(r))
			}
		})
	}
}
