package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

// words are what a form of a report says, without the escapes of its medium.
func words(t *testing.T, r *check.Report) map[string]string {
	t.Helper()
	v := newView(r, testRules)
	sarif, err := v.SARIF("")
	if err != nil {
		t.Fatal(err)
	}
	full, err := NewView(r).JSON()
	if err != nil {
		t.Fatal(err)
	}
	unquote := strings.NewReplacer("&#39;", "'", "&#58;", ":", "&#42;", "*", "&#64;<!-- -->", "@", "&#124;", "|")
	return map[string]string{
		"SARIF":       string(sarif),
		"JSON":        string(full),
		"summary":     unquote.Replace(string(v.Summary())),
		"console":     string(v.Console(ConsoleOptions{})),
		"annotations": string(list(v.Annotations())),
	}
}

// Every form says which roots judged, and of when they are.
func TestEveryFormNamesTheRoots(t *testing.T) {
	chrome := fmt.Sprintf("Chrome Root Store, version %d of %s", pki.Chrome().Version, pki.Chrome().Date.Format("2006-01"))
	embedded := cleanReport(t)
	embedded.Policy.Roots = pki.Embedded()
	for _, c := range []struct {
		name   string
		report *check.Report
		want   []string
	}{
		{"default", cleanReport(t), []string{pki.Embedded().Name(), chrome}},
		{"embedded", embedded, []string{pki.Embedded().Name(), chrome}},
		{"custom", violatedReport(t), []string{userRoots(t).Name() + " instead of the embedded public roots"}},
	} {
		for form, text := range words(t, c.report) {
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s roots: the %s does not say %q", c.name, form, want)
				}
			}
		}
	}
	if name, date := pki.Embedded().Name(), pki.Embedded().Date().Format("2006-01-02"); !strings.Contains(name, date) {
		t.Errorf("%q does not say its date %s", name, date)
	}
}

func TestShare(t *testing.T) {
	shard := check.Shard{Index: 2, Count: 8, List: "x"}
	some, none := cleanReport(t), newReport()
	some.Shard, none.Shard = shard, shard
	for _, c := range []struct {
		name   string
		report *check.Report
		want   string
	}{
		{"all", cleanReport(t), ""},
		{"a share", some, "This report covers shard 2/8 of the list."},
		{"an empty share", none, "No target is in shard 2/8 of the list."},
		{"nothing", newReport(), "There are no targets to check."},
	} {
		for form, text := range words(t, c.report) {
			if form == "SARIF" || form == "JSON" {
				continue
			}
			if !strings.Contains(text, c.want) {
				t.Errorf("%s: the %s does not say %q", c.name, form, c.want)
			}
			if c.want == "" && strings.Contains(text, "shard") {
				t.Errorf("%s: the %s speaks of a shard", c.name, form)
			}
		}
	}
}

func TestNotices(t *testing.T) {
	r := cleanReport(t)
	r.Notices = []check.Notice{
		{Place: fact.Place{Input: "waivers", File: "w.yml", Line: 9}, Text: "It ended."},
		{Place: fact.Place{Input: "waivers", File: "/etc/w.yml", Line: 9}, Text: "It is elsewhere."},
		{Text: "It is old."},
	}
	rendered := words(t, r)
	for form, text := range rendered {
		for _, n := range r.Notices {
			if !strings.Contains(text, n.Text) {
				t.Errorf("the %s does not say %q", form, n.Text)
			}
		}
	}
	if i, j := strings.Index(rendered["console"], "w.yml:9: It ended."), strings.LastIndex(rendered["console"], "tlsgate: pass"); i < 0 || i > j {
		t.Error("the console does not say where and before the verdict what is reported")
	}
	if i, j := strings.Index(rendered["summary"], "w.yml:9: It ended."), strings.Index(rendered["summary"], "## Targets"); i < 0 || i > j {
		t.Error("the summary does not say where and before the targets what is reported")
	}
	as := newView(r, testRules).Annotations()[1:]
	for i, want := range []Annotation{
		{Level: "warning", Title: "tlsgate", File: "w.yml", Line: 9, Message: "It ended."},
		{Level: "warning", Title: "tlsgate", Message: "It is elsewhere."},
		{Level: "warning", Title: "tlsgate", Message: "It is old."},
	} {
		if as[i] != want {
			t.Errorf("annotation %d is %+v, want %+v", i, as[i], want)
		}
	}
	var log struct {
		Runs []struct {
			Invocations []struct {
				ExecutionSuccessful        bool
				ToolExecutionNotifications []struct {
					Level     string
					Locations []any
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(rendered["SARIF"]), &log); err != nil {
		t.Fatal(err)
	}
	inv := log.Runs[0].Invocations[0]
	if !inv.ExecutionSuccessful {
		t.Error("notices make the execution fail")
	}
	for i, places := range []int{1, 0, 0} {
		if n := inv.ToolExecutionNotifications[i]; n.Level != "warning" || len(n.Locations) != places {
			t.Errorf("notification %d is %+v, want a warning with %d locations", i, n, places)
		}
	}
}

// Notices share the room of warnings, and what has none is counted.
func TestNoticesAreFew(t *testing.T) {
	for _, c := range []struct {
		notices         int
		wantNotices     int
		wantFindings    int // warnings
		wantHiddenWords string
	}{
		{0, 0, 10, ""},
		{4, 4, 6, ""},
		{13, 10, 0, "3 notices not annotated"},
	} {
		r := manyReport(t, 60)
		for range c.notices {
			r.Notices = append(r.Notices, check.Notice{Text: "Told."})
		}
		as := newView(r, testRules).Annotations()
		var notices, findings int
		for _, a := range as[1:] {
			switch {
			case a.Title == "tlsgate":
				notices++
			case a.Level == "warning":
				findings++
			}
		}
		if notices != c.wantNotices || findings != c.wantFindings || !strings.Contains(as[0].Message, c.wantHiddenWords) {
			t.Errorf("%d notices: %d and %d warnings annotated, want %d and %d; %q", c.notices, notices, findings, c.wantNotices, c.wantFindings, as[0].Message)
		}
	}
}
