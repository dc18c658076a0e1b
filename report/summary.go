package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/text"
)

// The most bytes of each part of a summary that grows with the report. GitHub
// drops a summary of more than 1 MiB whole; with what does not grow (a frame
// for each rule, the pictures) these stay under 900 KiB.
const (
	comparisonBytes = 20 << 10
	noticesBytes    = 20 << 10
	matrixBytes     = 130 << 10
	findingsBytes   = 170 << 10
	knownBytes      = 40 << 10
	acceptedBytes   = 40 << 10
	evidenceBytes   = 60 << 10
	notCheckedBytes = 50 << 10

	maxSummaryText = 2000 // bytes of one quoted text, before escaping
	shownUnfolded  = 10   // blocks of a list that stand open; more are folded
)

// Summary writes the report in GitHub Flavored Markdown, for a job's summary:
// under 900 KiB, with what was omitted counted.
func (v *View) Summary() []byte {
	var b strings.Builder
	v.headline(&b)
	v.comparison(&b)
	v.notices(&b)
	v.matrix(&b)
	v.findingsSection(&b)
	v.knownFindings(&b)
	v.acceptedRisks(&b)
	v.connectionPaths(&b)
	v.trustByClient(&b)
	v.lifetimes(&b)
	v.evidence(&b)
	fmt.Fprintf(&b, "## Roots\n\n%s\n\n", markdown(v.roots))
	if v.proxies != "" {
		fmt.Fprintf(&b, "## Proxy\n\n%s\n\n", markdown(v.proxies))
	}
	v.notChecked(&b)
	fmt.Fprintf(&b, "tlsgate %s, %s\n", markdown(v.Version), v.Ended.UTC().Format(time.RFC3339))
	return []byte(b.String())
}

// headline is the verdict on the run, and what limits it.
func (v *View) headline(b *strings.Builder) {
	icons := map[check.Conclusion]string{check.Passed: "✅", check.Violated: "❌", check.NotVerified: "⚠️"}
	fmt.Fprintf(b, "# %s tlsgate: %s\n\n%s.", icons[v.conclusion], v.verdictWord(), v.tally())
	if s := v.shard(); s != "" {
		b.WriteString(" " + s)
	}
	if v.Policy.FailOn == check.Never {
		b.WriteString(" The run does not fail (fail-on: never).")
	}
	b.WriteString("\n\n")
	if v.cut > 0 {
		fmt.Fprintf(b, "The SARIF file has the %d most severe results; %d more are omitted (size limit).\n\n", maxResults, v.cut)
	}
}

// notices are the remarks about the run that are no findings.
func (v *View) notices(b *strings.Builder) {
	if note := customRoots(v.Report); note != "" {
		fmt.Fprintf(b, "> ⚠️ %s\n\n", markdown(note))
	}
	p := newPart(b, noticesBytes)
	for _, n := range v.Notices {
		p.block("> ⚠️ " + markdown(noticeText(n)) + "\n\n")
	}
	p.close("notice")
}

// A part is a run of blocks that stays within a number of bytes: from the
// first block that has no room on, blocks are counted instead.
type part struct {
	*strings.Builder
	room    int
	omitted int
}

func newPart(b *strings.Builder, room int) *part { return &part{Builder: b, room: room} }

// block writes a block, or counts it as omitted.
func (p *part) block(s string) {
	if p.omitted > 0 || len(s) > p.room {
		p.omitted++
		return
	}
	p.room -= len(s)
	p.WriteString(s)
}

// list writes blocks, those behind the first ones folded.
func (p *part) list(blocks []string) {
	open := blocks[:min(len(blocks), shownUnfolded)]
	for _, s := range open {
		p.block(s)
	}
	folded := blocks[len(open):]
	if len(folded) == 0 || p.omitted > 0 {
		p.omitted += len(folded)
		return
	}
	fmt.Fprintf(p, "\n<details><summary>%d more</summary>\n\n", len(folded))
	for _, s := range folded {
		p.block(s)
	}
	p.WriteString("\n</details>\n")
}

// close writes how much was omitted.
func (p *part) close(thing string) {
	if p.omitted > 0 {
		fmt.Fprintf(p, "\n%s omitted (size limit); the JSON report has all.\n\n", text.Count(p.omitted, thing))
	}
}

// quoted is remote text for a line of the summary.
func quoted(s string) string { return markdown(text.Clip(s, maxSummaryText)) }
