package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/input"
	"github.com/tlsgate/tlsgate/report"
	"github.com/tlsgate/tlsgate/report/deliver"
)

// files are the files that may be written: in GitHub Actions, where the program
// runs as root, those in the workspace.
func (p *program) files() deliver.Files {
	if !p.inActions() {
		return deliver.Files{}
	}
	if workspace := p.Getenv("GITHUB_WORKSPACE"); workspace != "" {
		return deliver.Files{Root: workspace}
	}
	return deliver.Files{Root: "."}
}

// removeStale removes what an earlier run left where a report will be written.
func (p *program) removeStale(cfg input.Config) error {
	var errs []error
	for _, f := range report.Formats() {
		if path := cfg.Files[f.Input]; f.Whole && path != "" && path != "-" {
			if err := p.files().Remove(path); err != nil {
				errs = append(errs, fmt.Errorf("%s: the file of an earlier run cannot be removed: %w", f.Input, err))
			}
		}
	}
	return errors.Join(errs...)
}

// deliver writes the report in every form that is wanted, and gives the
// program's exit code. One that cannot be written keeps no other from being
// written. Of a run that was interrupted, forms that have to be whole are not
// written: half a SARIF log would close alerts that still apply. Earlier is
// what went wrong before.
func (p *program) deliver(r *check.Report, cfg input.Config, interrupted bool, earlier error) int {
	view := report.NewView(r)
	console := p.Stdout
	errs := []error{earlier}
	written := map[string]string{}
	for _, f := range report.Formats() {
		path := cfg.Files[f.Input]
		if path == "" || f.Whole && interrupted {
			continue
		}
		if path == "-" {
			console = p.Stderr
		}
		content := func(w io.Writer) error {
			out := sink{Writer: w}
			err := f.Write(&out, view, report.FormatOptions{Category: cfg.Category})
			if err != nil && out.err == nil {
				return fmt.Errorf("failed to generate the %s report: %w", f.Name, err)
			}
			return err
		}
		if err := p.write(path, content); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.Input, err))
			continue
		}
		written[f.Input] = p.files().Relative(path)
	}
	if _, err := console.Write(view.Console(p.consoleOptions(console))); err != nil {
		errs = append(errs, fmt.Errorf("console: %w", err))
	}
	if p.inActions() {
		errs = append(errs, p.toJob(view, written))
	}
	err := errors.Join(errs...)
	if err != nil {
		p.sayAll("error", err)
	}
	if code := r.ExitCode(); code != 0 || err == nil {
		return code
	}
	return exitUndelivered
}

// write writes a report to a file; - is standard output.
func (p *program) write(path string, content func(io.Writer) error) error {
	if path == "-" {
		return content(p.Stdout)
	}
	return p.files().Write(path, content)
}

// A sink is where a report is written to. It tells an error of writing from one
// of the report.
type sink struct {
	io.Writer
	err error // of the last Write
}

func (s *sink) Write(b []byte) (int, error) {
	n, err := s.Writer.Write(b)
	s.err = err
	return n, err
}

// toJob writes annotations, step summary and outputs, each whatever becomes of
// the others. Written are the files that were written, by input.
func (p *program) toJob(view *report.View, written map[string]string) error {
	job := deliver.NewJob(p.Stdout, p.Getenv)
	outcome := input.Outcome{Report: view.Report, Files: written}
	var outputs []deliver.Output
	for _, o := range input.Outputs() {
		outputs = append(outputs, deliver.Output{Name: o.Name, Value: o.Value(outcome)})
	}
	return errors.Join(job.Annotate(view.Annotations()), job.Summarize(string(view.Summary())), job.Output(outputs))
}
