package pki

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func TestEmbedded(t *testing.T) {
	r := Embedded()
	n := 1 // the one that the library's bundle leaves out
	for root := range bundle.Roots() {
		n++
		c := ParseCertificate(root.Certificate)
		a := r.holds(c)
		if a == nil || !bytes.Equal(a.cert().Raw, c.Raw) || (a.constraint == nil) != (root.Constraint == nil) {
			t.Errorf("%s is not held as it stands in the bundle", c.Subject)
		}
	}
	indexed := 0
	for _, anchors := range r.bySubject() {
		indexed += len(anchors)
	}
	if r.Len() != n || indexed != n || r.Custom() || r.Name() != "Mozilla's root bundle of "+bundleDate || r.Date().IsZero() {
		t.Errorf("Embedded() = %d of %d (%d indexed), custom %v, %q, %v", r.Len(), n, indexed, r.Custom(), r.Name(), r.Date())
	}
}

// bundleText is the PEM text of the first n embedded roots.
func bundleText(n int) []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if n--; n < 0 {
			break
		}
		b.WriteString("# a root\n")
		pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate})
	}
	return b.Bytes()
}

func TestParseRoots(t *testing.T) {
	two := string(bundleText(2))
	line := func(before string) int { return strings.Count(before, "\n") + 1 }
	second := line(two[:strings.LastIndex(two, "-----BEGIN")])
	for _, tc := range []struct {
		name, text string
		count      int
		err        string
	}{
		{"two", two, 2, ""},
		{"the same twice", two + two, 2, ""},
		{"carriage returns and text", "hello\r\n" + strings.ReplaceAll(two, "\n", "\r\n") + "bye", 2, ""},
		{"byte order marks", "\ufeff" + two[:strings.LastIndex(two, "-----BEGIN")] + "\ufeff" + two[strings.LastIndex(two, "-----BEGIN"):], 2, ""},
		{"an old label", strings.ReplaceAll(two, " CERTIFICATE-----", " X509 CERTIFICATE-----"), 2, ""},
		{"nothing", "", 0, "holds no certificate"},
		{"text only", "roots go here", 0, "holds no certificate"},
		{"a key", two + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0, fmt.Sprintf("block 3 (line %d) is a 'PRIVATE KEY'", line(two))},
		{"no certificate at all", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 0, "block 1 (line 1) is no readable certificate"},
		{"one that is none", two + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 2, ""},
		{"cut short", two[:len(two)-40], 0, fmt.Sprintf("block 2 (line %d) is broken", second)},
		{"broken in the middle", strings.Replace(two, "\nM", "\n!", 1), 0, "block 1 (line 2) is broken"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := ParseRoots([]byte(tc.text))
			switch {
			case tc.err != "":
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("error %v, want %q", err, tc.err)
				}
			case err != nil:
				t.Fatal(err)
			case r.Len() != tc.count || !r.Custom() || !strings.HasPrefix(r.Name(), "a custom bundle of 2 roots (SHA-256 "):
				t.Errorf("%d roots, custom %v, name %q", r.Len(), r.Custom(), r.Name())
			}
		})
	}
}

func TestRootsJSON(t *testing.T) {
	custom, err := ParseRoots(bundleText(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Roots{Embedded(), custom} {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back Roots
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if back.Name() != r.Name() || back.Len() != r.Len() || back.Custom() != r.Custom() {
			t.Errorf("%s came back as %s of %d", r.Name(), back.Name(), back.Len())
		}
		again, _ := json.Marshal(&back)
		if !bytes.Equal(text, again) {
			t.Errorf("JSON differs after a round: %s", again)
		}
	}
	if err := json.Unmarshal([]byte(`{"pem":"nothing"}`), new(Roots)); err == nil {
		t.Error("a custom set without certificates was read")
	}
}

func FuzzParseRoots(f *testing.F) {
	f.Add(bundleText(2))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseRoots(text)
		if (err == nil) != (r != nil) || err == nil && r.Len() == 0 {
			t.Fatalf("%v, %v", r, err)
		}
	})
}
