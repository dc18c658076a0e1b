package input

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const examples = "../../examples/"

// The README shows the first workflow and the waivers as they are in examples/.
func TestReadmeShowsExamples(t *testing.T) {
	text := readText(t, readme)
	shown := []string{"workflows/tls.yml", "tls-waivers.yml"}
	for _, name := range shown {
		if !strings.Contains(text, "```yaml\n"+readText(t, examples+name)+"```\n") {
			t.Errorf("README.md does not show examples/%s as it is", name)
		}
	}
	if blocks := strings.Count(text, "```yaml\n"); blocks != len(shown) {
		t.Errorf("README.md has %d YAML blocks, want %d", blocks, len(shown))
	}
}

func TestExampleWaivers(t *testing.T) {
	files := map[string]string{"tls-waivers.yml": readText(t, examples+"tls-waivers.yml")}
	got, err := Read([]string{"-waivers", "tls-waivers.yml", "a.example"}, world(nil, files))
	if err != nil || len(got.Policy.Waivers) != 2 {
		t.Errorf("waivers %v, %v", got.Policy.Waivers, err)
	}
}

// A job is what these tests read of a workflow's.
type job struct {
	Steps []struct {
		Uses string
		With map[string]string
	}
}

// What expressions in the workflows are worth.
var expressions = strings.NewReplacer("${{ matrix.shard }}", "2", "${{ matrix.of }}", "4")

// Every step of the example workflows that runs tlsgate gives it what it
// takes, and later steps read what it puts out.
func TestExampleWorkflows(t *testing.T) {
	const event = `{"deployment_status":{"state":"success","environment_url":"https://a.example"}}`
	files := map[string]string{"deployments.txt": "a.example", "shards/1.json": "", "event.json": event}
	steps := 0
	names, err := filepath.Glob(examples + "workflows/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text := readText(t, name)
		if list := readText(t, examples+"README.md"); !strings.Contains(list, "(workflows/"+filepath.Base(name)+")") {
			t.Errorf("examples/README.md does not list %s", name)
		}
		for _, m := range regexp.MustCompile(`steps\.tlsgate\.outputs\.([a-z-]+)`).FindAllStringSubmatch(text, -1) {
			if !slices.ContainsFunc(Outputs(), func(o Output) bool { return o.Name == m[1] }) {
				t.Errorf("%s: there is no output %q", name, m[1])
			}
		}
		var workflow struct{ Jobs map[string]job }
		if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, j := range workflow.Jobs {
			for _, step := range j.Steps {
				if !strings.HasPrefix(step.Uses, "tlsgate/tlsgate@") {
					continue
				}
				steps++
				vars := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "deployment_status", "GITHUB_EVENT_PATH": "event.json"}
				for input, value := range step.With {
					if !slices.ContainsFunc(Inputs(), func(in Input) bool { return in.Name == input }) {
						t.Errorf("%s: there is no input %q", name, input)
					}
					vars[Input{Name: input}.variable()] = expressions.Replace(value)
				}
				if got, err := Read(nil, world(vars, files)); err != nil || len(got.Warnings) > 0 {
					t.Errorf("%s: %v: %v %q", name, step.With, err, got.Warnings)
				}
			}
		}
	}
	if steps != 6 {
		t.Errorf("%d steps run tlsgate, want 6", steps)
	}
}
