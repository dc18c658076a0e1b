package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// TestChrome holds the embedded table to what any version of it is like.
func TestChrome(t *testing.T) {
	table := Chrome()
	if table.Version < 40 || table.Date.Before(date("2026-11-01T00:00:00Z")) || table.Len() < 80 {
		t.Errorf("version %d of %v with %d roots", table.Version, table.Date, table.Len())
	}
	shared := 0
	for root := range bundle.Roots() {
		if _, known := table.Lookup(sha256.Sum256(root.Certificate)); known {
			shared++
		}
	}
	if shared < 80 || shared == Embedded().Len() {
		t.Errorf("%d roots of the bundle's %d are in the table", shared, Embedded().Len())
	}
	cutoffs := 0
	removed := 0
	for _, root := range table.roots {
		if !root.Cutoff.IsZero() {
			cutoffs++
		}
		if root.Removed > 0 {
			removed++
		}
	}
	if cutoffs == 0 || cutoffs > table.Len()/2 || removed < 6 || len(table.roots) != table.Len()+removed {
		t.Errorf("%d cut-off dates and %d removals in %d rows", cutoffs, removed, len(table.roots))
	}
}

func TestParseChrome(t *testing.T) {
	sum := sha256.Sum256(nil)
	head := "# Chrome Root Store, version 8, as of 2026-09. One row a trust anchor.\nsha256,sct_not_after,removed,subject\n"
	table, err := parseChrome([]byte(head + hex.EncodeToString(sum[:]) + ",2026-04-14T23:59:59Z,9,\"a, b\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if root, known := table.Lookup(sum); !known || !root.Cutoff.Equal(date("2026-04-14T23:59:59Z")) || root.Removed != 9 || table.Version != 8 || table.Len() != 0 {
		t.Errorf("%v, %v, version %d of %d", root, known, table.Version, table.Len())
	}
	if root, known := table.Lookup([32]byte{}); known || root != (ChromeRoot{}) {
		t.Errorf("an unknown root is known as %v", root)
	}
	for _, text := range []string{"", head, strings.SplitAfter(head, "\n")[0], "sha256,sct_not_after,removed,subject\n", head + "abc,,,x\n", head + hex.EncodeToString(sum[:]) + ",tomorrow,,x\n", head + hex.EncodeToString(sum[:]) + ",,long ago,x\n",
		head + "only two,fields\n", strings.Replace(head, "2026-09", "2026-13", 1)} {
		if _, err := parseChrome([]byte(text)); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}

// TestProgramsOnARealRoot judges by the dates that the embedded data hold.
func TestProgramsOnARealRoot(t *testing.T) {
	izenpe := embeddedRoot(t, "Izenpe.com")
	chromeSays := func(at string) string {
		return "Chrome does not trust what 'Izenpe.com' issues after '2026-04-14T23:59:59Z'; this one is of '" + at + "'."
	}
	for _, tc := range []struct {
		at   string
		want []string
	}{
		{"2026-04-14T23:59:59Z", nil},
		{"2026-04-15T00:00:00Z", []string{chromeSays("2026-04-15T00:00:00Z")}},
		{"2026-04-15T23:59:59Z", []string{chromeSays("2026-04-15T23:59:59Z")}},
		{"2026-04-16T00:00:00Z", []string{
			"Mozilla does not trust what 'Izenpe.com' issues any more: 'certificate issued after distrust-after date \"2026-04-15 23:59:59 +0000 UTC\"'; this one is of '2026-04-16T00:00:00Z'.",
			chromeSays("2026-04-16T00:00:00Z")}},
	} {
		var got []string
		p := path{certs: []*Certificate{{}, izenpe.cert()}, anchor: izenpe}
		for _, f := range programFaults(p, date(tc.at), date(tc.at)) {
			if f.Kind != DistrustedRoot {
				t.Errorf("%s", f.Kind)
			}
			got = append(got, f.Detail)
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.at, d)
		}
	}
}

// embeddedRoot is the embedded root of a common name.
func embeddedRoot(t *testing.T, name string) *anchor {
	t.Helper()
	for _, list := range Embedded().bySubject() {
		for _, a := range list {
			if a.cert().Subject.CommonName == name {
				return a
			}
		}
	}
	t.Fatalf("the root '%s' is not in the bundle any more: choose another", name)
	return nil
}

// TestEveryRoot says for each embedded root and a certificate of today what
// the two tables say, read here by themselves.
func TestEveryRoot(t *testing.T) {
	at := date("2026-11-25T12:00:00Z")
	held := map[string]string{} // by SHA-256: its cut-off
	for line := range strings.Lines(string(chromeTable)) {
		if f := strings.Split(strings.TrimSpace(line), ","); len(f) > 3 && len(f[0]) == 64 && f[2] == "" {
			held[f[0]] = f[1]
		}
	}
	refused, roots := 0, 0
	judge := func(der []byte, mozilla bool) {
		roots++
		c := ParseCertificate(der)
		a := Embedded().holds(c)
		if a == nil {
			t.Errorf("%s is not embedded", c.Subject)
			return
		}
		cutoff, known := held[fmt.Sprintf("%x", sha256.Sum256(der))]
		chrome := known && (cutoff == "" || cutoff >= at.Format(time.RFC3339))
		want := map[program]bool{}
		if !chrome {
			want[chromeProgram] = true
		}
		if !mozilla {
			want[mozillaProgram] = true
		}
		got := map[program]bool{}
		for _, f := range programFaults(path{certs: []*Certificate{{DNSNames: []string{"www.example.gov.tr"}}, c}, anchor: a}, at, at) {
			got[f.by] = true
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.Subject, d)
		}
		if len(got) > 0 {
			refused++
		}
	}
	for root := range bundle.Roots() {
		judge(root.Certificate, root.Constraint == nil || root.Constraint([]*x509.Certificate{{NotBefore: at}}) == nil)
	}
	block, _ := pem.Decode(tubitak)
	judge(block.Bytes, true)
	if roots != Embedded().Len() || refused < 31 {
		t.Errorf("%d roots of %d, %d refused", roots, Embedded().Len(), refused)
	}
	t.Logf("%d of %d roots are refused for a certificate of %s", refused, roots, at.Format(time.DateOnly))
}
