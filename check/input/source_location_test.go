package input

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/fact"
)

const workflow = `on: push
# a.example in a comment is not its place
jobs:
  tls:
    steps:
      - uses: tlsgate/tlsgate@main
        with:
          urls: |
            https://a.example/path
            https://a.example, "b.example"
`

func TestWorkflowPlaces(t *testing.T) {
	const path = "/github/workspace/.github/workflows/"
	tests := []struct {
		name, ref, file string
		want            []fact.Place // of https://a.example, b.example and c.example
	}{
		{"lines", "o/r/.github/workflows/x.yml@refs/heads/main", "x.yml", []fact.Place{
			{Input: "urls", File: ".github/workflows/x.yml", Line: 10}, {Input: "urls", File: ".github/workflows/x.yml", Line: 10}, {Input: "urls"}}},
		{"an @ in file and branch", "o/r/.github/workflows/x@y.yaml@refs/heads/me@home.yml@x", "x@y.yaml", []fact.Place{
			{Input: "urls", File: ".github/workflows/x@y.yaml", Line: 10}, {Input: "urls", File: ".github/workflows/x@y.yaml", Line: 10}, {Input: "urls"}}},
		{"not checked out", "o/r/.github/workflows/z.yml@refs/heads/main", "x.yml", []fact.Place{{Input: "urls"}, {Input: "urls"}, {Input: "urls"}}},
		{"of another repository", "o/other/.github/workflows/x.yml@refs/heads/main", "x.yml", []fact.Place{{Input: "urls"}, {Input: "urls"}, {Input: "urls"}}},
		{"no reference", "", "x.yml", []fact.Place{{Input: "urls"}, {Input: "urls"}, {Input: "urls"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			vars := map[string]string{"GITHUB_WORKFLOW_REF": tt.ref, "GITHUB_REPOSITORY": "o/r", "INPUT_URLS": "https://a.example\nb.example\nc.example"}
			got, err := Read(nil, world(vars, map[string]string{path + tt.file: workflow}))
			if err != nil {
				t.Fatal(err)
			}
			var places []fact.Place
			for _, target := range got.Targets {
				places = append(places, target.Places...)
			}
			if diff := cmp.Diff(tt.want, places); diff != "" {
				t.Errorf("places (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWorkflowPlaceNeedsWorkspace(t *testing.T) {
	vars := map[string]string{"GITHUB_WORKFLOW_REF": "o/r/x.yml@refs/heads/main", "GITHUB_REPOSITORY": "o/r", "INPUT_URLS": "b.example"}
	env := world(vars, map[string]string{"x.yml": workflow})
	env.Workspace = ""
	got, err := Read(nil, env)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]fact.Place{{Input: "urls"}}, got.Targets[0].Places); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}
