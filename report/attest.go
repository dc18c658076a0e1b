package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"
)

// The types of the statement and of its predicate. A predicate that an older
// reader would misread gets a new version.
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://github.com/tlsgate/tlsgate/verdict/v1"
)

// The in-toto statement (in-toto Attestation Framework, Statement v1) with the
// predicate that docs/attestation.md describes.
type (
	statement struct {
		Type          string    `json:"_type"`
		Subject       []subject `json:"subject"`
		PredicateType string    `json:"predicateType"`
		Predicate     predicate `json:"predicate"`
	}
	// A subject is a target; its digest is that of the evidence.
	subject struct {
		Name   string `json:"name"`
		Digest digest `json:"digest"`
	}
	digest struct {
		SHA256 string `json:"sha256"`
	}
	predicate struct {
		Verifier     verifier         `json:"verifier"`
		TimeVerified time.Time        `json:"timeVerified"`
		Verdict      check.Conclusion `json:"verdict"`
		FailOn       check.Level      `json:"failOn"`
		Policy       digest           `json:"policy"`
		Trust        trustData        `json:"trust"`
		Targets      []attestedTarget `json:"targets"`
	}
	verifier struct {
		ID      string `json:"id"`
		Version string `json:"version"`
	}
	trustData struct {
		Custom        bool   `json:"custom"`
		MozillaDate   string `json:"mozillaDate"`
		ChromeVersion int    `json:"chromeVersion"`
		ChromeDate    string `json:"chromeDate"`
	}
	attestedTarget struct {
		URL          string                            `json:"url"`
		Label        string                            `json:"label,omitempty"`
		Observed     time.Time                         `json:"observed"`
		Requirements map[check.Requirement]check.State `json:"requirements"`
		// Findings are the rules that failed, but for what is accepted.
		Findings []string `json:"findings"`
		Evidence digest   `json:"evidence"`
	}
)

// Statement writes the verdict as an unsigned in-toto statement: one subject
// for each target. Digests are of the JSON report's parts, without white space.
func (v *View) Statement() ([]byte, error) {
	policy, err := digestOf(v.Policy)
	if err != nil {
		return nil, err
	}
	s := statement{Type: statementType, PredicateType: predicateType, Subject: []subject{}, Predicate: predicate{
		Verifier:     verifier{ID: informationURI, Version: v.Version},
		TimeVerified: v.Ended, Verdict: v.conclusion, FailOn: cmp.Or(v.Policy.FailOn, check.Error), Policy: policy, Trust: v.trustData(), Targets: []attestedTarget{},
	}}
	for _, t := range v.targets {
		evidence, err := digestOf(t.Observation)
		if err != nil {
			return nil, err
		}
		target := t.Observation.Target
		s.Subject = append(s.Subject, subject{target.URL(), evidence})
		attested := attestedTarget{
			URL: target.URL(), Label: target.Label, Observed: t.Observation.At, Evidence: evidence,
			Requirements: map[check.Requirement]check.State{}, Findings: []string{},
		}
		for _, f := range t.findings {
			attested.Findings = appendNew(attested.Findings, f.rule.ID)
		}
		for _, q := range t.Requirements {
			attested.Requirements[q.Requirement] = q.State
		}
		s.Predicate.Targets = append(s.Predicate.Targets, attested)
	}
	data, err := json.MarshalIndent(s, "", " ")
	return inertJSON(append(data, '\n')), err
}

// trustData says of when the lists of roots are.
func (v *View) trustData() trustData {
	d := trustData{
		MozillaDate: pki.Embedded().Date().Format(time.DateOnly), ChromeVersion: pki.Chrome().Version,
		ChromeDate: pki.Chrome().Date.Format(time.DateOnly),
	}
	for _, roots := range v.Policy.AllRoots() {
		d.Custom = d.Custom || roots != nil && roots.Custom()
	}
	return d
}

// digestOf is the digest of a value's JSON as the JSON report has it, but
// without white space.
func digestOf(value any) (digest, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return digest{}, err
	}
	sum := sha256.Sum256(inertJSON(data))
	return digest{hex.EncodeToString(sum[:])}, nil
}
