package check

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/fact"
)

func targets(t *testing.T, n int) []fact.Target {
	t.Helper()
	var out []fact.Target
	for i := range n {
		target, err := fact.ParseTarget(fmt.Sprintf("https://host%d.example/%d", i%40, i))
		if err != nil {
			t.Fatal(err)
		}
		target.Position = i + 1
		out = append(out, target)
	}
	return out
}

// The shares of a list are disjoint and complete, keep a host together, and
// do not depend on the order.
func TestShare(t *testing.T) {
	all := targets(t, 100)
	reversed := make([]fact.Target, len(all))
	for i, target := range all {
		reversed[len(all)-1-i] = target
	}
	for _, count := range []int{1, 2, 8, 100} {
		seen := map[string]int{}
		hosts := map[string]int{}
		for index := 1; index <= count; index++ {
			mine, shard := Share(all, index, count)
			if shard.String() != fmt.Sprintf("%d/%d", index, count) {
				t.Errorf("shard %s", shard)
			}
			again, _ := Share(reversed, index, count)
			if len(again) != len(mine) {
				t.Errorf("%s: the order of the list matters", shard)
			}
			for _, target := range mine {
				seen[target.URL()]++
				if h, ok := hosts[target.Host]; ok && h != index {
					t.Errorf("%s falls to shards %d and %d", target.Host, h, index)
				}
				hosts[target.Host] = index
			}
		}
		if len(seen) != len(all) {
			t.Errorf("%d of %d targets in %d shards", len(seen), len(all), count)
		}
		for u, n := range seen {
			if n != 1 {
				t.Errorf("%s falls to %d shards", u, n)
			}
		}
	}
}

// Merged shares are the report of a single run.
func TestMerge(t *testing.T) {
	all := targets(t, 50)
	run := func(ts []fact.Target, s Shard) *Report {
		r := &Report{Shard: s}
		for _, target := range ts {
			r.Results = append(r.Results, Judge(fact.Observation{Target: target}, Policy{}))
		}
		return r
	}
	var shares []*Report
	for i := range 4 {
		shares = append(shares, run(Share(all, 4-i, 4)))
	}
	got, err := Merge("1", shares, func(p *Policy) { p.FailOn = Warning })
	if err != nil {
		t.Fatal(err)
	}
	want := run(all, Shard{})
	if d := cmp.Diff(want.Results, got.Results); d != "" || got.Policy.FailOn != Warning {
		t.Errorf("merged (-one run +merged)\n%s", d)
	}

	days := 3
	strict := run(all, Shard{})
	strict.Policy.MinDays = &days
	other := run(Share(targets(t, 3), 1, 4))
	for want, reports := range map[string][]*Report{
		"there is no report": nil,
		"the report of shard 3/4, 4/4 is missing: its targets would go unchecked":                                             shares[2:],
		"duplicate: there are two reports of shard 4/4":                                                                       {shares[0], shares[0]},
		"the reports are shards of different lists of targets":                                                                {shares[0], other},
		"the reports were made under different policies (roots, min-days, waivers and the like): they have no common verdict": {run(all, Shard{}), strict},
	} {
		if _, err := Merge("1", reports, func(*Policy) {}); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
