package report

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tlsgate/tlsgate/check"
)

// sarifSchema compiles the schema of SARIF 2.1.0 with Errata 01, as OASIS Open
// publishes it at its id (https://docs.oasis-open.org/sarif/sarif/v2.1.0/),
// under the OASIS IPR policy; it is kept byte for byte.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open("../testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	const id = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(id, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSchema(t *testing.T) {
	schema := sarifSchema(t)
	validate := func(log []byte) error {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(log))
		if err != nil {
			return err
		}
		return schema.Validate(doc)
	}
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			log := formats(t, g.report(t), g.category)["sarif"]
			if err := validate(log); err != nil {
				t.Error(err)
			}
			broken := strings.Replace(string(log), `"results"`, `"outcomes"`, 1)
			if validate([]byte(broken)) == nil {
				t.Error("the schema takes a log with an unknown property")
			}
		})
	}
	t.Run("real rules", func(t *testing.T) {
		log, err := NewView(&check.Report{Version: "(devel)"}).SARIF("")
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(log); err != nil {
			t.Error(err)
		}
	})
}
