package input

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/fact"
)

// The shares of a list are disjoint and complete, and know their places in it.
func TestReadShards(t *testing.T) {
	const shards = 7
	var list []string
	for i := range 50 {
		list = append(list, fmt.Sprintf("https://host-%d.example/", i))
	}
	args := []string{"-urls", strings.Join(list, " ")}
	whole, err := Read(args, world(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	var together []fact.Target
	for i := 1; i <= shards; i++ {
		got, err := Read(append(args, "-shard", fmt.Sprintf("%d/%d", i, shards)), world(nil, nil))
		if err != nil {
			t.Fatal(err)
		}
		if s := got.Shard; s.Index != i || s.Count != shards || s.List == "" {
			t.Errorf("shard %+v", s)
		}
		together = append(together, got.Targets...)
	}
	slices.SortFunc(together, func(a, b fact.Target) int { return a.Position - b.Position })
	if diff := cmp.Diff(whole.Targets, together); diff != "" {
		t.Errorf("all shares together (-want +got):\n%s", diff)
	}
}

func TestReadEmptyShare(t *testing.T) {
	empty := 0
	for _, shard := range []string{"1/2", "2/2"} {
		got, err := Read([]string{"a.example", "-resolve", "a.example:443:192.0.2.1", "-shard", shard}, world(nil, nil))
		if err != nil || len(got.Warnings) > 0 {
			t.Errorf("shard %s: %v, warnings %q", shard, err, got.Warnings)
		}
		if len(got.Targets) == 0 {
			empty++
		}
	}
	if empty != 1 {
		t.Errorf("%d shares of one target are empty, want 1", empty)
	}
	// A share of nothing is not empty but wrong.
	if _, err := Read([]string{"-shard", "1/2"}, world(nil, nil)); err == nil || err.Error() != usage {
		t.Errorf("no targets: error %v", err)
	}
}

func TestReadShardErrors(t *testing.T) {
	tests := []struct{ value, want string }{
		{"1", "'1' is not a shard such as '1/4'"},
		{"1/", "'1/' is not a shard such as '1/4'"},
		{"1/2/3", "'1/2/3' is not a shard such as '1/4'"},
		{"-1/2", "'-1/2' is not a shard such as '1/4'"},
		{"1 / 2", "'1 / 2' is not a shard such as '1/4'"},
		{"1/10000", "'1/10000' is not a shard such as '1/4'"},
		{"0/2", "'0/2' is not a shard i/n with i from 1 to n, and n at most 1000"},
		{"3/2", "'3/2' is not a shard i/n with i from 1 to n, and n at most 1000"},
		{"0/0", "'0/0' is not a shard i/n with i from 1 to n, and n at most 1000"},
		{"1/1001", "'1/1001' is not a shard i/n with i from 1 to n, and n at most 1000"},
	}
	for _, tt := range tests {
		_, err := Read([]string{"a.example", "-shard", tt.value}, world(nil, nil))
		if err == nil {
			t.Errorf("shard %q: no error", tt.value)
			continue
		}
		if diff := cmp.Diff("shard: "+tt.want, err.Error()); diff != "" {
			t.Errorf("shard %q (-want +got):\n%s", tt.value, diff)
		}
	}
	if got, err := Read([]string{"a.example", "-shard", "1000/1000"}, world(nil, nil)); err != nil || got.Shard.Count != 1000 {
		t.Errorf("1000/1000: %+v, %v", got.Shard, err)
	}
}
