package check

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
)

// Merge judges the observations of reports again, and makes one report of
// them: of all shares of one list, what a single run would have given; of
// other reports, one after the other. The reports must agree on the policy,
// what fails the run apart; adjust has the last word on it.
func Merge(version string, reports []*Report, adjust func(*Policy)) (*Report, error) {
	if len(reports) == 0 {
		return nil, errors.New("there is no report")
	}
	if err := complete(reports); err != nil {
		return nil, err
	}
	policy := reports[0].Policy
	started, ended := reports[0].Started, reports[0].Ended
	var observations []fact.Observation
	for _, r := range reports {
		if !samePolicy(policy, r.Policy) {
			return nil, errors.New("the reports were made under different policies (roots, min-days, waivers and the like): they have no common verdict")
		}
		if r.Started.Before(started) {
			started = r.Started
		}
		if r.Ended.After(ended) {
			ended = r.Ended
		}
		for _, res := range r.Results {
			observations = append(observations, res.Observation)
		}
	}
	if reports[0].Shard.Count > 0 {
		slices.SortStableFunc(observations, func(a, b fact.Observation) int { return cmp.Compare(a.Target.Position, b.Target.Position) })
	}
	adjust(&policy)
	var results []Result
	for _, o := range observations {
		results = append(results, Judge(o, policy))
	}
	return NewReport(version, started, ended, policy, Shard{}, results), nil
}

// complete reports what is missing or too much among the shares of a list.
func complete(reports []*Report) error {
	first := reports[0].Shard
	have := map[int]bool{}
	for _, r := range reports {
		s := r.Shard
		switch {
		case s.Count != first.Count || s.List != first.List:
			return errors.New("the reports are shards of different lists of targets")
		case s.Count == 0:
			continue
		case have[s.Index]:
			return fmt.Errorf("duplicate: there are two reports of shard %s", s)
		}
		have[s.Index] = true
	}
	var missing []string
	for i := 1; i <= first.Count; i++ {
		if !have[i] {
			missing = append(missing, Shard{Index: i, Count: first.Count}.String())
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the report of shard %s is missing: its targets would go unchecked", strings.Join(missing, ", "))
	}
	return nil
}

// samePolicy compares all of two policies but what fails the run.
func samePolicy(a, b Policy) bool {
	a.FailOn, b.FailOn = "", ""
	ja, errA := json.Marshal(a)
	jb, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(ja) == string(jb)
}
