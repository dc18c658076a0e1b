package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/text"
)

// WriteSARIF writes the report as a SARIF 2.1.0 log of one run (OASIS Standard with
// Errata 01), as GitHub code scanning reads it. Only failures are results: it
// would turn passes into alerts.
//
// A log holds at most 5000 results, the worst. Category tells several analyses
// of one commit apart in code scanning; empty for none. It fails if the report
// names a rule that this version does not have.
func (v *View) WriteSARIF(w io.Writer, category string) error {
	for _, f := range v.reported {
		if f.order < 0 {
			return fmt.Errorf("the report names the rule %q, which this version of tlsgate does not have", text.Clip(f.rule.ID, 80))
		}
	}
	driver := sarif.NewDriver("tlsgate").WithInformationURI(informationURI)
	if semver().MatchString(v.Version) {
		driver.SemanticVersion = &v.Version
	} else {
		driver.WithVersion(v.Version)
	}
	for _, rule := range v.rules {
		driver.AddRule(descriptor(rule))
	}
	run := sarif.NewRun(*sarif.NewTool(driver))
	run.WithColumnKind("utf16CodeUnits")
	run.WithTaxonomies(taxonomies(v.rules))
	if category != "" {
		run.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID(category + "/"))
	}
	run.AddInvocations(v.invocation())
	for _, a := range v.alerts {
		run.AddResult(a.result())
	}
	return encode(w, run, v.rules)
}

// semver is a version of Semantic Versioning 2.0.0.
var semver = text.Pattern(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

// invocation says when the run was, and what it rests on. It was successful
// once verdicts exist, whatever they are.
func (v *View) invocation() *sarif.Invocation {
	inv := sarif.NewInvocation().WithExecutionSuccess(true)
	if !v.Started.IsZero() && !v.Ended.IsZero() {
		inv.WithStartTimeUTC(v.Started).WithEndTimeUTC(v.Ended)
	}
	inv.AddToolConfigurationNotification(notification("note", v.roots))
	if v.proxies != "" {
		inv.AddToolConfigurationNotification(notification("note", v.proxies))
	}
	for _, n := range v.Notices {
		out := notification("warning", n.Text)
		if linkable(n.Place) {
			out.AddLocation(placeLocation(n.Place))
		}
		inv.AddTToolExecutionNotification(out)
	}
	return inv
}

// notification is a message about the run.
func notification(level, message string) *sarif.Notification {
	return sarif.NewNotification().WithLevel(level).WithTextMessage(sarifText(text.Clip(message, maxMessage)))
}

// encode writes the log of one run. What the library's types lack is laid
// over them: a field of the outer type replaces the inner one of its name.
func encode(w io.Writer, run *sarif.Run, rules []check.Rule) error {
	log, err := sarif.New(sarif.Version210RTM5)
	if err != nil {
		return err
	}
	log.Version = string(sarif.Version210)
	driver := fullDriver{ToolComponent: run.Tool.Driver, SupportedTaxonomies: supported(run.Taxonomies)}
	for i, r := range run.Tool.Driver.Rules {
		driver.Rules = append(driver.Rules, fullRule{r, relationships(rules[i], run.Taxonomies)})
	}
	results := []fullResult{}
	for _, r := range run.Results {
		results = append(results, fullResult{r, taxa(rules[*r.RuleIndex], run.Taxonomies)})
	}
	enc := json.NewEncoder(inertWriter{w}) // which writes all at once
	enc.SetEscapeHTML(false)               // inertJSON escapes what acts in a log
	return enc.Encode(fullLog{log, []fullRun{{run, results, fullTool{driver}}}})
}

type (
	fullLog struct {
		*sarif.Report
		Runs []fullRun `json:"runs"`
	}
	fullRun struct {
		*sarif.Run
		Results []fullResult `json:"results"`
		Tool    fullTool     `json:"tool"`
	}
	fullResult struct {
		*sarif.Result
		Taxa []taxonReference `json:"taxa,omitempty"`
	}
	fullTool struct {
		Driver fullDriver `json:"driver"`
	}
	fullDriver struct {
		*sarif.ToolComponent
		Rules               []fullRule      `json:"rules"`
		SupportedTaxonomies []componentName `json:"supportedTaxonomies"`
	}
	fullRule struct {
		*sarif.ReportingDescriptor
		Relationships []relationship `json:"relationships,omitempty"`
	}
)
