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
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
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
	p := program{
		Stdout: &stdout, Stderr: &stderr, Network: w.network,
		Getenv: func(name string) string { return w.env[name] },
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := w.files[name]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
	}
	code := p.run(ctx, args)
	return ending{code, stdout.String(), stderr.String()}
}

// A sarifLog is what these tests read of SARIF.
type sarifLog struct {
	Runs []struct {
		Results []result
	}
}

type result struct {
	RuleID              string
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

func TestExitCode(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "sound.example"},
		fault(t, "content.example"), fault(t, "private.example"), fault(t, "nohsts.example"))
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"sound.example", 0, "tlsgate: pass: 0 errors, 0 warnings and 0 notes at 1 target; 0 not verified"},
		{"content.example", 1, "error cleartext-content  https://content.example/"},
		{"private.example", 1, "error untrusted-root  https://private.example/"},
		{"sound.example content.example", 1, "tlsgate: fail: 1 error,"},
		{"content.example -fail-on never", 0, "tlsgate: fail: 1 error,"},
		{"nohsts.example", 0, "warning hsts-missing  https://nohsts.example/"},
		{"nohsts.example -fail-on warning", 1, "tlsgate: fail: 0 errors, 1 warning"},
		{"gone.example", 3, "tlsgate: not verified: 0 errors,"},
		{"gone.example -fail-on never", 0, "tlsgate: not verified: 0 errors,"},
		{"gone.example sound.example", 3, "the name 'gone.example' does not resolve"},
		{"gone.example content.example", 1, "1 not verified"},
		{"-version", 0, "tlsgate " + version},
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
	w := newWorld(t, deploytest.Deployment{Host: "sound.example"})
	file := filepath.Join(t.TempDir(), "tlsgate.sarif")
	if got := w.run(t, "sound.example", "-roots", "roots.pem", "-sarif-file", file); got.code != 0 {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	// Code scanning refuses a log without the list.
	if results := readLog(t, readFile(t, file)); results == nil || len(results) > 0 {
		t.Errorf("results %#v, want an empty list", results)
	}
}

// A file named "-" is standard output, which then holds nothing else.
func TestStandardOutput(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "sound.example"})
	for _, name := range []string{"-sarif-file", "-report-file"} {
		got := w.run(t, "sound.example", "-roots", "roots.pem", name, "-")
		if got.code != 0 || !json.Valid([]byte(got.stdout)) {
			t.Errorf("%s: exit code %d, stdout %.200q", name, got.code, got.stdout)
		}
		if !strings.Contains(got.stderr, "tlsgate: pass:") {
			t.Errorf("%s: no table on stderr: %q", name, got.stderr)
		}
	}
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

func TestActions(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "sound.example"},
		fault(t, "content.example"), fault(t, "nohsts.example"))
	workspace := w.inActions(t)
	sarif := filepath.Join(workspace, "out", "gate.sarif")
	w.env["INPUT_URLS"] = "sound.example, content.example\nnohsts.example gone.example"
	w.env["INPUT_ROOTS"] = "roots.pem"
	w.env["INPUT_SARIF-FILE"] = sarif
	got := w.run(t)
	if got.code != 1 || got.stderr != "" {
		t.Errorf("exit code %d, stderr %q", got.code, got.stderr)
	}
	want := map[string]string{
		"verdict": "fail", "violations": "1", "warnings": "1", "not-verified": "1", "targets": "4",
		"sarif-file": "out/gate.sarif", "report-file": "",
	}
	if diff := cmp.Diff(want, w.outputs(t)); diff != "" {
		t.Errorf("outputs (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cleartext-content", "hsts-missing", "target-not-verified"}, found(t, readFile(t, sarif))); diff != "" {
		t.Errorf("SARIF (-want +got)\n%s", diff)
	}
	for _, line := range []string{
		"::error title=tlsgate%3A fail::1 error, ",
		"::error title=cleartext-content (V12.2.1)::https://content.example/: ",
		"::warning title=hsts-missing (V12.2.1)::https://nohsts.example/: ",
	} {
		if !strings.Contains("\n"+got.stdout, "\n"+line) {
			t.Errorf("no annotation %q in\n%s", line, got.stdout)
		}
	}
	summary := string(readFile(t, w.env["GITHUB_STEP_SUMMARY"]))
	for _, host := range []string{"sound.example", "content.example", "nohsts.example", "gone.example"} {
		if !strings.Contains(summary, host) {
			t.Errorf("%s is not in the summary", host)
		}
	}
}

// What the job lacks is told, and changes no verdict.
func TestActionsWithoutFiles(t *testing.T) {
	for _, missing := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		for host, code := range map[string]int{"sound.example": 0, "content.example": 1, "gone.example": 3} {
			w := newWorld(t, deploytest.Deployment{Host: "sound.example"}, fault(t, "content.example"))
			w.inActions(t)
			delete(w.env, missing)
			sarif := filepath.Join(t.TempDir(), "gate.sarif")
			got := w.run(t, host, "-roots", "roots.pem", "-sarif-file", sarif)
			if got.code != code || !strings.Contains(got.stdout, "::warning title=tlsgate::"+missing+" is not set") {
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
	got := w.run(t, "-roots", "roots.pem", "-sarif-file", filepath.Join(t.TempDir(), "s"))
	if got.code != 0 || !strings.Contains(got.stdout, "https://preview-17.example/  pass") {
		t.Errorf("exit code %d\n%s", got.code, got.stdout)
	}
}

// Nothing is checked by halves: on any mistake nobody is asked, and what an
// earlier run has left stays.
func TestUsageErrors(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "sound.example", Addresses: []string{"203.0.113.99"}})
	w.files["list.txt"] = "sound.example\nhttps://good.example/\nftp://bad.example/\n"
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
		{"-urls-file empty.txt", "'empty.txt' has no URL in it"},
		{"-urls-file none.txt", "'none.txt' cannot be read"},
		{"sound.example https://", "has no host"},
		{"sound.example https://sound.example:99999/", "port '99999'"},
		{"sound.example -roots none.pem", "'none.pem' cannot be read"},
		{"sound.example -roots not.pem", "roots: 'not.pem'"},
		{"sound.example -timeout 0", "timeout: '0'"},
		{"sound.example -timeout 10", "write '10s' for seconds"},
		{"sound.example -fail-on fatal", "fail-on: 'fatal'"},
		{"sound.example -retries -1", "retries: '-1'"},
		{"sound.example -resolve sound.example:443", "resolve: 'sound.example:443'"},
		{"sound.example -allow-private=maybe", "'maybe' is neither true nor false"},
		{"sound.example -no-such-flag", "no-such-flag"},
		{"sound.example -report-file " + sarif, "is the sarif-file too"},
		{"-demo sound.example", "-demo brings its own deployments"},
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

// A report that cannot be written fails the run, whatever the verdict: what
// waits for it would take silence for a pass. The table is told all the same.
func TestUnwritableReport(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "sound.example"})
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, "")
	for _, name := range []string{"sarif-file", "report-file"} {
		got := w.run(t, "sound.example", "-roots", "roots.pem", "-"+name, filepath.Join(file, "below"))
		if got.code != exitUsage || !strings.Contains(got.stderr, "tlsgate: error: "+name+": ") || !strings.Contains(got.stdout, "tlsgate: pass") {
			t.Errorf("%s: exit code %d\n%s%s", name, got.code, got.stdout, got.stderr)
		}
	}
}

// An interrupted run concludes nothing.
func TestInterrupted(t *testing.T) {
	w := newWorld(t, deploytest.Deployment{Host: "stalled.example", HTTPS: deploytest.Stall, NoTLS: true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sarif := filepath.Join(t.TempDir(), "gate.sarif")
	got := w.runUntil(ctx, "stalled.example", "-sarif-file", sarif)
	if got.code != exitNotVerified || !strings.Contains(got.stderr, "interrupted") || got.stdout != "" {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if _, err := os.Stat(sarif); err == nil {
		t.Error("half a SARIF log was written")
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
		t.Errorf("%d findings, not all told apart: %q", len(second), first)
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

// Libraries log too: net/http does what a peer sends before it is asked.
func TestSilentLibraries(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go shouting.Serve(l)
	args := []string{"-allow-private", "-retries", "0"}
	for i := range 50 { // it has to win a race against the request
		args = append(args, "http://"+l.Addr().String()+"/"+strconv.Itoa(i))
	}
	if got := runProcess(t, args...); got.stderr != "" {
		t.Errorf("stderr %.500q", got.stderr)
	}
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

// commandLine is a workflow command as the program itself writes it.
var commandLine = regexp.MustCompile(`^::(error|warning) (file=list\.txt,line=[123],)?title=(tlsgate(%3A fail)?|[a-z0-9-]+ \(V12\.2\.[12](%2C V12\.2\.2)?\))::`)

// What a deployment says about itself reaches no log and no report raw.
func TestHostileText(t *testing.T) {
	w := newWorld(t, deploytest.HostileText("hostile.example"),
		deploytest.Deployment{Host: "header.example", HTTPS: hostileHeaders, Cleartext: hostileHeaders},
		deploytest.Deployment{Host: "early.example", HTTPS: shouting, NoTLS: true, Cleartext: shouting})
	workspace := w.inActions(t)
	list := filepath.Join(workspace, "list.txt")
	w.files[list] = "hostile.example\nheader.example # ::error::comment\nearly.example\n"
	sarif, report := filepath.Join(workspace, "s.sarif"), filepath.Join(workspace, "r.json")
	got := w.run(t, "-roots", "roots.pem", "-urls-file", list, "-sarif-file", sarif, "-report-file", report, "-retries", "0")
	if got.code != 1 {
		t.Errorf("exit code %d", got.code)
	}
	summary := string(readFile(t, w.env["GITHUB_STEP_SUMMARY"]))
	results := string(readFile(t, sarif))
	for name, text := range map[string]string{
		"stdout": got.stdout, "stderr": got.stderr, "summary": summary, "SARIF": results,
		"report": string(readFile(t, report)), "outputs": string(readFile(t, w.env["GITHUB_OUTPUT"])),
	} {
		for i, line := range strings.Split(text, "\n") {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "::") && (name != "stdout" || !commandLine.MatchString(line)) {
				t.Errorf("%s:%d: a command: %q", name, i+1, line)
			}
			if strings.Contains(line, "##[") || strings.ContainsAny(line, "\x1b\r") {
				t.Errorf("%s:%d: raw: %q", name, i+1, line)
			}
		}
	}
	for name, text := range map[string]string{"stdout": got.stdout, "summary": summary, "SARIF": results} {
		if !strings.Contains(text, "owned") {
			t.Errorf("%s quotes nothing of it, so that this proves nothing", name)
		}
		if strings.Contains(text, "\u202e") {
			t.Errorf("%s has a bidirectional override", name)
		}
	}
	for _, raw := range []string{"<img", "](javascript", "[x]", "| `"} {
		if strings.Contains(summary, raw) {
			t.Errorf("the summary has %q", raw)
		}
	}
	if strings.Contains(results, "[x](") {
		t.Error("the SARIF log has a link")
	}
}

// hostileHeaders says it in header fields that messages quote.
var hostileHeaders = deploytest.Answer(http.StatusFound, "",
	"Location: http://header.example/"+deploytest.Hostile, "Strict-Transport-Security: "+deploytest.Hostile)

// shouting answers before it is asked, with commands.
var shouting = deploytest.Raw(func(c net.Conn) {
	_, _ = c.Write([]byte("\r\n::error::early\r\n##[error]early\x1b[31m owned\r\n"))
})

// The places that a file declares its targets at are told in every report.
func TestDeclaredPlaces(t *testing.T) {
	w := newWorld(t, fault(t, "content.example"))
	w.files["deployments.txt"] = "# ours\n\ncontent.example\n"
	got := w.run(t, "-roots", "roots.pem", "-urls-file", "deployments.txt", "-sarif-file", "-")
	if !strings.Contains(got.stderr, "Declared at deployments.txt:3.") {
		t.Errorf("the table does not tell it:\n%s", got.stderr)
	}
	if !strings.Contains(got.stdout, `"uri": "deployments.txt"`) || !strings.Contains(got.stdout, `"startLine": 3`) {
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
			d.Cleartext = deploytest.Answer(http.StatusOK, deploytest.SoundPage)
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
