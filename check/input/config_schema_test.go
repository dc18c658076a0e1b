package input

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFile = "../../docs/config.schema.json"

// The published schema is the code's; it takes what the reader takes, and
// refuses unknown keys.
func TestConfigSchema(t *testing.T) {
	made, err := configSchema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		writeText(t, schemaFile, string(made))
	}
	if readText(t, schemaFile) != string(made) {
		t.Errorf("%s is not what the code makes: run with -update", schemaFile)
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(made)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("config.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		configText: true,
		readText(t, "../../examples/tlsgate.yml"):  true,
		"targets: [{url: a.example}]":              true,
		"targets: [{min-days: 3}]":                 false,
		"targets: [{url: a.example, min-day: 3}]":  false,
		"defaults: {replay: x.json}":               false,
		"defaults: {allow-private: true}":          true,
		"targets: [{url: a.example, min-days: x}]": false,
	} {
		var instance any
		if err := yaml.Unmarshal([]byte(text), &instance); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance); (err == nil) != want {
			t.Errorf("valid: %v, want %v (%v):\n%s", err == nil, want, err, text)
		}
	}
}

// The example is one that the reader takes.
func TestExampleConfig(t *testing.T) {
	c, err := Read([]string{"-config", "tlsgate.yml"}, world(map[string]string{"PREVIEW_BYPASS": "s3cret"}, map[string]string{
		"tlsgate.yml": readText(t, "../../examples/tlsgate.yml"), "tls-waivers.yml": readText(t, "../../examples/tls-waivers.yml"),
	}))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Targets) < 2 || len(c.Policy.Targets) < 1 {
		t.Errorf("%d targets, %d with settings", len(c.Targets), len(c.Policy.Targets))
	}
}

// configSchema is the JSON schema of the configuration file, made of the
// inputs, for editors and other tools.
func configSchema() ([]byte, error) {
	target := properties(inputsOfTargets)
	target["url"] = map[string]any{"type": "string", "description": "deployment URL; a bare host means https"}
	schema := map[string]any{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"$id":                  "https://raw.githubusercontent.com/tlsgate/tlsgate/main/docs/config.schema.json",
		"title":                "tlsgate's configuration file",
		"type":                 "object",
		"additionalProperties": false,
		"properties": map[string]any{
			"defaults": map[string]any{
				"description":          "inputs for all targets; flags and inputs take precedence",
				"type":                 "object",
				"additionalProperties": false,
				"properties":           properties(inputsOfDefaults()),
			},
			"targets": map[string]any{
				"description": "targets, each with settings of its own",
				"type":        "array",
				"items": map[string]any{
					"type":                 "object",
					"required":             []string{"url"},
					"additionalProperties": false,
					"properties":           target,
				},
			},
		},
	}
	data, err := json.MarshalIndent(schema, "", "  ")
	return append(data, '\n'), err
}

// properties are the schemas of inputs.
func properties(names []string) map[string]any {
	out := map[string]any{}
	for _, in := range Inputs() {
		for _, name := range names {
			if in.Name == name {
				out[name] = map[string]any{"description": in.Usage, "type": types(in)}
			}
		}
	}
	return out
}

// types are the JSON types that the configuration file takes for an input.
func types(in Input) any {
	switch {
	case in.Value == "":
		return "boolean"
	case in.Value == "DAYS" || in.Value == "COUNT":
		return "integer"
	case in.Lines:
		return []string{"string", "array"}
	case in.Value == "STATUSES":
		return []string{"integer", "string", "array"}
	}
	return "string"
}
