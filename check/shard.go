package check

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/tlsgate/tlsgate/check/fact"
)

// A Shard is one share of a list of targets that several runs divide among
// them. Its zero value is the whole list.
type Shard struct {
	Index int `json:"index"` // from 1
	Count int `json:"count"`
	// List tells lists apart, so that only shares of one list are merged.
	List string `json:"list"`
}

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// Share gives the targets that fall to a shard. The shares of all shards
// are disjoint and complete. A target's share depends on its host alone, so
// that neither the order nor the rest of the list moves it, and no two runs
// ask the same address.
func Share(targets []fact.Target, index, count int) ([]fact.Target, Shard) {
	s := Shard{Index: index, Count: count, List: listName(targets)}
	var mine []fact.Target
	for _, t := range targets {
		sum := sha256.Sum256([]byte(t.Host))
		if binary.BigEndian.Uint64(sum[:])%uint64(count) == uint64(index-1) {
			mine = append(mine, t)
		}
	}
	return mine, s
}

// listName is a short name of a list of targets.
func listName(targets []fact.Target) string {
	h := sha256.New()
	for _, t := range targets {
		fmt.Fprintf(h, "%s\n", t.URL())
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
