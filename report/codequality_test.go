package report

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"testing"
)

// GitLab drops an entry that lacks a field, and takes two with one fingerprint
// for one (docs.gitlab.com, "Code Quality report format").
func TestCodeQuality(t *testing.T) {
	for _, g := range goldens {
		data := formats(t, g.report(t), g.category)["codequality"]
		var issues []struct {
			Description, Severity, Fingerprint string
			CheckName                          string `json:"check_name"`
			Location                           struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		if err := json.Unmarshal(data, &issues); err != nil || issues == nil {
			t.Fatalf("%s: %v\n%s", g.name, err, data)
		}
		if want := len(newView(g.report(t), testRules).alerts); len(issues) != want {
			t.Errorf("%s: %d entries, want %d", g.name, len(issues), want)
		}
		seen := map[string]bool{}
		for _, i := range issues {
			severity := slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, i.Severity)
			if i.Description == "" || i.CheckName == "" || !severity || i.Location.Lines.Begin < 1 || !fs.ValidPath(i.Location.Path) || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(i.Fingerprint) {
				t.Errorf("%s: %+v", g.name, i)
			}
			if seen[i.Fingerprint] {
				t.Errorf("%s: the fingerprint of %s is not unique", g.name, i.CheckName)
			}
			seen[i.Fingerprint] = true
		}
	}
}
