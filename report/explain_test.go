package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tlsgate/tlsgate/check"
)

// Every rule is listed, and explained by all of its texts.
func TestExplain(t *testing.T) {
	list := RuleList()
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	for _, r := range check.Rules() {
		if !strings.Contains(flat(list), r.ID+" ("+string(r.Level)) || !strings.Contains(flat(list), flat(r.Short)) {
			t.Errorf("%s is not listed", r.ID)
		}
		text := Explain(r)
		for _, part := range []string{r.Short, r.What, r.Why, r.Remediation.Text, r.Remediation.Nginx, r.Remediation.Apache, r.Remediation.Caddy, r.Remediation.Cloud, r.Citations()} {
			if !strings.Contains(flat(text), flat(part)) {
				t.Errorf("%s: the explanation lacks %q", r.ID, part)
			}
		}
		for line := range strings.SplitSeq(list+"\n"+Explain(check.Rule{What: r.What, Why: r.Why}), "\n") {
			if n := utf8.RuneCountInString(line); n > explainWidth {
				t.Errorf("%s: a line of %d columns: %s", r.ID, n, line)
			}
		}
	}
}
