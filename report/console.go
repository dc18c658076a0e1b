package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/text"
)

// ConsoleOptions are the choices of a console report.
type ConsoleOptions struct {
	// Color marks states and levels with ANSI colours.
	Color bool
	// Width is the number of columns to wrap text at; 0 for no wrapping.
	Width int
}

// Console writes the report for a terminal or a log: a table of targets and
// requirements, the findings, what the baseline holds, the risks that were
// accepted, other notices; the verdict stands first and last.
func (v *View) Console(opts ConsoleOptions) []byte {
	var b strings.Builder
	verdict := fmt.Sprintf("%s %s.\n", opts.paint("tlsgate: "+v.verdictWord()+":", conclusionColor(v.conclusion)), v.tally())
	b.WriteString(verdict + "\n")
	if s := v.difference(); s != "" {
		b.WriteString(text.Wrap(s, "", opts.Width) + "\n\n")
	}
	if s := v.shard(); s != "" {
		b.WriteString(s + "\n\n")
	}
	if len(v.targets) > 0 {
		v.consoleTable(&b, opts)
		b.WriteByte('\n')
	}
	explained := map[string]bool{}
	for _, f := range v.findings {
		f.console(&b, opts, explained[f.rule.ID])
		explained[f.rule.ID] = true
	}
	v.consoleKnown(&b, opts)
	v.consoleAccepted(&b, opts)
	for _, n := range v.Notices {
		b.WriteString(opts.paint("notice", yellow) + "\n" + text.Wrap(text.Line(noticeText(n)), "  ", opts.Width) + "\n\n")
	}
	for _, line := range v.clientLines() {
		b.WriteString(text.Wrap(text.Line(line), "", opts.Width) + "\n\n")
	}
	if v.proxies != "" {
		b.WriteString(text.Wrap(text.Line(v.proxies), "", opts.Width) + "\n\n")
	}
	b.WriteString(text.Wrap(v.roots, "", opts.Width) + "\n\n")
	b.WriteString(verdict)
	return []byte(defuse(b.String()))
}

// maxTargetColumn bounds the table's first column.
const maxTargetColumn = 64

// consoleTable is the state of every target under each requirement; of many,
// those that pass without findings are counted only.
func (v *View) consoleTable(b *strings.Builder, opts ConsoleOptions) {
	listed := v.targets
	if len(listed) >= foldedFrom {
		listed = slices.DeleteFunc(slices.Clone(listed), func(t judged) bool { return t.rank() == 0 })
	}
	if len(listed) > 0 {
		consoleRows(b, listed, opts)
	}
	if passed := len(v.targets) - len(listed); passed > 0 {
		fmt.Fprintf(b, "%s passed without findings.\n", text.Count(passed, "target"))
	}
}

// consoleRows is a table of targets with its head.
func consoleRows(b *strings.Builder, targets []judged, opts ConsoleOptions) {
	names := []string{"target"}
	for _, t := range targets {
		names = append(names, text.Clip(text.Line(t.Observation.Target.URL()), maxTargetColumn))
	}
	width := 0
	for _, n := range names {
		width = max(width, utf8.RuneCountInString(n))
	}
	heads := make([]string, 0, 2)
	for _, q := range check.Requirements() {
		heads = append(heads, string(q)+" "+q.Title())
	}
	fmt.Fprintf(b, "%s  %s\n", pad(names[0], width), strings.Join(heads, "  "))
	for i, t := range targets {
		b.WriteString(pad(names[i+1], width))
		gap := 2
		for j, q := range check.Requirements() {
			s := standings[t.standing(q)]
			b.WriteString(strings.Repeat(" ", gap) + opts.paint(s.word, s.color))
			gap = 2 + len(heads[j]) - len(s.word)
		}
		b.WriteByte('\n')
	}
}

// console writes one finding: level, rule and target, then what was seen, and
// how to fix it unless that was printed before.
func (f finding) console(b *strings.Builder, opts ConsoleOptions, explained bool) {
	level := string(f.level)
	if word := f.novelty(); word != "" {
		level = word + " " + level
	}
	fmt.Fprintf(b, "%s %s  %s\n", opts.paint(level, levelColor(f.level)), f.rule.ID, text.Line(f.target.URL()))
	b.WriteString(text.Wrap(text.Line(text.Clip(f.Message, maxMessage)), "  ", opts.Width) + "\n")
	if worse := f.worsening(); worse != "" {
		b.WriteString(text.Wrap(text.Line(worse), "  ", opts.Width) + "\n")
	}
	if at := declared(f.target); len(at) > 0 {
		b.WriteString(text.Wrap("Declared at "+text.Line(strings.Join(at, ", "))+".", "  ", opts.Width) + "\n")
	}
	switch {
	case explained:
		fmt.Fprintf(b, "  Fix: see %s above.\n", f.rule.ID)
	case f.rule.Remediation.Text != "":
		b.WriteString(text.Wrap("Fix: "+f.rule.Remediation.Text, "  ", opts.Width) + "\n")
	}
	b.WriteByte('\n')
}

// consoleAccepted writes the accepted risks by waiver.
func (v *View) consoleAccepted(b *strings.Builder, opts ConsoleOptions) {
	if len(v.accepted) == 0 {
		return
	}
	b.WriteString(opts.paint("Accepted risks", standings[accepted].color) + "\n\n")
	for _, g := range v.byWaiver() {
		fmt.Fprintf(b, "%s  %s\n%s\n", text.Line(g.Rule), text.Line(waivedAt(g.Waiver)), text.Wrap(text.Line(waiverText(g.Waiver)), "  ", opts.Width))
		for _, f := range g.findings {
			b.WriteString(text.Wrap(text.Line(f.target.URL()+": "+text.Clip(f.Message, maxMessage)), "    ", opts.Width) + "\n")
		}
		b.WriteByte('\n')
	}
}

// ANSI colours (ECMA-48 SGR parameters).
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (o ConsoleOptions) paint(s, color string) string {
	if !o.Color {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

func conclusionColor(c check.Conclusion) string {
	switch c {
	case check.Passed:
		return green
	case check.Violated:
		return red
	}
	return yellow
}

func levelColor(l check.Level) string {
	switch l {
	case check.Error:
		return red
	case check.Warning:
		return yellow
	}
	return cyan
}

// pad fills s up with spaces to a width in columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}
