//go:build servers

package main

import (
	"context"
	"os"
	"os/exec"
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
