package input

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Files that are given cannot hold the program up: what would takes too long to
// read is refused at its place.
func TestYAMLBounds(t *testing.T) {
	keys := func(indent string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%sk%d: x\n", indent, i)
		}
		return b.String()
	}
	for name, c := range map[string]struct{ file, says string }{
		"10 MB":                 {"waivers:\n" + strings.Repeat("# nothing\n", 1<<20), "w.yml:1:1: the file has 10485769 bytes"},
		"brackets":              {"waivers: " + strings.Repeat("[", 50000), "w.yml:1:73: lists and mappings are nested more than 64 deep"},
		"brackets that close":   {"waivers: " + strings.Repeat("[", 50000) + strings.Repeat("]", 50000), "nested more than 64 deep"},
		"braces":                {"waivers: " + strings.Repeat("{a: ", 50000), "nested more than 64 deep"},
		"dashes":                {"waivers:\n " + strings.Repeat("- ", 50000), "nested more than 64 deep"},
		"question marks":        {strings.Repeat("? ", 50000), "nested more than 64 deep"},
		"dashes and marks":      {strings.Repeat("- ? ", 50000), "nested more than 64 deep"},
		"mappings":              {nestedMappings(500), "nested more than 64 deep"},
		"keys":                  {keys("", 20000), "w.yml:1001:6: a mapping has more than 1000 keys"},
		"keys of a mapping":     {"waivers:\n" + keys("  ", 20000), "a mapping has more than 1000 keys"},
		"keys of a list's item": {"waivers:\n  -\n" + keys("    ", 20000), "a mapping has more than 1000 keys"},
		"keys in braces":        {"waivers: {" + strings.Repeat("a: b,", 20000) + "}", "a mapping has more than 1000 keys"},
		"words":                 {"waivers: [" + strings.Repeat("a,", 200000) + "]", "w.yml:1:100008: there are more than 100000 words and marks"},
		"merge keys":            {strings.Repeat("<<: x\n", 50000), "w.yml:"},
		"anchors":               {"waivers: " + strings.Repeat("&a ", 50000), "w.yml:"},
		"documents":             {strings.Repeat("---\n", 50000), "w.yml:"},
		"an open quote":         {"waivers: \"" + strings.Repeat("x\n", 200000), "w.yml:"},
		"an open literal":       {"waivers: |\n" + strings.Repeat(" x\n", 100000), "w.yml:"},
		"directives":            {strings.Repeat("%A b\n", 50000), "w.yml:"},
	} {
		start := time.Now()
		e := world(nil, map[string]string{"w.yml": c.file})
		_, err := Read([]string{"good.example", "-waivers", "w.yml"}, e)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Count(err.Error(), "\n") > maxProblems {
			t.Errorf("%s: %.300v, want %q", name, err, c.says)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: took %s", name, took)
		}
	}
}

// nestedMappings is one mapping in another, n deep.
func nestedMappings(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// Thousands of waivers are no problem, in every form of a list.
func TestManyWaivers(t *testing.T) {
	for _, form := range []string{
		"  - rule: hsts-missing\n    target: h%d.example\n    reason: r\n    owner: o\n    expires: 2027-01-31\n",
		"- rule: hsts-missing\n  target: h%d.example\n  reason: r\n  owner: o\n  expires: 2027-01-31\n",
		"- {rule: hsts-missing, target: h%d.example, reason: r, owner: o, expires: 2027-01-31}\n",
	} {
		var b strings.Builder
		b.WriteString("waivers:\n")
		for i := range 4000 {
			fmt.Fprintf(&b, form, i)
		}
		e := world(nil, map[string]string{"w.yml": b.String()})
		c, err := Read([]string{"good.example", "-waivers", "w.yml"}, e)
		if err != nil || len(c.Policy.Waivers) != 4000 {
			t.Errorf("%d waivers, %.300v", len(c.Policy.Waivers), err)
		}
	}
}

// longLists are target lists of n targets, each given in another way.
func longLists(n int) map[string]func() (args []string, e Env) {
	var file, workflow strings.Builder
	workflow.WriteString("with:\n  urls: |\n")
	for i := range n {
		fmt.Fprintf(&file, "https://host%d.example/path # %d\n", i, i)
		fmt.Fprintf(&workflow, "    https://host%d.example/path\n", i)
	}
	return map[string]func() ([]string, Env){
		"file": func() ([]string, Env) {
			return []string{"-urls-file", "list.txt"}, world(nil, map[string]string{"list.txt": file.String()})
		},
		"input of a workflow": func() ([]string, Env) {
			e := world(map[string]string{
				"INPUT_URLS": strings.ReplaceAll(workflow.String()[len("with:\n  urls: |\n"):], "    ", ""), "GITHUB_ACTIONS": "true",
				"GITHUB_REPOSITORY": "o/r", "GITHUB_WORKFLOW_REF": "o/r/.github/workflows/w.yml@refs/heads/main",
			}, map[string]string{"/w/.github/workflows/w.yml": workflow.String()})
			e.Workspace = "/w"
			return nil, e
		},
	}
}

// Long lists are read in time by their length.
func TestLongLists(t *testing.T) {
	for name, list := range longLists(20000) {
		start := time.Now()
		args, e := list()
		c, err := Read(args, e)
		if err != nil || len(c.Targets) != 20000 {
			t.Fatalf("%s: %d targets, %v", name, len(c.Targets), err)
		}
		if name != "file" && c.Targets[19999].Places[0].Line != 20002 {
			t.Errorf("%s: %+v", name, c.Targets[19999].Places)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: took %s", name, took)
		}
	}
}

func BenchmarkLongLists(b *testing.B) {
	for name, list := range longLists(100_000) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				args, e := list()
				if _, err := Read(args, e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
