package report

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/text"
)

const (
	maxBars = 40                   // lifetimes drawn
	barPast = 400 * 24 * time.Hour // how far back a bar goes at most, from the time of the check
	barNext = 800 * 24 * time.Hour // and how far on
	soon    = 30 * 24 * time.Hour  // what is left of a lifetime that is drawn as ending
)

// A lifetime is the validity period of a leaf and the targets that show it.
type lifetime struct {
	hosts      []string
	start, end time.Time
	at         time.Time // of the check
}

// lifetimes draws when the targets' certificates expire, the first to expire
// first.
func (v *View) lifetimes(b *strings.Builder) {
	all := v.leaves()
	if len(all) == 0 {
		return
	}
	drawn := all[:min(len(all), maxBars)]
	b.WriteString("## Certificate lifetimes\n\n```mermaid\ngantt\n  title Certificate lifetimes\n  dateFormat YYYY-MM-DD\n  axisFormat %Y-%m-%d\n  todayMarker off\n")
	section := ""
	for _, l := range drawn {
		if s := l.section(); s != section {
			section = s
			fmt.Fprintf(b, "  section %s\n", s)
		}
		b.WriteString("  " + l.bar() + "\n")
	}
	v.milestones(b, drawn[0].at)
	fmt.Fprintf(b, "  section Checked\n  Time of the check :milestone, %s, 0d\n```\n\n", drawn[0].at.Format(time.DateOnly))
	v.timeline(b)
	if more := len(all) - len(drawn); more > 0 {
		fmt.Fprintf(b, "Not drawn: %s that expire later.\n\n", text.Count(more, "certificate"))
	}
}

// maxEvents bounds the events of a forecast that are drawn and listed.
const maxEvents = 20

// events are what the forecasts say besides the ends of the leaves, which are
// drawn as bars: each once, the first first.
func (v *View) events() []check.ForecastEvent {
	var out []check.ForecastEvent
	seen := map[string]bool{}
	for _, res := range v.Results {
		for _, e := range res.Forecast {
			key := e.At.String() + e.Detail
			if e.Kind == pki.EventExpiry && !strings.Contains(e.Detail, "which the chain needs") || seen[key] {
				continue
			}
			seen[key] = true
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b check.ForecastEvent) int { return a.At.Compare(b.At) })
	return out
}

// milestones draws what the forecast says as points in time, each short text
// once, those that are past or beyond the picture left out.
func (v *View) milestones(b *strings.Builder, at time.Time) {
	var drawn []string
	for _, e := range v.events() {
		line := fmt.Sprintf("  %s :milestone, %s, 0d\n", mermaid(fact.Clip(e.Short, maxLabel)), e.At.Format(time.DateOnly))
		if e.At.Before(at) || e.At.After(at.Add(barNext)) || len(drawn) == maxEvents || slices.Contains(drawn, line) {
			continue
		}
		drawn = append(drawn, line)
	}
	if len(drawn) > 0 {
		b.WriteString("  section Forecast\n" + strings.Join(drawn, ""))
	}
}

// timeline lists the forecast in words.
func (v *View) timeline(b *strings.Builder) {
	events := v.events()
	if len(events) == 0 {
		return
	}
	b.WriteString("What will change if nothing is done:\n\n")
	for _, e := range events[:min(len(events), maxEvents)] {
		fmt.Fprintf(b, "- %s: %s\n", e.At.Format(time.DateOnly), quoted(e.Detail))
	}
	if more := len(events) - maxEvents; more > 0 {
		fmt.Fprintf(b, "- %s later; the JSON report has all.\n", text.Count(more, "event"))
	}
	b.WriteByte('\n')
}

// leaves are the certificates that the targets showed, each once, by their end.
func (v *View) leaves() []*lifetime {
	byHash, seen := map[[sha256.Size]byte]*lifetime{}, map[string]bool{}
	var out []*lifetime
	for _, res := range v.Results {
		for _, e := range res.Observation.Endpoints {
			if len(e.TLS.Chain) == 0 || res.Observation.At.IsZero() {
				continue
			}
			hash := sha256.Sum256(e.TLS.Chain[0])
			l := byHash[hash]
			if l == nil {
				cert := pki.ParseCertificate(e.TLS.Chain[0])
				if !cert.NotBefore.Before(cert.NotAfter) {
					continue // the rules report it; it has no length to draw
				}
				l = &lifetime{start: cert.NotBefore, end: cert.NotAfter, at: res.Observation.At.UTC()}
				byHash[hash] = l
				out = append(out, l)
			}
			if key := string(hash[:]) + res.Observation.Target.Host; !seen[key] {
				seen[key] = true
				l.hosts = append(l.hosts, res.Observation.Target.Host)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *lifetime) int { return cmp.Or(a.end.Compare(b.end), a.start.Compare(b.start)) })
	return out
}

// section is the group that a lifetime is drawn in.
func (l *lifetime) section() string {
	switch left := l.end.Sub(l.at); {
	case left < 0:
		return "Expired"
	case left < soon:
		return "Expires within 30 days"
	}
	return "Expires later"
}

// bar is the lifetime's line.
func (l *lifetime) bar() string {
	style := map[string]string{"Expired": "crit", "Expires within 30 days": "active"}[l.section()]
	if style != "" {
		style += ", "
	}
	name := text.Clip(l.hosts[0], maxLabel)
	if n := len(l.hosts); n > 1 {
		name += fmt.Sprintf(" and %d more", n-1)
	}
	return fmt.Sprintf("to %s, %s :%s%s, %s", l.end.Format(time.DateOnly), mermaid(name), style,
		l.drawn(l.start).Format(time.DateOnly), l.drawn(l.end).AddDate(0, 0, 1).Format(time.DateOnly))
}

// drawn is a time, or the edge of the picture that is nearest to it.
func (l *lifetime) drawn(t time.Time) time.Time {
	if first := l.at.Add(-barPast); t.Before(first) {
		return first
	}
	if last := l.at.Add(barNext); t.After(last) {
		return last
	}
	return t.UTC()
}
