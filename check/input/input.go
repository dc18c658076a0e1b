// Package input reads what the user asks for: flags, the INPUT_* variables
// of GitHub Actions, target lists and the event of a workflow run. [Inputs]
// is the only place where inputs are declared.
package input

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check"
)

// Env is what Read may know of its surroundings.
type Env struct {
	// Getenv looks an environment variable up; empty means unset.
	Getenv func(name string) string
	// ReadFile reads a whole file; relative names are relative to the working directory.
	ReadFile func(name string) ([]byte, error)
	// Workspace is the absolute path of the checked-out repository, or empty.
	Workspace string
}

// A Config is what the user asks for, checked and complete.
type Config struct {
	// Targets are the deployments to judge, in the order they were declared,
	// each URL once. Empty only with Demo, Version or Help.
	Targets []check.Target
	Policy  check.Policy
	// Resolve maps "host:port" (normalised as in [check.Target]) to the
	// addresses to use instead of DNS.
	Resolve map[string][]netip.Addr
	// Timeout bounds one probe.
	Timeout time.Duration
	// Retries is how often a probe is repeated after a transient network error.
	Retries int
	// Concurrency is the number of targets looked at at a time.
	Concurrency int
	// Category is SARIF's automationDetails id, or empty.
	Category string
	// SARIFFile and ReportFile are file names, "-" for standard output, empty for none.
	SARIFFile, ReportFile string
	// Demo, Version and Help ask for something else than judging Targets.
	Demo, Version, Help bool
	// Warnings are single lines worth telling that stop nothing.
	Warnings []string
}

// maxProblems is the number of bad lines that are told one by one.
const maxProblems = 10

// Read gives what the arguments (without the program's name) and the
// environment ask for. A flag wins over the variable of the same input; an
// empty value means unset. The error has a line for everything that is wrong;
// nothing of a Config with an error may be used.
func Read(args []string, env Env) (Config, error) {
	r := &reader{env: env}
	flags, err := r.parseFlags(args)
	if err != nil {
		return Config{}, err
	}
	if r.config.Help || r.config.Version {
		return r.config, nil
	}
	for _, in := range Inputs() {
		r.set(in, flags[in.Name])
	}
	r.declareTargets()
	r.checkTogether()
	return r.config, r.problem()
}

// A reader gathers a Config and what is wrong with it.
type reader struct {
	env      Env
	config   Config
	label    string
	declared []declaration
	problems []string
}

// set applies an input: the flag's value, else the variable's, else the default.
func (r *reader) set(in Input, value string) {
	if value == "" {
		value = strings.TrimSpace(r.env.Getenv(in.variable()))
	}
	if value == "" {
		value = in.Default
		if in.ActionsDefault != "" && r.env.Getenv("GITHUB_ACTIONS") == "true" {
			value = in.ActionsDefault
		}
	}
	if value == "" {
		return
	}
	if err := in.set(r, value); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			r.fail("%s: %s", in.Name, line)
		}
	}
}

// checkTogether looks at what inputs mean for each other.
func (r *reader) checkTogether() {
	c := &r.config
	if c.SARIFFile != "" && filepath.Clean(c.SARIFFile) == filepath.Clean(c.ReportFile) {
		r.fail("report-file: %s is the sarif-file too: give each its own", quote(c.ReportFile))
	}
	known := map[string]bool{}
	hosts := map[string]bool{}
	for _, t := range c.Targets {
		known[check.HostPort(t.Host, t.Port)] = true
		known[check.HostPort(t.Host, t.CleartextPort)] = true
		hosts[t.Host] = true
	}
	if r.label != "" && len(hosts) > 1 {
		r.fail("label: %s would stand for %d hosts: a label names one deployment; run tlsgate once for each", quote(r.label), len(hosts))
	}
	for _, key := range sortedKeys(c.Resolve) {
		if !known[key] && !c.Demo {
			r.warn("resolve: no target is at %s: the entry holds for redirects only", quote(key))
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
	shown := r.problems
	if more := len(shown) - maxProblems; more > 0 {
		shown = append(shown[:maxProblems:maxProblems], fmt.Sprintf("and %d more", more))
	}
	return errors.New(strings.Join(shown, "\n"))
}
