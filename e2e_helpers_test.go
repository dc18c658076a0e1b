package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// mainVariable makes the test binary be the program.
const mainVariable = "TLSGATE_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

// A world is what a run of the program meets: a network, whose root is in the
// file roots.pem, an environment, and more files.
type world struct {
	network *deploytest.Network
	env     map[string]string
	files   map[string]string
}

// newWorld is a world with the deployments in it.
func newWorld(t *testing.T, deployments ...deploytest.Deployment) world {
	t.Helper()
	n := deploytest.NewNetwork()
	t.Cleanup(n.Close)
	for _, d := range deployments {
		n.Deploy(d)
	}
	return world{n, map[string]string{}, map[string]string{"roots.pem": string(n.Root().PEM())}}
}

// An ending is what is left of a run.
type ending struct {
	code           int
	stdout, stderr string
}

// run runs the program in the world.
func (w world) run(t *testing.T, args ...string) ending {
	t.Helper()
	return w.runUntil(t.Context(), args...)
}

// runUntil is run, interrupted when the context ends.
func (w world) runUntil(ctx context.Context, args ...string) ending {
	var stdout, stderr bytes.Buffer
	code := w.program(&stdout, &stderr).run(ctx, args)
	return ending{code, stdout.String(), stderr.String()}
}

// program is the program in the world.
func (w world) program(stdout, stderr io.Writer) *program {
	return &program{
		Stdout: stdout, Stderr: stderr, Network: w.network, Every: time.Hour,
		Getenv: func(name string) string { return w.env[name] },
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := w.files[name]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
	}
}

// onMachine is a program whose files are those of the machine, on a network or,
// where that is nil, on the machine's, and what it writes.
func onMachine(n *deploytest.Network) (*program, *bytes.Buffer) {
	var out bytes.Buffer
	return &program{
		Stdout: &out, Stderr: &out, Network: n, Every: time.Hour, ReadFile: os.ReadFile,
		Getenv: func(string) string { return "" },
	}, &out
}

// A sarifLog is what these tests read of SARIF.
type sarifLog struct {
	Runs []struct {
		Results []result
	}
}

type result struct {
	RuleID, Level       string
	PartialFingerprints map[string]string
}

// readLog reads a SARIF log of one run.
func readLog(t *testing.T, data []byte) []result {
	t.Helper()
	var l sarifLog
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatal(err)
	}
	if len(l.Runs) != 1 {
		t.Fatalf("%d runs", len(l.Runs))
	}
	return l.Runs[0].Results
}

// found lists the ids of the rules that failed, from a SARIF log, each once.
func found(t *testing.T, data []byte) []string {
	t.Helper()
	ids := []string{}
	for _, r := range readLog(t, data) {
		ids = append(ids, r.RuleID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fault is the deployment of [deploytest.Faults] with this host.
func fault(t *testing.T, host string) deploytest.Deployment {
	t.Helper()
	faults := deploytest.Faults()
	i := slices.IndexFunc(faults, func(d deploytest.Deployment) bool { return d.Host == host })
	if i < 0 {
		t.Fatalf("no deployment %s", host)
	}
	return faults[i]
}

// inActions makes the world a step of GitHub Actions with a workspace.
func (w world) inActions(t *testing.T) (workspace string) {
	t.Helper()
	workspace, files := t.TempDir(), t.TempDir()
	w.env["GITHUB_ACTIONS"] = "true"
	w.env["GITHUB_WORKSPACE"] = workspace
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		w.env[name] = filepath.Join(files, name)
		writeFile(t, w.env[name], "")
	}
	return workspace
}

// outputs reads the step outputs, which are written as here-documents.
func (w world) outputs(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	lines := strings.Split(string(readFile(t, w.env["GITHUB_OUTPUT"])), "\n")
	for i := 0; i+2 < len(lines); i += 3 {
		name, delimiter, _ := strings.Cut(lines[i], "<<")
		if lines[i+2] != delimiter {
			t.Fatalf("output %q has more than one line", name)
		}
		out[name] = lines[i+1]
	}
	return out
}

// runProcess runs the program as a process of its own.
func runProcess(t *testing.T, args ...string) ending {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), mainVariable+"=1", "GITHUB_ACTIONS=")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return ending{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// serveTLS answers on loopback with a certificate of the network's CA, and
// gives the address with the port.
func serveTLS(t *testing.T, n *deploytest.Network) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{
		Handler:   http.NotFoundHandler(),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{deploytest.Issued(deploytest.Spec{})(n, "127.0.0.1")}},
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	go s.ServeTLS(l, "", "")
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}
