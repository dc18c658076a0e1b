package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
)

func TestExitCode(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "good.example"},
		fault(t, "content.example"), fault(t, "private.example"), fault(t, "nohsts.example"))
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"good.example", 0, "tlsgate: pass: 0 errors, 0 warnings and 0 notes at 1 target; 0 not verified"},
		{"content.example", 1, "error cleartext-content  https://content.example/"},
		{"private.example", 1, "error untrusted-root  https://private.example/"},
		{"good.example content.example", 1, "tlsgate: fail: 1 error,"},
		{"content.example -fail-on never", 0, "tlsgate: fail: 1 error,"},
		{"nohsts.example", 0, "warning hsts-missing  https://nohsts.example/"},
		{"nohsts.example -fail-on warning", 1, "tlsgate: fail: 0 errors, 1 warning"},
		{"gone.example", 3, "tlsgate: not verified: 0 errors,"},
		{"gone.example -fail-on warning", 3, "tlsgate: not verified: 0 errors, 1 warning and 0 notes at 1 target; 1 not verified"},
		{"gone.example -fail-on note", 3, "tlsgate: not verified: 0 errors, 1 warning"},
		{"gone.example nohsts.example -fail-on warning", 1, "tlsgate: fail: 0 errors, 2 warnings"},
		{"gone.example -fail-on never", 0, "tlsgate: not verified: 0 errors,"},
		{"gone.example good.example", 3, "the name 'gone.example' does not resolve"},
		{"gone.example content.example", 1, "1 not verified"},
		{"-version", 0, "tlsgate " + version()},
		{"-h", 0, "-fail-on LEVEL"},
	} {
		got := w.run(t, append(strings.Fields(c.args), "-roots", "roots.pem")...)
		if got.code != c.code || !strings.Contains(got.stdout, c.says) || got.stderr != "" {
			t.Errorf("%s: exit code %d, want %d with %q\n%s%s", c.args, got.code, c.code, c.says, got.stdout, got.stderr)
		}
	}
}

// The first command of the README needs no network, finds what its
// deployments are made to show, and leaves a SARIF log.
func TestDemo(t *testing.T) {
	w := world{}
	file := filepath.Join(t.TempDir(), "demo.sarif")
	got := w.run(t, "-demo", "-sarif-file", file)
	if got.code != 1 || got.stderr != "" {
		t.Errorf("exit code %d, stderr %q", got.code, got.stderr)
	}
	ids := found(t, readFile(t, file))
	for _, d := range deploytest.Demo() {
		if d.Rule == "" {
			continue
		}
		if !slices.Contains(ids, d.Rule) {
			t.Errorf("%s: %s not found", d.Host, d.Rule)
		}
		if !strings.Contains(got.stdout, d.Rule+"  "+d.URL()) {
			t.Errorf("%s at %s not told", d.Rule, d.URL())
		}
	}
}

func TestCleanRun(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "good.example"})
	file := filepath.Join(t.TempDir(), "tlsgate.sarif")
	if got := w.run(t, "good.example", "-roots", "roots.pem", "-sarif-file", file); got.code != 0 {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	// Code scanning refuses a log without the list.
	if results := readLog(t, readFile(t, file)); results == nil || len(results) > 0 {
		t.Errorf("results %#v, want an empty list", results)
	}
}

// A file named "-" is standard output, which then holds nothing else.
func TestStandardOutput(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "good.example"})
	for _, name := range []string{"-sarif-file", "-report-file"} {
		got := w.run(t, "good.example", "-roots", "roots.pem", name, "-")
		if got.code != 0 || !json.Valid([]byte(got.stdout)) {
			t.Errorf("%s: exit code %d, stdout %.200q", name, got.code, got.stdout)
		}
		if !strings.Contains(got.stderr, "tlsgate: pass:") {
			t.Errorf("%s: no table on stderr: %q", name, got.stderr)
		}
	}
}

// Nothing is checked by halves: on any mistake nothing is sent, and what an
// earlier run has left stays.
func TestUsageErrors(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "good.example", Addresses: []string{"203.0.113.99"}})
	w.files["list.txt"] = "good.example\nhttps://fine.example/\nftp://bad.example/\n"
	w.files["empty.txt"] = "# nothing\n"
	w.files["not.pem"] = "hello"
	sarif := filepath.Join(t.TempDir(), "kept.sarif")
	writeFile(t, sarif, "of an earlier run")
	for _, c := range []struct {
		args string
		says string
	}{
		{"", "nothing to check"},
		{"-urls-file list.txt", "urls-file: list.txt:3: 'ftp://bad.example/'"},
		{"-urls-file empty.txt", "'empty.txt' has no URLs"},
		{"-urls-file none.txt", "'none.txt' cannot be read"},
		{"good.example https://", "has no host"},
		{"good.example https://good.example:99999/", "port '99999'"},
		{"good.example -roots none.pem", "'none.pem' cannot be read"},
		{"good.example -roots not.pem", "roots: 'not.pem'"},
		{"good.example -timeout 0", "timeout: '0'"},
		{"good.example -timeout 10", "write '10s' for seconds"},
		{"good.example -fail-on fatal", "fail-on: 'fatal'"},
		{"good.example -retries -1", "retries: '-1'"},
		{"good.example -resolve good.example:443", "resolve: 'good.example:443'"},
		{"good.example -allow-private=maybe", "'maybe' is not valid: expected true or false"},
		{"good.example -no-such-flag", "no-such-flag"},
		{"good.example -report-file " + sarif, "is also the sarif-file"},
		{"-demo good.example", "-demo has its own deployments"},
	} {
		got := w.run(t, append(strings.Fields(c.args), "-sarif-file", sarif)...)
		if got.code != exitUsage || !strings.Contains(got.stderr, c.says) || got.stdout != "" {
			t.Errorf("%q: exit code %d, want %d with %q\n%s%s", c.args, got.code, exitUsage, c.says, got.stdout, got.stderr)
		}
	}
	if kept := string(readFile(t, sarif)); kept != "of an earlier run" {
		t.Errorf("the SARIF log became %.100q", kept)
	}
	if asked, _ := w.network.Connections("203.0.113.99:443"); asked > 0 {
		t.Errorf("%d connections were made", asked)
	}
}

// A report that cannot be written fails the run, whatever the verdict: what
// waits for it would take silence for a pass. The table is printed all the same.
func TestUnwritableReport(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "good.example"})
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, "")
	for _, name := range []string{"sarif-file", "report-file"} {
		got := w.run(t, "good.example", "-roots", "roots.pem", "-"+name, filepath.Join(file, "below"))
		if got.code != exitUndelivered || !strings.Contains(got.stderr, "tlsgate: error: "+name+": ") || !strings.Contains(got.stdout, "tlsgate: pass") {
			t.Errorf("%s: exit code %d\n%s%s", name, got.code, got.stdout, got.stderr)
		}
	}
}

// Alerts stay the same when the list is reordered, addresses change and
// certificates are renewed between two runs.
func TestFingerprintsStay(t *testing.T) {
	// Each run deploys anew, with keys, certificates and addresses of its own.
	prints := func(list []deploytest.Deployment) []string {
		w := newWorld(t)
		args := []string{"-roots", "roots.pem", "-sarif-file", "-", "-retries", "0"}
		for _, d := range list {
			args = append(args, w.network.Deploy(d).URL())
		}
		var out []string
		for _, r := range readLog(t, []byte(w.run(t, args...).stdout)) {
			out = append(out, r.RuleID+" "+r.PartialFingerprints["primaryLocationLineHash"])
		}
		slices.Sort(out)
		return out
	}
	// A port that waits for a line of text takes the survey's whole patience.
	list := slices.DeleteFunc(deploytest.Faults(), func(d deploytest.Deployment) bool { return d.Sniff != nil })
	first := prints(list)
	slices.Reverse(list)
	second := prints(list)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("fingerprints (-first +second)\n%s", diff)
	}
	if len(first) < 20 || len(slices.Compact(first)) < len(second) {
		t.Errorf("%d findings, not all distinct: %q", len(second), first)
	}
}

// Neither the system's trust store, which SSL_CERT_FILE names, nor GODEBUG
// makes a private certificate trusted. Both are read once a process, so the
// program is run as one.
func TestSystemTrustIsNotAsked(t *testing.T) {
	n := deploytest.NewNetwork()
	t.Cleanup(n.Close)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	writeFile(t, roots, string(n.Root().PEM()))
	url := "https://" + serveTLS(t, n) + "/"
	t.Setenv("SSL_CERT_FILE", roots)
	t.Setenv("GODEBUG", "x509usefallbackroots=1,rsa1024min=0,tlsmaxrsasize=16384")
	findings := func(args ...string) []string {
		got := runProcess(t, append(args, url, "-allow-private", "-retries", "0", "-sarif-file", "-")...)
		return found(t, []byte(got.stdout))
	}
	if got := findings(); !slices.Contains(got, "untrusted-root") {
		t.Errorf("the system's trust store was asked: found %q", got)
	}
	if got := findings("-roots", roots); slices.Contains(got, "untrusted-root") {
		t.Errorf("the same certificate does not pass with its root given: found %q", got)
	}
}

// The places that a file declares its targets at are in every report.
func TestDeclaredPlaces(t *testing.T) {
	w := newWorld(t, fault(t, "content.example"))
	w.files["deployments.txt"] = "# ours\n\ncontent.example\n"
	got := w.run(t, "-roots", "roots.pem", "-urls-file", "deployments.txt", "-sarif-file", "-")
	if !strings.Contains(got.stderr, "Declared at deployments.txt:3.") {
		t.Errorf("the table does not tell it:\n%s", got.stderr)
	}
	if !strings.Contains(got.stdout, `"uri":"deployments.txt"`) || !strings.Contains(got.stdout, `"startLine":3`) {
		t.Errorf("SARIF does not tell it:\n%.3000s", got.stdout)
	}
}

// Many targets at once give each its own verdict, in the order declared.
func TestManyTargets(t *testing.T) {
	w := newWorld(t)
	args := []string{"-roots", "roots.pem", "-report-file", "-"}
	for i := range 60 {
		d := deploytest.Deployment{Host: "d" + strconv.Itoa(i) + ".example"}
		if i%3 == 0 {
			d.Cleartext = deploytest.Answer(http.StatusOK, deploytest.GoodPage)
		}
		args = append(args, w.network.Deploy(d).Host)
	}
	var r check.Report
	if err := json.Unmarshal([]byte(w.run(t, args...).stdout), &r); err != nil {
		t.Fatal(err)
	}
	for i, res := range r.Results {
		want := check.Pass
		if i%3 == 0 {
			want = check.Fail
		}
		if host := "d" + strconv.Itoa(i) + ".example"; res.Observation.Target.Host != host || res.Requirements[0].State != want {
			t.Errorf("%d: %s %s, want %s %s", i, res.Observation.Target.Host, res.Requirements[0].State, host, want)
		}
	}
	if len(r.Results) != 60 || r.Ended.Before(r.Started) || r.Started.After(time.Now()) {
		t.Errorf("%d results from %s to %s", len(r.Results), r.Started, r.Ended)
	}
}
