//go:build servers

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// needs skips or fails a test that has not all it needs: root's rights, for the
// ports 80 and 443, and these programs.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	if os.Getuid() != 0 {
		missing(t, "ports 80 and 443 need root")
	}
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			missing(t, err.Error())
		}
	}
}

// A judgement is what is left of a run over one deployment.
type judgement struct {
	code   int
	failed []string // rules
	report []byte   // JSON
	table  string
}

// gate runs the program over what a server serves as set up.
func gate(t *testing.T, s setup, roots string, args ...string) judgement {
	t.Helper()
	sarif, full := filepath.Join(s.Dir, "tlsgate.sarif"), filepath.Join(s.Dir, "report.json")
	var table strings.Builder
	p := program{Stdout: &table, Stderr: &table, Getenv: func(string) string { return "" }, ReadFile: os.ReadFile}
	code := p.run(t.Context(), append([]string{
		"-roots", roots, "-allow-private", "-resolve", s.Host + ":443:" + s.Address, "-retries", "0",
		"-sarif-file", sarif, "-report-file", full, "https://" + s.Host + "/",
	}, args...))
	return judgement{code, found(t, readFile(t, sarif)), readFile(t, full), table.String()}
}

// patience is how long something may take that is to happen.
const patience = 20 * time.Second

// launch runs a program for as long as the test runs.
func launch(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it is told to end
	})
}

// eventually tries something until it works.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	deadline, again := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatal(err)
		}
	}
}
