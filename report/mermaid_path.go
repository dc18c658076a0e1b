package report

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// Bounds of a picture: GitHub draws no diagram of more than 50000 characters,
// and a crowded one is unreadable.
const (
	maxDrawnTargets = 5  // each has a picture
	maxDrawnNodes   = 12 // of one target
	maxDrawnArrows  = 30 // of one target
	maxLabel        = 60 // bytes of a node's URL
)

// pathLegend says what the picture's lines and colours mean.
const pathLegend = "Dashed arrows: cleartext. Red: violation (content in cleartext, or a redirect to cleartext). " +
	"Yellow: another answer in cleartext, such as a redirect to https. Green: TLS. Grey: not requested, or no answer."

// pathStyles are the colours, legible on light and dark pages.
const pathStyles = `  classDef exposed fill:#ffebe9,stroke:#cf222e,stroke-width:2px,color:#1f2328
  classDef cleartext fill:#fff8c5,stroke:#9a6700,color:#1f2328
  classDef tls fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  classDef unseen fill:#f6f8fa,stroke:#6e7781,color:#1f2328,stroke-dasharray:4
`

// connectionPaths draws how clients get to the targets whose path has
// a finding; if none has, to the first.
func (v *View) connectionPaths(b *strings.Builder) {
	drawn, more := v.toDraw()
	if len(drawn) == 0 {
		return
	}
	b.WriteString("## Connection path\n\n" + pathLegend + "\n\n")
	for _, t := range drawn {
		fmt.Fprintf(b, "%s\n\n```mermaid\nflowchart LR\n%s%s```\n\n", targetCode(t.Observation.Target), pathStyles, drawPath(t.Observation, t.offPath()))
	}
	if more > 0 {
		fmt.Fprintf(b, "Not drawn: %s.\n\n", text.Count(more, "target"))
	}
}

// toDraw picks the targets to draw, the worst first, and counts those there is no room for.
func (v *View) toDraw() (drawn []judged, more int) {
	for _, t := range v.worstFirst() {
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

// offPath reports whether a finding speaks of the connection path, accepted or
// not.
func (t judged) offPath() bool {
	return slices.ContainsFunc(slices.Concat(t.findings, t.accepted, t.known), func(f finding) bool {
		return len(f.rule.Requirements) == 1 && f.rule.Speaks(check.TLSOnly)
	})
}

// A drawing is the path of one target: a node for each URL and way that it was
// asked, and an arrow for each way there.
type drawing struct {
	nodes  []*node
	arrows []string
	// exposes lets content in cleartext be drawn as a fault: only where a rule
	// found one, for the rules know what is excepted.
	exposes bool
}

// A node is a URL asked in one way; text and class are empty until it is known
// what came of it.
type node struct {
	id, url     string
	way         string // "" for the usual one of the URL's scheme
	text, class string
}

// drawPath draws the nodes and arrows for one target.
func drawPath(o fact.Observation, exposes bool) string {
	d := drawing{exposes: exposes}
	for _, e := range o.Endpoints {
		d.exchange(e.Cleartext, "", e)
		d.exchange(e.HTTPS, "", e)
		d.otherProtocols(e)
	}
	for _, n := range d.nodes {
		d.arrow("client", n, "")
	}
	for _, h := range o.Hops {
		d.exchange(h.Exchange, "", fact.Endpoint{TLS: h.TLS})
	}
	for _, e := range o.Endpoints {
		d.redirect(e.Cleartext)
		d.redirect(e.HTTPS)
	}
	for _, h := range o.Hops {
		d.redirect(h.Exchange)
	}
	var b strings.Builder
	b.WriteString("  client([\"client\"])\n")
	for _, n := range d.nodes {
		fmt.Fprintf(&b, "  %s[\"%s\"]:::%s\n", n.id, n.text, n.class)
	}
	for _, line := range d.arrows {
		b.WriteString("  " + line + "\n")
	}
	return b.String()
}

// exchange draws what a URL answered, once for each URL and way: where
// addresses differ, the worst. The endpoint's is the handshake, and the answer
// over TLS that one in cleartext is compared with.
func (d *drawing) exchange(x fact.Exchange, way string, e fact.Endpoint) {
	if x.URL == "" {
		return
	}
	n, c := d.node(x.URL, way), d.classOf(x, e)
	if n == nil || n.text != "" && slices.Index(classes, c) <= slices.Index(classes, n.class) {
		return
	}
	n.class = c
	n.text = label(x.URL) + "<br/>" + answer(x, e)
	if way != "" {
		n.text += " " + way
	}
}

// The classes of nodes, the worst last.
const (
	unseen    = "unseen"
	tls       = "tls"
	cleartext = "cleartext"
	exposed   = "exposed"
)

var classes = []string{unseen, tls, cleartext, exposed}

// classOf is the class of the node that shows an exchange.
func (d *drawing) classOf(x fact.Exchange, e fact.Endpoint) string {
	switch {
	case x.Outcome != fact.Answered:
		return unseen
	case !isCleartext(x.URL):
		return tls
	case d.exposes && gives(x, e):
		return exposed
	}
	return cleartext
}

// otherProtocols draws the other ways to get in that stand open, where the usual
// one does not.
func (d *drawing) otherProtocols(e fact.Endpoint) {
	if gives(e.H2C, e) && !gives(e.Cleartext, e) {
		d.exchange(e.H2C, "over HTTP/2", e)
	}
	if gives(e.WebSocket, e) && e.WebSocket.Status == 101 {
		d.exchange(e.WebSocket, "over WebSocket", e)
	}
	if gives(e.CleartextOnTLS, e) {
		d.exchange(e.CleartextOnTLS, "", e)
	}
}

// gives reports whether an answer gives content, asks for credentials or opens
// a WebSocket.
func gives(x fact.Exchange, e fact.Endpoint) bool {
	return e.ContentOf(x).Gives() || x.Outcome == fact.Answered && x.Status == 101
}

// redirect draws the arrow to where an answer sends its client.
func (d *drawing) redirect(x fact.Exchange) {
	r, ok := x.Redirect()
	if !ok || x.URL == "" {
		return
	}
	d.exchange(fact.Exchange{URL: r.URL}, "", fact.Endpoint{})
	from, to := d.node(x.URL, ""), d.node(r.URL, "")
	if from == nil || to == nil {
		return
	}
	if d.exposes && isCleartext(r.URL) {
		to.class = exposed
	}
	d.arrow(from.id, to, fmt.Sprintf("%d by %s", x.Status, r.Via))
}

// arrow draws an arrow, once for each pair and words.
func (d *drawing) arrow(from string, to *node, words string) {
	line, secure := "-->", "TLS"
	if isCleartext(to.url) {
		line, secure = "-.->", "cleartext"
	}
	if words != "" {
		secure = mermaid(words) + ", " + secure
	}
	if len(d.arrows) < maxDrawnArrows {
		d.arrows = appendNew(d.arrows, fmt.Sprintf(`%s %s|"%s"| %s`, from, line, secure, to.id))
	}
}

// node is the node of a URL asked in a way; nil if there are too many.
func (d *drawing) node(url, way string) *node {
	for _, n := range d.nodes {
		if n.url == url && n.way == way {
			return n
		}
	}
	if len(d.nodes) == maxDrawnNodes {
		return nil
	}
	n := &node{id: fmt.Sprintf("n%d", len(d.nodes)), url: url, way: way}
	d.nodes = append(d.nodes, n)
	return n
}

// answer says what an exchange brought, in a few words; without one, what the
// handshake did.
func answer(x fact.Exchange, e fact.Endpoint) string {
	var h fact.Handshake
	if !isCleartext(x.URL) {
		h = e.TLS
	}
	outcome := cmp.Or(x.Outcome, h.Outcome)
	what := strings.ReplaceAll(string(outcome), "-", " ")
	switch {
	case x.Outcome == fact.Answered:
		what = fmt.Sprintf("answered %d", x.Status)
	case outcome == fact.Unasked, outcome == fact.Answered:
		what = "not requested"
	}
	what = mermaid(what)
	if h.Version != 0 {
		what += "<br/>" + fact.VersionName(h.Version)
	}
	return what
}

// label is a URL for a node, without its query.
func label(s string) string {
	if u, err := url.Parse(s); err == nil {
		s = u.Scheme + "://" + u.Host + u.Path
	}
	return mermaid(text.Clip(s, maxLabel))
}

func isCleartext(url string) bool {
	return strings.HasPrefix(url, "http:") || strings.HasPrefix(url, "ws:")
}
