//go:build browsers

package pki

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// firefoxDifferences are the roots in which the embedded bundle and the
// installed Firefox may differ, by SHA-256, each with its reason.
var firefoxDifferences = map[string]string{}

// TestFirefoxRoots compares the embedded roots with those that the installed
// Firefox trusts for websites.
func TestFirefoxRoots(t *testing.T) {
	firefox, err := exec.LookPath("firefox")
	if err != nil {
		t.Skip("no firefox")
	}
	theirs := firefoxRoots(t, firefox)
	ours := map[string]string{}
	for _, list := range Embedded().bySubject() {
		for _, a := range list {
			ours[fmt.Sprintf("%X", sha256.Sum256(a.der))] = a.cert().Subject.String()
		}
	}
	for sum, name := range ours {
		if theirs[sum] == "" && firefoxDifferences[sum] == "" {
			t.Errorf("only embedded: %s %s", sum, name)
		}
	}
	for sum, name := range theirs {
		if ours[sum] == "" && firefoxDifferences[sum] == "" {
			t.Errorf("only in Firefox: %s %s", sum, name)
		}
	}
	t.Logf("%d roots embedded, %d in Firefox", len(ours), len(theirs))
}

// listRoots lists the roots that Firefox trusts for websites, which are the
// built-in ones in a new profile: for each SHA-256, the subject.
const listRoots = `
const db = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
const out = {};
for (const c of db.getCerts()) {
  if (db.isCertTrusted(c, Ci.nsIX509Cert.CA_CERT, Ci.nsIX509CertDB.TRUSTED_SSL)) {
    out[c.sha256Fingerprint.replaceAll(":", "")] = c.subjectName;
  }
}
return out;`

// firefoxRoots asks a Firefox by its Marionette protocol.
func firefoxRoots(t *testing.T, firefox string) map[string]string {
	profile := t.TempDir()
	prefs := `user_pref("marionette.port", 0);` + "\n"
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(prefs), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, firefox, "--headless", "--no-remote", "--profile", profile, "--marionette", "--remote-allow-system-access")
	cmd.Env = append(os.Environ(), "HOME="+profile, "MOZ_DISABLE_CONTENT_SANDBOX=1")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // it was killed
	}()
	port := marionettePort(output)
	if port == "" {
		t.Fatal("Firefox does not say where it listens")
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := marionette{t, bufio.NewReader(c), c, 0}
	m.read() // its greeting
	m.call("WebDriver:NewSession", map[string]any{})
	m.call("Marionette:SetContext", map[string]any{"value": "chrome"})
	var answer struct{ Value map[string]string }
	if err := json.Unmarshal(m.call("WebDriver:ExecuteScript", map[string]any{"script": listRoots, "args": []any{}}), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Value
}

// marionettePort reads the port out of what Firefox says when it listens, and
// leaves the rest unread no longer than it comes.
func marionettePort(output io.Reader) string {
	r := bufio.NewReader(output)
	for {
		line, err := r.ReadString('\n')
		if _, port, ok := strings.Cut(strings.TrimSpace(line), "Listening on port "); ok {
			go io.Copy(io.Discard, r)
			return port
		}
		if err != nil {
			return ""
		}
	}
}

// A marionette is a connection of Firefox's Marionette protocol: messages are
// JSON behind their length and a colon.
type marionette struct {
	t  *testing.T
	r  *bufio.Reader
	w  io.Writer
	id int
}

func (m *marionette) read() []byte {
	m.t.Helper()
	length, err := m.r.ReadString(':')
	if err != nil {
		m.t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil {
		m.t.Fatal(err)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(m.r, text); err != nil {
		m.t.Fatal(err)
	}
	return text
}

// call sends a command and returns its result.
func (m *marionette) call(name string, params map[string]any) json.RawMessage {
	m.t.Helper()
	m.id++
	text, err := json.Marshal([]any{0, m.id, name, params})
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(m.w, "%d:%s", len(text), text); err != nil {
		m.t.Fatal(err)
	}
	var answer []json.RawMessage // kind, id, error, result
	if err := json.Unmarshal(m.read(), &answer); err != nil || len(answer) != 4 {
		m.t.Fatalf("%s: %v", name, err)
	}
	if string(answer[2]) != "null" {
		m.t.Fatalf("%s: %s", name, answer[2])
	}
	return answer[3]
}
