package report

import (
	"fmt"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/tlsgate/tlsgate/check"
)

// ruleURI is the rule's place in the catalogue.
func ruleURI(id string) string { return informationURI + "/blob/main/check/RULES.md#" + id }

// descriptor describes a rule as code scanning shows it.
func descriptor(r check.Rule) *sarif.ReportingDescriptor {
	return sarif.NewRule(r.ID).
		WithName(pascal(r.ID)).
		WithShortDescription(sarif.NewMultiformatMessageString(r.Short)).
		WithFullDescription(sarif.NewMultiformatMessageString(r.What)).
		WithTextHelp(helpText(r)).
		WithMarkdownHelp(helpMarkdown(r)).
		WithHelpURI(ruleURI(r.ID)).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(string(r.Level))).
		WithProperties(ruleProperties(r))
}

// ruleProperties are those that code scanning filters and ranks by. Only an
// error has a severity: a warning with one would be shown as a vulnerability.
func ruleProperties(r check.Rule) sarif.Properties {
	tags := []string{"security", "tls"}
	if r.CWE != 0 {
		tags = append(tags, fmt.Sprintf("external/cwe/cwe-%03d", r.CWE))
	}
	for _, q := range r.Requirements {
		tags = append(tags, "owasp-asvs-5.0.0-"+strings.ToLower(string(q)))
	}
	p := sarif.Properties{
		"tags":             tags,
		"precision":        "very-high",
		"problem.severity": map[check.Level]string{check.Error: "error", check.Warning: "warning", check.Note: "recommendation"}[r.Level],
	}
	if r.Level == check.Error && r.Severity != "" {
		p["security-severity"] = r.Severity
	}
	return p
}

// helpText is the rule's help without markup.
func helpText(r check.Rule) string {
	return fmt.Sprintf("%s %s How to fix: %s%s", r.What, r.Why, r.Remediation.Text, sources(r, " Sources: "))
}

// helpMarkdown is the rule's help: what it means, why it matters, how to fix it.
func helpMarkdown(r check.Rule) string {
	return fmt.Sprintf("## What was found\n\n%s\n\n## Why it matters\n\n%s\n\n## How to fix\n\n%s\n%s%s",
		inertTags(r.What), inertTags(r.Why), inertTags(r.Remediation.Text), remediationByServer(r.Remediation, "### "), sources(r, "\n## Sources\n\n"))
}

// remediationByServer gives the configuration for each kind of server that there is
// one for, under headings of the given prefix.
func remediationByServer(m check.Remediation, heading string) string {
	var b strings.Builder
	for _, s := range []struct{ name, language, text string }{
		{"nginx", "nginx", m.Nginx}, {"Apache httpd", "apache", m.Apache}, {"Caddy", "caddy", m.Caddy},
	} {
		if s.text != "" {
			fmt.Fprintf(&b, "\n%s%s\n\n```%s\n%s\n```\n", heading, s.name, s.language, s.text)
		}
	}
	if m.Cloud != "" {
		fmt.Fprintf(&b, "\n%sCloud load balancers and CDNs\n\n%s\n", heading, inertTags(m.Cloud))
	}
	return b.String()
}

// sources cites what the rule follows, behind a heading; empty without any.
func sources(r check.Rule, heading string) string {
	if len(r.Sources) == 0 {
		return ""
	}
	return heading + r.Citations() + "."
}

// inertTags lets a rule's words name HTML elements in Markdown.
func inertTags(s string) string { return strings.ReplaceAll(s, "<", "&lt;") }

// pascal turns a rule id into the identifier that viewers show as its name.
func pascal(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		b.WriteString(strings.ToUpper(word[:min(1, len(word))]) + word[min(1, len(word)):])
	}
	return b.String()
}
