package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/text"
)

// difference is the difference to the baseline in one sentence; empty without
// a baseline.
func (v *View) difference() string {
	d := v.Difference
	if d == nil {
		return ""
	}
	added, worse := 0, 0
	for _, f := range v.findings {
		switch {
		case f.Baseline == nil: // in no baseline
		case f.Baseline.Worse():
			worse++
		default:
			added++
		}
	}
	s := fmt.Sprintf("Compared with the baseline of %s: %s", d.Made.UTC().Format(time.DateOnly), text.Count(added, "new finding"))
	if worse > 0 {
		s += fmt.Sprintf(", %d worse", worse)
	}
	s += fmt.Sprintf(", %d known, %d gone", len(v.known), len(d.Gone))
	if n := len(d.NotSeen); n > 0 {
		s += fmt.Sprintf(", %d not seen today", n)
	}
	if n := len(d.Unchecked); n > 0 {
		s += fmt.Sprintf("; %s of the baseline not checked", text.Count(n, "target"))
	}
	return s + "."
}

// novelty marks a finding that the baseline does not hold, or holds less of:
// "new" or "worse"; empty for any other.
func (f finding) novelty() string {
	switch {
	case f.Baseline == nil || f.Baseline.Known():
		return ""
	case f.Baseline.Worse():
		return "worse"
	}
	return "new"
}

// worsening says what of a finding the baseline does not hold; empty where it
// holds nothing or all of it.
func (f finding) worsening() string {
	if !f.Baseline.Worse() {
		return ""
	}
	var parts []string
	if f.Baseline.Was != "" {
		parts = append(parts, fmt.Sprintf("the level was '%s'", f.Baseline.Was))
	}
	if items := f.Baseline.NewItems; len(items) > 0 {
		const most = 10
		var quoted []string
		for _, item := range items {
			quoted = append(quoted, "'"+item+"'")
		}
		parts = append(parts, text.Few(quoted, most)+" "+isOrAre(len(items))+" new")
	}
	return "Worse than in the baseline: " + text.Clip(strings.Join(parts, "; "), maxSummaryText) + "."
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// age says how long something has been known.
func (v *View) age(since time.Time) string {
	day := since.UTC().Format(time.DateOnly)
	if days := int(v.Started.Sub(since) / (24 * time.Hour)); days > 0 {
		return fmt.Sprintf("for %s, since %s", text.Count(days, "day"), day)
	}
	return "since " + day
}

// absentText names a known finding that is not among today's.
func (v *View) absentText(a check.Absent) string {
	s := fmt.Sprintf("'%s' at '%s'", a.Rule, text.Clip(a.Target, maxTargetURL))
	if a.Distinct != "" {
		s += fmt.Sprintf(" ('%s')", text.Clip(a.Distinct, maxTargetURL))
	}
	s += ", known " + v.age(a.Since)
	if a.Reason != "" {
		s += ": " + text.Clip(a.Reason, maxSummaryText)
	}
	return s
}

// A knownGroup is the known findings of one rule and level.
type knownGroup struct {
	rule     check.Rule
	level    check.Level
	findings []finding
	since    time.Time // of the oldest
}

// knownByRule groups the known findings, the worst first.
func (v *View) knownByRule() []knownGroup {
	var groups []knownGroup
	for _, fs := range byRule(v.known) {
		g := knownGroup{rule: fs[0].rule, level: fs[0].level, findings: fs, since: fs[0].Baseline.Since}
		for _, f := range fs {
			if f.Baseline.Since.Before(g.since) {
				g.since = f.Baseline.Since
			}
		}
		groups = append(groups, g)
	}
	return groups
}

// consoleKnown writes the known findings in a line for each rule, and what
// the baseline holds besides.
func (v *View) consoleKnown(b *strings.Builder, opts ConsoleOptions) {
	if len(v.known) > 0 {
		b.WriteString(opts.paint("Known findings", standings[known].color) + "\n\n")
		for _, g := range v.knownByRule() {
			const most = 5
			var at []string
			for _, f := range g.findings {
				at = appendNew(at, "'"+f.target.URL()+"'")
			}
			line := fmt.Sprintf("%s at %s", text.Count(len(g.findings), string(g.level)), text.Few(at, most))
			fmt.Fprintf(b, "%s  known %s\n%s\n\n", g.rule.ID, v.age(g.since), text.Wrap(text.Line(line)+".", "  ", opts.Width))
		}
	}
	if v.Difference == nil {
		return
	}
	v.consoleAbsent(b, opts, "Gone since the baseline", v.Difference.Gone)
	v.consoleAbsent(b, opts, "Not seen today", v.Difference.NotSeen)
}

// consoleAbsent writes known findings that are not among today's.
func (v *View) consoleAbsent(b *strings.Builder, opts ConsoleOptions, title string, absent []check.Absent) {
	if len(absent) == 0 {
		return
	}
	b.WriteString(title + "\n\n")
	for _, a := range absent[:min(len(absent), shownUnfolded)] {
		b.WriteString(text.Wrap(text.Line(v.absentText(a)), "  ", opts.Width) + "\n")
	}
	if more := len(absent) - shownUnfolded; more > 0 {
		fmt.Fprintf(b, "  and %d more\n", more)
	}
	b.WriteByte('\n')
}

// comparison is the part of the summary about the difference to the baseline.
func (v *View) comparison(b *strings.Builder) {
	if v.Difference == nil {
		return
	}
	fmt.Fprintf(b, "## Compared with the baseline\n\n%s\n\n", markdown(v.difference()))
	p := newPart(b, comparisonBytes)
	var added []string
	for _, f := range slices.Concat(byRule(v.findings)...) {
		if word := f.novelty(); word != "" {
			added = append(added, fmt.Sprintf("- **%s** %s %s: %s\n", word, levelIcon(f.level), markdown(f.rule.ID), targetCode(f.target)))
		}
	}
	list := func(title string, lines []string) {
		if len(lines) > 0 {
			b.WriteString(title + ":\n\n")
			p.list(lines)
			b.WriteByte('\n')
		}
	}
	list("New", added)
	list("Gone", v.absentLines(v.Difference.Gone))
	list("Not seen today", v.absentLines(v.Difference.NotSeen))
	var unchecked []string
	for _, url := range v.Difference.Unchecked {
		unchecked = append(unchecked, "- "+code(text.Clip(url, maxTargetURL))+"\n")
	}
	list("Not checked, but in the baseline", unchecked)
	p.close("line")
}

func (v *View) absentLines(absent []check.Absent) []string {
	var out []string
	for _, a := range absent {
		out = append(out, "- "+markdown(v.absentText(a))+"\n")
	}
	return out
}

// knownFindings is the part of the summary that lists what the baseline holds.
func (v *View) knownFindings(b *strings.Builder) {
	if len(v.known) == 0 {
		return
	}
	b.WriteString("## Known findings\n\nThe baseline holds these findings: they do not fail the run. They stay in SARIF.\n\n")
	p := newPart(b, knownBytes)
	for _, g := range v.knownByRule() {
		fmt.Fprintf(p, "<details><summary>%s %s: %s, known %s</summary>\n\n", levelIcon(g.level), markdown(g.rule.ID), text.Count(len(g.findings), "finding"), v.age(g.since))
		for _, f := range g.findings {
			p.block(f.bullet())
		}
		p.WriteString("\n</details>\n")
	}
	p.close("finding")
	b.WriteByte('\n')
}

// byRule groups findings by rule and level, worst level first, then in rule
// order.
func byRule(findings []finding) [][]finding {
	all := slices.Clone(findings)
	slices.SortStableFunc(all, func(a, b finding) int {
		if d := b.level.Rank() - a.level.Rank(); d != 0 {
			return d
		}
		return a.order - b.order
	})
	var groups [][]finding
	for i, f := range all {
		if i == 0 || f.rule.ID != all[i-1].rule.ID || f.level != all[i-1].level {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], f)
	}
	return groups
}
