package input

import (
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
)

// An Input is one thing the user can set: a flag -name, and an input of the
// Action.
type Input struct {
	Name string
	// Default is the value where the user gives none; ActionsDefault, where
	// set, takes its place in GitHub Actions.
	Default, ActionsDefault string
	// Group is the heading it stands under in the help text.
	Group string
	// Value names the value in the help text; empty for a switch.
	Value string
	// Usage says in one phrase what it means.
	Usage string
	// Lines marks a list: a flag given again adds to it.
	Lines bool

	set func(r *reader, value string) error
}

// The groups of the help text, in its order.
const (
	groupTargets = "What to check"
	groupJudging = "How to judge"
	groupProbing = "How to look"
	groupResults = "Where results go"
)

// Inputs declares every input, in the order of the help text, action.yml and
// the README.
func Inputs() []Input {
	return []Input{
		{Name: "urls", Group: groupTargets, Value: "URLS", Lines: true, set: (*reader).setURLs,
			Usage: "deployment URLs, separated by white space or commas; a bare host means https"},
		{Name: "urls-file", Group: groupTargets, Value: "FILE", set: (*reader).setURLsFile,
			Usage: "file with a URL a line; # starts a comment"},
		{Name: "label", Group: groupTargets, Value: "NAME", set: (*reader).setLabel,
			Usage: "stable name for a short-lived deployment (a preview): stands for its host in fingerprints and SARIF paths"},
		{Name: "shard", Group: groupTargets, Value: "I/N", set: (*reader).setShard,
			Usage: "i/n: check only this share of the targets; replay merges the reports of all shares"},
		{Name: "replay", Group: groupTargets, Value: "FILES", Lines: true, set: (*reader).setReplay,
			Usage: "JSON reports, or patterns of their names, separated by white space: judge what they saw again as one report, and probe nothing"},
		{Name: "fail-on", Default: string(check.Error), Group: groupJudging, Value: "LEVEL", set: (*reader).setFailOn,
			Usage: "least level that fails the run: error, warning, note or never"},
		{Name: "min-days", Group: groupJudging, Value: "DAYS", set: (*reader).setMinDays,
			Usage: "warn when a certificate has fewer days left than this; unset means the smaller of 14 days and a third of its lifetime"},
		{Name: "waivers", Group: groupJudging, Value: "FILE", set: (*reader).setWaivers,
			Usage: "YAML file of accepted risks, each with its reason, owner and last day"},
		{Name: "roots", Group: groupJudging, Value: "FILE", set: (*reader).setRoots,
			Usage: "PEM bundle that replaces the embedded public roots; every output says so"},
		{Name: "allow-private", Default: "false", Group: groupJudging, set: boolean(func(c *Config) *bool { return &c.Policy.AllowPrivate }),
			Usage: "let targets be on private or loopback addresses"},
		{Name: "revocation", Default: string(fact.RevocationSoft), Group: groupJudging, Value: "WAY", set: (*reader).setRevocation,
			Usage: "soft: a certificate whose revocation status cannot be had is a note; hard: it is an error; off: nobody is asked"},
		{Name: "resolve", Group: groupProbing, Value: "ENTRIES", Lines: true, set: (*reader).setResolve,
			Usage: "host:port:address[,address] a line: connect there instead of asking DNS, before it points there"},
		{Name: "timeout", Default: "10s", Group: groupProbing, Value: "DURATION",
			set:   duration(1, 5*time.Minute, "above 0s and up to 5m", func(c *Config) *time.Duration { return &c.Timeout }),
			Usage: "time for one probe, at most 5m"},
		{Name: "retries", Default: "2", Group: groupProbing, Value: "COUNT", set: integer(0, 10, func(c *Config) *int { return &c.Retries }),
			Usage: "how often a probe is repeated after a transient network error; a verdict is never retried"},
		{Name: "wait", Default: "0s", Group: groupProbing, Value: "DURATION",
			set:   duration(0, time.Hour, "from 0s to 1h", func(c *Config) *time.Duration { return &c.Wait }),
			Usage: "how long to wait for a deployment to start answering, at most 1h"},
		{Name: "concurrency", Default: "32", Group: groupProbing, Value: "COUNT", set: integer(1, 512, func(c *Config) *int { return &c.Concurrency }),
			Usage: "targets at a time"},
		{Name: "header", Group: groupProbing, Value: "LINES", Lines: true, set: (*reader).setHeaders,
			Usage: "Name: value a line, sent only over trusted TLS to the declared origin, and masked everywhere"},
		{Name: "category", Group: groupResults, Value: "NAME", set: (*reader).setCategory,
			Usage: "SARIF automationDetails id, which keeps the uploads of several jobs apart"},
		{Name: "sarif-file", ActionsDefault: "tlsgate.sarif", Group: groupResults, Value: "FILE", set: outputFile(func(c *Config) *string { return &c.SARIFFile }),
			Usage: "where SARIF goes; - is standard output"},
		{Name: "report-file", Group: groupResults, Value: "FILE", set: outputFile(func(c *Config) *string { return &c.ReportFile }),
			Usage: "where the JSON report with all evidence goes; - is standard output"},
	}
}

// variable is the environment variable that GitHub Actions sets for the input.
func (in Input) variable() string {
	return "INPUT_" + strings.ToUpper(strings.ReplaceAll(in.Name, " ", "_"))
}

// actionsDefault is the default in GitHub Actions.
func (in Input) actionsDefault() string {
	if in.ActionsDefault != "" {
		return in.ActionsDefault
	}
	return in.Default
}
