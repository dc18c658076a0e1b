package report

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
)

// neverChecked is what no run checks.
const neverChecked = `tlsgate never checks:

- what scripts do: pages are parsed, but no JavaScript is run
- pages other than the deployment's own and those that its redirects lead to
- ports other than the URL's own and its HTTP port, and protocols other than HTTP
- connections behind a proxy, a load balancer or a content delivery network that ends TLS
- what other clients are shown, if the answer depends on who asks or from where

`

// notChecked is what has no verdict and why, and what is never checked.
func (v *View) notChecked(b *strings.Builder) {
	b.WriteString("## Not checked\n\n")
	p := newPart(b, notCheckedBytes)
	if lines := v.withoutVerdict(); len(lines) > 0 {
		b.WriteString("Requirements without a verdict:\n\n")
		p.list(lines)
		b.WriteByte('\n')
	}
	for _, s := range []struct {
		state check.State
		title string
	}{{check.Unknown, "Rules without the facts to judge"}, {check.NotApplicable, "Rules that are not applicable"}} {
		if lines := v.unjudged(s.state); len(lines) > 0 {
			fmt.Fprintf(b, "<details><summary>%s</summary>\n\n", s.title)
			for _, line := range lines {
				p.block(line)
			}
			b.WriteString("\n</details>\n\n")
		}
	}
	p.close("reason")
	b.WriteString(neverChecked)
}

// withoutVerdict lists the targets with a requirement that is not verified.
func (v *View) withoutVerdict() []string {
	var out []string
	for _, t := range v.targets {
		var names, reasons []string
		for _, rv := range t.Requirements {
			if rv.State == check.Unknown {
				names = append(names, string(rv.Requirement))
				for _, reason := range rv.Reasons {
					reasons = appendNew(reasons, reason)
				}
			}
		}
		if len(names) > 0 {
			out = append(out, fmt.Sprintf("- %s, %s: %s\n", targetCode(t.Observation.Target), markdown(strings.Join(names, " and ")), quoted(strings.Join(reasons, "; "))))
		}
	}
	return out
}

// unjudged lists the reasons why rules are in a state, each with the rules and
// the targets that it holds for.
func (v *View) unjudged(s check.State) []string {
	type group struct{ reason, rules string }
	var order []group
	first, count := map[group]fact.Target{}, map[group]int{}
	for _, res := range v.Results {
		var reasons []string
		rules := map[string][]string{}
		for _, verdict := range res.Verdicts {
			if verdict.State == s {
				reasons = appendNew(reasons, verdict.Reason())
				rules[verdict.Reason()] = append(rules[verdict.Reason()], verdict.Rule)
			}
		}
		for _, reason := range reasons {
			g := group{reason, strings.Join(rules[reason], ", ")}
			if count[g]++; count[g] == 1 {
				order = append(order, g)
				first[g] = res.Observation.Target
			}
		}
	}
	var out []string
	for _, g := range order {
		at := targetCode(first[g])
		if more := count[g] - 1; more > 0 {
			at += fmt.Sprintf(" and %d more", more)
		}
		out = append(out, fmt.Sprintf("- %s: %s (%s)\n", at, quoted(g.reason), markdown(g.rules)))
	}
	return out
}
