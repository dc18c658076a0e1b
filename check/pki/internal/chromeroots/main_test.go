package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const store = `# Chrome Root Store.
version_major: 12

# CN=Plain, O="Quoted", C=US
# TODO: a remark.
trust_anchors {
  sha256_hex: "AA"
  ev_policy_oids: "2.23.140.1.1"
}

# CN=Ending
trust_anchors: {
  sha256_hex: "BB"
  constraints { max_version_exclusive: "127" }
  constraints {
    sct_not_after_sec: 0x672ACD7F
    min_version: "127"  # a comment
  }
  constraints: { sct_not_after_sec: 1 }
}

# CN=Gone
trust_anchors { sha256_hex: "CC" constraints { max_version_exclusive: "100" } }

# CN=Elsewhere
additional_certs { sha256_hex: "DD" }

# CN=Intermediate
additional_certs { sha256_hex: "EE" tls_trust_anchor: true }

# A remark about the next root, CN=Not this.
trust_anchors {
  sha256_hex: "FF"
  constraints { sct_not_after_sec: 1 min_version: "153.0.7000.1" }
  constraints { max_version_exclusive: "153" }
}
`

// filled makes SHA-256 values of two letters.
func filled(text string) []byte {
	for _, pair := range []string{"AA", "BB", "CC", "DD", "EE", "FF"} {
		text = strings.ReplaceAll(text, `"`+pair+`"`, `"`+strings.Repeat(strings.ToLower(pair), 32)+`"`)
	}
	return []byte(text)
}

const head = "# Chrome Root Store, version 12, as of 2026-07. One row a root.\n" +
	"# sct_not_after: a certificate whose earliest SCT is later is not trusted through this root; empty = no cut-off.\n" +
	"# removed: the first version known to hold the root no more; empty = held.\n" +
	"sha256,sct_not_after,removed,subject\n"

// row is a row of the table for a SHA-256 of two letters.
func row(pair, rest string) string { return strings.Repeat(pair, 32) + "," + rest + "\n" }

func TestConvert(t *testing.T) {
	common := head + row("aa", `,,"CN=Plain, O=""Quoted"", C=US"`) + row("bb", "2024-11-06T01:59:27Z,,CN=Ending")
	old := "# Chrome Root Store, version 11, as of 2026-05. One row a root.\nsha256,sct_not_after,removed,subject\n" +
		row("aa", "2025-01-01T00:00:00Z,,CN=Plain") + row("cc", "2025-01-01T00:00:00Z,,CN=Gone") + row("11", ",9,CN=Long gone") + row("bb", ",10,CN=Back again")
	for _, tc := range []struct {
		name, old string
		chrome    int
		want      string
	}{
		{"before a bound", "", 152, common + row("ff", ",,")},
		{"from a bound on", "", 153, common + row("ff", "1970-01-01T00:00:01Z,,")},
		{"after a table with roots that are gone", old, 156, common + row("ff", "1970-01-01T00:00:01Z,,") + row("cc", ",12,CN=Gone") + row("11", ",9,CN=Long gone")},
	} {
		got, err := convert(filled(store), []byte(tc.old), options{"2026-07", tc.chrome})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tc.want, string(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, d)
		}
	}
}

func TestConvertTellsWhatItCannotHold(t *testing.T) {
	for _, tc := range []struct{ name, text, date, want string }{
		{"no month", store, "July", "-date is the month"},
		{"no version", strings.Replace(store, "version_major: 12", "", 1), "2026-07", "no version_major"},
		{"a version that is no number", strings.Replace(store, ": 12", ": twelve", 1), "2026-07", "version_major: "},
		{"no anchors", "version_major: 1", "2026-07", "no trust anchors"},
		{"no SHA-256", strings.Replace(store, `"AA"`, `"A"`, 1), "2026-07", "trust_anchors CN=Plain, O=\"Quoted\", C=US: no SHA-256"},
		{"an unknown constraint", strings.Replace(store, "sct_not_after_sec: 1", "sct_all_after_sec: 1", 1), "2026-07", `no place for the constraint "sct_all_after_sec"`},
		{"a date that is no number", strings.Replace(store, "sec: 1 ", "sec: soon ", 1), "2026-07", "invalid syntax"},
		{"a bound that is no version", strings.Replace(store, `"127"`, `"next"`, 1), "2026-07", "max_version_exclusive is no version"},
		{"a missing brace", strings.TrimSuffix(store, "}\n"), "2026-07", "a field name is wanted"},
		{"a missing value", "version_major:", "2026-07", "a value of version_major is wanted"},
		{"a stray brace", "}", "2026-07", "a field name is wanted"},
		{"a stray character", "version_major: 1\n;", "2026-07", "line 1: unexpected text"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := convert(filled(tc.text), nil, options{tc.date, 156})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
	if _, err := convert(filled(store), nil, options{date: "2026-07"}); err == nil {
		t.Error("no error without a milestone")
	}
	if _, err := convert(filled(store), []byte("sha256,subject\n"), options{"2026-07", 156}); err == nil {
		t.Error("no error for an old table of another form")
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, filled(store), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options{"2026-07", 156}
	for range 2 { // a table made again is the same
		if err := run(o, out, []string{in}); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(out); err != nil || !strings.HasPrefix(string(b), head) || strings.Contains(string(b), ",12,") {
			t.Errorf("%q, %v", b, err)
		}
	}
	if err := run(o, out, nil); err == nil {
		t.Error("no error without a file")
	}
	if err := run(o, out, []string{filepath.Join(dir, "none")}); err == nil {
		t.Error("no error for a missing file")
	}
}

func FuzzConvert(f *testing.F) {
	f.Add(filled(store))
	f.Fuzz(func(t *testing.T, text []byte) {
		if table, err := convert(text, nil, options{"2026-07", 156}); (err == nil) != (table != nil) {
			t.Fatalf("%q, %v", table, err)
		}
	})
}
