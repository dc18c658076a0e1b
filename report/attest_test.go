package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"
)

// Whoever holds the statement and the JSON report can tell that they belong
// together: a subject's digest is that of the target's observation.
func TestStatement(t *testing.T) {
	r := violatedReport(t)
	v := newView(r, testRules)
	data, err := v.Statement()
	if err != nil {
		t.Fatal(err)
	}
	var s statement
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		t.Fatal(err)
	}
	if s.Type != "https://in-toto.io/Statement/v1" || s.PredicateType != "https://github.com/tlsgate/tlsgate/verdict/v1" {
		t.Errorf("types %q, %q", s.Type, s.PredicateType)
	}
	full, err := v.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var parts struct {
		Results []struct{ Observation json.RawMessage }
	}
	if err := json.Unmarshal(full, &parts); err != nil {
		t.Fatal(err)
	}
	if len(s.Subject) != len(r.Results) || len(s.Predicate.Targets) != len(r.Results) {
		t.Fatalf("%d subjects and %d targets of %d", len(s.Subject), len(s.Predicate.Targets), len(r.Results))
	}
	for i, res := range r.Results {
		compact, err := json.Marshal(parts.Results[i].Observation)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(compact)
		if want := (subject{res.Observation.Target.URL(), digest{hex.EncodeToString(sum[:])}}); s.Subject[i] != want || s.Predicate.Targets[i].Evidence != want.Digest {
			t.Errorf("subject %+v, want %+v", s.Subject[i], want)
		}
		if failed := res.Requirements[0].State == check.Fail && !res.Requirements[0].Waived; failed && len(s.Predicate.Targets[i].Findings) == 0 {
			t.Errorf("%s failed without a finding", res.Observation.Target.URL())
		}
		for _, q := range res.Requirements {
			if got := s.Predicate.Targets[i].Requirements[q.Requirement]; got != q.State {
				t.Errorf("%s of %s: %s, want %s", q.Requirement, res.Observation.Target.URL(), got, q.State)
			}
		}
	}
	if s.Predicate.Verdict != "fail" || s.Predicate.FailOn != "error" || !s.Predicate.TimeVerified.Equal(r.Ended) {
		t.Errorf("predicate %+v", s.Predicate)
	}
	want := trustData{Custom: true, MozillaDate: pki.Embedded().Date().Format(time.DateOnly), ChromeVersion: pki.Chrome().Version, ChromeDate: pki.Chrome().Date.Format(time.DateOnly)}
	if diff := cmp.Diff(want, s.Predicate.Trust); diff != "" {
		t.Errorf("trust (-want +got):\n%s", diff)
	}
}

// A run without targets is a statement about nothing, and in the form's shape.
func TestStatementOfNothing(t *testing.T) {
	data, err := newView(newReport(), testRules).Statement()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), `"subject": []`) || !strings.Contains(string(data), `"verdict": "not-verified"`) {
		t.Errorf("%s", data)
	}
}
