package check

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
)

// A Baseline is what an earlier report found. A finding that it holds is known
// and fails nothing; one that is new, or grew worse, fails.
type Baseline struct {
	// Made is when the earlier run started (UTC).
	Made time.Time `json:"made"`
	// Targets are those with findings, in the order of that report.
	Targets []BaselineTarget `json:"targets,omitempty"`

	index sync.Once
	byKey map[string][]int // places in Targets
}

// A BaselineTarget is a target of the earlier report with its findings.
type BaselineTarget struct {
	// URL is the target's https equivalent.
	URL string `json:"url"`
	// Label is the target's name whatever its host is: its label with port
	// and path; empty without a label.
	Label    string          `json:"label,omitempty"`
	Findings []BaselineEntry `json:"findings"`
}

// A BaselineEntry is one finding of the earlier report. The target's own host
// is written [ownHost], for that of a labelled target changes.
type BaselineEntry struct {
	Rule     string   `json:"rule"`
	Distinct string   `json:"distinct,omitempty"`
	Level    Level    `json:"level"`
	Items    []string `json:"items,omitempty"`
	// Since is when it was first seen, by that report or its own baseline.
	Since time.Time `json:"since"`
}

// ownHost stands for a target's own host in a baseline.
const ownHost = "{host}"

// NewBaseline takes the findings of a report as known: all but what was not
// verified, which is known to nobody, and what a waiver accepted, for that
// ends with the waiver.
func NewBaseline(r *Report) *Baseline {
	b := &Baseline{Made: r.Started}
	for _, res := range r.Results {
		t := res.Observation.Target
		known := BaselineTarget{URL: t.HTTPS(), Label: labelKey(t)}
		for _, v := range res.Verdicts {
			for _, f := range v.Findings {
				if v.Rule != notVerifiedID && f.Waived == nil {
					known.Findings = append(known.Findings, newEntry(v.Rule, f, t, r.Started))
				}
			}
		}
		if len(known.Findings) > 0 {
			b.Targets = append(b.Targets, known)
		}
	}
	return b
}

// newEntry is the entry of a finding that a run saw at a time.
func newEntry(rule string, f Finding, t fact.Target, seen time.Time) BaselineEntry {
	e := BaselineEntry{Rule: rule, Distinct: hostless(f.Distinct, t), Level: cmp.Or(f.Level, levelOf(rule)), Since: seen}
	for _, item := range f.Items {
		e.Items = appendNew(e.Items, hostless(item, t))
	}
	if f.Baseline != nil && !f.Baseline.Since.IsZero() {
		e.Since = f.Baseline.Since
	}
	return e
}

// levelOf is the level of a rule; Error where this version does not have it.
func levelOf(rule string) Level {
	if r, known := RuleByID(rule); known {
		return r.Level
	}
	return Error
}

// hostless writes [ownHost] for the target's own host.
func hostless(s string, t fact.Target) string {
	if t.Host == "" {
		return s
	}
	return strings.ReplaceAll(s, t.Host, ownHost)
}

// labelKey names a labelled target without its host; empty without a label.
func labelKey(t fact.Target) string {
	if t.Label == "" {
		return ""
	}
	return fact.HostPort(t.Label, t.Port) + t.Path
}

// places are the places in Targets of what the baseline holds of a target: by
// its URL, whatever its label and scheme, and by its label, whatever its host.
func (b *Baseline) places(t fact.Target) []int {
	if b == nil {
		return nil
	}
	b.index.Do(func() {
		b.byKey = map[string][]int{}
		for i, known := range b.Targets {
			b.byKey[known.URL] = append(b.byKey[known.URL], i)
			if known.Label != "" {
				b.byKey[known.Label] = append(b.byKey[known.Label], i)
			}
		}
	})
	places := slices.Clone(b.byKey[t.HTTPS()])
	if key := labelKey(t); key != "" {
		places = append(places, b.byKey[key]...)
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// entries are what the baseline holds of a target, each finding once.
func (b *Baseline) entries(t fact.Target) []BaselineEntry {
	var out []BaselineEntry
	for _, place := range b.places(t) {
		for _, e := range b.Targets[place].Findings {
			i := slices.IndexFunc(out, func(have BaselineEntry) bool { return have.Rule == e.Rule && have.Distinct == e.Distinct })
			if i < 0 {
				out = append(out, e)
				continue
			}
			have := &out[i]
			have.Items = slices.Clone(have.Items)
			for _, item := range e.Items {
				have.Items = appendNew(have.Items, item)
			}
			if e.Level.Rank() > have.Level.Rank() {
				have.Level = e.Level
			}
			if e.Since.Before(have.Since) {
				have.Since = e.Since
			}
		}
	}
	return out
}

// A Standing is how a finding stands to the baseline.
type Standing struct {
	// Since is when a finding that the baseline holds was first seen; zero for
	// a new one.
	Since time.Time `json:"since,omitzero"`
	// NewItems are the finding's items that the baseline does not hold.
	NewItems []string `json:"newItems,omitempty"`
	// Was is the level that the baseline holds, where today's is higher.
	Was Level `json:"was,omitempty"`
}

// Known reports whether the baseline holds all of the finding.
func (s *Standing) Known() bool {
	return s != nil && !s.Since.IsZero() && len(s.NewItems) == 0 && s.Was == ""
}

// Worse reports whether the baseline holds the finding, but less of it.
func (s *Standing) Worse() bool { return s != nil && !s.Since.IsZero() && !s.Known() }

// standing compares a finding of a rule at a level with what the baseline
// holds of its target.
func standing(known []BaselineEntry, rule string, level Level, t fact.Target, f Finding) *Standing {
	distinct := hostless(f.Distinct, t)
	for _, e := range known {
		if e.Rule != rule || e.Distinct != distinct {
			continue
		}
		s := &Standing{Since: e.Since}
		for _, item := range f.Items {
			if !slices.Contains(e.Items, hostless(item, t)) {
				s.NewItems = append(s.NewItems, item)
			}
		}
		if level.Rank() > e.Level.Rank() {
			s.Was = e.Level
		}
		return s
	}
	return &Standing{}
}

// A Difference is what a report's baseline holds that the report has not.
type Difference struct {
	// Made is when the baseline's run started.
	Made time.Time `json:"made"`
	// Gone are known findings whose rule passes today.
	Gone []Absent `json:"gone,omitempty"`
	// NotSeen are known findings of which nothing can be said today.
	NotSeen []Absent `json:"notSeen,omitempty"`
	// Unchecked are the URLs of targets that the baseline has findings of and
	// that were not checked; empty for a shard.
	Unchecked []string `json:"unchecked,omitempty"`
}

// An Absent is a known finding that is not among today's.
type Absent struct {
	Rule     string    `json:"rule"`
	Target   string    `json:"target"` // its URL
	Distinct string    `json:"distinct,omitempty"`
	Since    time.Time `json:"since"`
	// Reason says why nothing can be said of it; empty for what is gone.
	Reason string `json:"reason,omitempty"`
}

// difference compares the report with its baseline; nil without one.
func (r *Report) difference() *Difference {
	b := r.Policy.Baseline
	if b == nil {
		return nil
	}
	d := &Difference{Made: b.Made}
	checked := map[int]bool{}
	for _, res := range r.Results {
		t := res.Observation.Target
		for _, place := range b.places(t) {
			checked[place] = true
		}
		for _, e := range b.entries(t) {
			d.add(e, t, res.verdictOf(e.Rule), res.unverified(e.Rule))
		}
	}
	for i, t := range b.Targets {
		if !checked[i] && r.Shard.Count == 0 {
			d.Unchecked = appendNew(d.Unchecked, t.URL)
		}
	}
	return d
}

// add notes an entry that is not among the findings of its rule's verdict.
// Where a requirement of the rule is not verified, for the reason given, the
// rule's pass proves little: the ports of a deployment that is down are closed.
func (d *Difference) add(e BaselineEntry, t fact.Target, v Verdict, unverified string) {
	if slices.ContainsFunc(v.Findings, func(f Finding) bool { return hostless(f.Distinct, t) == e.Distinct }) {
		return
	}
	a := Absent{Rule: e.Rule, Target: t.URL(), Distinct: strings.ReplaceAll(e.Distinct, ownHost, t.Host), Since: e.Since}
	if unverified == "" && (v.State == Pass || v.State == Fail && len(v.Reasons) == 0) {
		d.Gone = append(d.Gone, a)
		return
	}
	a.Reason = cmp.Or(v.Reason(), unverified, "this version has no such rule")
	d.NotSeen = append(d.NotSeen, a)
}

// unverified says why a requirement that the rule speaks for has no verdict;
// empty where each has one.
func (res Result) unverified(rule string) string {
	r, known := RuleByID(rule)
	for _, v := range res.Requirements {
		if known && v.State == Unknown && r.Speaks(v.Requirement) {
			return cmp.Or(v.Reason(), "the requirement was not verified")
		}
	}
	return ""
}

// verdictOf is the verdict of a rule; Unknown if it was not judged.
func (res Result) verdictOf(rule string) Verdict {
	for _, v := range res.Verdicts {
		if v.Rule == rule {
			return v.Verdict
		}
	}
	return Verdict{}
}
