package input

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
)

const readme = "../../README.md"

var update = flag.Bool("update", false, "rewrite action.yml and the README's tables")

const actionFile = "../../action.yml"

// TestActionDeclares holds action.yml's inputs and outputs to the code's.
func TestActionDeclares(t *testing.T) {
	var b strings.Builder
	b.WriteString("inputs:\n")
	for _, in := range Inputs() {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n    required: false\n", in.Name, yamlText(t, in.Usage))
		if d := in.actionsDefault(); d != "" {
			fmt.Fprintf(&b, "    default: %s\n", yamlText(t, d))
		}
	}
	b.WriteString("outputs:\n")
	for _, out := range Outputs() {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n", out.Name, yamlText(t, out.Meaning))
	}
	text := readText(t, actionFile)
	i, j := strings.Index(text, "inputs:\n"), strings.Index(text, "runs:\n")
	if i < 0 || j < i {
		t.Fatal("action.yml has no inputs before its runs")
	}
	if *update {
		writeText(t, actionFile, text[:i]+b.String()+text[j:])
		return
	}
	if diff := cmp.Diff(b.String(), text[i:j]); diff != "" {
		t.Errorf("inputs and outputs of action.yml (-want +got; -update rewrites them):\n%s", diff)
	}
}

// yamlText is text as a YAML scalar that is a string whatever it looks like.
func yamlText(t *testing.T, s string) string {
	t.Helper()
	b, err := yaml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func TestReadmeListsInputs(t *testing.T) {
	var want []string
	for _, in := range Inputs() {
		byDefault := code(in.Default)
		if in.ActionsDefault != "" {
			byDefault = code(in.ActionsDefault) + " in Actions"
		}
		want = append(want, row(code(in.Name), byDefault, in.Usage))
	}
	holdReadme(t, row("input", "default", "meaning"), want)
}

func TestReadmeListsOutputs(t *testing.T) {
	var want []string
	for _, out := range Outputs() {
		want = append(want, row(code(out.Name), out.Meaning))
	}
	holdReadme(t, row("output", "meaning"), want)
}

func TestReadmeListsExitCodes(t *testing.T) {
	var want []string
	for _, c := range exitCodes {
		want = append(want, row(strconv.Itoa(c.code), c.meaning))
	}
	holdReadme(t, row("exit code", "meaning"), want)
}

func TestReadmeListsRules(t *testing.T) {
	groups := []struct {
		title        string
		requirements []check.Requirement
	}{
		{"V12.2.1 TLS only", []check.Requirement{check.TLSOnly}},
		{"V12.2.2 Publicly trusted", []check.Requirement{check.PubliclyTrusted}},
		{"both", check.Requirements()},
	}
	var want []string
	listed := 0
	for _, g := range groups {
		var errors, others []string
		for _, rule := range check.Rules() {
			switch {
			case !slices.Equal(rule.Requirements, g.requirements):
			case rule.Level == check.Error:
				errors = append(errors, code(rule.ID))
			default:
				others = append(others, code(rule.ID))
			}
		}
		listed += len(errors) + len(others)
		want = append(want, row(g.title, strings.Join(errors, ", "), strings.Join(others, ", ")))
	}
	if listed != len(check.Rules()) {
		t.Errorf("%d of %d rules have a row", listed, len(check.Rules()))
	}
	holdReadme(t, row("requirement", "error", "warning or note"), want)
}

func TestHelpListsInputs(t *testing.T) {
	help := strings.Join(strings.Fields(Help()), " ")
	for _, in := range Inputs() {
		want := strings.Join(strings.Fields("-"+in.Name+" "+in.Value+" "+in.Usage), " ")
		if !strings.Contains(help, want) {
			t.Errorf("the help text lacks %q", want)
		}
	}
	for line := range strings.Lines(Help()) {
		if len(line) > 80 {
			t.Errorf("longer than a terminal's line: %q", line)
		}
	}
}

func TestVariable(t *testing.T) {
	for name, want := range map[string]string{"urls": "INPUT_URLS", "fail-on": "INPUT_FAIL-ON", "two words": "INPUT_TWO_WORDS"} {
		if got := (Input{Name: name}).variable(); got != want {
			t.Errorf("variable of %q = %q, want %q", name, got, want)
		}
	}
}

// code is text in Markdown's code style, nothing for nothing.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// row is a line of a Markdown table.
func row(cells ...string) string {
	return strings.ReplaceAll("| "+strings.Join(cells, " | ")+" |", "|  |", "| |")
}

// holdReadme compares the rows of README.md's table under a heading row, or
// rewrites them with -update.
func holdReadme(t *testing.T, heading string, want []string) {
	t.Helper()
	text := readText(t, readme)
	before, after, found := strings.Cut(text, "\n"+heading+"\n")
	if !found {
		t.Fatalf("README.md has no table %q", heading)
	}
	rule, after, _ := strings.Cut(after, "\n")
	table, after, _ := strings.Cut(after, "\n\n")
	if *update {
		writeText(t, readme, before+"\n"+heading+"\n"+rule+"\n"+strings.Join(want, "\n")+"\n\n"+after)
		return
	}
	if diff := cmp.Diff(want, strings.Split(table, "\n")); diff != "" {
		t.Errorf("README.md under %q (-want +got; -update rewrites it):\n%s", heading, diff)
	}
}

func readText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func writeText(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
