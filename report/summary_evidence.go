package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check"
)

// evidence is what each passed rule rests on, folded by target.
func (v *view) evidence(b *strings.Builder) {
	if len(v.Results) == 0 {
		return
	}
	b.WriteString("## Evidence\n\n<details><summary>What each pass rests on</summary>\n\n")
	p := newPart(b, evidenceBytes)
	for _, res := range v.Results {
		if block := targetEvidence(res); block != "" {
			p.block(block)
		}
	}
	p.close("target")
	b.WriteString("\n</details>\n\n")
}

// targetEvidence is the evidence of one target; empty if it has none.
func targetEvidence(res check.Result) string {
	var rows strings.Builder
	passed := 0
	for _, verdict := range res.Verdicts {
		if verdict.State == check.Pass {
			passed++
		}
		for _, line := range evidenceLines(verdict.Evidence) {
			at := ""
			if len(line.addresses) > 0 {
				at = code(strings.Join(line.addresses, ", "))
			}
			fmt.Fprintf(&rows, "| %s | %s | %s |\n", markdown(verdict.Rule), at, quoted(line.text))
		}
	}
	if rows.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("<details><summary>%s: %s passed</summary>\n\n| rule | seen at | what was seen |\n|---|---|---|\n%s\n</details>\n",
		targetCode(res.Observation.Target), plural(passed, "rule"), rows.String())
}

// An evidenceLine is one text and every address that showed it.
type evidenceLine struct {
	text      string
	addresses []string
}

func evidenceLines(all []check.Evidence) []evidenceLine {
	var lines []evidenceLine
	for _, e := range all {
		i := slices.IndexFunc(lines, func(l evidenceLine) bool { return l.text == e.Text })
		if i < 0 {
			i = len(lines)
			lines = append(lines, evidenceLine{text: e.Text})
		}
		if e.Address != "" {
			lines[i].addresses = appendNew(lines[i].addresses, e.Address)
		}
	}
	return lines
}

// unlooked is what has no verdict: the rules whose facts could not be had, and
// those that had nothing to judge.
func (v *view) unlooked(b *strings.Builder) {
	b.WriteString("## What was not looked at\n\n")
	p := newPart(b, unlookedBytes)
	unknown, skipped := v.unjudged(check.Unknown), v.unjudged(check.NotApplicable)
	if len(unknown) == 0 {
		b.WriteString("Every fact that the rules ask for could be had.\n")
	}
	for _, s := range unknown {
		p.block(s)
	}
	if len(skipped) > 0 {
		b.WriteString("\n<details><summary>Rules that had nothing to judge</summary>\n\n")
		for _, s := range skipped {
			p.block(s)
		}
		b.WriteString("\n</details>\n")
	}
	p.close("rule")
	b.WriteByte('\n')
}

// unjudged lists the rules in a state with the reason, and how many targets it
// holds for.
func (v *view) unjudged(s check.State) []string {
	type key struct{ rule, reason string }
	var order []key
	targets := map[key][]check.Target{}
	for _, res := range v.Results {
		for _, verdict := range res.Verdicts {
			if verdict.State != s {
				continue
			}
			k := key{verdict.Rule, verdict.Reason}
			if targets[k] == nil {
				order = append(order, k)
			}
			targets[k] = append(targets[k], res.Observation.Target)
		}
	}
	var out []string
	for _, k := range order {
		at := targetCode(targets[k][0])
		if n := len(targets[k]); n > 1 {
			at += fmt.Sprintf(" and %d more", n-1)
		}
		out = append(out, fmt.Sprintf("- %s: %s (%s)\n", markdown(k.rule), quoted(k.reason), at))
	}
	return out
}
