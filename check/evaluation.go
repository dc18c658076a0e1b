package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// An Evaluation is what a rule judges: the facts about one target under a policy,
// with what can be derived from them, derived once.
type Evaluation struct {
	fact.Observation
	Policy Policy

	// intercepted says why what was seen of TLS is a proxy's; empty where it is not.
	intercepted string

	rules     []Rule
	verdicts  map[string]Verdict
	known     []BaselineEntry  // of the target
	presented []presentedChain // nil until derived
	endpoints []fact.Endpoint  // those that are judged; nil until derived
	nowhere   *Verdict         // without an endpoint to judge; nil until derived
}

// newEvaluation starts the evaluation of an observation.
func newEvaluation(o fact.Observation, p Policy, rules []Rule) *Evaluation {
	return &Evaluation{Observation: o, Policy: p, rules: rules, verdicts: make(map[string]Verdict, len(rules)), known: p.Baseline.entries(o.Target)}
}

// verdict is the rule's verdict, judged at most once. A rule that panics
// knows nothing.
func (e *Evaluation) verdict(r Rule) (v Verdict) {
	if v, ok := e.verdicts[r.ID]; ok {
		return v
	}
	defer func() {
		if p := recover(); p != nil {
			v = unknown("the rule '%s' failed inside: '%s'", r.ID, text.Clip(fmt.Sprint(p), 200))
		}
		e.verdicts[r.ID] = v
	}()
	v = r.Check(e)
	for i := range v.Findings {
		f := &v.Findings[i]
		e.Policy.waive(r.ID, e.Target, e.At, f)
		if e.Policy.Baseline != nil && r.ID != notVerifiedID {
			f.Baseline = standing(e.known, r.ID, cmp.Or(f.Level, r.Level), e.Target, *f)
		}
	}
	return v
}

// requirement concludes about one requirement: Fail if there is an error
// against it, else Unknown if a rule of level error lacks its facts, else
// Pass. Errors of which none counts are a Fail that is waived or known, if
// nothing is unknown.
func (e *Evaluation) requirement(q Requirement) RequirementVerdict {
	out := RequirementVerdict{Requirement: q, State: Pass}
	judged, waived, known := false, false, false
	var missing []string
	for _, r := range e.rules {
		if r.ID == notVerifiedID || !r.Speaks(q) {
			continue
		}
		v := e.verdict(r)
		count, w, k := v.errors(r.Level)
		waived, known = waived || w, known || k
		switch {
		case count:
			return RequirementVerdict{Requirement: q, State: Fail}
		case w || k:
			out.State = Fail
		}
		if r.Level == Error && (v.State == Unknown || v.State == Fail) {
			for _, reason := range v.Reasons {
				missing = appendNew(missing, reason)
			}
		}
		judged = judged || v.State != Unknown && v.State != NotApplicable && r.Level == Error && len(r.Requirements) == 1
	}
	out.Waived, out.Known = waived && !known, known
	if len(missing) > 0 || !judged {
		out = RequirementVerdict{Requirement: q, State: Unknown, Reasons: e.whyUnknown(missing)}
	}
	return out
}

// judged are the endpoints that rules judge: those reached, if any was (the
// others are for address-not-verified to report), else all that were asked.
func (e *Evaluation) judged() []fact.Endpoint {
	if e.endpoints == nil {
		e.endpoints = judgedEndpoints(e.Endpoints)
	}
	return e.endpoints
}

func judgedEndpoints(all []fact.Endpoint) []fact.Endpoint {
	asked := keep(all, func(e *fact.Endpoint) bool { return e.NotExternal == "" })
	// An address skipped by a bound of ours is not an unreachable one.
	reached := keep(asked, func(e *fact.Endpoint) bool { return e.Reached() || e.TLS.Outcome == fact.Skipped })
	if len(reached) > 0 {
		return reached
	}
	return asked
}

// keep are the endpoints that a function reports true for: the list itself
// where those are all.
func keep(list []fact.Endpoint, wanted func(*fact.Endpoint) bool) []fact.Endpoint {
	for i := range list {
		if wanted(&list[i]) {
			continue
		}
		kept := slices.Clone(list[:i])
		for j := i + 1; j < len(list); j++ {
			if wanted(&list[j]) {
				kept = append(kept, list[j])
			}
		}
		return kept
	}
	return list
}

// noEndpointVerdict is the verdict of a rule that found no endpoint to judge.
func (e *Evaluation) noEndpointVerdict() Verdict {
	if e.nowhere == nil {
		v := e.whyNowhere()
		e.nowhere = &v
	}
	return *e.nowhere
}

// whyNowhere says why there is no endpoint to judge.
func (e *Evaluation) whyNowhere() Verdict {
	switch {
	case len(e.Endpoints) > 0:
		return notApplicable("no address of the host is external facing, so nothing was sent")
	case e.Resolution.Outcome == fact.Unasked && e.Resolution.Error == "":
		return unknown("the host was not looked up")
	}
	return unknown("%s", e.unresolved())
}

// unresolved says in words why there is no address.
func (e *Evaluation) unresolved() string {
	what := "looking up '" + e.Target.Host + "' failed"
	if e.Resolution.Outcome == fact.NoSuchName {
		what = "the name '" + e.Target.Host + "' does not resolve"
	}
	if e.Resolution.Error != "" {
		what += " ('" + e.Resolution.Error + "')"
	}
	return what
}

// A presentedChain is a certificate chain that a client can be shown, judged.
type presentedChain struct {
	fact.JudgedChain
	seen string // the chain as evidence
}

// chains are the certificate chains that clients can be shown, judged once.
// Missing are the reasons why the chain of an address could not be had.
func (e *Evaluation) chains() (chains []presentedChain, missing []string) {
	if e.intercepted != "" {
		return nil, []string{e.intercepted}
	}
	if e.ClockBefore != "" {
		return nil, []string{fmt.Sprintf("the clock of the machine that tlsgate ran on said '%s', which is before the day of the data in tlsgate, '%s', so no certificate could be judged: set the clock",
			e.At.Format(time.DateOnly), e.ClockBefore)}
	}
	for _, endpoint := range e.judged() {
		if len(endpoint.TLS.Chain) == 0 && len(endpoint.Capabilities.RSA.Chain) == 0 && len(endpoint.Capabilities.ECDSA.Chain) == 0 {
			missing = append(missing, noHandshake(endpoint.TLS))
		}
	}
	for _, h := range e.Hops {
		if len(h.TLS.Chain) == 0 && h.TLS.Address != "" && fact.HostOf(h.URL) == e.Target.Host {
			missing = append(missing, noHandshake(h.TLS))
		}
	}
	if e.presented == nil {
		e.presented = []presentedChain{}
		for _, chain := range e.Chains(e.Policy.Roots) {
			e.presented = append(e.presented, presentedChain{chain, describeChain(chain)})
		}
	}
	return e.presented, missing
}
