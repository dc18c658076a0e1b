package main

import (
	"regexp"
	"strings"
	"testing"
)

// docs/design.md names functions that are where it says.
func TestDesignNamesFunctions(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| [0-9]+[a-f]? \\| `(\\w+)` \\| `([\\w/.]+)` \\|")
	rows := row.FindAllStringSubmatch(string(readFile(t, "docs/design.md")), -1)
	if len(rows) < 20 {
		t.Errorf("%d steps, want more", len(rows))
	}
	for _, r := range rows {
		if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + r[1] + `\(`).Match(readFile(t, r[2])) {
			t.Errorf("%s has no function %s", r[2], r[1])
		}
	}
}

// The README is short, and its links lead somewhere.
func TestReadme(t *testing.T) {
	text := string(readFile(t, "README.md"))
	if n := strings.Count(text, "\n"); n >= 250 {
		t.Errorf("README.md has %d lines, want fewer than 250", n)
	}
	for _, doc := range []string{"README.md", "CONTRIBUTING.md"} {
		for _, m := range regexp.MustCompile(`\]\(([\w./-]+)\)`).FindAllStringSubmatch(string(readFile(t, doc)), -1) {
			if strings.HasSuffix(m[1], "/") {
				continue
			}
			readFile(t, m[1])
		}
	}
}
