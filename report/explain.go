package report

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/text"
)

// explainWidth is the number of columns of explanations.
const explainWidth = 79

// RuleList lists every rule for a terminal: its id, level and requirements, and
// what a failure means.
func RuleList() string {
	var b strings.Builder
	for _, r := range check.Rules() {
		fmt.Fprintf(&b, "%s (%s, %s)\n%s\n", r.ID, r.Level, requirements(r), text.Wrap(r.Short, "        ", explainWidth))
	}
	b.WriteString("\ntlsgate -explain RULE says more of one.\n")
	return b.String()
}

// Explain is all that there is to say of a rule, for a terminal: what it means,
// why it matters and how to fix it.
func Explain(r check.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s, %s", r.ID, r.Level, requirements(r))
	if r.CWE != 0 {
		fmt.Fprintf(&b, ", CWE-%d", r.CWE)
	}
	fmt.Fprintf(&b, ")\n\n%s\n", text.Wrap(r.Short, "", explainWidth))
	for _, part := range []struct{ title, words string }{
		{"What", r.What}, {"Why", r.Why}, {"How to fix", r.Remediation.Text},
	} {
		fmt.Fprintf(&b, "\n%s:\n%s\n", part.title, text.Wrap(part.words, "  ", explainWidth))
	}
	for _, server := range []struct{ name, lines string }{
		{"nginx", r.Remediation.Nginx}, {"Apache httpd", r.Remediation.Apache}, {"Caddy", r.Remediation.Caddy},
	} {
		if server.lines != "" {
			fmt.Fprintf(&b, "\n%s:\n  %s\n", server.name, strings.ReplaceAll(server.lines, "\n", "\n  "))
		}
	}
	if r.Remediation.Cloud != "" {
		fmt.Fprintf(&b, "\nCloud load balancers and CDNs:\n%s\n", text.Wrap(r.Remediation.Cloud, "  ", explainWidth))
	}
	if len(r.Sources) > 0 {
		fmt.Fprintf(&b, "\nSources:\n%s\n", text.Wrap(r.Citations()+".", "  ", explainWidth))
	}
	return b.String()
}
