package report

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/text"
)

// acceptedRisks lists the findings that waivers accept.
func (v *View) acceptedRisks(b *strings.Builder) {
	if len(v.accepted) == 0 {
		return
	}
	b.WriteString("## Accepted risks\n\nThese findings do not fail the run and are not in SARIF until their waivers expire.\n\n")
	p := newPart(b, acceptedBytes)
	for _, g := range v.byWaiver() {
		// The head goes with its first finding, so that only findings are counted.
		head := fmt.Sprintf("**%s** at %s: %s\n\n", markdown(g.Rule), code(text.Clip(waivedAt(g.Waiver), maxTargetURL)), markdown(waiverText(g.Waiver)))
		var bullets []string
		for _, f := range g.findings {
			bullets = append(bullets, head+f.bullet())
			head = ""
		}
		p.list(bullets)
		p.WriteByte('\n')
	}
	p.close("finding")
}
