package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check"
)

// The most bytes of each part of a summary. GitHub drops a summary of more
// than 1 MiB whole; together these stay under 900 KiB.
const (
	matrixBytes    = 250 << 10
	findingsBytes  = 350 << 10
	unlookedBytes  = 60 << 10
	evidenceBytes  = 150 << 10
	maxSummaryText = 2000 // bytes of one quoted text, before escaping
)

// SummaryOptions are the choices of a summary.
type SummaryOptions struct {
	// Cut is the number of results that the SARIF log had no room for.
	Cut int
}

// Summary writes the report in GitHub Flavored Markdown, for a job's summary:
// under 900 KiB, with what was left out counted.
func Summary(r *check.Report, opts SummaryOptions) []byte {
	return newView(r, check.Rules()).summary(opts)
}

func (v *view) summary(opts SummaryOptions) []byte {
	var b strings.Builder
	v.headline(&b, opts)
	v.matrix(&b)
	v.findings(&b)
	v.connectionPaths(&b)
	v.lifetimes(&b)
	v.evidence(&b)
	fmt.Fprintf(&b, "## Roots\n\n%s\n\n", markdown(v.rootsUsed()))
	v.unlooked(&b)
	fmt.Fprintf(&b, "tlsgate %s, %s\n", markdown(v.Version), v.Ended.UTC().Format(time.RFC3339))
	return []byte(b.String())
}

// headline is the verdict on the run, and what limits it.
func (v *view) headline(b *strings.Builder, opts SummaryOptions) {
	icons := map[check.Conclusion]string{check.Passed: "✅", check.Violated: "❌", check.NotVerified: "⚠️"}
	fmt.Fprintf(b, "# %s tlsgate: %s\n\n%s.", icons[v.conclusion], v.verdictWord(), v.tally())
	if v.Policy.FailOn == check.Never {
		b.WriteString(" The run never fails (fail-on: never).")
	}
	b.WriteString("\n\n")
	if note := v.customRoots(); note != "" {
		fmt.Fprintf(b, "> [!IMPORTANT]\n> %s\n\n", markdown(note))
	}
	if opts.Cut > 0 {
		fmt.Fprintf(b, "The SARIF log holds the %d worst results; %d more had no room in it.\n\n", maxResults, opts.Cut)
	}
}

// A part is a run of blocks that stays within a number of bytes: from the
// first block that has no room on, blocks are counted instead.
type part struct {
	*strings.Builder
	room    int
	omitted int
}

func newPart(b *strings.Builder, room int) *part { return &part{Builder: b, room: room} }

// block writes a block, or counts it as left out.
func (p *part) block(s string) {
	if p.omitted > 0 || len(s) > p.room {
		p.omitted++
		return
	}
	p.room -= len(s)
	p.WriteString(s)
}

// close says how much was left out.
func (p *part) close(thing string) {
	if p.omitted > 0 {
		fmt.Fprintf(p, "\n%s left out here for want of room; the JSON report has all.\n", plural(p.omitted, thing))
	}
}

// quoted is remote text for a line of the summary.
func quoted(s string) string { return markdown(check.Clip(s, maxSummaryText)) }
