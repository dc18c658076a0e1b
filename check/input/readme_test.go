package input

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

var extract = flag.String("extract", "", "write the files that the README shows into this folder")

// namedBlock is a fenced block of YAML whose first line names its file.
var namedBlock = regexp.MustCompile("(?ms)^```yaml\n(# (\\S+)\n.*?)^```$")

// readmeFiles are the YAML files that the README shows whole, by name.
func readmeFiles(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, m := range namedBlock.FindAllStringSubmatch(string(b), -1) {
		files[m[2]] = m[1]
	}
	if blocks := strings.Count(string(b), "```yaml\n"); len(files) != blocks {
		t.Fatalf("%d of %d YAML blocks begin with a comment that names their file", len(files), blocks)
	}
	return files
}

func TestReadmeFiles(t *testing.T) {
	files := readmeFiles(t)
	for name, text := range files {
		if *extract == "" {
			break
		}
		path := filepath.Join(*extract, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
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

// Every step of the README's workflows that runs tlsgate gives it what it
// takes, and later steps read what it puts out.
func TestReadmeWorkflows(t *testing.T) {
	_, outputs := readAction(t)
	const event = `{"deployment_status":{"state":"success","environment_url":"https://a.example"}}`
	files := map[string]string{"deployments.txt": "a.example", "shards/1.json": "", "event.json": event}
	steps := 0
	for name, text := range readmeFiles(t) {
		if !strings.HasPrefix(name, ".github/workflows/") {
			continue
		}
		for _, m := range regexp.MustCompile(`steps\.tlsgate\.outputs\.([a-z-]+)`).FindAllStringSubmatch(text, -1) {
			if !slices.ContainsFunc(outputs, func(f field) bool { return f.Name == m[1] }) {
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
