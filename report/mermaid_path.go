package report

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check"
)

// Bounds of the picture: GitHub draws no diagram of more than 50000
// characters, and a crowded one helps nobody.
const (
	maxDrawnTargets = 8
	maxDrawnNodes   = 12 // of one target
	maxLabel        = 60 // bytes of a node's URL
)

// connectionPaths draws how clients get to the targets whose path has
// something to look at; if none has, to the first.
func (v *view) connectionPaths(b *strings.Builder) {
	drawn, more := v.toDraw()
	if len(drawn) == 0 {
		return
	}
	b.WriteString("## Connection path\n\nDashed arrows lead to what was asked in cleartext.\n\n```mermaid\nflowchart LR\n")
	b.WriteString("  classDef cleartext fill:#fff8c5,stroke:#9a6700,color:#1f2328\n")
	b.WriteString("  classDef tls fill:#dafbe1,stroke:#1a7f37,color:#1f2328\n")
	b.WriteString("  classDef unseen fill:#f6f8fa,stroke:#6e7781,color:#1f2328,stroke-dasharray:4\n")
	for i, t := range drawn {
		drawPath(b, fmt.Sprintf("t%d", i), t.Observation)
	}
	b.WriteString("```\n\n")
	if more > 0 {
		fmt.Fprintf(b, "%s more not drawn.\n\n", plural(more, "target"))
	}
}

// toDraw picks the targets to draw, and counts those there is no room for.
func (v *view) toDraw() (drawn []judged, more int) {
	for _, t := range v.targets {
		if len(t.Observation.Endpoints) == 0 || !t.offPath() {
			continue
		}
		if len(drawn) == maxDrawnTargets {
			more++
			continue
		}
		drawn = append(drawn, t)
	}
	if len(drawn) == 0 && len(v.targets) > 0 && len(v.targets[0].Observation.Endpoints) > 0 {
		drawn = v.targets[:1]
	}
	return drawn, more
}

// offPath reports whether a finding speaks of the connection path.
func (t judged) offPath() bool {
	return slices.ContainsFunc(t.violations, func(f violation) bool {
		return len(f.rule.Requirements) == 1 && f.rule.Speaks(check.TLSOnly)
	})
}

// A drawing is the path of one target: a node for each URL that was asked, and
// an arrow for each way there.
type drawing struct {
	prefix string
	nodes  []string // URLs
	lines  []string
}

// drawPath writes a subgraph for one target.
func drawPath(b *strings.Builder, prefix string, o check.Observation) {
	d := drawing{prefix: prefix}
	for _, e := range o.Endpoints {
		d.exchange(e.Cleartext, check.Handshake{})
		d.exchange(e.HTTPS, e.TLS)
	}
	for _, n := range d.nodes {
		d.arrow(prefix+"c", n, "")
	}
	for _, h := range o.Hops {
		d.exchange(h.Exchange, h.TLS)
	}
	for _, e := range o.Endpoints {
		d.redirect(e.Cleartext)
		d.redirect(e.HTTPS)
	}
	for _, h := range o.Hops {
		d.redirect(h.Exchange)
	}
	fmt.Fprintf(b, "  subgraph %s[\"%s\"]\n    direction LR\n    %sc([\"client\"])\n", prefix, label(o.Target.URL()), prefix)
	for _, line := range d.lines {
		b.WriteString("    " + line + "\n")
	}
	b.WriteString("  end\n")
}

// exchange draws what a URL answered, once for each URL.
func (d *drawing) exchange(x check.Exchange, h check.Handshake) {
	if x.URL == "" {
		return
	}
	known := len(d.nodes)
	id := d.node(x.URL)
	if id == "" || len(d.nodes) == known {
		return
	}
	class := "unseen"
	switch {
	case x.Outcome == check.Answered && isCleartext(x.URL):
		class = "cleartext"
	case x.Outcome == check.Answered:
		class = "tls"
	}
	d.lines = append(d.lines, fmt.Sprintf(`%s["%s<br/>%s"]:::%s`, id, label(x.URL), answer(x, h), class))
}

// redirect draws the arrow to where an answer sends its client.
func (d *drawing) redirect(x check.Exchange) {
	if r, ok := x.Redirect(); ok {
		d.exchange(check.Exchange{URL: r.URL}, check.Handshake{})
		d.arrow(d.node(x.URL), r.URL, fmt.Sprintf("%d by %s", x.Status, r.Via))
	}
}

// arrow draws an arrow, once for each pair and words.
func (d *drawing) arrow(from, url, words string) {
	to := d.node(url)
	if from == "" || to == "" {
		return
	}
	line, secure := "-->", "TLS"
	if isCleartext(url) {
		line, secure = "-.->", "cleartext"
	}
	if words != "" {
		words = mermaid(words) + ", "
	}
	d.lines = appendNew(d.lines, fmt.Sprintf(`%s %s|"%s%s"| %s`, from, line, words, secure, to))
}

// node is the identifier of a URL's node; empty if there are too many.
func (d *drawing) node(url string) string {
	for i, n := range d.nodes {
		if n == url {
			return fmt.Sprintf("%sn%d", d.prefix, i)
		}
	}
	if len(d.nodes) == maxDrawnNodes {
		return ""
	}
	d.nodes = append(d.nodes, url)
	return fmt.Sprintf("%sn%d", d.prefix, len(d.nodes)-1)
}

// answer says what an exchange brought, in a few words.
func answer(x check.Exchange, h check.Handshake) string {
	what := "not asked"
	switch {
	case x.Outcome == check.Answered:
		what = fmt.Sprintf("answered %d", x.Status)
	case x.Outcome != check.Unasked:
		what = strings.ReplaceAll(string(x.Outcome), "-", " ")
	}
	what = mermaid(what)
	if version := tlsVersion(h.Version); version != "" {
		what += "<br/>" + version
	}
	return what
}

// tlsVersion names a protocol version (RFC 8446 section 4.2.1); empty if there
// was none.
func tlsVersion(v uint16) string {
	switch v {
	case 0:
		return ""
	case 0x0304:
		return "TLS 1.3"
	case 0x0303:
		return "TLS 1.2"
	case 0x0302:
		return "TLS 1.1"
	case 0x0301:
		return "TLS 1.0"
	case 0x0300:
		return "SSL 3"
	}
	return fmt.Sprintf("version %#04x", v)
}

// label is a URL for a node, without its query.
func label(s string) string {
	if u, err := url.Parse(s); err == nil {
		s = u.Scheme + "://" + u.Host + u.Path
	}
	return mermaid(check.Clip(s, maxLabel))
}

func isCleartext(url string) bool {
	return strings.HasPrefix(url, "http:") || strings.HasPrefix(url, "ws:")
}
