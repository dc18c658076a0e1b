package main

import (
	"crypto/tls"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// An old estate passes with the baseline of its first run, and fails again
// with the first new fault, which is named as new. What is gone is reported.
func TestBaseline(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	oldTLS := func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }
	// estate is one host as it was at some time, run with arguments.
	estate := func(d deploytest.Deployment, args ...string) ending {
		t.Helper()
		d.Host = "shop.example"
		w := newWorld(t, d)
		if strings.Contains(strings.Join(args, " "), "-baseline") {
			w.files["first.json"] = string(readFile(t, file("first.json")))
		}
		return w.run(t, append(args, d.URL(), "-roots", "roots.pem", "-retries", "0")...)
	}
	content := deploytest.Deployment{Cleartext: deploytest.Answer(200, deploytest.GoodPage)}
	worse := content
	worse.TLS = oldTLS

	if got := estate(content, "-report-file", file("first.json"), "-sarif-file", file("first.sarif")); got.code != 1 {
		t.Fatalf("first run: exit code %d\n%s", got.code, got.stdout)
	}
	known := estate(content, "-baseline", "first.json", "-sarif-file", file("second.sarif"), "-report-file", file("second.json"))
	if known.code != 0 || !strings.Contains(known.stdout, "0 new findings, 1 known, 0 gone.") || !strings.Contains(known.stdout, "cleartext-content  known since") {
		t.Errorf("second run: exit code %d\n%s%s", known.code, known.stdout, known.stderr)
	}
	// Each run has a network, and so roots, of its own.
	varies := regexp.MustCompile(times.String() + `|SHA-256 [0-9a-f]+`)
	log := func(name string) string { return varies.ReplaceAllString(string(readFile(t, file(name))), "") }
	if d := cmp.Diff(log("first.sarif"), log("second.sarif")); d != "" {
		t.Errorf("SARIF with a baseline (-first +second)\n%s", d)
	}
	got := estate(worse, "-baseline", "first.json")
	if got.code != 1 || !strings.Contains(got.stdout, "1 new finding, 1 known, 0 gone.") || !strings.Contains(got.stdout, "new error legacy-protocol  https://shop.example/") {
		t.Errorf("a new fault: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	got = estate(deploytest.Deployment{}, "-baseline", "first.json")
	if got.code != 0 || !strings.Contains(got.stdout, "0 new findings, 0 known, 1 gone.") {
		t.Errorf("fixed: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	got = estate(deploytest.Deployment{Cleartext: deploytest.Closed, HTTPS: deploytest.Closed}, "-baseline", "first.json")
	if got.code != 3 || !strings.Contains(got.stdout, "0 new findings, 0 known, 0 gone, 1 not seen today.") {
		t.Errorf("down: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}

	// The JSON report holds its baseline: replayed, it says the same.
	p, out := onMachine(nil)
	if code := p.run(t.Context(), []string{"-replay", file("second.json"), "-report-file", file("again.json")}); code != 0 {
		t.Fatalf("replay: exit code %d\n%s", code, out)
	}
	if d := cmp.Diff(string(readFile(t, file("second.json"))), string(readFile(t, file("again.json")))); d != "" {
		t.Errorf("replayed (-run +replay)\n%s", d)
	}
}
