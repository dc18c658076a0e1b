package main

import (
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
	"github.com/tlsgate/tlsgate/report"
	"github.com/tlsgate/tlsgate/report/deliver"
)

// inActions reports whether the program runs as a step of GitHub Actions.
func (p *program) inActions() bool { return p.Getenv("GITHUB_ACTIONS") == "true" }

// fail reports what is wrong, one line each, and gives its exit code.
func (p *program) fail(err error) int {
	p.sayAll("error", err)
	return exitUsage
}

// sayAll says every error that was joined (see [errors.Join]) on a line of its
// own.
func (p *program) sayAll(level string, err error) {
	if all, joined := err.(interface{ Unwrap() []error }); joined {
		for _, err := range all.Unwrap() {
			p.sayAll(level, err)
		}
		return
	}
	p.say(level, err.Error())
}

// maxLine bounds a line that belongs to no report, in bytes.
const maxLine = 2000

// say writes one line that belongs to no report: on GitHub as an annotation.
// Where standard output cannot be written, standard error is.
func (p *program) say(level, line string) {
	line = report.Line(text.Clip(line, maxLine))
	if p.inActions() {
		err := deliver.NewJob(p.Stdout, p.Getenv).Annotate([]report.Annotation{{Level: level, Title: "tlsgate", Message: line}})
		if err == nil {
			return
		}
	}
	fmt.Fprintf(p.Stderr, "tlsgate: %s: %s\n", level, line)
}

// waiting reports what the run is waiting for.
func (p *program) waiting(t fact.Target, why string) {
	p.stderr.Lock()
	defer p.stderr.Unlock()
	fmt.Fprintf(p.Stderr, "tlsgate: waiting for %s\n", report.Line(fmt.Sprintf("%s to answer: %s", t.URL(), text.Clip(why, maxLine))))
}

// progress is a live line on a terminal for lists that take a while.
func (p *program) progress(targets int) (update func(int, check.Result), finish func()) {
	if targets < 5 || !isTerminal(p.Stderr) || p.inActions() {
		return nil, func() {}
	}
	bar := progressbar.NewOptions(targets,
		progressbar.OptionSetWriter(p.Stderr), progressbar.OptionSetDescription("checking"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false))
	return func(done int, _ check.Result) { bar.Set(done) }, func() { bar.Finish() }
}

// consoleOptions are those for what a writer is: a terminal has a width, and
// colours unless they are not wanted (no-color.org).
func (p *program) consoleOptions(w io.Writer) report.ConsoleOptions {
	f, ok := w.(*os.File)
	if !ok || !isTerminal(w) {
		return report.ConsoleOptions{}
	}
	o := report.ConsoleOptions{Color: p.Getenv("NO_COLOR") == "" && p.Getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		o.Width = width
	}
	return o
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
