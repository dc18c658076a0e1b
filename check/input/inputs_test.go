package input

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
)

const readme = "../../README.md"

var update = flag.Bool("update", false, "rewrite the README's table of rules")

// A field is an input or an output as action.yml declares it.
type field struct {
	Name        string
	Description string `yaml:"description"`
	Required    bool   `yaml:"required"`
	Default     string `yaml:"default"`
}

// readAction gives action.yml's inputs and outputs in their order.
func readAction(t *testing.T) (inputs, outputs []field) {
	t.Helper()
	b, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Inputs, Outputs yaml.MapSlice
	}
	if err := yaml.Unmarshal(b, &action); err != nil {
		t.Fatal(err)
	}
	fields := func(m yaml.MapSlice) (out []field) {
		for _, item := range m {
			b, err := yaml.Marshal(item.Value)
			if err != nil {
				t.Fatal(err)
			}
			f := field{}
			if err := yaml.UnmarshalWithOptions(b, &f, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			f.Name = item.Key.(string)
			out = append(out, f)
		}
		return out
	}
	return fields(action.Inputs), fields(action.Outputs)
}

func TestActionDeclaresInputs(t *testing.T) {
	var want []field
	for _, in := range Inputs() {
		want = append(want, field{Name: in.Name, Description: in.Usage, Default: in.actionsDefault()})
	}
	got, _ := readAction(t)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inputs of action.yml (-want +got):\n%s", diff)
	}
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
	if diff := cmp.Diff(want, readmeTable(t, row("input", "default", "meaning"))); diff != "" {
		t.Errorf("inputs of README.md (-want +got):\n%s", diff)
	}
}

func TestReadmeListsOutputs(t *testing.T) {
	_, outputs := readAction(t)
	var want []string
	for _, out := range outputs {
		want = append(want, row(code(out.Name), out.Description))
	}
	if diff := cmp.Diff(want, readmeTable(t, row("output", "meaning"))); diff != "" {
		t.Errorf("outputs of README.md (-want +got):\n%s", diff)
	}
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
	got := readmeTable(t, row("requirement", "error", "warning or note"))
	if *update {
		rewriteReadme(t, got, want)
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules of README.md (-want +got; -update rewrites them):\n%s", diff)
	}
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

// readmeTable gives the rows of README.md's table under the heading row.
func readmeTable(t *testing.T, heading string) []string {
	t.Helper()
	b, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(b), "\n"+heading+"\n")
	if !found {
		t.Fatalf("README.md has no table %q", heading)
	}
	table, _, _ := strings.Cut(after, "\n\n")
	rows := strings.Split(strings.TrimSpace(table), "\n")
	return rows[1:] // without the rule under the heading
}

// rewriteReadme puts rows in the place of those of README.md that are there.
func rewriteReadme(t *testing.T, there, rows []string) {
	t.Helper()
	b, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), strings.Join(there, "\n"), strings.Join(rows, "\n"), 1)
	if err := os.WriteFile(readme, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
