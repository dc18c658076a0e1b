package report

import (
	"encoding/json"
	"strings"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/text"
)

// A qualityIssue is one entry of a GitLab Code Quality report, with the fields
// that GitLab reads (docs.gitlab.com, "Code Quality report format").
type qualityIssue struct {
	Description string          `json:"description"`
	CheckName   string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string       `json:"path"`
	Lines qualityLines `json:"lines"`
}

type qualityLines struct {
	Begin int `json:"begin"`
}

// qualitySeverities are GitLab's words for the levels.
var qualitySeverities = map[check.Level]string{check.Error: "critical", check.Warning: "minor", check.Note: "info"}

// CodeQuality writes the report as GitLab Code Quality reads it: the results of
// SARIF with their fingerprints, at the line that declares the target where a
// file does.
func (v *View) CodeQuality() ([]byte, error) {
	issues := []qualityIssue{}
	for _, a := range v.alerts {
		at := qualityLocation{Path: a.uri, Lines: qualityLines{1}}
		if len(a.places) > 0 {
			at = qualityLocation{Path: a.places[0].File, Lines: qualityLines{max(a.places[0].Line, 1)}}
		}
		issues = append(issues, qualityIssue{
			Description: text.Line(strings.Join(urls(a.targets), ", ") + ": " + text.Clip(strings.Join(a.messages, " "), maxMessage)),
			CheckName:   text.Line(a.rule.ID),
			Fingerprint: a.fingerprint,
			Severity:    qualitySeverities[a.level],
			Location:    at,
		})
	}
	data, err := json.MarshalIndent(issues, "", " ")
	return inertJSON(append(data, '\n')), err
}
