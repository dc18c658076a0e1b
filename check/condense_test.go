package check_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
)

// A replayer observes what was recorded, by the path of the target.
type replayer map[string]fact.Observation

func (r replayer) Observe(_ context.Context, t fact.Target) fact.Observation { return r[t.Path] }

// The results of a long list are kept without evidence; whole again, they are
// what a short list's are.
func TestLongList(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(observations, "*", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no observations", err)
	}
	var policy check.Policy
	seen := replayer{}
	var targets []fact.Target
	for _, file := range files {
		r := readRecorded(t, file)
		if policy.Roots == nil {
			policy.Roots = r.Policy.Roots
		}
		r.Observation.Target.Path = "/" + file
		seen[r.Observation.Target.Path] = r.Observation
		targets = append(targets, r.Observation.Target)
	}
	short := check.Run(t.Context(), targets, seen, policy, 4, nil)
	for len(targets) < 1000 {
		targets = append(targets, targets...)
	}
	report := check.Report{Policy: policy, Results: check.Run(t.Context(), targets, seen, policy, 4, nil)}
	for i, res := range report.Results {
		file := files[i%len(files)]
		if !res.Condensed {
			t.Fatalf("%s: not condensed", file)
		}
		if d := cmp.Diff(inJSON(t, short[i%len(files)]), inJSON(t, report.Whole(res))); d != "" {
			t.Errorf("%s (-short +long)\n%s", file, d)
		}
	}
}

func inJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
