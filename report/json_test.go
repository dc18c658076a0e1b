package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"
)

func TestJSONRoundTrip(t *testing.T) {
	for _, g := range goldens {
		want := g.report(t)
		data, err := NewView(want).JSON()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadJSON(data)
		if err != nil {
			t.Fatalf("%s: %v", g.name, err)
		}
		roots := cmp.Comparer(func(a, b *pki.Roots) bool {
			return (a == nil) == (b == nil) && (a == nil || a.Name() == b.Name() && a.Custom() == b.Custom())
		})
		if diff := cmp.Diff(want, got, roots, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(check.Baseline{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", g.name, diff)
		}
		again, err := NewView(got).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, again) {
			t.Errorf("%s: written again, the report has other bytes", g.name)
		}
	}
}

func TestReadJSONErrors(t *testing.T) {
	good, err := NewView(cleanReport(t)).JSON()
	if err != nil {
		t.Fatal(err)
	}
	line := func(text string) int {
		before, _, _ := strings.Cut(string(good), text)
		return strings.Count(before, "\n") + 1
	}
	for _, c := range []struct{ name, data, want string }{
		{"empty", " \n", "this is not a tlsgate report: it is empty"},
		{"truncated", string(good[:len(good)/2]), "the report is truncated: it ends after "},
		{"text", "<html>", "this is not a tlsgate report: it is not valid JSON (line 1)"},
		{"other JSON", `{"runs": []}`, `this is JSON, but not a tlsgate report: it has no "schema"`},
		{"array", `[1]`, "this is JSON, but not a tlsgate report: it begins with a value of the wrong type (array)"},
		{"of 0.1.0", `{"schema": "tlsgate-report/1"}`, `the report's schema is "tlsgate-report/1"; this version of tlsgate reads "tlsgate-report/2"`},
		{"newer", `{"schema": "tlsgate-report/3"}`, `the report's schema is "tlsgate-report/3"; this version of tlsgate reads "tlsgate-report/2"`},
		{"unknown field", strings.Replace(string(good), `"results"`, `"outcomes"`, 1), "the report was written by a newer tlsgate: this version does not know its field 'outcomes'; update tlsgate"},
		{"bad state", strings.Replace(string(good), `"pass"`, `"fine"`, 1), `no such state: "fine"`},
		{"bad time", strings.Replace(string(good), `"started": "`, `"started": "noon `, 1), "the report is damaged: 'noon 20"},
		{"no time", strings.Replace(string(good), `"started"`, `"ended"`, 1), "the report is damaged: it does not say when it was made"},
		{"wrong type", strings.Replace(string(good), `"results": [`, `"results": 7, "x": [`, 1), fmt.Sprintf("its field 'results' has the wrong type (number, line %d)", line(`"results"`))},
		{"garbage in a line", strings.Replace(string(good), `"results": [`, `"results": [ :`, 1), fmt.Sprintf("it is not valid JSON (line %d)", line(`"results"`))},
		{"two reports", string(good) + string(good), fmt.Sprintf("this is not a tlsgate report: it is not valid JSON (line %d)", bytes.Count(good, []byte("\n"))+1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := ReadJSON([]byte(c.data))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v and error %v, want an error with %q", r, err, c.want)
			}
		})
	}
}

func FuzzReadJSON(f *testing.F) {
	for _, g := range goldens {
		data, err := NewView(g.report(f)).JSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"schema":"tlsgate-report/2","results":[{"verdicts":[{"rule":"x","findings":[{"level":"::"}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadJSON(data)
		if err != nil {
			return
		}
		check.NewBaseline(r)
		v := newView(r, testRules)
		v.Summary()
		v.Console(ConsoleOptions{Width: 40})
		for _, a := range v.Annotations() {
			if a.Level != "error" && a.Level != "warning" && a.Level != "notice" {
				t.Errorf("annotation of level %q", a.Level)
			}
		}
		if _, err := v.SARIF(""); err == nil && len(r.Results) == 0 && r.Shard.Count == 0 && r.Conclusion() == check.Passed {
			t.Error("a report of nothing passes")
		}
	})
}
