package report

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/text"
)

// findingsSection lists the findings by rule, the worst first, so that a fix
// for many targets is listed once.
func (v *View) findingsSection(b *strings.Builder) {
	if len(v.findings) == 0 {
		return
	}
	b.WriteString("## Findings\n\n")
	p := newPart(b, findingsBytes)
	for _, group := range byRule(v.findings) {
		ruleFindings(p, group)
	}
	p.close("finding")
	b.WriteByte('\n')
}

// ruleFindings writes the findings of one rule and how to fix them. Its
// frame is written whatever room there is; there are as many as rules.
func ruleFindings(p *part, group []finding) {
	first := group[0]
	fmt.Fprintf(p, "<a id=%q></a>\n\n### %s %s: [%s](%s)\n\n%s (%s, %s)\n\n", anchor(first.rule.ID), levelIcon(first.level), first.level,
		markdown(first.rule.ID), ruleURI(first.rule.ID), markdown(first.rule.Short),
		requirements(first.rule), text.Count(len(group), "finding"))
	var bullets []string
	for _, f := range group {
		bullets = append(bullets, f.bullet())
	}
	p.list(bullets)
	fmt.Fprintf(p, "\n**Why it matters:** %s\n\n**How to fix:** %s\n", markdown(first.rule.Why), markdown(first.rule.Remediation.Text))
	if servers := remediationByServer(first.rule.Remediation, "#### "); servers != "" {
		fmt.Fprintf(p, "\n<details><summary>Configuration by server</summary>\n%s\n</details>\n", servers)
	}
	p.WriteByte('\n')
}

// bullet is one finding: the target, what was seen where, and the declaration.
func (f finding) bullet() string {
	s := "- " + targetCode(f.target) + ": "
	if word := f.novelty(); word != "" {
		s += "**" + word + "** "
	}
	s += quoted(f.Message)
	if worse := f.worsening(); worse != "" {
		s += " " + markdown(worse)
	}
	if at := declared(f.target); len(at) > 0 {
		s += " Declared at " + code(text.Clip(strings.Join(at, ", "), maxSummaryText)) + "."
	}
	return s + "\n"
}

func levelIcon(l check.Level) string {
	switch l {
	case check.Error:
		return "❌"
	case check.Warning:
		return "⚠️"
	}
	return "ℹ️"
}
