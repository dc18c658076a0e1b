package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

const (
	maxResults = 5000 // what code scanning shows of a run
	maxPlaces  = 20   // linked from one result
	maxMessage = 4096 // bytes of a result's message, before escaping
)

// An alert is one result of SARIF: a finding, or several that share a fingerprint (two
// paths of one origin, say).
type alert struct {
	rule        check.Rule
	order       int
	level       check.Level
	uri         string
	fingerprint string
	messages    []string // worst first
	targets     []fact.Target
	seen        map[string]bool // the targets' URLs
	addresses   []string
	places      []fact.Place
}

// mergeAlerts merges the findings into alerts, at most maxResults of them, sorted
// by path and then rule, and counts the alerts that were cut, the mildest.
func (v *View) mergeAlerts() (kept []*alert, cut int) {
	byPrint := map[string]*alert{}
	worstFirst := slices.Clone(v.reported)
	slices.SortStableFunc(worstFirst, func(a, b finding) int { return b.level.Rank() - a.level.Rank() })
	for _, f := range worstFirst {
		print := fingerprint(f.rule.ID, f.target, f.Distinct)
		r := byPrint[print]
		if r == nil {
			r = &alert{rule: f.rule, order: f.order, level: f.level, uri: endpointURI(f.target), fingerprint: print, seen: map[string]bool{}}
			byPrint[print] = r
			kept = append(kept, r)
		}
		r.add(f)
	}
	if len(kept) > maxResults {
		cut = len(kept) - maxResults
		kept = kept[:maxResults]
	}
	slices.SortFunc(kept, func(a, b *alert) int {
		return cmp.Or(strings.Compare(a.uri, b.uri), a.order-b.order, strings.Compare(a.fingerprint, b.fingerprint))
	})
	return kept, cut
}

// add takes in a finding. A label can stand for several ports; the first in
// order is the place of all, so that the list's order changes nothing.
func (a *alert) add(f finding) {
	a.uri = min(a.uri, endpointURI(f.target))
	a.messages = appendNew(a.messages, f.Message)
	for _, address := range f.Addresses {
		a.addresses = appendNew(a.addresses, address)
	}
	if a.seen[f.target.URL()] {
		return
	}
	a.seen[f.target.URL()] = true
	a.targets = append(a.targets, f.target)
	for _, p := range f.target.Places {
		if linkable(p) && len(a.places) < maxPlaces {
			a.places = appendNew(a.places, p)
		}
	}
}

// result writes the alert with the library's types.
func (a *alert) result() *sarif.Result {
	out := sarif.NewRuleResult(a.rule.ID).WithLevel(string(a.level)).
		WithMessage(a.message()).
		WithPartialFingerPrints(map[string]any{fingerprintKey: a.fingerprint})
	out.AddLocation(endpointLocation(a.uri, a.targets))
	for i, p := range a.places {
		out.AddRelatedLocation(placeLocation(p).WithId(i + 1).WithDescriptionText("The target is declared here."))
	}
	out.Properties = sarif.Properties{
		"target":      text.Line(strings.Join(urls(a.targets), ", ")),
		"requirement": requirements(a.rule),
	}
	if len(a.addresses) > 0 {
		out.Properties["address"] = text.Line(strings.Join(a.addresses, ", "))
	}
	if a.rule.CWE != 0 {
		out.Properties["cwe"] = "CWE-" + strconv.Itoa(a.rule.CWE) // for readers that know no taxa
	}
	return out
}

// message is what was seen. Its text has no links and no lines of declaring
// files: many viewers show links raw, and some tell findings apart by the text.
// Where the target is declared is linked from the Markdown form.
func (a *alert) message() *sarif.Message {
	message := text.Clip(strings.Join(a.messages, " "), maxMessage)
	if at := a.unnamed(); at != "" {
		message += " At " + at + "."
	}
	m := sarif.NewTextMessage(sarifText(message))
	if len(a.places) == 0 {
		return m
	}
	var links []string
	for i := range a.places {
		links = append(links, fmt.Sprintf("[here](%d)", i+1))
	}
	return m.WithMarkdown(fmt.Sprintf("%s Declared %s.", sarifMarkdown(message), strings.Join(links, ", ")))
}

// unnamed are the URLs of the targets, if there are several or the messages do
// not name them; else empty.
func (a *alert) unnamed() string {
	message := strings.Join(a.messages, " ")
	unnamed := func(t fact.Target) bool { return !strings.Contains(message, t.URL()) }
	if len(a.targets) == 1 && strings.Contains(message, a.targets[0].Host) || !slices.ContainsFunc(a.targets, unnamed) {
		return ""
	}
	return "'" + text.Clip(strings.Join(urls(a.targets), "', '"), maxMessage) + "'"
}

func urls(targets []fact.Target) []string {
	var out []string
	for _, t := range targets {
		out = append(out, t.URL())
	}
	return out
}

// requirements are those that a rule speaks for: "V12.2.1, V12.2.2".
func requirements(r check.Rule) string {
	var out []string
	for _, q := range r.Requirements {
		out = append(out, string(q))
	}
	return strings.Join(out, ", ")
}

// appendNew appends x unless it is there already.
func appendNew[T comparable](list []T, x T) []T {
	if slices.Contains(list, x) {
		return list
	}
	return append(list, x)
}
