package check

import (
	"cmp"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
)

// A Report is the outcome of a run: everything every output format says.
type Report struct {
	// Version is tlsgate's.
	Version string `json:"version"`
	// Started and Ended bound the run (UTC).
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Policy  Policy    `json:"policy"`
	// Shard is the share of the list that was checked; zero for all of it.
	Shard Shard `json:"shard,omitzero"`
	// Results are in the order the targets were declared.
	Results []Result `json:"results"`
	// Notices are about the run and not about a target.
	Notices []Notice `json:"notices,omitempty"`
	// Difference is to the policy's baseline; nil without one.
	Difference *Difference `json:"difference,omitempty"`
}

// NewReport makes the report of a run that judged a share of the targets, or
// all, under a policy.
func NewReport(version string, started, ended time.Time, p Policy, s Shard, results []Result) *Report {
	by := interceptorOf(results, p)
	by.judge(results, p)
	r := &Report{Version: version, Started: started, Ended: ended, Policy: p, Shard: s, Results: results}
	r.Notices = r.notices(by)
	r.Difference = r.difference()
	return r
}

// A Result is the verdict on one target with all it rests on.
type Result struct {
	Observation  fact.Observation     `json:"observation"`
	Verdicts     []RuleVerdict        `json:"verdicts"`
	Requirements []RequirementVerdict `json:"requirements"`
	// Clients say which clients' root stores the target's chains to public
	// roots reach.
	Clients []ChainTrust `json:"clients,omitempty"`
	// Forecast is what will happen to the trust in the target's certificates if
	// nothing changes, the first first.
	Forecast []ForecastEvent `json:"forecast,omitempty"`

	// Condensed is set where the evidence of the verdicts was let go to save
	// memory; see [Report.Whole].
	Condensed bool `json:"-"`
}

// A RuleVerdict is a rule's verdict on a target.
type RuleVerdict struct {
	Rule string `json:"rule"`
	Verdict
}

// A RequirementVerdict is the verdict on one requirement of a target: Pass,
// Fail (a rule of level error failed) or Unknown (not verified).
type RequirementVerdict struct {
	Requirement Requirement `json:"requirement"`
	State       State       `json:"state"`
	// Reasons say, for Unknown, which facts are missing, each once.
	Reasons []string `json:"reasons,omitempty"`
	// Waived is set where every failure of a Fail is an accepted risk.
	Waived bool `json:"waived,omitempty"`
	// Known is set where every failure of a Fail is known by the baseline, or an
	// accepted risk.
	Known bool `json:"known,omitempty"`
}

// Reason is the reasons in one line.
func (v RequirementVerdict) Reason() string { return strings.Join(v.Reasons, "; ") }

// A Conclusion is the verdict on the whole run.
type Conclusion string

// The conclusions.
const (
	Passed      Conclusion = "pass"
	Violated    Conclusion = "fail"
	NotVerified Conclusion = "not-verified"
)

// Counts are the numbers of a report that outputs and formats quote.
type Counts struct {
	Targets int
	// Violations are the findings at or above the policy's FailOn (at or
	// above error where that is "never"). What is not verified violates
	// nothing: target-not-verified alone makes the run NotVerified.
	Violations int
	// Errors, Warnings and Notes are all findings by level that are neither
	// waived nor known.
	Errors, Warnings, Notes int
	// Waived are the findings that are accepted; they count nowhere else.
	Waived int
	// Known are the findings that the baseline holds; they count nowhere else.
	Known int
	// NotVerified is the number of targets with a requirement not verified.
	NotVerified int
}

// Counts is the one definition of the numbers that every format quotes.
func (r *Report) Counts() Counts {
	c := Counts{Targets: len(r.Results)}
	for _, res := range r.Results {
		if !res.verified() {
			c.NotVerified++
		}
		for _, v := range res.Verdicts {
			for _, f := range v.Findings {
				c.add(v.Rule, f, cmp.Or(f.Level, levelOf(v.Rule)), r.Policy.Threshold())
			}
		}
	}
	return c
}

// add counts a finding of a rule and a level.
func (c *Counts) add(rule string, f Finding, level, threshold Level) {
	switch {
	case f.Waived != nil:
		c.Waived++
		return
	case f.Baseline.Known():
		c.Known++
		return
	case level == Error:
		c.Errors++
	case level == Warning:
		c.Warnings++
	default:
		c.Notes++
	}
	if rule != notVerifiedID && level.Rank() >= threshold.Rank() {
		c.Violations++
	}
}

// verified reports whether every requirement has a verdict.
func (res Result) verified() bool {
	for _, q := range Requirements() {
		known := false
		for _, v := range res.Requirements {
			known = known || v.Requirement == q && v.State != Unknown
		}
		if !known {
			return false
		}
	}
	return true
}

// Conclusion is the verdict on the run: Violated if anything is at or above
// the policy's FailOn, else NotVerified if anything could not be verified or
// there was nothing to verify, else Passed. A share of a list that no target
// falls to passes: the merged report speaks for the list.
func (r *Report) Conclusion() Conclusion {
	c := r.Counts()
	switch {
	case c.Violations > 0:
		return Violated
	case c.NotVerified > 0 || c.Targets == 0 && r.Shard.Count == 0:
		return NotVerified
	}
	return Passed
}

// ExitCode is the process's exit code for the report: 0 pass, 1 violations,
// 3 not verified; always 0 where the policy never fails.
func (r *Report) ExitCode() int {
	if r.Policy.FailOn == Never {
		return 0
	}
	switch r.Conclusion() {
	case Passed:
		return 0
	case Violated:
		return 1
	}
	return 3
}
