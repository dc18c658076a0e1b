package input

import "encoding/json"

// ConfigSchema is the JSON schema of the configuration file, made of the
// inputs, for editors and other tools.
func ConfigSchema() ([]byte, error) {
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
				out[name] = map[string]any{"description": in.Usage, "type": in.types()}
			}
		}
	}
	return out
}

// types are the JSON types that the configuration file takes for an input.
func (in Input) types() any {
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
