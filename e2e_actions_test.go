package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

func TestActions(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "good.example"},
		fault(t, "content.example"), fault(t, "nohsts.example"))
	workspace := w.inActions(t)
	sarif := filepath.Join(workspace, "out", "gate.sarif")
	w.env["INPUT_URLS"] = "good.example, content.example\nnohsts.example gone.example"
	w.env["INPUT_ROOTS"] = "roots.pem"
	w.env["INPUT_SARIF-FILE"] = sarif
	got := w.run(t)
	if got.code != 1 || got.stderr != "" {
		t.Errorf("exit code %d, stderr %q", got.code, got.stderr)
	}
	want := map[string]string{
		"verdict": "fail", "violations": "1", "warnings": "2", "not-verified": "1", "targets": "4",
		"sarif-file": "out/gate.sarif", "report-file": "",
	}
	if diff := cmp.Diff(want, w.outputs(t)); diff != "" {
		t.Errorf("outputs (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cleartext-content", "hsts-missing", "target-not-verified"}, found(t, readFile(t, sarif))); diff != "" {
		t.Errorf("SARIF (-want +got)\n%s", diff)
	}
	for _, line := range []string{
		"::error title=tlsgate%3A fail::1 error, 2 warnings and 0 notes at 4 targets; 1 not verified. ",
		"::warning title=target-not-verified (V12.2.1%2C V12.2.2)::https://gone.example/: ",
		"::error title=cleartext-content (V12.2.1)::https://content.example/: ",
		"::warning title=hsts-missing (V12.2.1)::https://nohsts.example/: ",
	} {
		if !strings.Contains("\n"+got.stdout, "\n"+line) {
			t.Errorf("no annotation %q in\n%s", line, got.stdout)
		}
	}
	levels := map[string]int{}
	for _, r := range readLog(t, readFile(t, sarif)) {
		levels[r.Level]++
	}
	if diff := cmp.Diff(map[string]int{"error": 1, "warning": 2}, levels); diff != "" {
		t.Errorf("levels in SARIF (-want +got)\n%s", diff)
	}
	summary := string(readFile(t, w.env["GITHUB_STEP_SUMMARY"]))
	if want := "\n\n1 error, 2 warnings and 0 notes at 4 targets; 1 not verified."; !strings.Contains(summary, want) {
		t.Errorf("the summary lacks %q", want)
	}
	if want := "tlsgate: fail: 1 error, 2 warnings and 0 notes at 4 targets; 1 not verified.\n"; !strings.Contains(got.stdout, want) {
		t.Errorf("the console lacks %q", want)
	}
	for _, host := range []string{"good.example", "content.example", "nohsts.example", "gone.example"} {
		if !strings.Contains(summary, host) {
			t.Errorf("%s is not in the summary", host)
		}
	}
}

// What the job lacks is reported, takes nothing else, and never outranks a
// verdict.
func TestActionsWithoutFiles(t *testing.T) {
	for _, missing := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		for host, code := range map[string]int{"good.example": exitUndelivered, "content.example": 1, "gone.example": exitNotVerified} {
			w := newWorld(t, deploytest.Deployment{Host: "good.example"}, fault(t, "content.example"))
			workspace := w.inActions(t)
			delete(w.env, missing)
			sarif := filepath.Join(workspace, "gate.sarif")
			got := w.run(t, host, "-roots", "roots.pem", "-sarif-file", sarif)
			if got.code != code || !strings.Contains(got.stdout, "::error title=tlsgate::"+missing+" is not set") {
				t.Errorf("%s without %s: exit code %d, want %d\n%s", host, missing, got.code, code, got.stdout)
			}
			readLog(t, readFile(t, sarif))
		}
	}
}

// The deployment of a deployment_status event is the target where none is given.
func TestDeploymentEvent(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "preview-17.example"})
	w.inActions(t)
	w.env["GITHUB_EVENT_NAME"], w.env["GITHUB_EVENT_PATH"] = "deployment_status", "event.json"
	w.files["event.json"] = `{"deployment_status": {"state": "success", "environment_url": "https://preview-17.example/"}}`
	got := w.run(t, "-roots", "roots.pem", "-sarif-file", "s")
	if got.code != 0 || !strings.Contains(got.stdout, "https://preview-17.example/  pass") {
		t.Errorf("exit code %d\n%s", got.code, got.stdout)
	}
}

// A mistake in GitHub Actions is annotated, and no output names a log.
func TestUsageErrorInActions(t *testing.T) {
	w := newWorld(t)
	w.inActions(t)
	w.env["INPUT_URLS"] = "https://ok.example/ gopher://old.example/"
	got := w.run(t)
	if got.code != exitUsage || !strings.HasPrefix(got.stdout, "::error title=tlsgate::urls: 'gopher://old.example/'") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if out := w.outputs(t); len(out) > 0 {
		t.Errorf("outputs %q", out)
	}
}
