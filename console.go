package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/term"

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

// consoleOptions are those for what a writer is: a terminal has a width, and
// colours unless they are not wanted.
func (p *program) consoleOptions(w io.Writer) report.ConsoleOptions {
	o := report.ConsoleOptions{Color: p.color(isTerminal(w))}
	if f, ok := w.(*os.File); ok && isTerminal(w) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			o.Width = width
		}
	}
	return o
}

// color reports whether output has colours: what is forced goes first
// (force-color.org, bixense.com/clicolors), then what is refused
// (no-color.org), then whether it goes to a terminal. GitHub reads colours in
// its logs, but files of reports have none.
func (p *program) color(terminal bool) bool {
	switch force := p.Getenv("FORCE_COLOR"); {
	case force == "0" || force == "false":
		return false
	case force != "":
		return true
	case p.Getenv("NO_COLOR") != "":
		return false
	case !slices.Contains([]string{"", "0"}, p.Getenv("CLICOLOR_FORCE")):
		return true
	}
	return terminal && p.Getenv("CLICOLOR") != "0" && p.Getenv("TERM") != "dumb"
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
