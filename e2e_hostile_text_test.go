package main

import (
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

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
