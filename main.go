// Tlsgate judges deployment URLs: is TLS used for all connectivity with no
// fallback (OWASP ASVS 5.0 V12.2.1), and is the certificate publicly trusted
// (V12.2.2)? It is a GitHub Action and a command line in one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/input"
	"github.com/tlsgate/tlsgate/check/probe"
	"github.com/tlsgate/tlsgate/report"
	"github.com/tlsgate/tlsgate/report/deliver"
)

// The exit codes that are no verdict; see [check.Report.ExitCode] for the others.
const (
	exitUsage       = 2
	exitNotVerified = 3
)

func main() {
	// GODEBUG can loosen crypto/x509 and crypto/tls; it must not change a verdict.
	if err := os.Unsetenv("GODEBUG"); err != nil {
		fmt.Fprintln(os.Stderr, "tlsgate:", err)
		os.Exit(exitUsage)
	}
	// net/http logs bytes that a peer sends unasked, which no log may obey.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, ReadFile: os.ReadFile}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// A program is a run of tlsgate with its surroundings.
type program struct {
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	ReadFile       func(string) ([]byte, error)
	// Network replaces the real one, where set.
	Network *deploytest.Network

	stderr sync.Mutex // one line at a time on Stderr
}

// run goes the way of a run: inputs, targets, verdicts, reports, exit code.
func (p *program) run(ctx context.Context, args []string) int {
	cfg, err := input.Read(args, input.Env{
		Getenv: p.Getenv, ReadFile: p.ReadFile, Glob: filepath.Glob, SameFile: deliver.SameFile, Now: time.Now,
		Workspace: p.Getenv("GITHUB_WORKSPACE"),
	})
	switch {
	case err != nil:
		return p.fail(err)
	case cfg.Help:
		fmt.Fprint(p.Stdout, input.Help())
		return 0
	case cfg.Version:
		fmt.Fprintln(p.Stdout, "tlsgate", version())
		return 0
	}
	for _, w := range cfg.Warnings {
		p.say("warning", w)
	}
	if cfg.Demo {
		if err := p.demo(&cfg); err != nil {
			return p.fail(err)
		}
		defer p.Network.Close()
	}
	r, err := p.report(ctx, cfg)
	if err != nil {
		return p.fail(err)
	}
	if ctx.Err() != nil {
		// An incomplete report would close alerts that still apply.
		p.say("error", "interrupted: no result, and no report was written")
		return exitNotVerified
	}
	if err := p.deliver(r, cfg); err != nil {
		return p.fail(err)
	}
	return r.ExitCode()
}

// report makes the report: of recorded observations, or of the targets.
func (p *program) report(ctx context.Context, cfg input.Config) (*check.Report, error) {
	if len(cfg.Replay) == 0 {
		return p.check(ctx, cfg), nil
	}
	var reports []*check.Report
	for _, name := range cfg.Replay {
		data, err := p.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
		r, err := report.ReadJSON(data)
		if err != nil {
			return nil, fmt.Errorf("replay: %s: %w", name, err)
		}
		reports = append(reports, r)
	}
	r, err := check.Merge(version(), reports, cfg.Override)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return r, nil
}

// check judges the targets.
func (p *program) check(ctx context.Context, cfg input.Config) *check.Report {
	o := probe.Options{
		Resolve: cfg.Resolve, Timeout: cfg.Timeout, Retries: cfg.Retries,
		Wait: cfg.Wait, Waiting: p.waiting, ExpectStatus: cfg.Policy.ExpectStatus,
		AllowPrivate: cfg.Policy.AllowPrivate, Roots: cfg.Policy.Roots, Revocation: cfg.Policy.Revocation,
		Headers: cfg.Headers, UserAgent: "tlsgate/" + version() + " (+https://github.com/tlsgate/tlsgate)",
	}
	if p.Network != nil {
		o.Resolver, o.Dial, o.ListenUDP = p.Network, p.Network.DialContext, p.Network.ListenUDP
	}
	now := func() time.Time { return time.Now().UTC().Truncate(time.Second) }
	progress, finish := p.progress(len(cfg.Targets))
	started := now()
	results := check.Run(ctx, cfg.Targets, probe.New(o), cfg.Policy, cfg.Concurrency, progress)
	finish()
	return check.NewReport(version(), started, now(), cfg.Policy, cfg.Shard, results)
}

// deliver writes the report in every form that is wanted. One that cannot be
// written keeps no other from being written.
func (p *program) deliver(r *check.Report, cfg input.Config) error {
	view := report.NewView(r)
	console := p.Stdout
	var errs []error
	for _, f := range report.Formats() {
		path := cfg.Files[f.Input]
		if path == "" {
			continue
		}
		if path == "-" {
			console = p.Stderr
		}
		data, err := f.Write(view, report.FormatOptions{Category: cfg.Category})
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: failed to generate the %s report: %w", f.Input, f.Name, err))
			continue
		}
		if err := p.write(path, data); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.Input, err))
		}
	}
	if _, err := console.Write(view.Console(p.consoleOptions(console))); err != nil {
		errs = append(errs, err)
	}
	if len(errs) == 0 && p.inActions() {
		p.toJob(view, cfg)
	}
	return errors.Join(errs...)
}

// write writes a report to a file; - is standard output.
func (p *program) write(path string, data []byte) error {
	if path == "-" {
		_, err := p.Stdout.Write(data)
		return err
	}
	return deliver.File(path, data)
}

// toJob writes annotations, step summary and outputs. A failure of these is
// a warning: the verdict stays what it is.
func (p *program) toJob(view *report.View, cfg input.Config) {
	job := deliver.NewJob(p.Stdout, p.Getenv)
	job.Annotate(view.Annotations())
	outcome := input.Outcome{Report: view.Report, Files: map[string]string{}}
	for name, path := range cfg.Files {
		outcome.Files[name] = deliver.Relative(p.Getenv("GITHUB_WORKSPACE"), path)
	}
	var outputs []deliver.Output
	for _, o := range input.Outputs() {
		outputs = append(outputs, deliver.Output{Name: o.Name, Value: o.Value(outcome)})
	}
	if err := errors.Join(job.Summarize(string(view.Summary())), job.Output(outputs)); err != nil {
		p.say("warning", err.Error())
	}
}
