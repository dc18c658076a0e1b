package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/text"
)

// evidence is what each passed rule rests on, folded by target.
func (v *View) evidence(b *strings.Builder) {
	if len(v.Results) == 0 {
		return
	}
	b.WriteString("## Evidence\n\n<details><summary>Evidence for passes</summary>\n\n")
	p := newPart(b, evidenceBytes)
	for _, res := range v.Results {
		if p.omitted > 0 && slices.ContainsFunc(res.Verdicts, func(r check.RuleVerdict) bool { return r.State == check.Pass }) {
			p.omitted++ // whatever it says, there is no room for it
			continue
		}
		if block := targetEvidence(v.Whole(res)); block != "" {
			p.block(block)
		}
	}
	p.close("target")
	b.WriteString("\n</details>\n\n")
}

// targetEvidence is the evidence of one target; empty if it has none.
func targetEvidence(res check.Result) string {
	var rows strings.Builder
	for _, row := range evidenceRows(res.Verdicts) {
		at := ""
		if len(row.addresses) > 0 {
			at = code(strings.Join(row.addresses, ", "))
		}
		fmt.Fprintf(&rows, "| %s | %s | %s |\n", markdown(strings.Join(row.rules, ", ")), at, quoted(row.text))
	}
	if rows.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("<details><summary>%s: %s</summary>\n\n| rule | seen at | what was seen |\n|---|---|---|\n%s\n</details>\n",
		targetCode(res.Observation.Target), stateCounts(res.Verdicts), rows.String())
}

// stateCounts says how many rules there are of each state.
func stateCounts(verdicts []check.RuleVerdict) string {
	n := map[check.State]int{}
	for _, v := range verdicts {
		n[v.State]++
	}
	out := []string{text.Count(n[check.Pass], "rule") + " passed"}
	for _, s := range []struct {
		state check.State
		words string
	}{{check.Fail, "failed"}, {check.Unknown, "unknown"}, {check.NotApplicable, "not applicable"}} {
		if n[s.state] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[s.state], s.words))
		}
	}
	return strings.Join(out, ", ")
}

// An evidenceRow is one text, every address that showed it, and every rule
// that rests on it there.
type evidenceRow struct {
	rules     []string
	text      string
	addresses []string
}

// evidenceRows gathers the evidence of a target, in the order of the rules. A
// rule that did not pass rests on what it has in part.
func evidenceRows(verdicts []check.RuleVerdict) []evidenceRow {
	var all []evidenceRow
	for _, v := range verdicts {
		name := v.Rule
		if v.State != check.Pass {
			name += " (in part)"
		}
		for _, row := range textsOf(v.Evidence) {
			same := func(r evidenceRow) bool { return r.text == row.text && slices.Equal(r.addresses, row.addresses) }
			i := slices.IndexFunc(all, same)
			if i < 0 {
				i = len(all)
				all = append(all, row)
			}
			all[i].rules = append(all[i].rules, name)
		}
	}
	return all
}

// textsOf gathers the evidence of one rule by its text.
func textsOf(evidence []check.Evidence) []evidenceRow {
	var rows []evidenceRow
	for _, e := range evidence {
		i := slices.IndexFunc(rows, func(r evidenceRow) bool { return r.text == e.Text })
		if i < 0 {
			i = len(rows)
			rows = append(rows, evidenceRow{text: e.Text})
		}
		if e.Address != "" {
			rows[i].addresses = appendNew(rows[i].addresses, e.Address)
		}
	}
	return rows
}
