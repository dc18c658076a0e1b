package pki

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"github.com/tlsgate/tlsgate/check/text"
)

// An Event is what will happen to the trust in a certificate if nothing
// changes.
type Event struct {
	Kind EventKind `json:"kind"`
	// At is when it happens (UTC).
	At time.Time `json:"at"`
	// Short names it in a few words, Detail says it in full sentences.
	Short  string `json:"short"`
	Detail string `json:"detail"`
}

// An EventKind is what an event is about.
type EventKind string

// The kinds.
const (
	// EventExpiry is the end of the leaf, or of an intermediate before it.
	EventExpiry EventKind = "expiry"
	// EventCutoff is a date that a root program has published: certificates
	// issued after it through the same root are refused. It may be past where
	// the certificate itself was issued before it.
	EventCutoff EventKind = "cut-off"
	// EventLifetime is a step to shorter lifetimes (CA/Browser Forum ballot
	// SC-081) that certificates as long as this one will not pass.
	EventLifetime EventKind = "shorter-lifetime"
)

// forecast lists what will happen to the trust in a certificate after a time,
// the first first: the end of the path's certificates, and, of public ones,
// the cut-off dates for their renewal through the same root and the steps to
// shorter lifetimes. It is empty where no path reaches a root.
func (s *search) forecast(best path) []Event {
	if best.certs == nil {
		return nil
	}
	events := expiries(best, s.q.At)
	if best.anchor.public() {
		events = append(events, s.cutoffs(best)...)
		events = append(events, shorterLifetimes(s.q.Leaf, s.q.At)...)
	}
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind)) })
	return events
}

// expiries are the ends of the leaf, and of what is above it on the path and
// ends before.
func expiries(p path, at time.Time) []Event {
	leaf := p.certs[0]
	var out []Event
	for i, c := range p.certs {
		if c.NotAfter.Before(at) || i > 0 && !c.NotAfter.Before(leaf.NotAfter) {
			continue
		}
		e := Event{Kind: EventExpiry, At: c.NotAfter.UTC(), Short: fmt.Sprintf("%s expires", Name(c))}
		switch {
		case i > 0:
			e.Detail = fmt.Sprintf("'%s', which the chain needs, expires on '%s', before the certificate '%s' does.", Name(c), day(c.NotAfter), Name(leaf))
		case ShortLived(c):
			e.Detail = fmt.Sprintf("The certificate '%s' expires on '%s'. It lives %s, so a renewal that fails has to be noticed and repeated within hours.", Name(c), day(c.NotAfter), text.Count(int(Lifetime(c)/daySpan), "day"))
		default:
			e.Detail = fmt.Sprintf("The certificate '%s' expires on '%s'.", Name(c), day(c.NotAfter))
		}
		out = append(out, e)
	}
	return out
}

// cutoffs are the dates after which each browser refuses what is issued
// through the roots by which it accepts the certificate. A browser that has a
// root without a date goes on by that.
func (s *search) cutoffs(best path) []Event {
	var out []Event
	for _, by := range []program{chromeProgram, mozillaProgram} {
		var last time.Time
		through := best.anchor
		accepted, open := false, false
		for i, p := range s.paths {
			held, _ := (store{Store: Store{Client: map[program]Client{chromeProgram: ClientChrome, mozillaProgram: ClientFirefox}[by]}}).accepts(p, s.judged[i])
			if !held {
				continue
			}
			accepted = true
			end := p.anchor.cutoff(by, s.q.At)
			if open = open || end.IsZero(); end.After(last) {
				last, through = end, p.anchor
			}
		}
		if !accepted || open {
			continue
		}
		name := Name(through.cert())
		e := Event{Kind: EventCutoff, At: last.UTC(), Short: fmt.Sprintf("%s refuses renewals through %s", by, name)}
		if last.Before(s.q.At) {
			e.Detail = fmt.Sprintf("The certificate '%s' was issued before '%s', from when on %s refuses what is issued through '%s': its renewal through the same root is refused.", Name(s.q.Leaf), day(last), by, name)
		} else {
			e.Detail = fmt.Sprintf("Renewed after '%s' through '%s', the certificate '%s' will be refused by %s.", day(last), name, Name(s.q.Leaf), by)
		}
		out = append(out, e)
	}
	return out
}

// cutoff is the date after which a program refuses what the root issues; zero
// for none that is published.
func (a *anchor) cutoff(by program, at time.Time) time.Time {
	if by == chromeProgram {
		root, _ := a.chrome.Lookup(sha256.Sum256(a.der))
		return root.Cutoff
	}
	if a.constraint == nil {
		return time.Time{}
	}
	// The bundle gives a function and not the date: it is the last moment that
	// the function lets pass.
	refused := func(t time.Time) bool { return a.constraint([]*x509.Certificate{{NotBefore: t}}) != nil }
	first, end := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), at.AddDate(20, 0, 0)
	if !refused(end) || refused(first) {
		return time.Time{}
	}
	for end.Sub(first) > time.Second {
		middle := first.Add(end.Sub(first) / 2).Truncate(time.Second)
		if refused(middle) {
			end = middle
		} else {
			first = middle
		}
	}
	return first
}

// shorterLifetimes are the steps that a certificate as long as this one will
// not pass.
func shorterLifetimes(leaf *Certificate, at time.Time) []Event {
	var out []Event
	for _, limit := range LifetimeLimits() {
		if !limit.From.After(at) || Lifetime(leaf) <= time.Duration(limit.Days)*daySpan {
			continue
		}
		out = append(out, Event{Kind: EventLifetime, At: limit.From, Short: fmt.Sprintf("At most %d days", limit.Days),
			Detail: fmt.Sprintf("Certificates issued from '%s' on may live %d days at most; '%s' lives %d: it will have to be renewed more often.",
				limit.From.Format(time.DateOnly), limit.Days, Name(leaf), int(Lifetime(leaf)/daySpan))})
	}
	return out
}
