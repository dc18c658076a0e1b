package input

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tlsgate/tlsgate/check"
)

const (
	waiverSchemaFile = "../../docs/waivers.schema.json"
	waiverSchemaID   = "https://raw.githubusercontent.com/tlsgate/tlsgate/main/docs/waivers.schema.json"
)

// waiverSchema is the JSON schema of a file of waivers, made of the code.
func waiverSchema(t *testing.T) []byte {
	t.Helper()
	type object = map[string]any
	var rules []string
	for _, r := range check.Rules() {
		if check.Waivable(r.ID) {
			rules = append(rules, r.ID)
		}
	}
	var required []string
	properties := object{}
	for _, k := range waiverKeys {
		property := object{"type": "string", "description": k.meaning, "pattern": `\S`}
		switch k.name {
		case "rule":
			delete(property, "pattern")
			property["enum"] = rules
		case "expires":
			property["pattern"] = `^\d{4}-\d{2}-\d{2}$`
		}
		properties[k.name] = property
		if !k.optional {
			required = append(required, k.name)
		}
	}
	text, err := json.MarshalIndent(object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": waiverSchemaID,
		"title": "tlsgate waivers", "description": "Accepted risks, for the input waivers of tlsgate",
		"type": "object", "required": []string{"waivers"}, "additionalProperties": false,
		"properties": object{"waivers": object{
			"type": "array", "description": "the accepted risks",
			"items": object{"type": "object", "required": required, "additionalProperties": false, "properties": properties},
		}},
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// The published schema is made of the code.
func TestWaiverSchema(t *testing.T) {
	want := waiverSchema(t)
	if *update {
		writeText(t, waiverSchemaFile, string(want))
	}
	if d := cmp.Diff(string(want), readText(t, waiverSchemaFile)); d != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", waiverSchemaFile, d)
	}
}

// The schema takes what tlsgate takes, and an editor that knows it finds the
// keys, rules and dates that tlsgate refuses.
func TestWaiverSchemaAgrees(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(waiverSchema(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(waiverSchemaID, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(waiverSchemaID)
	if err != nil {
		t.Fatal(err)
	}
	validate := func(file string) error {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data, err := yaml.YAMLToJSON(bytes.TrimPrefix(text, []byte("\uFEFF")))
		if err != nil {
			return err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			return err
		}
		return schema.Validate(value)
	}
	good, err := filepath.Glob(waiverFiles + "good-*.yml")
	if err != nil || len(good) == 0 {
		t.Fatal(good, err)
	}
	for _, file := range append(good, examples+"tls-waivers.yml") {
		if err := validate(file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, name := range []string{"key", "missing-keys", "rule", "rule-not-verified", "date", "top-key", "list-on-top", "empty-values", "number", "boolean"} {
		if validate(waiverFiles+"bad-"+name+".yml") == nil {
			t.Errorf("the schema takes bad-%s.yml", name)
		}
	}
	if line := "# yaml-language-server: $schema=" + waiverSchemaID + "\n"; !strings.Contains(readText(t, examples+"tls-waivers.yml"), line) {
		t.Errorf("the example does not name its schema: %s", line)
	}
}
