package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/report"
)

// Every format goes to the file that its input names, and all say what was
// found.
func TestFormats(t *testing.T) {
	w := newWorld(t, fault(t, "content.example"))
	dir := t.TempDir()
	args := []string{"content.example", "-roots", "roots.pem"}
	for _, f := range report.Formats() {
		args = append(args, "-"+f.Input, filepath.Join(dir, f.Name))
	}
	if got := w.run(t, args...); got.code != 1 {
		t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	for _, f := range report.Formats() {
		if text := string(readFile(t, filepath.Join(dir, f.Name))); !strings.Contains(text, "cleartext-content") {
			t.Errorf("%s does not say what was found:\n%s", f.Name, text)
		}
	}
}
