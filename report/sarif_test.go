package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
)

// Alerts live by these values: they must never change.
func TestFingerprint(t *testing.T) {
	labelled := target("pr-7.preview.example")
	labelled.Label = "preview"
	port := target("example.com")
	port.Port = 8443
	for _, c := range []struct {
		rule     string
		target   fact.Target
		distinct string
		want     string
	}{
		{"cleartext-content", target("example.com"), "", "67b7a4a17048634ae7f49752171ffc8b"},
		{"cleartext-content", target("example.com"), "/admin", "f9f8282ff6af2937fcfa5efd4b4f16a8"},
		{"cleartext-content", port, "", "2fe7a01d3ad0ba2d7cc19c91a8d16942"},
		{"cleartext-content", labelled, "", "3a3b12c22c179a146175301b820596a8"},
		{"untrusted-root", target("2001:db8::1"), "", "179fad683bc0499aea8da802927d5880"},
	} {
		if got := fingerprint(c.rule, c.target, c.distinct); got != c.want {
			t.Errorf("fingerprint(%q, %q, %q) = %s, want %s", c.rule, c.target.Origin(), c.distinct, got, c.want)
		}
	}
}

// log is what the tests read of a SARIF log.
type log struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Version, SemanticVersion string
				Rules                    []struct {
					ID            string
					Properties    map[string]any
					Relationships []struct {
						Target struct {
							ID            string
							Index         int
							ToolComponent struct{ Index int }
						}
					}
				}
			}
		}
		Taxonomies        []struct{ Taxa []struct{ ID string } }
		AutomationDetails *struct{ ID string }
		Results           []logResult
	}
}

type logResult struct {
	RuleID    string
	RuleIndex int
	Level     string
	Message   struct{ Text, Markdown string }
	Taxa      []struct {
		ID            string
		Index         int
		ToolComponent struct {
			Name  string
			Index int
		}
	}
	Locations []struct {
		PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
		LogicalLocations []struct{ FullyQualifiedName string }
	}
	RelatedLocations    []struct{ ID int }
	PartialFingerprints map[string]string
	Properties          map[string]string
}

// sarifOf writes and reads a log back.
func sarifOf(t *testing.T, r *check.Report, rules []check.Rule, category string) (l log, cut int) {
	t.Helper()
	v := newView(r, rules)
	data, err := v.SARIF(category)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatal(err)
	}
	return l, v.cut
}

func TestFindingsOfOneFingerprintAreOneResult(t *testing.T) {
	l, _ := sarifOf(t, violatedReport(t), testRules, "")
	i := slices.IndexFunc(l.Runs[0].Results, func(r logResult) bool { return r.RuleID == "cleartext-content" })
	got := l.Runs[0].Results[i]
	if n := len(got.RelatedLocations); n != 2 {
		t.Errorf("%d related locations, want the two declarations", n)
	}
	if n := len(got.Locations); n != 1 {
		t.Fatalf("%d locations, want exactly 1", n)
	}
	if n := len(got.Locations[0].LogicalLocations); n != 2 {
		t.Errorf("%d logical locations, want the two URLs", n)
	}
	want := map[string]string{
		"target":      "https://shop.example/, https://shop.example/cart",
		"address":     "192.0.2.10:80",
		"requirement": "V12.2.1",
		"cwe":         "CWE-319",
	}
	if diff := cmp.Diff(want, got.Properties); diff != "" {
		t.Error(diff)
	}
	prints := map[string]bool{}
	for _, r := range l.Runs[0].Results {
		prints[r.PartialFingerprints[fingerprintKey]] = true
	}
	if len(prints) != len(l.Runs[0].Results) {
		t.Errorf("%d fingerprints for %d results", len(prints), len(l.Runs[0].Results))
	}
}

func TestWorstOfMergedFindingsLeads(t *testing.T) {
	a, b := goodResult(t, target("x.example"), "192.0.2.1"), goodResult(t, target("x.example"), "192.0.2.1")
	b.Observation.Target.Path = "/b"
	fail(&a, "hsts-missing", check.Finding{Message: "Mild.", Level: check.Note})
	fail(&b, "hsts-missing", check.Finding{Message: "Bad."})
	l, _ := sarifOf(t, newReport(a, b), testRules, "")
	got := l.Runs[0].Results
	if len(got) != 1 || got[0].Level != "warning" || !strings.HasPrefix(got[0].Message.Text, "Bad. Mild. At 'https://x.example/b', 'https://x.example/'.") {
		t.Errorf("got %+v", got)
	}
}

// A label stands for several ports: the result's place must not depend on the
// order of the list.
func TestOrderOfTargetsChangesNoIdentity(t *testing.T) {
	identities := func(r *check.Report) []string {
		l, _ := sarifOf(t, r, testRules, "")
		var out []string
		for _, res := range l.Runs[0].Results {
			out = append(out, res.Locations[0].PhysicalLocation.ArtifactLocation.URI+" "+res.PartialFingerprints[fingerprintKey])
		}
		return out
	}
	r := violatedReport(t)
	for i, port := range []uint16{9443, 8443} {
		res := goodResult(t, target(fmt.Sprintf("p%d.example", i)), "192.0.2.9")
		res.Observation.Target.Port, res.Observation.Target.Label = port, "preview"
		fail(&res, "untrusted-root", check.Finding{Message: "No.", Addresses: []string{"192.0.2.9:1"}})
		r.Results = append(r.Results, res)
	}
	want := identities(r)
	if !slices.ContainsFunc(want, func(s string) bool { return strings.HasPrefix(s, "endpoints/preview_8443 ") }) {
		t.Errorf("no result at the label's place: %q", want)
	}
	slices.Reverse(r.Results)
	for i := range r.Results {
		for j := range r.Results[i].Observation.Endpoints {
			r.Results[i].Observation.Endpoints[j].TLS.Chain = nil
		}
	}
	if diff := cmp.Diff(want, identities(r)); diff != "" {
		t.Errorf("reordered (-want +got):\n%s", diff)
	}
}

func TestResultsAreCutWorstFirst(t *testing.T) {
	var results []check.Result
	for i := range maxResults + 3 {
		res := check.Result{Observation: fact.Observation{Target: target(fmt.Sprintf("h%05d.example", i))}}
		rule := "hsts-missing"
		if i >= maxResults {
			rule = "untrusted-root" // the last in order, and the worst
		}
		fail(&res, rule, check.Finding{Message: "No."})
		results = append(results, res)
	}
	l, cut := sarifOf(t, newReport(results...), testRules, "")
	got := l.Runs[0].Results
	if len(got) != maxResults || cut != 3 {
		t.Errorf("%d results and %d cut, want %d and 3", len(got), cut, maxResults)
	}
	errors := 0
	for _, r := range got {
		if r.Level == "error" {
			errors++
		}
	}
	if errors != 3 {
		t.Errorf("%d of the 3 errors are left", errors)
	}
	paths := func(a, b logResult) int {
		return strings.Compare(a.Locations[0].PhysicalLocation.ArtifactLocation.URI, b.Locations[0].PhysicalLocation.ArtifactLocation.URI)
	}
	if !slices.IsSortedFunc(got, paths) {
		t.Error("the results are not sorted by path")
	}
}

func TestCategory(t *testing.T) {
	for category, want := range map[string]string{"": "", "production": "production/"} {
		l, _ := sarifOf(t, cleanReport(t), testRules, category)
		got := ""
		if d := l.Runs[0].AutomationDetails; d != nil {
			got = d.ID
		}
		if got != want {
			t.Errorf("category %q: automationDetails.id = %q, want %q", category, got, want)
		}
	}
}

func TestVersion(t *testing.T) {
	for version, semantic := range map[string]bool{"1.2.3": true, "1.0.0-rc.1+x": true, "(devel)": false, "v1.2.3": false} {
		r := cleanReport(t)
		r.Version = version
		l, _ := sarifOf(t, r, testRules, "")
		d := l.Runs[0].Tool.Driver
		if (d.SemanticVersion == version) != semantic || (d.Version == version) == semantic {
			t.Errorf("version %q: got version %q and semanticVersion %q", version, d.Version, d.SemanticVersion)
		}
	}
}

// A link of a SARIF message, as the most lenient viewers read it: they know no
// escapes.
var sarifLink = regexp.MustCompile(`\[([^\[\]]*)\]\(([^)]*)\)`)

func TestRemoteTextMakesNoLinks(t *testing.T) {
	l, _ := sarifOf(t, hostileReport(t), testRules, "")
	for _, r := range l.Runs[0].Results {
		if links := sarifLink.FindAllString(r.Message.Text, -1); len(links) > 0 {
			t.Errorf("links %q in %q", links, r.Message.Text)
		}
		links := sarifLink.FindAllStringSubmatch(r.Message.Markdown, -1)
		if len(links) != 1 || links[0][1] != "here" || links[0][2] != "1" || len(r.RelatedLocations) != 1 {
			t.Errorf("links %q and %d related locations in %q", links, len(r.RelatedLocations), r.Message.Markdown)
		}
	}
}

// DefectDojo reads the weakness of a result from its taxa, by the name of the
// taxonomy and the bare number; earlier versions from the property cwe. A result
// has no property without a value, and its text names no line of a list.
func TestResultsStandAlone(t *testing.T) {
	for _, g := range goldens {
		l, _ := sarifOf(t, g.report(t), testRules, g.category)
		for _, r := range l.Runs[0].Results {
			rule := testRules[slices.IndexFunc(testRules, func(x check.Rule) bool { return x.ID == r.RuleID })]
			want := 0
			if rule.CWE != 0 {
				want = 1
			}
			if len(r.Taxa) != want {
				t.Fatalf("%s: %s has taxa %v", g.name, r.RuleID, r.Taxa)
			}
			for _, taxon := range r.Taxa {
				id := strconv.Itoa(rule.CWE)
				if taxon.ID != id || taxon.ToolComponent.Name != "CWE" || l.Runs[0].Taxonomies[taxon.ToolComponent.Index].Taxa[taxon.Index].ID != id || r.Properties["cwe"] != "CWE-"+id {
					t.Errorf("%s: %s has taxon %+v and property %q", g.name, r.RuleID, taxon, r.Properties["cwe"])
				}
			}
			for name, value := range r.Properties {
				if value == "" {
					t.Errorf("%s: %s has an empty %s", g.name, r.RuleID, name)
				}
			}
			for _, tell := range []string{"urls.txt", "The target", "](1)"} {
				if strings.Contains(r.Message.Text, tell) {
					t.Errorf("%s: %q holds %q", g.name, r.Message.Text, tell)
				}
			}
		}
	}
}

// Indentation would be a fifth of each log.
func TestSARIFIsCompact(t *testing.T) {
	data, err := newView(violatedReport(t), testRules).SARIF("")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil || b.Len() != len(data)-1 {
		t.Errorf("%d bytes, %d when compact: %v", len(data), b.Len(), err)
	}
}

func TestUnknownRuleIsAnError(t *testing.T) {
	r := cleanReport(t)
	fail(&r.Results[0], "rule-of-tomorrow", check.Finding{Message: "What?"})
	if _, err := newView(r, testRules).SARIF(""); err == nil || !strings.Contains(err.Error(), `"rule-of-tomorrow"`) {
		t.Errorf("got error %v, want one that names the rule", err)
	}
}

func TestEndpointURI(t *testing.T) {
	for _, c := range []struct {
		host, label string
		port        uint16
		want        string
	}{
		{"example.com", "", 443, "endpoints/example.com_443"},
		{"2001:db8::1", "", 8443, "endpoints/2001-db8--1_8443"},
		{"example.com", "preview", 443, "endpoints/preview_443"},
		{"example.com", "../a b/ü:?#%", 443, "endpoints/..%2Fa%20b%2F%C3%BC%3A%3F%23%25_443"},
	} {
		tg := fact.Target{Host: c.host, Label: c.label, Port: c.port}
		if got := endpointURI(tg); strings.ReplaceAll(got, ":", "%3A") != c.want {
			t.Errorf("endpointURI(%q, %q) = %q, want %q", c.host, c.label, got, c.want)
		}
	}
}

// The limits of code scanning and the taxonomies hold for the real rules.
func TestRealRules(t *testing.T) {
	rules := check.Rules()
	if len(rules) == 0 {
		t.Fatal("there are no rules")
	}
	l, _ := sarifOf(t, newReport(), rules, "")
	for i, r := range rules {
		for name, text := range map[string]string{"short": r.Short, "what": r.What} {
			if n := utf8.RuneCountInString(text); n == 0 || n > 1024 {
				t.Errorf("%s: the %s description has %d characters, want 1 to 1024", r.ID, name, n)
			}
		}
		if r.CWE != 0 && cweNames[r.CWE] == "" {
			t.Errorf("%s: CWE-%d has no name in the taxonomy", r.ID, r.CWE)
		}
		got := l.Runs[0].Tool.Driver.Rules[i]
		if n := len(got.Properties["tags"].([]any)); n < 3 || n > 10 {
			t.Errorf("%s: %d tags, want 3 to 10", r.ID, n)
		}
		if _, has := got.Properties["security-severity"]; has != (r.Level == check.Error) {
			t.Errorf("%s of level %s: has a security-severity: %t", r.ID, r.Level, has)
		}
		if len(got.Relationships) == 0 {
			t.Errorf("%s: no relationships", r.ID)
		}
		for _, rel := range got.Relationships {
			taxa := l.Runs[0].Taxonomies[rel.Target.ToolComponent.Index].Taxa
			if taxa[rel.Target.Index].ID != rel.Target.ID {
				t.Errorf("%s: the relationship to %s points at %s", r.ID, rel.Target.ID, taxa[rel.Target.Index].ID)
			}
		}
	}
}
