package input

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

// reports are files to replay.
var reports = map[string]string{"shards/2.json": "", "shards/10.json": "", "shards/1.json": "", "other.json": ""}

func TestReadReplay(t *testing.T) {
	tests := []struct {
		name, value string
		want        []string
	}{
		{"names", "other.json\n shards/1.json", []string{"other.json", "shards/1.json"}},
		{"a pattern", "shards/*.json", []string{"shards/1.json", "shards/10.json", "shards/2.json"}},
		{"a file named twice", "shards/1.json shards/?.json", []string{"shards/1.json", "shards/2.json"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// An event's deployment is not probed either.
			vars := map[string]string{"INPUT_REPLAY": tt.value, "GITHUB_EVENT_NAME": "deployment_status"}
			got, err := Read(nil, world(vars, reports))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Replay); diff != "" {
				t.Errorf("replay (-want +got):\n%s", diff)
			}
			if len(got.Targets) > 0 {
				t.Errorf("targets %v", got.Targets)
			}
		})
	}
}

func TestReadReplayErrors(t *testing.T) {
	const nothing = "replay: nothing is probed: URLs, label and shard cannot be combined with it"
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no file", []string{"-replay", "gone.json"}, "replay: 'gone.json' matches no file"},
		{"no match", []string{"-replay", "other.json gone/*.json"}, "replay: 'gone/*.json' matches no file"},
		{"no pattern", []string{"-replay", "[a-"}, "replay: '[a-' is not a valid glob pattern: syntax error in pattern"},
		{"an argument", []string{"-replay", "other.json", "a.example"}, nothing},
		{"urls", []string{"-replay", "other.json", "-urls", "a.example"}, nothing},
		{"a shard", []string{"-replay", "other.json", "-shard", "1/2"}, nothing},
		{"a label", []string{"-replay", "other.json", "-label", "preview"}, nothing},
		{"a demonstration", []string{"-replay", "other.json", "-demo"}, "-demo has its own deployments: URLs, shard and replay cannot be combined with it"},
		{"a report written over", []string{"-replay", "*.json", "-report-file", "./other.json"},
			"report-file: './other.json' is read as replay and would be overwritten: use a different file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(tt.args, world(nil, reports))
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// An input about judging that override does not know would be lost in a replay.
func TestOverrideKnowsWhatJudges(t *testing.T) {
	var got []string
	for _, in := range Inputs() {
		if in.Group == groupJudging {
			got = append(got, in.Name)
		}
	}
	if diff := cmp.Diff([]string{"fail-on", "min-days", "forecast", "waivers", "baseline", "roots", "allow-private", "revocation", "expect-status"}, got); diff != "" {
		t.Errorf("inputs about judging (-overridden +declared):\n%s", diff)
	}
}

func TestOverride(t *testing.T) {
	days := 30
	theirs := check.Policy{
		FailOn: check.Never, MinDays: &days, Forecast: &days, AllowPrivate: true, Revocation: fact.RevocationHard, ExpectStatus: []fact.StatusRange{{From: 401, To: 401}},
		Roots: new(pki.Roots), Waivers: []check.Waiver{{Rule: "hsts-weak"}}, Baseline: new(check.Baseline),
	}
	// What the runner gives where the workflow says nothing.
	byDefault := map[string]string{"GITHUB_ACTIONS": "true", "INPUT_FAIL-ON": "error", "INPUT_ALLOW-PRIVATE": "false",
		"INPUT_REVOCATION": "soft", "INPUT_MIN-DAYS": "", "INPUT_WAIVERS": "", "INPUT_ROOTS": ""}
	tests := []struct {
		name string
		args []string
		vars map[string]string
		want func(*check.Policy)
	}{
		{"nothing", nil, nil, func(*check.Policy) {}},
		{"defaults of the runner", nil, byDefault, func(*check.Policy) {}},
		{"fail-on", []string{"-fail-on", "note"}, nil, func(p *check.Policy) { p.FailOn = check.Note }},
		{"min-days", []string{"-min-days", "0"}, nil, func(p *check.Policy) { p.MinDays = new(int) }},
		{"forecast", []string{"-forecast", "0"}, nil, func(p *check.Policy) { p.Forecast = new(int) }},
		{"a default as a flag", []string{"-allow-private=false", "-revocation=soft"}, byDefault, func(p *check.Policy) {
			p.AllowPrivate, p.Revocation = false, fact.RevocationSoft
		}},
		{"revocation", nil, map[string]string{"INPUT_REVOCATION": "off"}, func(p *check.Policy) { p.Revocation = fact.RevocationOff }},
		{"expect-status", []string{"-expect-status", "200"}, nil, func(p *check.Policy) { p.ExpectStatus = []fact.StatusRange{{From: 200, To: 200}} }},
		{"another baseline", []string{"-baseline", "old.json"}, nil, func(p *check.Policy) { p.Baseline = &check.Baseline{Made: baselineMade} }},
		{"no waivers any more", []string{"-waivers", "none.yml"}, nil, func(p *check.Policy) { p.Waivers = nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"other.json": "", "none.yml": "waivers: []\n", "old.json": earlierReport}
			got, err := Read(append(tt.args, "-replay", "other.json"), world(tt.vars, files))
			if err != nil {
				t.Fatal(err)
			}
			policy, want := theirs, theirs
			policy.Waivers = slices.Clone(theirs.Waivers)
			want.FailOn = check.Error
			tt.want(&want)
			got.Override(&policy)
			if diff := cmp.Diff(want, policy, cmp.Comparer(func(a, b *pki.Roots) bool { return a == b }), cmpopts.IgnoreUnexported(check.Baseline{})); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
		})
	}
}
