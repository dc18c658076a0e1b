package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

const (
	foldedFrom   = 25  // targets from which those without a finding are folded
	openRows     = 50  // rows of others that stand open
	maxTargetURL = 160 // bytes of a target's URL in tables
)

// matrix is the table of targets and requirements, the worst targets first.
func (v *View) matrix(b *strings.Builder) {
	if len(v.Results) == 0 {
		return // the headline says so
	}
	b.WriteString("## Targets\n\n")
	var bad, good []string
	for _, t := range v.worstFirst() {
		row := t.matrixRow()
		if len(v.targets) >= foldedFrom && t.rank() == 0 {
			good = append(good, row)
		} else {
			bad = append(bad, row)
		}
	}
	p := newPart(b, matrixBytes)
	open := bad[:min(len(bad), openRows)]
	if len(open) > 0 {
		table(p, open)
	}
	foldedTable(p, bad[len(open):], "more with findings or not verified")
	foldedTable(p, good, "passed without findings")
	p.close("target")
	b.WriteByte('\n')
}

// foldedTable is a table behind the number of its targets.
func foldedTable(p *part, rows []string, words string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(p, "\n<details><summary>%s %s</summary>\n\n", text.Count(len(rows), "target"), words)
	table(p, rows)
	p.WriteString("\n</details>\n")
}

func table(p *part, rows []string) {
	p.WriteString("| target |")
	for _, q := range check.Requirements() {
		fmt.Fprintf(p, " %s %s |", q, q.Title())
	}
	p.WriteString(" findings |\n|---|---|---|---|\n")
	for _, row := range rows {
		p.block(row)
	}
}

func (t judged) matrixRow() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |", targetCode(t.Observation.Target))
	for _, q := range check.Requirements() {
		s := standings[t.standing(q)]
		fmt.Fprintf(&b, " %s %s |", s.icon, s.word)
	}
	n := map[check.Level]int{}
	for _, f := range t.findings {
		n[f.level]++
	}
	var counts []string
	for _, l := range []check.Level{check.Error, check.Warning, check.Note} {
		if n[l] > 0 {
			counts = append(counts, text.Count(n[l], string(l)))
		}
	}
	if len(t.known) > 0 {
		counts = append(counts, fmt.Sprintf("%d known", len(t.known)))
	}
	if len(t.accepted) > 0 {
		counts = append(counts, fmt.Sprintf("%d accepted", len(t.accepted)))
	}
	fmt.Fprintf(&b, " %s%s |\n", cmp.Or(strings.Join(counts, ", "), "none"), t.links())
	return b.String()
}

// links are the rules of the target's findings, the worst first, each a link
// to its part of the summary; empty without findings.
func (t judged) links() string {
	const most = 3
	var links []string
	for _, group := range byRule(t.findings) {
		id := group[0].rule.ID
		links = appendNew(links, fmt.Sprintf("[%s](#%s)", markdown(id), anchor(id)))
	}
	if len(links) == 0 {
		return ""
	}
	return ": " + text.Few(links, most)
}

// anchor names the place of a rule's findings in the summary.
func anchor(rule string) string {
	return "finding-" + strings.Map(func(c rune) rune {
		if c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' {
			return c
		}
		return '_'
	}, rule)
}

// worstFirst orders the targets by how much needs attention.
func (v *View) worstFirst() []judged {
	out := slices.Clone(v.targets)
	slices.SortStableFunc(out, func(a, b judged) int { return b.rank() - a.rank() })
	return out
}

// rank is 0 for a target with nothing to fix, more for a worse one.
func (t judged) rank() int {
	worst := min(len(t.accepted)+len(t.known), 1)
	for _, f := range t.findings {
		worst = max(worst, f.level.Rank())
	}
	for _, q := range check.Requirements() {
		switch t.standing(q) {
		case failed:
			return 5
		case unverified:
			worst = 4
		}
	}
	return worst
}

// targetCode is a target's URL, and its label if it has one.
func targetCode(t fact.Target) string {
	s := code(text.Clip(t.URL(), maxTargetURL))
	if t.Label != "" {
		s += " (" + markdown(text.Clip(t.Label, maxTargetURL)) + ")"
	}
	return s
}
