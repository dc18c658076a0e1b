//go:build servers

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
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
	p, table := onMachine(nil)
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
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // its children end with it
	cmd.WaitDelay = 10 * time.Second                                         // then it is killed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was asked to end
	})
}

// eventually tries something until it works.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	if err := poll(nil, try); err != nil {
		t.Fatal(err)
	}
}

// poll tries something until it works, and gives the last error where that
// takes too long or what it waits for has ended.
func poll(ended <-chan struct{}, try func() error) error {
	deadline, again := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ended:
			return fmt.Errorf("the server ended: %w", err)
		case <-deadline:
			return err
		}
	}
}

// publish serves files by their URLs, which are all of one address.
func publish(t *testing.T, address string, files map[string][]byte) {
	t.Helper()
	l, err := net.Listen("tcp", address+":80")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if file, ok := files["http://"+r.Host+r.URL.Path]; ok {
			_, _ = w.Write(file) // a client that has gone is no matter
			return
		}
		http.NotFound(w, r)
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
}
