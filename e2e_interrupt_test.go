//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
)

// Of an interrupted run, everything but SARIF says what is known, and the rest
// is not verified.
func TestInterrupted(t *testing.T) {
	for _, c := range []struct {
		known string // the host that is checked before
		extra string
		code  int
	}{
		{"good.example", "", exitNotVerified},
		{"content.example", "", exitViolations},
		{"good.example", "-fail-on=never", exitNotVerified},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		// One target at a time, so that the end comes while this one is checked.
		interrupts := deploytest.Raw(func(c net.Conn) {
			cancel()
			_, _ = io.Copy(io.Discard, c) // until the client hangs up
		})
		w := newWorld(t, deploytest.Deployment{Host: "good.example"}, fault(t, "content.example"),
			deploytest.Deployment{Host: "stalled.example", HTTPS: interrupts, NoTLS: true})
		workspace := w.inActions(t)
		sarif, report := filepath.Join(workspace, "gate.sarif"), filepath.Join(workspace, "report.json")
		writeFile(t, sarif, "of an earlier run")
		var stdout, stderr bytes.Buffer
		p := w.program(&stdout, &stderr)
		args := []string{c.known, "stalled.example", "late.example", "-roots", "roots.pem", "-concurrency", "1", "-sarif-file", sarif, "-report-file", report}
		if c.extra != "" {
			args = append(args, c.extra)
		}
		start := time.Now()
		code := p.run(ctx, args)
		if took := time.Since(start); took > time.Minute {
			t.Errorf("it took %s", took)
		}
		if code != c.code || !strings.Contains(stdout.String(), "::error title=tlsgate::interrupted: ") {
			t.Errorf("%s %s: exit code %d, want %d\n%s%s", c.known, c.extra, code, c.code, &stdout, &stderr)
		}
		if _, err := os.Stat(sarif); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: there is a SARIF log: %v", c.known, err)
		}
		var r check.Report
		if err := json.Unmarshal(readFile(t, report), &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Results) != 3 || r.Counts().NotVerified != 2 {
			t.Errorf("%s: the report has %d results, %d not verified", c.known, len(r.Results), r.Counts().NotVerified)
		}
		summary, outputs := string(readFile(t, w.env["GITHUB_STEP_SUMMARY"])), w.outputs(t)
		if !strings.Contains(summary, c.known) || outputs["not-verified"] != "2" || outputs["sarif-file"] != "" || outputs["report-file"] != "report.json" {
			t.Errorf("%s: outputs %v, summary %.500s", c.known, outputs, summary)
		}
		for _, text := range []string{stdout.String(), summary} {
			if !strings.Contains(text, "the run was interrupted before this target was checked") {
				t.Errorf("%s: no reason in %.3000s", c.known, text)
			}
		}
		cancel()
	}
}

// deaf is an observer that does not hear of the end.
type deaf struct{ until chan struct{} }

func (d deaf) Observe(context.Context, fact.Target) fact.Observation {
	<-d.until
	return fact.Observation{}
}

// An observer that does not end holds nothing up, and one that panics is
// reported as one.
func TestInterruptible(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	until := make(chan struct{})
	defer close(until)
	target, err := fact.ParseTarget("deaf.example")
	if err != nil {
		t.Fatal(err)
	}
	o := interruptible{deaf{until}}.Observe(ctx, target)
	if o.Resolution.Outcome != fact.Skipped || !strings.Contains(o.Resolution.Error, "interrupted") {
		t.Errorf("%+v", o.Resolution)
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic was swallowed")
		}
	}()
	interruptible{}.Observe(t.Context(), target)
}

// A signal ends the process with what is known within 5 s; a second one at
// once.
func TestSignals(t *testing.T) {
	dir := t.TempDir()
	for _, signals := range [][]os.Signal{{syscall.SIGTERM}, {os.Interrupt}, {syscall.SIGTERM, os.Interrupt}} {
		hanging, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { hanging.Close() })
		report := filepath.Join(dir, "report.json")
		cmd := exec.Command(os.Args[0], "https://"+hanging.Addr().String()+"/", "-allow-private", "-timeout", "1m", "-report-file", report)
		cmd.Env = append(os.Environ(), mainVariable+"=1", "GITHUB_ACTIONS=")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := hanging.Accept(); err != nil { // now it is under way
			t.Fatal(err)
		}
		start := time.Now()
		for _, s := range signals {
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
		err = cmd.Wait()
		if took := time.Since(start); took > 30*time.Second { // 5 s on a machine that is not busy
			t.Errorf("%v: took %s", signals, took)
		}
		code := cmd.ProcessState.ExitCode()
		if len(signals) > 1 {
			continue // either signal may come first, and both end it
		}
		if code != exitNotVerified || !strings.Contains(out.String(), "tlsgate: not verified: ") {
			t.Errorf("%v: %v, exit code %d\n%s", signals, err, code, &out)
		}
		readFile(t, report)
	}
}
