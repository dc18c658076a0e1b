package input

import (
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/report"

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
	groupProbing = "How to probe"
	groupResults = "Where results go"
)

// Inputs declares every input, in the order of the help text, action.yml and
// the README. Each format of a report adds the one that names its file.
func Inputs() []Input {
	inputs := []Input{
		{Name: "config", Group: groupTargets, Value: "FILE", set: (*reader).setConfig,
			Usage: "YAML file with targets, settings of single targets, and defaults for all"},
		{Name: "urls", Group: groupTargets, Value: "URLS", Lines: true, set: (*reader).setURLs,
			Usage: "deployment URLs, separated by white space or commas; a bare host means https"},
		{Name: "urls-file", Group: groupTargets, Value: "FILE", set: (*reader).setURLsFile,
			Usage: "file with one URL per line; # starts a comment"},
		{Name: "label", Group: groupTargets, Value: "NAME", set: (*reader).setLabel,
			Usage: "stable name for a short-lived deployment (a preview): stands for its host in fingerprints and SARIF paths"},
		{Name: "shard", Group: groupTargets, Value: "I/N", set: (*reader).setShard,
			Usage: "i/n: check only this shard of the targets; replay merges the reports of all shards"},
		{Name: "replay", Group: groupTargets, Value: "FILES", Lines: true, set: (*reader).setReplay,
			Usage: "JSON reports or glob patterns, separated by white space: judge their observations again as one report, without probing"},
		{Name: "fail-on", Default: string(check.Error), Group: groupJudging, Value: "LEVEL", set: (*reader).setFailOn,
			Usage: "minimum level that fails the run: error, warning, note or never"},
		{Name: "min-days", Group: groupJudging, Value: "DAYS", set: (*reader).setMinDays,
			Usage: "warn when a certificate has fewer days left than this; if unset, the smaller of 14 days and a third of its lifetime"},
		{Name: "forecast", Group: groupJudging, Value: "DAYS", set: (*reader).setForecast,
			Usage: "warn when a date that a root program has published ends trust in a certificate's renewal within this many days"},
		{Name: "waivers", Group: groupJudging, Value: "FILE", set: (*reader).setWaivers,
			Usage: "YAML file of accepted risks, each with its reason, owner and expiry date"},
		{Name: "baseline", Group: groupJudging, Value: "FILE", set: (*reader).setBaseline,
			Usage: "JSON report of an earlier run: the findings that it holds are shown as known and do not fail; only new ones do"},
		{Name: "roots", Group: groupJudging, Value: "FILE", set: (*reader).setRoots,
			Usage: "PEM bundle that replaces the embedded public roots; every output says so"},
		{Name: "allow-private", Default: "false", Group: groupJudging, set: boolean(func(c *Config) *bool { return &c.Policy.AllowPrivate }),
			Usage: "allow targets on private or loopback addresses"},
		{Name: "revocation", Default: string(fact.RevocationSoft), Group: groupJudging, Value: "MODE", set: (*reader).setRevocation,
			Usage: "soft: an unknown revocation status is a note; hard: it is an error; off: revocation checks are off"},
		{Name: "expect-status", Group: groupJudging, Value: "STATUSES", set: (*reader).setExpectStatus,
			Usage: "statuses of the deployment's own answers ('200' or '200-399,401'): a target that answers another is not verified; if unset, all but 429, 502 to 504, 520 to 530 and challenges to bots"},
		{Name: "resolve", Group: groupProbing, Value: "ENTRIES", Lines: true, set: (*reader).setResolve,
			Usage: "one host:port:address[,address] per line: connect to these addresses instead of using DNS, for example before the DNS cut-over"},
		{Name: "proxy", Default: proxyFromEnvironment, Group: groupProbing, Value: "PROXY", set: (*reader).setProxy,
			Usage: "environment: by HTTPS_PROXY, HTTP_PROXY and NO_PROXY; none; or the URL of an HTTP proxy that all connections go through"},
		{Name: "timeout", Default: "10s", Group: groupProbing, Value: "DURATION",
			set:   duration(1, 5*time.Minute, "above 0s and up to 5m", func(c *Config) *time.Duration { return &c.Timeout }),
			Usage: "time limit for one probe, at most 5m"},
		{Name: "deadline", Default: "2m", Group: groupProbing, Value: "DURATION",
			set:   duration(time.Second, time.Hour, "from 1s to 1h", func(c *Config) *time.Duration { return &c.Deadline }),
			Usage: "time limit for everything about one target, from the end of wait; what is not known by then is not verified; at most 1h"},
		{Name: "retries", Default: "2", Group: groupProbing, Value: "COUNT", set: integer(0, 10, func(c *Config) *int { return &c.Retries }),
			Usage: "how often to repeat a probe after a transient network error; a verdict is never retried"},
		{Name: "wait", Default: "0s", Group: groupProbing, Value: "DURATION",
			set:   duration(0, time.Hour, "from 0s to 1h", func(c *Config) *time.Duration { return &c.Wait }),
			Usage: "how long to wait for a deployment to come up: until it answers other than by 429, 502 to 504 or 520 to 530 (with expect-status: by a status that this names), with a trusted certificate; at most 1h"},
		{Name: "concurrency", Group: groupProbing, Value: "COUNT", set: integer(1, 512, func(c *Config) *int { return &c.Concurrency }),
			Usage: "number of targets to check in parallel; if unset, as many as open files and answers in time allow"},
		{Name: "header", Group: groupProbing, Value: "LINES", Lines: true, set: (*reader).setHeaders,
			Usage: "one 'Name: value' per line, sent only over trusted TLS to the declared origin and masked in every output"},
		{Name: "category", Group: groupResults, Value: "NAME", set: (*reader).setCategory,
			Usage: "SARIF automationDetails id, which keeps the uploads of several jobs apart"},
	}
	for _, f := range report.Formats() {
		inputs = append(inputs, Input{
			Name: f.Input, ActionsDefault: f.ActionsFile, Group: groupResults, Value: "FILE",
			Usage: f.Usage, set: outputFile(f.Input),
		})
	}
	return inputs
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
