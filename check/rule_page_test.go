package check

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/page"
)

const pagesDir = "../testdata/pages"

// corpusURL is where the documents of the corpus are said to be.
const corpusURL = "https://example.com/dir/page.html"

// A pageGolden is what must be found in a document of the corpus.
type pageGolden struct {
	Page     *page.Page        `json:"page"`
	Findings map[string]string `json:"findings,omitempty"` // message by rule
}

var pageRules = []Rule{mixedContent, mixedContentPassive, insecureForm}

// readDocument reads a document of the corpus as the probe would have it.
func readDocument(t *testing.T, file string) *page.Page {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	contentType := "text/html; charset=utf-8"
	if filepath.Ext(file) == ".xhtml" {
		contentType = "application/xhtml+xml"
	}
	p, ok := page.Read(body, contentType, corpusURL)
	if !ok {
		t.Fatalf("%s was not read as HTML", file)
	}
	return p
}

// pageCase is a deployment that serves the page.
func pageCase(p *page.Page, headers ...Header) *Case {
	x := Exchange{URL: corpusURL, Address: "192.0.2.1:443", Outcome: Answered, Connected: true, Status: 200, Headers: headers, Page: p}
	return newCase(Observation{
		Target:    Target{Scheme: "https", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/dir/page.html"},
		Endpoints: []Endpoint{{IP: "192.0.2.1", TLS: Handshake{Address: "192.0.2.1:443", Outcome: Answered, Connected: true}, HTTPS: x}},
	}, Policy{}, nil)
}

// documents lists a folder of the corpus.
func documents(t *testing.T, folder string, least int) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(pagesDir, folder, "*.*html"))
	if err != nil || len(files) < least {
		t.Fatalf("%d documents in %s (%v), want at least %d", len(files), folder, err, least)
	}
	return files
}

func TestCorpusSound(t *testing.T) {
	for _, file := range documents(t, "sound", 25) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p := readDocument(t, file)
			if d := cmp.Diff(&page.Page{}, p); d != "" {
				t.Errorf("a sound page shows something (-want +got):\n%s", d)
			}
			for _, r := range pageRules {
				if v := r.Check(pageCase(p)); v.State != Pass {
					t.Errorf("%s: %v: %v %v", r.ID, v.State, v.Reason, v.Findings)
				}
			}
		})
	}
}

func TestCorpusFindings(t *testing.T) {
	for _, file := range documents(t, "findings", 20) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got := pageGolden{Page: readDocument(t, file), Findings: map[string]string{}}
			for _, r := range pageRules {
				for _, f := range r.Check(pageCase(got.Page)).Findings {
					got.Findings[r.ID] = f.Message
				}
			}
			golden := file[:len(file)-len(filepath.Ext(file))] + ".json"
			if filepath.Ext(file) == ".xhtml" {
				golden = file + ".json"
			}
			if *update {
				b, err := json.MarshalIndent(got, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, append(b, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			b, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			want := pageGolden{Findings: map[string]string{}}
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s (-want +got; -update rewrites it)\n%s", golden, d)
			}
		})
	}
}
