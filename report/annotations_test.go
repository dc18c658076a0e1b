package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
)

func TestAnnotationsAreFewAndRolledUp(t *testing.T) {
	as := newView(manyReport(t, 60), testRules).Annotations()
	n := map[string]int{}
	for _, a := range as[1:] {
		n[a.Level]++
	}
	if diff := cmp.Diff(map[string]int{"error": 9, "warning": 10}, n); diff != "" {
		t.Errorf("levels after the roll-up (-want +got):\n%s", diff)
	}
	want := Annotation{
		Level: "error", Title: "tlsgate: fail",
		Message: "40 errors, 80 warnings and 0 notes at 60 targets; 0 not verified. 101 findings not annotated; see the job summary for all. " + rootsUsed(&check.Report{}),
	}
	if diff := cmp.Diff(want, as[0]); diff != "" {
		t.Errorf("roll-up (-want +got):\n%s", diff)
	}
}

func TestRollUpLevel(t *testing.T) {
	never := violatedReport(t)
	never.Policy.FailOn = check.Never
	for _, c := range []struct {
		name   string
		report *check.Report
		want   string
	}{
		{"pass", cleanReport(t), "notice"},
		{"fail", violatedReport(t), "error"},
		{"not verified", unverifiedReport(t), "error"},
		{"never failing", never, "notice"},
	} {
		if got := newView(c.report, testRules).Annotations()[0].Level; got != c.want {
			t.Errorf("%s: the roll-up is of level %q, want %q", c.name, got, c.want)
		}
	}
}

// Only a file of the repository is a place: an input and a path outside are not.
func TestAnnotationPlace(t *testing.T) {
	for _, c := range []struct {
		places []fact.Place
		want   string
	}{
		{nil, "0"},
		{[]fact.Place{{Input: "urls"}}, "0"},
		{[]fact.Place{{Input: "urls"}, {Input: "urls-file", File: "a.txt", Line: 7}}, "a.txt7"},
		{[]fact.Place{{Input: "urls-file", File: "/etc/passwd", Line: 7}}, "0"},
		{[]fact.Place{{Input: "urls-file", File: "a##[error]b.txt", Line: 7}}, "0"},
		{[]fact.Place{{Input: "urls-file", File: "a\x1b[31m.txt", Line: 7}, {Input: "urls-file", File: "b.txt", Line: 1}}, "b.txt1"},
		{[]fact.Place{{Input: "urls-file", File: "../a.txt", Line: 7}}, "0"},
		{[]fact.Place{{Input: "event", File: "a.json"}}, "a.json0"},
	} {
		f := finding{target: target("example.com"), level: check.Error}
		f.target.Places = c.places
		a := f.annotation()
		if got := a.File + string(rune('0'+a.Line)); got != c.want {
			t.Errorf("%+v: at %q, want %q", c.places, got, c.want)
		}
	}
}

func TestAnnotationMessagesAreInert(t *testing.T) {
	for _, a := range newView(hostileReport(t), testRules).Annotations() {
		if strings.Contains(a.Message, "##[") || strings.Contains(a.Message, "\x1b") {
			t.Errorf("%q", a.Message)
		}
		for line := range strings.SplitSeq(a.Message, "\n") {
			noControl(t, line)
		}
	}
}
