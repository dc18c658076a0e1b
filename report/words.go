package report

import (
	"fmt"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// Texts that several formats have in common; each escapes them for its medium.

// tally is the report in one sentence, without a full stop.
func (v *View) tally() string {
	c := v.counts
	s := fmt.Sprintf("%s, %s and %s at %s; %d not verified",
		text.Count(c.Errors, "error"), text.Count(c.Warnings, "warning"), text.Count(c.Notes, "note"),
		text.Count(c.Targets, "target"), c.NotVerified)
	if c.Known > 0 {
		s += fmt.Sprintf("; %d known", c.Known)
	}
	if c.Waived > 0 {
		s += "; " + text.Count(c.Waived, "accepted risk")
	}
	return s
}

// verdictWord is the conclusion in the words of the reports.
func (v *View) verdictWord() string {
	switch v.conclusion {
	case check.Passed:
		return "pass"
	case check.Violated:
		return "fail"
	}
	return "not verified"
}

// waivedAt is what a waiver is about: its target, and the one finding there.
func waivedAt(w check.Waiver) string {
	if w.Detail == "" {
		return w.Target
	}
	return w.Target + " " + w.Detail
}

// waiverText names the owner, expiry date, reason and place of a waiver.
func waiverText(w check.Waiver) string {
	s := fmt.Sprintf("Accepted by '%s' until %s: '%s'", w.Owner, w.Expires, text.Clip(w.Reason, maxSummaryText))
	if at := place(w.Place); at != "" {
		s += " (" + at + ")"
	}
	return s + "."
}

// noticeText is a notice behind its place.
func noticeText(n check.Notice) string {
	s := text.Clip(n.Text, maxMessage)
	if at := place(n.Place); at != "" {
		s = at + ": " + s
	}
	return s
}

// declared lists the files that declare a target, each with its line. A place
// in no file says nothing that helps.
func declared(t fact.Target) []string {
	var out []string
	for _, p := range t.Places {
		if p.File != "" {
			out = append(out, place(p))
		}
	}
	return out
}

// place names a place: "deploy/urls.txt:3", or the input where it is in no
// file; empty if it is not known.
func place(p fact.Place) string {
	switch {
	case p.File == "":
		return p.Input
	case p.Line > 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return p.File
}
