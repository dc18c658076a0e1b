package pki

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestReaderIsLinear reads what is large: a hundred thousand names, and nested
// indefinite lengths.
func TestReaderIsLinear(t *testing.T) {
	key := testKey(t, "Inter", "")
	many := newForgery(t, "leaf", "Inter", key.Public(), now)
	many.extensions["san"] = ext(idSAN, "", der(0x30, strings.Repeat(der(0x82, "a.example.com"), 100_000)))
	c := ParseCertificate(many.make(t, key))
	if len(c.DNSNames) != 100_000 {
		t.Errorf("%d names", len(c.DNSNames))
	}
	if got := hostFault(c, "b.example.com"); got == "" {
		t.Error("the host is covered")
	}
	deep := newForgery(t, "leaf", "Inter", key.Public(), now)
	deep.subject = strings.Repeat("\x30\x80", 200_000) + strings.Repeat("\x00\x00", 200_000)
	start := time.Now()
	if c := ParseCertificate(deep.make(t, key)); len(c.Departures) == 0 {
		t.Error("nothing departs")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// FuzzParseCertificate reads anything, and whatever crypto/x509 parses to the
// same names, dates and keys.
func FuzzParseCertificate(f *testing.F) {
	for _, c := range formCases()[:40] {
		chain, _, _ := c.build(f, now)
		f.Add(chain[0])
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c := ParseCertificate(der)
		_ = Name(c)
		want, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		if c.Broken != "" {
			t.Fatalf("not read: %s", c.Broken)
		}
		// crypto/x509 reads no extensions in versions 1 and 2.
		if want.Version == 3 && (!slices.Equal(c.DNSNames, want.DNSNames) || len(c.IPAddresses) != len(want.IPAddresses)) {
			t.Errorf("names %q and %v, want %q and %v", c.DNSNames, c.IPAddresses, want.DNSNames, want.IPAddresses)
		}
		if !c.NotBefore.Equal(want.NotBefore) || !c.NotAfter.Equal(want.NotAfter) {
			t.Errorf("from %v to %v, want %v and %v", c.NotBefore, c.NotAfter, want.NotBefore, want.NotAfter)
		}
		if !bytes.Equal(c.RawSubjectPublicKeyInfo, want.RawSubjectPublicKeyInfo) || c.SerialNumber.Cmp(want.SerialNumber) != 0 {
			t.Error("another key or serial number")
		}
		if key, ok := want.PublicKey.(*rsa.PublicKey); ok {
			if got, ok := c.PublicKey.(*rsa.PublicKey); !ok || !got.Equal(key) {
				t.Errorf("RSA key %v", c.PublicKey)
			}
		}
	})
}
