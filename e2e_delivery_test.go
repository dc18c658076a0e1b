//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// Where the program may not write, it says so before anything is sent.
func TestRefusedFiles(t *testing.T) {
	outside := t.TempDir()
	for _, c := range []struct {
		name, says string
		everywhere bool
	}{
		{"folder", "is a folder", true},
		{"pipe", "is a pipe", true},
		{"to-pipe", "is a pipe", true},
		{filepath.Join(outside, "x"), "is outside the workspace", false},
		{"../x", "is outside the workspace", false},
		{"out/x", "is outside the workspace", false},
		{"out/new/x", "is outside the workspace", false},
		{"to-out", "is outside the workspace", false},
	} {
		for _, in := range []string{"sarif-file", "report-file"} {
			w := newWorld(t, deploytest.Deployment{Host: "good.example", Addresses: []string{"203.0.113.99"}})
			workspace := w.inActions(t)
			for _, err := range []error{
				os.Mkdir(filepath.Join(workspace, "folder"), 0o755),
				syscall.Mkfifo(filepath.Join(workspace, "pipe"), 0o644),
				os.Symlink("pipe", filepath.Join(workspace, "to-pipe")),
				os.Symlink(outside, filepath.Join(workspace, "out")),
				os.Symlink(filepath.Join(outside, "x"), filepath.Join(workspace, "to-out")),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			w.env["INPUT_"+strings.ToUpper(in)] = c.name
			w.env["INPUT_URLS"] = "good.example"
			got := w.run(t)
			if got.code != exitUsage || !strings.HasPrefix(got.stdout, "::error title=tlsgate::"+in+": '") || !strings.Contains(got.stdout, c.says) ||
				strings.Count(got.stdout, "\n") != 1 {
				t.Errorf("%s %s: exit code %d\n%s%s", in, c.name, got.code, got.stdout, got.stderr)
			}
			if asked, _ := w.network.Connections("203.0.113.99:443"); asked > 0 {
				t.Errorf("%s %s: %d connections were made", in, c.name, asked)
			}
			if c.everywhere {
				delete(w.env, "GITHUB_ACTIONS")
				got := w.run(t, "good.example", "-"+in, filepath.Join(workspace, c.name))
				if got.code != exitUsage || !strings.Contains(got.stderr, c.says) {
					t.Errorf("%s %s: exit code %d\n%s%s", in, c.name, got.code, got.stdout, got.stderr)
				}
			}
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("written outside of the workspace: %v, %v", entries, err)
	}
}

// fullWriter has room for nothing.
type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// Whatever cannot be delivered takes nothing else with it, and only a verdict
// outranks it.
func TestUndelivered(t *testing.T) {
	for _, broken := range []string{"console", "SARIF", "JSON", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		for host, code := range map[string]int{"good.example": exitUndelivered, "content.example": 1, "gone.example": exitNotVerified} {
			w := newWorld(t, deploytest.Deployment{Host: "good.example"}, fault(t, "content.example"))
			workspace := w.inActions(t)
			w.env["INPUT_URLS"], w.env["INPUT_ROOTS"], w.env["INPUT_REPORT-FILE"] = host, "roots.pem", "out/report.json"
			writeFile(t, filepath.Join(workspace, "blocker"), "")
			var stdout, stderr bytes.Buffer
			p := w.program(&stdout, &stderr)
			says := "blocker"
			switch broken {
			case "console":
				p.Stdout, says = fullWriter{}, "no space left on device"
			case "SARIF":
				w.env["INPUT_SARIF-FILE"] = "blocker/x"
			case "JSON":
				w.env["INPUT_REPORT-FILE"] = "blocker/x"
			default:
				w.env[broken] = filepath.Join(workspace, "blocker", "x")
				says = broken
			}
			if got := p.run(t.Context(), nil); got != code {
				t.Errorf("%s at %s: exit code %d, want %d", broken, host, got, code)
			}
			if output := stdout.String() + stderr.String(); !strings.Contains(output, says) {
				t.Errorf("%s: it does not say so:\n%s", broken, output)
			}
			for what, file := range map[string]string{
				"SARIF": filepath.Join(workspace, "tlsgate.sarif"), "JSON": filepath.Join(workspace, "out", "report.json"),
				"GITHUB_OUTPUT": w.env["GITHUB_OUTPUT"], "GITHUB_STEP_SUMMARY": w.env["GITHUB_STEP_SUMMARY"],
			} {
				info, err := os.Stat(file)
				if delivered := err == nil && info.Size() > 0; delivered != (what != broken) {
					t.Errorf("%s broken: %s delivered is %v", broken, what, delivered)
				}
			}
			if broken != "console" && !strings.Contains(stdout.String(), "tlsgate: ") {
				t.Errorf("%s broken: no console", broken)
			}
			if broken == "SARIF" && w.outputs(t)["sarif-file"] != "" {
				t.Error("an output names a SARIF file that was not written")
			}
		}
	}
}

// A log of an earlier run never stays to be uploaded as this one's.
func TestStaleLog(t *testing.T) {
	w := newWorld(t)
	sarif := filepath.Join(t.TempDir(), "gate.sarif")
	writeFile(t, sarif, "of an earlier run")
	p := w.program(io.Discard, io.Discard)
	p.ReadFile = func(name string) ([]byte, error) {
		if _, err := os.Stat(sarif); name == "report.json" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the earlier log is still there: %v", err)
		}
		return nil, os.ErrNotExist
	}
	t.Chdir(t.TempDir())
	writeFile(t, "report.json", "")
	if code := p.run(t.Context(), []string{"-replay", "report.json", "-sarif-file", sarif}); code != exitUsage {
		t.Errorf("exit code %d", code)
	}
}

// A reader of the console that went away ends nothing.
func TestBrokenPipe(t *testing.T) {
	n := deploytest.NewNetwork()
	t.Cleanup(n.Close)
	dir := t.TempDir()
	roots, report := filepath.Join(dir, "roots.pem"), filepath.Join(dir, "report.json")
	writeFile(t, roots, string(n.Root().PEM()))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd := exec.Command(os.Args[0], "https://"+serveTLS(t, n)+"/", "-allow-private", "-roots", roots, "-retries", "0", "-report-file", report, "-fail-on", "never")
	cmd.Env = append(os.Environ(), mainVariable+"=1", "GITHUB_ACTIONS=")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = w, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	w.Close()
	if code := cmd.ProcessState.ExitCode(); code != exitUndelivered || !strings.Contains(stderr.String(), "tlsgate: error: console: ") {
		t.Errorf("exit code %d, stderr %s", code, &stderr)
	}
	readFile(t, report)
}
