// Package check judges deployments by two requirements of OWASP ASVS 5.0.0:
// TLS only (V12.2.1) and publicly trusted certificates (V12.2.2). It is pure:
// it opens nothing, and knows no time but an observation's.
//
// The way of one URL:
//
//	input -> fact.Target -> Observer -> fact.Observation
//	      -> Rule.Check -> Verdict -> Result -> Report -> formats, exit code
//
// The words:
//
//   - Target: one deployment URL, normalised.
//   - Observation: the facts about a target; the zero value of each field means
//     "not known".
//   - Endpoint: one address of the target's host. Exchange: one HTTP request
//     with its answer. Hop: an exchange reached by redirect.
//   - Rule: one thing that is checked of every target. Its id and level are a
//     contract with users.
//   - Verdict: what a rule concludes about a target: pass, fail, not applicable
//     or unknown, which is never a pass.
//   - Finding: one failure of a rule. Evidence: one thing seen to be right.
//   - Evaluation: an observation under a policy, with what rules derive from it.
//   - Waiver: a finding that its owner accepts until a date.
//   - Baseline: what an earlier report found; it fails nothing.
//   - Report: the results of a run, its conclusion and its exit code.
//
// The packages of this module serve the command tlsgate; they promise no
// stable Go API. The contract is the command: its inputs, its outputs, the ids
// and levels of its rules, and the JSON report.
package check
