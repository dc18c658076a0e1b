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
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/input"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"
	"github.com/tlsgate/tlsgate/report"
	"github.com/tlsgate/tlsgate/report/deliver"

	"github.com/tlsgate/tlsgate/check/fact"
)

// version is tlsgate's own (semver.org).
const version = "0.1.0"

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

	talking sync.Mutex // one line at a time on Stderr
}

// run goes the way of a run: inputs, targets, verdicts, reports, exit code.
func (p *program) run(ctx context.Context, args []string) int {
	cfg, err := input.Read(args, input.Env{
		Getenv: p.Getenv, ReadFile: p.ReadFile, Glob: filepath.Glob, Now: time.Now,
		Workspace: p.Getenv("GITHUB_WORKSPACE"),
	})
	switch {
	case err != nil:
		return p.fail(err)
	case cfg.Help:
		fmt.Fprint(p.Stdout, input.Help())
		return 0
	case cfg.Version:
		fmt.Fprintln(p.Stdout, "tlsgate", version)
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
		// Half a report would close alerts that still stand.
		p.say("error", "interrupted: nothing was concluded, no report was written")
		return exitNotVerified
	}
	if err := p.deliver(r, cfg); err != nil {
		return p.fail(err)
	}
	return r.ExitCode()
}

// inActions reports whether the program runs as a step of GitHub Actions.
func (p *program) inActions() bool { return p.Getenv("GITHUB_ACTIONS") == "true" }

// fail tells what is wrong, a line each, and gives the exit code of it.
func (p *program) fail(err error) int {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		p.say("error", line)
	}
	return exitUsage
}

// say tells one line that belongs to no report: on GitHub as an annotation.
func (p *program) say(level, line string) {
	if p.inActions() {
		deliver.NewJob(p.Stdout, p.Getenv).Annotate([]report.Annotation{{Level: level, Title: "tlsgate", Message: line}})
		return
	}
	fmt.Fprintf(p.Stderr, "tlsgate: %s: %s\n", level, line)
}

// demo starts the demonstration's deployments and makes them the targets.
func (p *program) demo(cfg *input.Config) error {
	p.Network = deploytest.NewNetwork()
	roots, err := pki.ParseRoots(p.Network.Root().PEM())
	if err != nil {
		return err
	}
	cfg.Policy.Roots = roots
	cfg.Targets = nil
	for _, d := range deploytest.Demo() {
		t, err := fact.ParseTarget(p.Network.Deploy(d).URL())
		if err != nil {
			return err
		}
		t.Places = []fact.Place{{Input: "demo"}}
		cfg.Targets = append(cfg.Targets, t)
	}
	return nil
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
	r, err := check.Merge(version, reports, cfg.Override)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return r, nil
}

// check judges the targets.
func (p *program) check(ctx context.Context, cfg input.Config) *check.Report {
	o := probe.Options{
		Resolve: cfg.Resolve, Timeout: cfg.Timeout, Retries: cfg.Retries,
		Wait: cfg.Wait, Waiting: p.waiting,
		AllowPrivate: cfg.Policy.AllowPrivate, Roots: cfg.Policy.Roots, Revocation: cfg.Policy.Revocation,
		Headers: cfg.Headers, UserAgent: "tlsgate/" + version + " (+https://github.com/tlsgate/tlsgate)",
	}
	if p.Network != nil {
		o.Resolver, o.Dial = p.Network, p.Network.DialContext
	}
	progress, finish := p.progress(len(cfg.Targets))
	started := now()
	results := check.Run(ctx, cfg.Targets, probe.New(o), cfg.Policy, cfg.Concurrency, progress)
	finish()
	return check.NewReport(version, started, now(), cfg.Policy, cfg.Shard, results)
}

// waiting tells what is waited for.
func (p *program) waiting(t fact.Target, why string) {
	p.talking.Lock()
	defer p.talking.Unlock()
	fmt.Fprintf(p.Stderr, "tlsgate: waiting for %s to answer: %s\n", t.URL(), why)
}

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// progress is a live line on a terminal for lists that take a while.
func (p *program) progress(targets int) (tell func(int, check.Result), finish func()) {
	if targets < 5 || !isTerminal(p.Stderr) || p.inActions() {
		return nil, func() {}
	}
	bar := progressbar.NewOptions(targets,
		progressbar.OptionSetWriter(p.Stderr), progressbar.OptionSetDescription("checking"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false))
	return func(done int, _ check.Result) { bar.Set(done) }, func() { bar.Finish() }
}

// deliver writes every report that is wanted.
func (p *program) deliver(r *check.Report, cfg input.Config) error {
	sarif, cut, err := report.SARIF(r, report.SARIFOptions{Category: cfg.Category})
	if err != nil {
		return fmt.Errorf("SARIF could not be made: %w", err)
	}
	var full []byte
	if cfg.ReportFile != "" {
		if full, err = report.JSON(r); err != nil {
			return fmt.Errorf("the JSON report could not be made: %w", err)
		}
	}
	console := p.Stdout
	if cfg.SARIFFile == "-" || cfg.ReportFile == "-" {
		console = p.Stderr
	}
	// All are tried: one that cannot be written hides no other.
	err = errors.Join(
		p.write("sarif-file", cfg.SARIFFile, sarif),
		p.write("report-file", cfg.ReportFile, full),
		p.tell(console, r))
	if err != nil {
		return err
	}
	if p.inActions() {
		p.toJob(r, cfg, cut)
	}
	return nil
}

// write writes a report to the file that an input names; - is standard output.
func (p *program) write(input, path string, data []byte) (err error) {
	switch path {
	case "":
	case "-":
		_, err = p.Stdout.Write(data)
	default:
		err = deliver.File(path, data)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", input, err)
	}
	return nil
}

// tell writes the table for people.
func (p *program) tell(w io.Writer, r *check.Report) error {
	o := report.ConsoleOptions{Color: p.color(w)}
	if f, ok := w.(*os.File); ok && isTerminal(w) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			o.Width = width
		}
	}
	_, err := w.Write(report.Console(r, o))
	return err
}

// color reports whether a writer wants colour (no-color.org).
func (p *program) color(w io.Writer) bool {
	return isTerminal(w) && p.Getenv("NO_COLOR") == "" && p.Getenv("TERM") != "dumb"
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// toJob writes annotations, summary and outputs. What of it fails is told,
// and takes nothing from the verdict.
func (p *program) toJob(r *check.Report, cfg input.Config, cut int) {
	job := deliver.NewJob(p.Stdout, p.Getenv)
	job.Annotate(report.Annotations(r))
	counts := r.Counts()
	workspace := p.Getenv("GITHUB_WORKSPACE")
	file := func(path string) string {
		if path == "" || path == "-" {
			return ""
		}
		return deliver.Relative(workspace, path)
	}
	err := errors.Join(
		job.Summarize(string(report.Summary(r, report.SummaryOptions{Cut: cut}))),
		job.Output([]deliver.Output{
			{Name: "verdict", Value: string(r.Conclusion())},
			{Name: "violations", Value: fmt.Sprint(counts.Violations)},
			{Name: "warnings", Value: fmt.Sprint(counts.Warnings)},
			{Name: "not-verified", Value: fmt.Sprint(counts.NotVerified)},
			{Name: "targets", Value: fmt.Sprint(counts.Targets)},
			{Name: "sarif-file", Value: file(cfg.SARIFFile)},
			{Name: "report-file", Value: file(cfg.ReportFile)},
		}))
	if err != nil {
		p.say("warning", err.Error())
	}
}
