// Package input reads what the user asks for: flags, the INPUT_* variables
// of GitHub Actions, target lists and the event of a workflow run. [Inputs]
// is the only place where inputs are declared.
package input

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/report"
)

// Env is what Read may know of its surroundings.
type Env struct {
	// Getenv looks an environment variable up; empty means unset.
	Getenv func(name string) string
	// ReadFile reads a whole file; relative names are relative to the working directory.
	ReadFile func(name string) ([]byte, error)
	// SameFile reports whether two names are of one file, by whatever links;
	// neither needs to exist.
	SameFile func(a, b string) bool
	// Writable reports why a report may not be written to a file; the error goes
	// on after the file's name. Nil means that any may.
	Writable func(name string) error
	// Glob gives the names of the files that match a pattern (path/filepath).
	Glob func(pattern string) ([]string, error)
	// Now gives the time, by which the dates of waivers are judged.
	Now func() time.Time
	// Workspace is the absolute path of the checked-out repository, or empty.
	Workspace string
}

// A Config is what the user asks for, checked and complete.
type Config struct {
	// Targets are the deployments to judge, in the order they were declared,
	// each URL once, with their Position. Empty only with Demo, Version, Help,
	// Replay, or a Shard that none of them falls to.
	Targets []fact.Target
	// Shard is the shard of the declared targets that these are; zero for all.
	Shard  check.Shard
	Policy check.Policy
	// Replay are the names of reports to judge again instead of probing.
	Replay []string
	// Override applies to the policy of replayed reports what was given here.
	// Inputs that were left at their defaults change nothing, fail-on apart.
	Override func(*check.Policy)
	// Resolve maps "host:port" (normalised as in [check.Target]) to the
	// addresses to use instead of DNS.
	Resolve map[string][]netip.Addr
	// Proxy names the proxy for a URL, http or https; nil for none. Its URL may
	// hold credentials.
	Proxy func(*url.URL) *url.URL
	// Timeout bounds one probe.
	Timeout time.Duration
	// Deadline bounds everything about one target, from the end of Wait.
	Deadline time.Duration
	// Retries is how often a probe is repeated after a transient network error.
	Retries int
	// Wait is how long to wait for a deployment to start answering.
	Wait time.Duration
	// Headers are to be sent to declared origins only; their values may be secret.
	Headers []fact.Header
	// Options are of single targets, by [fact.Target.URL].
	Options map[string]TargetOptions
	// Concurrency is the number of targets checked in parallel; 0 for as many
	// as open files and answers in time allow.
	Concurrency int
	// Category is SARIF's automationDetails id, or empty.
	Category string
	// Files are the files to write, by the input of the [report.Format]; "-"
	// is standard output.
	Files map[string]string
	// PrintConfig asks for Text that says what holds, as YAML.
	PrintConfig bool
	// Text is to be printed instead of judging Targets; empty for nothing.
	Text string
	// Demo, Version and Help ask for something else than judging Targets.
	Demo, Version, Help bool
	// Warnings are single lines that stop nothing.
	Warnings []string
}

// maxProblems is the number of bad lines that are listed one by one.
const maxProblems = 10

// Read gives what the arguments (without the program's name) and the
// environment ask for. Flags take precedence over variables; an
// empty value means unset. The error joins one for everything that is wrong;
// nothing of a Config with an error may be used.
func Read(args []string, env Env) (Config, error) {
	r := &reader{env: env, given: map[string]bool{}, explicit: map[string]bool{}, config: Config{Files: map[string]string{}}}
	flags := r.parseFlags(args)
	switch {
	case r.config.Help || r.config.Version:
		return r.config, nil
	case r.rules:
		r.config.Text = report.RuleList()
		return r.config, nil
	case r.config.Text != "":
		return r.config, r.problem()
	}
	for _, in := range Inputs() {
		r.set(in, flags[in.Name])
	}
	r.declareTargets()
	r.checkTogether()
	r.checkFiles()
	r.cut()
	r.config.Override = r.override()
	if r.config.PrintConfig {
		r.config.Text = r.effective()
	}
	return r.config, r.problem()
}

// A reader gathers a Config and what is wrong with it.
type reader struct {
	env      Env
	config   Config
	label    string
	rules    bool // asks for the list of rules
	declared []declaration
	given    map[string]bool    // the inputs that have a value other than by default
	explicit map[string]bool    // those of them that are set by a flag or a variable
	defaults map[string]setting // what the configuration file sets for all targets
	sources  []source
	held     []held
	own      map[string]map[string]setting // what the configuration file sets for targets, by URL
	problems []string
}

// inActions reports whether the program runs as a step of GitHub Actions.
func (r *reader) inActions() bool { return r.env.Getenv("GITHUB_ACTIONS") == "true" }

// set applies an input: the flag's value, else the variable's, else the
// configuration file's, else the default. The runner sets variables to
// action.yml's defaults, so that one with the default value was not given by
// anybody.
func (r *reader) set(in Input, flag string) {
	value, where := flag, in.Name
	variable := strings.TrimSpace(r.env.Getenv(in.variable()))
	if value == "" && variable != in.actionsDefault() {
		value = variable
	}
	r.explicit[in.Name] = value != ""
	if s, found := r.defaults[in.Name]; found && value == "" {
		value, where = s.text, s.where
	}
	r.given[in.Name] = value != ""
	byDefault := in.Default
	if in.ActionsDefault != "" && r.inActions() {
		byDefault = in.ActionsDefault
	}
	if value = cmp.Or(value, variable, byDefault); value == "" {
		return
	}
	r.held = append(r.held, held{in.Name, value, r.origin(in.Name, flag, where)})
	if err := in.set(r, value); err != nil {
		r.failLines(where, err)
	}
}

// failLines notes each line of an error about what was set somewhere.
func (r *reader) failLines(where string, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		r.fail("%s: %s", where, strings.TrimPrefix(line, "config: "))
	}
}

// checkTogether checks what inputs mean for each other.
func (r *reader) checkTogether() {
	c := &r.config
	known := map[string]bool{}
	for _, t := range c.Targets {
		known[fact.HostPort(t.Host, t.Port)] = true
		known[fact.HostPort(t.Host, t.CleartextPort)] = true
	}
	r.labelled()
	for _, key := range sortedKeys(c.Resolve) {
		if !known[key] && len(c.Targets) > 0 {
			r.warn("resolve: no target is at %s: the entry applies to redirects only", quote(key))
		}
	}
}

func (r *reader) fail(format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
}

func (r *reader) warn(format string, args ...any) {
	r.config.Warnings = append(r.config.Warnings, fmt.Sprintf(format, args...))
}

// problem is the error of everything that went wrong, nil for nothing.
func (r *reader) problem() error {
	if len(r.problems) == 0 {
		return nil
	}
	var shown []error
	for _, line := range r.problems[:min(len(r.problems), maxProblems)] {
		shown = append(shown, errors.New(line))
	}
	if more := len(r.problems) - maxProblems; more > 0 {
		shown = append(shown, fmt.Errorf("and %d more", more))
	}
	return errors.Join(shown...)
}
