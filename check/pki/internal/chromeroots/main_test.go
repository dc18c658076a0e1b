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

# CN=Both
additional_certs { sha256_hex: "EE" tls_trust_anchor: true }
`

// filled makes SHA-256 values of two letters.
func filled(text string) []byte {
	for _, pair := range []string{"AA", "BB", "CC", "DD", "EE"} {
		text = strings.ReplaceAll(text, `"`+pair+`"`, `"`+strings.Repeat(strings.ToLower(pair), 32)+`"`)
	}
	return []byte(text)
}

func TestConvert(t *testing.T) {
	got, err := convert(filled(store), "2026-07")
	if err != nil {
		t.Fatal(err)
	}
	want := "# Chrome Root Store, version 12, as of 2026-07. One row a trust anchor.\n" +
		"# sct_not_after: a certificate whose earliest SCT is later is not trusted through this root; empty = no cut-off.\n" +
		"sha256,sct_not_after,subject\n" +
		strings.Repeat("aa", 32) + `,,"CN=Plain, O=""Quoted"", C=US"` + "\n" +
		strings.Repeat("bb", 32) + ",2024-11-06T01:59:27Z,CN=Ending\n" +
		strings.Repeat("ee", 32) + ",,CN=Both\n"
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
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
		{"a missing brace", strings.TrimSuffix(store, "}\n"), "2026-07", "line 28: a field name is wanted"},
		{"a missing value", "version_major:", "2026-07", "a value of version_major is wanted"},
		{"a stray brace", "}", "2026-07", "a field name is wanted"},
		{"a stray character", "version_major: 1\n;", "2026-07", "line 1: unexpected text"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := convert(filled(tc.text), tc.date)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, filled(store), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run("2026-07", out, []string{in}); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(out); err != nil || !strings.HasPrefix(string(b), "# Chrome Root Store, version 12, as of 2026-07.") {
		t.Errorf("%q, %v", b, err)
	}
	if err := run("2026-07", out, nil); err == nil {
		t.Error("no error without a file")
	}
	if err := run("2026-07", out, []string{filepath.Join(dir, "none")}); err == nil {
		t.Error("no error for a missing file")
	}
}

func FuzzConvert(f *testing.F) {
	f.Add(filled(store))
	f.Fuzz(func(t *testing.T, text []byte) {
		if table, err := convert(text, "2026-07"); (err == nil) != (table != nil) {
			t.Fatalf("%q, %v", table, err)
		}
	})
}
