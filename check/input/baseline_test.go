package input

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tlsgate/tlsgate/check"
)

var baselineMade = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// earlierReport is a JSON report of no targets.
const earlierReport = `{"schema": "tlsgate-report/2", "version": "1.2.3", "started": "2026-11-01T12:00:00Z", "ended": "2026-11-01T12:00:01Z", "policy": {}, "results": []}`

func TestReadBaseline(t *testing.T) {
	withFinding := strings.Replace(earlierReport, `"results": []`, `"results": [{"observation": {"target": {"scheme": "https", "host": "a.example", "port": 443, "cleartextPort": 80, "path": "/"}},
		"verdicts": [{"rule": "hsts-missing", "state": "fail", "findings": [{"message": "None."}]}], "requirements": []}]`, 1)
	got, err := Read([]string{"-baseline", "old.json", "a.example"}, world(nil, map[string]string{"old.json": withFinding}))
	if err != nil {
		t.Fatal(err)
	}
	want := &check.Baseline{Made: baselineMade, Targets: []check.BaselineTarget{{URL: "https://a.example/",
		Findings: []check.BaselineEntry{{Rule: "hsts-missing", Level: check.Warning, Since: baselineMade}}}}}
	if d := cmp.Diff(want, got.Policy.Baseline, cmpopts.IgnoreUnexported(check.Baseline{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestReadBaselineErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		text, want string
	}{
		"missing":     {"", "baseline: 'none.json' cannot be read: file does not exist"},
		"empty":       {" ", "baseline: 'old.json': this is not a tlsgate report: it is empty"},
		"a SARIF log": {`{"version": "2.1.0", "runs": []}`, `baseline: 'old.json': this is JSON, but not a tlsgate report: it has no "schema"`},
		"of 0.1.0":    {strings.Replace(earlierReport, "report/2", "report/1", 1), `baseline: 'old.json': the report's schema is "tlsgate-report/1"; this version of tlsgate reads "tlsgate-report/2"`},
		"garbage":     {"\x00\x1b[31m\n::error::x", `baseline: 'old.json': this is not a tlsgate report: it is not valid JSON (line 1)`},
		"nested":      {strings.Repeat("[", 100000), "baseline: 'old.json': this is not a tlsgate report: it is not valid JSON (line 1)"},
		"no date":     {`{"schema": "tlsgate-report/2", "results": []}`, "baseline: 'old.json': the report is damaged: it does not say when it was made"},
		"cut":         {earlierReport[:100], "baseline: 'old.json': the report is truncated: it ends after 100 bytes"},
		"wrong type":  {strings.Replace(earlierReport, "[]", "{}", 1), "baseline: 'old.json': the report is damaged: its field 'results' has the wrong type (object, line 1)"},
	} {
		name, file := "old.json", name
		if tc.text == "" {
			name = "none.json"
		}
		_, err := Read([]string{"-baseline", name, "a.example"}, world(nil, map[string]string{"old.json": tc.text}))
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: %v, want %s", file, err, tc.want)
		}
	}
	const overwritten = "report-file: 'old.json' is read as baseline and would be overwritten: use a different file"
	if _, err := Read([]string{"-baseline", "old.json", "-report-file", "old.json", "a.example"}, world(nil, map[string]string{"old.json": earlierReport})); err == nil || err.Error() != overwritten {
		t.Errorf("%v, want %s", err, overwritten)
	}
}
