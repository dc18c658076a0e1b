// Tlsgate judges deployment URLs: is TLS used for all connectivity with no
// fallback (OWASP ASVS 5.0 V12.2.1), and is the certificate publicly trusted
// (V12.2.2)? It is a GitHub Action and a command line in one.
package main

import (
	"context"
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
	"github.com/tlsgate/tlsgate/report/deliver"
)

// The exit codes; for the verdicts see [check.Report.ExitCode].
const (
	exitViolations  = 1
	exitUsage       = 2
	exitNotVerified = 3
	exitUndelivered = 4
)

func main() {
	// GODEBUG can loosen crypto/x509 and crypto/tls; it must not change a verdict.
	if err := os.Unsetenv("GODEBUG"); err != nil {
		fmt.Fprintln(os.Stderr, "tlsgate:", err)
		os.Exit(exitUsage)
	}
	// net/http logs bytes that a peer sends unasked, which no log may obey.
	log.SetOutput(io.Discard)
	// A reader of the console that went away takes no report from the others.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, ReadFile: readInput}
	context.AfterFunc(ctx, stop) // so that a second signal ends the program at once
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
	// Every is the time between two signs of life; 0 for the usual.
	Every time.Duration

	stderr sync.Mutex // one line at a time on Stderr
}

// run goes the way of a run: inputs, targets, verdicts, reports, exit code.
func (p *program) run(ctx context.Context, args []string) int {
	cfg, err := input.Read(args, input.Env{
		Getenv: p.Getenv, ReadFile: p.ReadFile, Glob: filepath.Glob, SameFile: deliver.SameFile, Now: time.Now,
		Workspace: p.Getenv("GITHUB_WORKSPACE"), Writable: p.files().Check,
	})
	switch {
	case err != nil:
		return p.fail(err)
	case cfg.Help:
		fmt.Fprint(p.Stdout, input.Help())
		return 0
	case cfg.Text != "":
		fmt.Fprint(p.Stdout, cfg.Text)
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
	// A log of an earlier run is not to be taken for this one's.
	stale := p.removeStale(cfg)
	r, err := p.report(ctx, cfg)
	if err != nil {
		return p.fail(err)
	}
	interrupted := ctx.Err() != nil && len(cfg.Replay) == 0
	if interrupted {
		p.say("error", "interrupted: what was not checked by now is not verified, and no SARIF file is written")
	}
	code := p.deliver(r, cfg, interrupted, stale)
	if interrupted && code != exitViolations {
		return exitNotVerified
	}
	return code
}

// report makes the report: of recorded observations, or of the targets.
func (p *program) report(ctx context.Context, cfg input.Config) (*check.Report, error) {
	if len(cfg.Replay) == 0 {
		return p.check(ctx, cfg), nil
	}
	var reports []*check.Report
	for _, name := range cfg.Replay {
		r, err := input.ReadReport(name, p.ReadFile)
		if err != nil {
			return nil, fmt.Errorf("replay: %w", err)
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
		Resolve: cfg.Resolve, Timeout: cfg.Timeout, Deadline: cfg.Deadline, Retries: cfg.Retries,
		Wait: cfg.Wait, Waiting: p.waiting, ExpectStatus: cfg.Policy.ExpectStatus,
		AllowPrivate: cfg.Policy.AllowPrivate, Roots: cfg.Policy.Roots, Revocation: cfg.Policy.Revocation,
		Headers: cfg.Headers, Proxy: cfg.Proxy, Targets: targetOptions(cfg), UserAgent: "tlsgate/" + version() + " (+https://github.com/tlsgate/tlsgate)",
	}
	if p.Network != nil {
		o.Resolver, o.LookupHTTPS, o.Dial, o.ListenUDP = p.Network, p.Network.LookupHTTPS, p.Network.DialContext, p.Network.ListenUDP
	}
	memory := limitMemory(len(cfg.Targets))
	now := func() time.Time { return time.Now().UTC().Truncate(time.Second) }
	progress := p.startProgress(len(cfg.Targets))
	started := now()
	results := check.Run(ctx, cfg.Targets, watched{interruptible{probe.New(o)}, progress}, cfg.Policy, cfg.Concurrency, func(done int, r check.Result) {
		memory.checked(done)
		progress.checked(done, r)
	})
	progress.finish()
	return check.NewReport(version(), started, now(), cfg.Policy, cfg.Shard, results)
}

// targetOptions are what the configuration says of probing single targets.
func targetOptions(cfg input.Config) map[string]probe.TargetOptions {
	out := map[string]probe.TargetOptions{}
	for url, own := range cfg.Policy.Targets {
		out[url] = probe.TargetOptions{
			Roots: own.Roots, Revocation: own.Revocation, ExpectStatus: own.ExpectStatus,
			Headers: cfg.Options[url].Headers, Deadline: cfg.Options[url].Deadline,
		}
	}
	return out
}
