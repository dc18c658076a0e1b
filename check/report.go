package check

import "time"

// A Report is the outcome of a run: everything every output format says.
type Report struct {
	// Version is tlsgate's.
	Version string `json:"version"`
	// Started and Ended bound the run (UTC).
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Policy  Policy    `json:"policy"`
	// Results are in the order the targets were declared.
	Results []Result `json:"results"`
}

// A Result is the verdict on one target with all it rests on.
type Result struct {
	Observation  Observation          `json:"observation"`
	Verdicts     []RuleVerdict        `json:"verdicts"`
	Requirements []RequirementVerdict `json:"requirements"`
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
	// Reason says, for Unknown, which facts could not be had.
	Reason string `json:"reason,omitempty"`
}

// A Violation is a finding with the rule and the target it belongs to.
type Violation struct {
	Finding
	Rule   Rule
	Target Target
	// Level is the finding's level, or else the rule's.
	Level Level
}

// Findings lists every finding of the report: by target as declared, then in
// rule order.
func (r *Report) Findings() []Violation {
	byID := map[string]Rule{}
	for _, rule := range Rules() {
		byID[rule.ID] = rule
	}
	var out []Violation
	for _, res := range r.Results {
		for _, v := range res.Verdicts {
			rule := byID[v.Rule]
			for _, f := range v.Findings {
				level := f.Level
				if level == "" {
					level = rule.Level
				}
				out = append(out, Violation{Finding: f, Rule: rule, Target: res.Observation.Target, Level: level})
			}
		}
	}
	return out
}

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
	// above error where that is "never"), target-not-verified apart.
	Violations int
	// Errors, Warnings and Notes are the findings by level, target-not-verified apart.
	Errors, Warnings, Notes int
	// NotVerified is the number of targets with a requirement not verified.
	NotVerified int
}

// Counts counts.
func (r *Report) Counts() Counts {
	c := Counts{Targets: len(r.Results)}
	for _, v := range r.Findings() {
		if v.Rule.ID == notVerifiedID {
			continue
		}
		switch v.Level {
		case Error:
			c.Errors++
		case Warning:
			c.Warnings++
		default:
			c.Notes++
		}
		if v.Level.Rank() >= r.Policy.threshold().Rank() {
			c.Violations++
		}
	}
	for _, res := range r.Results {
		if !res.verified() {
			c.NotVerified++
		}
	}
	return c
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
// there was nothing to verify, else Passed.
func (r *Report) Conclusion() Conclusion {
	c := r.Counts()
	switch {
	case c.Violations > 0:
		return Violated
	case c.NotVerified > 0 || c.Targets == 0:
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
