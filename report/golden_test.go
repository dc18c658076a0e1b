package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
)

var update = flag.Bool("update", false, "write the golden files anew")

const goldenDir = "../testdata/reports"

var goldens = []struct {
	name     string
	report   func(testing.TB) *check.Report
	category string
}{
	{"clean", cleanReport, ""},
	{"violated", violatedReport, ""},
	{"unverified", unverifiedReport, ""},
	{"hostile", hostileReport, ""},
	{"labelled", labelledReport, "production"},
	{"accepted", acceptedReport, ""},
	{"share", shareReport, ""},
	{"baseline", baselineReport, ""},
	{"empty", func(testing.TB) *check.Report { return newReport() }, ""},
}

// formats are all forms of a report, by the suffix of their golden files. The
// embedded roots change with their modules, and the golden files do not.
func formats(t testing.TB, r *check.Report, category string) map[string][]byte {
	t.Helper()
	v := newView(r, testRules)
	const anyRoots = "(The embedded roots are named here.)"
	embedded := rootsUsed(&check.Report{})
	if v.roots == embedded {
		v.roots = anyRoots
	}
	out := map[string][]byte{
		"txt":             v.Console(ConsoleOptions{Width: 80}),
		"annotations.txt": list(v.Annotations()),
	}
	for _, f := range Formats() {
		var b bytes.Buffer
		if err := f.Write(&b, v, FormatOptions{Category: category}); err != nil {
			t.Fatal(err)
		}
		suffix := strings.ToLower(f.Name)
		if f.Name == "Markdown" {
			suffix = "md"
		}
		out[suffix] = bytes.ReplaceAll(b.Bytes(), []byte(embedded), []byte(anyRoots))
	}
	return out
}

// indented is compact JSON for reading.
func indented(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", " "); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// list writes annotations for reading.
func list(as []Annotation) []byte {
	var b bytes.Buffer
	for _, a := range as {
		fmt.Fprintf(&b, "%s: %s\n%s:%d\n%s\n\n", a.Level, a.Title, a.File, a.Line, a.Message)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for _, g := range goldens {
		for suffix, got := range formats(t, g.report(t), g.category) {
			if suffix == "in-toto statement" {
				continue // holds digests of what changes with the embedded roots: TestStatement
			}
			if suffix == "sarif" {
				got = indented(t, got)
			}
			t.Run(g.name+"/"+suffix, func(t *testing.T) {
				path := filepath.Join(goldenDir, g.name+"."+suffix)
				if *update {
					if err := os.WriteFile(path, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			})
		}
	}
}

// The same report gives the same bytes, whatever order maps are walked in.
func TestDeterministic(t *testing.T) {
	r := violatedReport(t)
	first := formats(t, r, "x")
	for range 3 {
		for suffix, got := range formats(t, r, "x") {
			if !bytes.Equal(first[suffix], got) {
				t.Fatal(cmp.Diff(string(first[suffix]), string(got)))
			}
		}
	}
}
