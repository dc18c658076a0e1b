package check

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

var update = flag.Bool("update", false, "rewrite golden files and RULES.md")

// No rule may take the absence of facts for good news.
func TestNothingKnownIsNeverAPass(t *testing.T) {
	for _, r := range Rules() {
		c := newEvaluation(fact.Observation{}, Policy{}, Rules())
		if v := c.verdict(r); v.State != Unknown && v.State != NotApplicable || v.Reason() == "" {
			t.Errorf("%s: %s (%q)", r.ID, v.State, v.Reason())
		}
	}
	res := Judge(fact.Observation{}, Policy{})
	for _, q := range res.Requirements {
		if q.State != Unknown {
			t.Errorf("%s: %s", q.Requirement, q.State)
		}
	}
}

// A rule that panics knows nothing, and the reason says so.
func TestPanickingRule(t *testing.T) {
	rules := []Rule{{ID: "broken", Level: Error, Requirements: both(), Check: func(*Evaluation) Verdict { panic("oops") }}}
	res := judge(fact.Observation{}, Policy{}, rules)
	if v := res.Verdicts[0]; v.State != Unknown || !strings.Contains(v.Reason(), "'broken' failed inside: 'oops'") {
		t.Errorf("verdict %+v", v)
	}
	if q := res.Requirements[0]; q.State != Unknown {
		t.Errorf("requirement %+v", q)
	}
}

// Every rule says all that reports need of it.
func TestRulesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(r.ID) || seen[r.ID] {
			t.Errorf("%s: not a fresh id", r.ID)
		}
		seen[r.ID] = true
		if r.Level.Rank() == 0 || len(r.Requirements) == 0 || r.Check == nil {
			t.Errorf("%s: no level, requirement or check", r.ID)
		}
		for _, text := range []string{r.Short, r.What, r.Why, r.Remediation.Text} {
			if !strings.HasSuffix(text, ".") {
				t.Errorf("%s: not full sentences: %q", r.ID, text)
			}
		}
		if (r.Severity != "") != (r.Level == Error) {
			t.Errorf("%s: severity %q at level %s", r.ID, r.Severity, r.Level)
		}
		if (r.CWE == 0 || len(r.Sources) == 0) && len(r.Requirements) == 1 {
			t.Errorf("%s: no CWE or no source", r.ID)
		}
		for _, s := range r.Sources {
			if s.Document == "" || !regexp.MustCompile(`^(\d{4}-\d\d(-\d\d)?)?$`).MatchString(s.Since) {
				t.Errorf("%s: source %+v", r.ID, s)
			}
		}
	}
}

// RULES.md is made from the rules.
func TestRulesMarkdown(t *testing.T) {
	want := rulesMarkdown()
	if *update || flag.Lookup("record").Value.String() == "true" {
		if err := os.WriteFile("RULES.md", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("RULES.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("check/RULES.md is not what the rules say: run 'go test ./check -update' and read the difference")
	}
}

func rulesMarkdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!-- Generated from the rules by 'go test ./check -update'. -->\n\n# The rules\n\n")
	fmt.Fprintf(&b, "An `error` violates its requirement; with a `warning` it holds today, but a client can be made to fall back, or trust is about to end; a `note` is worth knowing.\n\n")
	fmt.Fprintf(&b, "The requirements are those of [OWASP ASVS 5.0.0](https://owasp.org/www-project-application-security-verification-standard/) (CC BY-SA 4.0):\n\n")
	for _, q := range Requirements() {
		fmt.Fprintf(&b, "- **%s** %s\n", q, q.Text())
	}
	for _, r := range Rules() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", r.ID, r.Short)
		fmt.Fprintf(&b, "`%s` · %s", r.Level, joinRequirements(r.Requirements))
		if r.CWE != 0 {
			fmt.Fprintf(&b, " · [CWE-%d](https://cwe.mitre.org/data/definitions/%d.html)", r.CWE, r.CWE)
		}
		fmt.Fprintf(&b, "\n\n**What.** %s\n\n**Why.** %s\n\n**How to fix.** %s\n", r.What, r.Why, r.Remediation.Text)
		for _, s := range []struct{ name, config string }{
			{"nginx", r.Remediation.Nginx}, {"Apache httpd", r.Remediation.Apache}, {"Caddy", r.Remediation.Caddy},
		} {
			if s.config != "" {
				fmt.Fprintf(&b, "\n%s:\n\n```\n%s\n```\n", s.name, s.config)
			}
		}
		if r.Remediation.Cloud != "" {
			fmt.Fprintf(&b, "\nCloud: %s\n", r.Remediation.Cloud)
		}
		if len(r.Sources) > 0 {
			fmt.Fprintf(&b, "\n**Sources.** %s.\n", r.Citations())
		}
	}
	return b.Bytes()
}

func joinRequirements(qs []Requirement) string {
	var names []string
	for _, q := range qs {
		names = append(names, string(q))
	}
	return strings.Join(names, ", ")
}

// Every kind of fault that a chain can have fails exactly one rule.
func TestEveryFaultHasARule(t *testing.T) {
	rules := map[pki.Kind][]string{}
	for _, r := range Rules() {
		if r.Fault != "" {
			rules[r.Fault] = append(rules[r.Fault], r.ID)
		}
	}
	for _, kind := range pki.Kinds() {
		if len(rules[kind]) != 1 {
			t.Errorf("a fault of the kind %s fails the rules %v", kind, rules[kind])
		}
		delete(rules, kind)
	}
	if len(rules) > 0 {
		t.Errorf("no fault is of the kinds of %v", rules)
	}
}
