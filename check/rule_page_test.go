package check

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/page"

	"github.com/tlsgate/tlsgate/check/fact"
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
	p, ok := page.Read(t.Context(), page.Response{URL: corpusURL, Status: 200, Header: page.Header{"Content-Type": {contentType}}, Body: body})
	if !ok {
		t.Fatalf("%s was not read as HTML", file)
	}
	return p
}

// pageCase is a deployment that serves the page.
func pageCase(p *page.Page, headers ...fact.Header) *Evaluation {
	x := fact.Exchange{URL: corpusURL, Address: "192.0.2.1:443", Outcome: fact.Answered, Connected: true, Status: 200, Headers: headers, Page: p}
	return newEvaluation(fact.Observation{
		Target:    fact.Target{Scheme: "https", Host: "example.com", Port: 443, CleartextPort: 80, Path: "/dir/page.html"},
		Endpoints: []fact.Endpoint{{IP: "192.0.2.1", TLS: fact.Handshake{Address: "192.0.2.1:443", Outcome: fact.Answered, Connected: true}, HTTPS: x}},
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

func TestCorpusGood(t *testing.T) {
	for _, file := range documents(t, "good", 25) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p := readDocument(t, file)
			if d := cmp.Diff(&page.Page{Upgrades: p.Upgrades, Reloads: p.Reloads}, p); d != "" {
				t.Errorf("a good page shows something (-want +got):\n%s", d)
			}
			for _, r := range pageRules {
				if v := r.Check(pageCase(p)); v.State != Pass {
					t.Errorf("%s: %v: %v %v", r.ID, v.State, v.Reason(), v.Findings)
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
			golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".json"
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

// The header fields beside the page count.
func TestPageHeaders(t *testing.T) {
	body, err := os.ReadFile(filepath.Join(pagesDir, "findings", "base.html")) // shows all three kinds
	if err != nil {
		t.Fatal(err)
	}
	link := fact.Header{Name: "Link", Value: "<http://example.net/a.css>; rel=stylesheet, <http://example.net/b.png>; rel=preload; as=image"}
	policy := func(v string) fact.Header { return fact.Header{Name: "Content-Security-Policy", Value: v} }
	html := fact.Header{Name: "Content-Type", Value: "text/html"}
	for name, tt := range map[string]struct {
		body          []byte
		headers       []fact.Header
		want          [3]State // as in pageRules
		message, lack string
	}{
		"nothing":       {nil, []fact.Header{html}, [3]State{Pass, Pass, Pass}, "", ""},
		"page":          {body, []fact.Header{html}, [3]State{Fail, Fail, Fail}, "src of <script> is 'http://example.com/app/a.js' (line 5)", "Link"},
		"Link":          {nil, []fact.Header{html, link}, [3]State{Fail, Fail, Pass}, "the Link header field names 'http://example.net/a.css'", ""},
		"upgraded":      {body, []fact.Header{html, link, policy("default-src *"), policy("upgrade-insecure-requests")}, [3]State{Pass, Pass, Pass}, "", ""},
		"blocked":       {body, []fact.Header{html, link, policy("block-all-mixed-content")}, [3]State{Pass, Pass, Fail}, "action of <form>", "<script>"},
		"only reported": {body, []fact.Header{html, {Name: "Content-Security-Policy-Report-Only", Value: "upgrade-insecure-requests"}}, [3]State{Fail, Fail, Fail}, "", ""},
		"sources":       {body, []fact.Header{html, link, policy("default-src https:")}, [3]State{Pass, Pass, Fail}, "", ""},
		"sources of images and forms": {body, []fact.Header{html, link, policy("img-src 'self'; form-action 'self'")},
			[3]State{Fail, Pass, Pass}, "", ""},
		"a download":       {body, []fact.Header{html, {Name: "Content-Disposition", Value: "attachment"}}, [3]State{NotApplicable, NotApplicable, NotApplicable}, "", ""},
		"not an HTML page": {body, []fact.Header{link, {Name: "Content-Type", Value: "application/json"}}, [3]State{NotApplicable, NotApplicable, NotApplicable}, "", ""},
	} {
		var got [3]State
		var messages string
		for i, r := range pageRules {
			v := r.Check(pageCase(pageOf(t, tt.body, tt.headers), tt.headers...))
			got[i] = v.State
			for _, f := range v.Findings {
				messages += f.Message + "\n"
			}
		}
		if got != tt.want {
			t.Errorf("%s: %v; want %v", name, got, tt.want)
		}
		if !strings.Contains(messages, tt.message) || tt.lack != "" && strings.Contains(messages, tt.lack) {
			t.Errorf("%s: messages %s", name, messages)
		}
	}
}

// pageOf reads the page that an answer with these header fields holds, nil for none.
func pageOf(t *testing.T, body []byte, fields []fact.Header) *page.Page {
	t.Helper()
	r := page.Response{URL: corpusURL, Status: 200, Header: page.Header{}, Body: body}
	for _, f := range fields {
		r.Header[f.Name] = append(r.Header[f.Name], f.Value)
	}
	p, _ := page.Read(t.Context(), r)
	return p
}

// The page is the one that the https chain ends at.
func TestPageAtTheEndOfTheChain(t *testing.T) {
	const next = "https://www.example.com/welcome?session=1"
	faulty := &page.Page{References: []page.Reference{{Kind: page.Blockable, Element: "script", Attribute: "src", URL: "http://example.net/a.js", Line: 1}}}
	redirect := fact.Header{Name: "Location", Value: next}
	hop := func(outcome fact.Outcome, url string, p *page.Page, headers ...fact.Header) []fact.Hop {
		return []fact.Hop{{Exchange: fact.Exchange{URL: url, Address: "192.0.2.2:443", Outcome: outcome, Status: 200, Headers: headers, Page: p}}}
	}
	for name, tt := range map[string]struct {
		first    *page.Page
		location string
		hops     []fact.Hop
		want     State
	}{
		"page of a redirect":         {faulty, next, hop(fact.Answered, next, &page.Page{}), Pass},
		"page at the end":            {&page.Page{}, next, hop(fact.Answered, next, faulty), Fail},
		"no HTML at the end":         {faulty, next, hop(fact.Answered, next, nil), NotApplicable},
		"by the page itself":         {&page.Page{Refresh: next, References: faulty.References}, "", hop(fact.Answered, next, &page.Page{}), Pass},
		"own site does not answer":   {faulty, next, hop(fact.TimedOut, next, nil), Unknown},
		"other site does not answer": {faulty, "https://example.net/", hop(fact.TimedOut, "https://example.net/", nil), NotApplicable},
		"own host does not answer":   {faulty, "https://example.com/next", hop(fact.TimedOut, "https://example.com/next", nil), Unknown},
		"a cleartext end":            {faulty, "http://example.com/next", hop(fact.Answered, "http://example.com/next", faulty), NotApplicable},
		"a circle":                   {faulty, corpusURL, nil, NotApplicable},
	} {
		c := pageCase(tt.first)
		if tt.location != "" {
			redirect.Value = tt.location
			c.Endpoints[0].HTTPS.Status, c.Endpoints[0].HTTPS.Headers = 302, []fact.Header{redirect}
		}
		c.Hops = tt.hops
		v := mixedContent.Check(c)
		if v.State != tt.want {
			t.Errorf("%s: %v (%s)", name, v.State, v.Reason())
		}
		if v.State == Fail && v.Findings[0].Distinct != "/welcome" {
			t.Errorf("%s: distinct %q", name, v.Findings[0].Distinct)
		}
	}
}

func TestPageNotLookedAt(t *testing.T) {
	silent := pageCase(nil)
	silent.Endpoints[0].HTTPS.Outcome = fact.BrokenOff
	unread := pageCase(nil)
	unread.Endpoints[0].HTTPS.Error = "the page came in an encoding that was not asked for"
	demanding := pageCase(nil)
	demanding.Endpoints[0].HTTPS.Outcome, demanding.Endpoints[0].TLS.ClientCertificateRequired = fact.BrokenOff, true
	for _, r := range pageRules {
		if v := r.Check(silent); v.State != Unknown || v.Reason() == "" {
			t.Errorf("%s: no answer: %v %q", r.ID, v.State, v.Reason())
		}
		if v := r.Check(unread); v.State != Unknown || !strings.Contains(v.Reason(), "not asked for") {
			t.Errorf("%s: page not read: %v %q", r.ID, v.State, v.Reason())
		}
		if v := r.Check(demanding); v.State != NotApplicable || v.Reason() == "" {
			t.Errorf("%s: client certificate: %v %q", r.ID, v.State, v.Reason())
		}
		if v := r.Check(newEvaluation(fact.Observation{}, Policy{}, nil)); v.State == Pass || v.State == Fail || v.Reason() == "" {
			t.Errorf("%s: nothing: %v %q", r.ID, v.State, v.Reason())
		}
	}
}

// A long list is cut, and says by how much.
func TestPageManyReferences(t *testing.T) {
	p := readDocument(t, filepath.Join(pagesDir, "findings", "many.html"))
	v := mixedContentPassive.Check(pageCase(p))
	if v.State != Fail || !strings.Contains(v.Findings[0].Message, "9.png' (line 12); and 195 more.") {
		t.Errorf("%+v", v.Findings)
	}
}
