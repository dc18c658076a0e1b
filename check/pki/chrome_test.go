package pki

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// TestChrome holds the embedded table to what any version of it is like.
func TestChrome(t *testing.T) {
	table := Chrome()
	if table.Version < 33 || table.Date.Before(date("2026-07-01T00:00:00Z")) || table.Len() < 80 {
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
	for _, at := range table.cutoffs {
		if !at.IsZero() {
			cutoffs++
		}
	}
	if cutoffs == 0 || cutoffs > table.Len()/2 {
		t.Errorf("%d cut-off dates in %d rows", cutoffs, table.Len())
	}
}

func TestParseChrome(t *testing.T) {
	sum := sha256.Sum256(nil)
	head := "# Chrome Root Store, version 8, as of 2026-09. One row a trust anchor.\nsha256,sct_not_after,subject\n"
	table, err := parseChrome([]byte(head + hex.EncodeToString(sum[:]) + ",2026-04-14T23:59:59Z,\"a, b\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if at, known := table.Lookup(sum); !known || !at.Equal(date("2026-04-14T23:59:59Z")) || table.Version != 8 {
		t.Errorf("%v, %v, version %d", at, known, table.Version)
	}
	if at, known := table.Lookup([32]byte{}); known || !at.IsZero() {
		t.Errorf("an unknown root is known until %v", at)
	}
	for _, text := range []string{"", head, strings.SplitAfter(head, "\n")[0], "sha256,sct_not_after,subject\n", head + "abc,,x\n", head + hex.EncodeToString(sum[:]) + ",tomorrow,x\n",
		head + "only two,fields\n", strings.Replace(head, "2026-09", "2026-13", 1)} {
		if _, err := parseChrome([]byte(text)); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}

// TestProgramsOnARealRoot judges by the dates that the embedded data hold.
func TestProgramsOnARealRoot(t *testing.T) {
	var izenpe *anchor
	for _, list := range Embedded().bySubject {
		for _, a := range list {
			if a.cert().Subject.CommonName == "Izenpe.com" {
				izenpe = a
			}
		}
	}
	if izenpe == nil {
		t.Fatal("the root is not in the bundle any more: choose another with a distrust date")
	}
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
		for _, f := range programFaults(izenpe, Chrome(), date(tc.at)) {
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
