package check_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"

	"github.com/tlsgate/tlsgate/check/fact"
)

const observations = "../testdata/observations"

var record = flag.Bool("record", false, "record the observations that are missing, from deployments on loopback, and rewrite verdicts.txt")

// A recorded observation is judged under the policy it was recorded with.
type recorded struct {
	Policy      check.Policy     `json:"policy"`
	Observation fact.Observation `json:"observation"`
}

// states are the verdicts that the name of a recording begins with.
var states = map[string]check.State{
	"pass": check.Pass, "fail": check.Fail, "unknown": check.Unknown, "na": check.NotApplicable,
}

// Every rule gives each recorded observation the verdict that its name says,
// in the words of verdicts.txt.
func TestRecordedObservations(t *testing.T) {
	if *record {
		recordAll(t)
	}
	for _, r := range check.Rules() {
		t.Run(r.ID, func(t *testing.T) {
			dir := filepath.Join(observations, r.ID)
			files, err := filepath.Glob(filepath.Join(dir, "*.json"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no recorded observations in %s: record some with -record", dir)
			}
			var got bytes.Buffer
			seen := map[check.State]bool{}
			for _, f := range files {
				name := strings.TrimSuffix(filepath.Base(f), ".json")
				prefix, _, _ := strings.Cut(name, "-")
				v := verdictOf(t, f, r.ID)
				if want, ok := states[prefix]; !ok || v.State != want {
					t.Errorf("%s: %s %+v", name, v.State, v)
				}
				seen[v.State] = true
				fmt.Fprintf(&got, "%s: %s\n", name, v.State)
				for _, x := range v.Findings {
					fmt.Fprintf(&got, "  finding %q: %s\n", x.Distinct, x.Message)
				}
				if v.Reason() != "" {
					fmt.Fprintf(&got, "  because %s\n", v.Reason())
				}
			}
			if (!seen[check.Fail] || !seen[check.Pass]) && !ofPublicRoots[r.ID] {
				t.Errorf("recordings lack a failure or a pass")
			}
			golden(t, filepath.Join(dir, "verdicts.txt"), got.Bytes())
		})
	}
}

// readRecorded reads a recorded observation.
func readRecorded(t *testing.T, file string) (r recorded) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return r
}

func verdictOf(t *testing.T, file, rule string) check.Verdict {
	t.Helper()
	rec := readRecorded(t, file)
	for _, v := range check.Judge(rec.Observation, rec.Policy).Verdicts {
		if v.Rule == rule {
			return v.Verdict
		}
	}
	t.Fatalf("no rule %s", rule)
	return check.Verdict{}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *record || flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got; -update rewrites it)\n%s", file, d)
	}
}

// A recording is a deployment to record an observation of.
type recording struct {
	name string
	deploytest.Deployment
	url  string                    // default the deployment's
	prep func(*deploytest.Network) // before it is observed
	edit func(*check.Policy)       // of the policy
	last func(o *fact.Observation) // what no loopback network can show
}

// recordAll records what recordings lists and every fault of deploytest,
// where there is no file yet.
func recordAll(t *testing.T) {
	for _, r := range check.Rules() {
		list := slices.Clone(recordings[r.ID])
		if !slices.ContainsFunc(list, func(x recording) bool { return strings.HasPrefix(x.name, "pass-") }) {
			list = append(list, recording{name: "pass-good", Deployment: deploytest.Deployment{Host: "good.example"}})
		}
		for _, d := range deploytest.Faults() {
			if d.Rule == r.ID {
				list = append(list, recording{name: "fail-" + strings.TrimSuffix(d.Host, ".example"), Deployment: d})
			}
		}
		if !withoutUnknown[r.ID] {
			list = append(list, recording{name: "unknown-dead", Deployment: deploytest.Deployment{Host: "dead.example", Addresses: []string{"203.0.113.90"}},
				prep: func(n *deploytest.Network) { n.BlackHole("203.0.113.90") }})
		}
		if ofPublicRoots[r.ID] {
			list = recordings[r.ID]
		}
		for _, rec := range list {
			file := filepath.Join(observations, r.ID, rec.name+".json")
			if _, err := os.Stat(file); err != nil {
				write(t, file, rec.observe(t))
			}
		}
	}
}

func write(t *testing.T, file string, rec recorded) {
	t.Helper()
	data, err := json.MarshalIndent(rec, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (rec recording) observe(t *testing.T) recorded {
	t.Helper()
	n := deploytest.NewNetwork()
	defer n.Close()
	url := n.Deploy(rec.Deployment).URL()
	if rec.url != "" {
		url = rec.url
	}
	target, err := fact.ParseTarget(url)
	if err != nil {
		t.Fatal(err)
	}
	var p check.Policy
	if p.Roots, err = pki.ParseRoots(n.Root().PEM()); err != nil {
		t.Fatal(err)
	}
	if rec.edit != nil {
		rec.edit(&p)
	}
	if rec.prep != nil {
		rec.prep(n)
	}
	o := probe.New(probe.Options{
		Resolver: n, Dial: n.DialContext, ListenUDP: n.ListenUDP, Roots: p.Roots, Revocation: p.Revocation, Timeout: time.Second,
		Pause: func(context.Context, time.Duration) {},
	}).Observe(t.Context(), target)
	if rec.last != nil {
		rec.last(&o)
	}
	return recorded{p, o}
}
