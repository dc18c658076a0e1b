package report

import (
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check"
)

// An accepted risk leaves what fails a build or opens an alert, and stands
// with all that is known of it in what people read.
func TestAcceptedRisks(t *testing.T) {
	const message = "with content. Seen at '192.0.2.30:80'."
	rendered := words(t, acceptedReport(t))
	for form, want := range map[string]bool{"SARIF": false, "annotations": false, "summary": true, "console": true, "JSON": true} {
		for _, text := range []string{message, "ops@legacy.example", "2027-03-31", "the |device| speaks no TLS; replaced in 2027", "deploy/waivers.yml"} {
			if text == "deploy/waivers.yml" && !want {
				continue // a notice stands there
			}
			if strings.Contains(rendered[form], text) != want {
				t.Errorf("the %s says %q: %t, want %t", form, text, !want, want)
			}
		}
	}
	for form, want := range map[string]string{
		"summary": "| <code>https://d00.legacy.example/</code> | ☑️ accepted risk | ✅ pass | 1 accepted |\n",
		"console": "\nhttps://d00.legacy.example/  accepted risk     pass\n",
	} {
		if !strings.Contains(rendered[form], want) {
			t.Errorf("the %s does not say %q", form, want)
		}
	}
	if n := strings.Count(rendered["console"], "Accepted by 'ops@legacy.example'"); n != 1 {
		t.Errorf("the console says %d times who accepts what one waiver covers", n)
	}
}

func TestStanding(t *testing.T) {
	for _, c := range []struct {
		verdict check.RequirementVerdict
		want    string
	}{
		{check.RequirementVerdict{State: check.Pass}, "pass"},
		{check.RequirementVerdict{State: check.Fail}, "fail"},
		{check.RequirementVerdict{State: check.Fail, Waived: true}, "accepted risk"},
		{check.RequirementVerdict{State: check.Unknown}, "not verified"},
		{check.RequirementVerdict{State: check.Unknown, Waived: true}, "not verified"},
		{check.RequirementVerdict{State: check.NotApplicable}, "not verified"},
		{check.RequirementVerdict{State: check.State(99)}, "not verified"},
	} {
		c.verdict.Requirement = check.TLSOnly
		j := judged{Result: &check.Result{Requirements: []check.RequirementVerdict{c.verdict}}}
		if got := standings[j.standing(check.TLSOnly)].word; got != c.want {
			t.Errorf("%+v is written as %q, want %q", c.verdict, got, c.want)
		}
		if got := j.standing(check.PubliclyTrusted); got != unverified {
			t.Errorf("a requirement without a verdict is written as %q", standings[got].word)
		}
	}
}

// A finding's own level replaces its rule's everywhere.
func TestRaisedLevel(t *testing.T) {
	r := newReport(goodResult(t, target("x.example"), "192.0.2.1"))
	fail(&r.Results[0], "address-not-verified", check.Finding{Message: "Gone.", Level: check.Error})
	for form, want := range map[string]string{
		"SARIF":       "\"ruleIndex\":5,\"level\":\"error\"",
		"summary":     "### ❌ error: [address-not-verified]",
		"console":     "error address-not-verified",
		"annotations": "error: address-not-verified",
	} {
		if got := words(t, r)[form]; !strings.Contains(got, want) {
			t.Errorf("the %s does not say %q:\n%s", form, want, got)
		}
	}
}
