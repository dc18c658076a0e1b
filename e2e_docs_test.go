package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// docs/dependencies.md lists each module that go.mod requires, and no other.
func TestDependenciesAreListed(t *testing.T) {
	named := func(pattern, file string) []string {
		var names []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(readFile(t, file)), -1) {
			names = append(names, m[1])
		}
		slices.Sort(names)
		return names
	}
	required := named(`(?m)^\t(\S+) v\S+`, "go.mod")
	listed := named("(?m)^\\| `(\\S+)` \\|", "docs/dependencies.md")
	if diff := cmp.Diff(required, listed); diff != "" {
		t.Errorf("docs/dependencies.md (-go.mod +listed):\n%s", diff)
	}
}

// What is built and run in pipelines is named by its content: the base image
// and the actions of our own workflows.
func TestSupplyIsPinned(t *testing.T) {
	for _, m := range regexp.MustCompile(`(?m)^(?:FROM (\S+)|# *syntax *=)`).FindAllStringSubmatch(string(readFile(t, "Dockerfile")), -1) {
		if m[1] != "scratch" && !regexp.MustCompile(`@sha256:[0-9a-f]{64}$`).MatchString(m[1]) {
			t.Errorf("Dockerfile: '%s' is not pinned by digest", m[0])
		}
	}
	workflows, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(workflows) == 0 {
		t.Fatalf("workflows: %v, %v", workflows, err)
	}
	for _, file := range workflows {
		for _, m := range regexp.MustCompile(`uses: (\S+)`).FindAllStringSubmatch(string(readFile(t, file)), -1) {
			if !strings.HasPrefix(m[1], "./") && !regexp.MustCompile(`@[0-9a-f]{40}$`).MatchString(m[1]) {
				t.Errorf("%s: '%s' is not pinned by commit", file, m[1])
			}
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
