//go:build browsers

package pki

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest/browser"
)

// TestFormsBeforeBrowsers lays the chains of TestForms before Chromium and
// Firefox, which trust their root: each must refuse and accept what the table
// says. TLSGATE_BROWSER names one of them to ask it alone.
func TestFormsBeforeBrowsers(t *testing.T) {
	at := time.Now()
	rootKey := testKey(t, "Root", "")
	root := newForgery(t, "Root", "Root", rootKey.Public(), at).make(t, rootKey)
	for _, kind := range browser.Kinds() {
		if only := os.Getenv("TLSGATE_BROWSER"); only != "" && only != string(kind) {
			continue
		}
		b := browser.Need(t, kind, browser.Options{Roots: []*x509.Certificate{{Raw: root}}})
		tab, err := b.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		agreed := 0
		for _, c := range formCases() {
			t.Run(string(kind)+"/"+c.name, func(t *testing.T) {
				code := loads(t, tab, c, at)
				want := map[browser.Kind]bool{browser.Chromium: c.chromium, browser.Firefox: c.firefox}[kind]
				if (code != "") != want {
					t.Errorf("%q", code)
					return
				}
				agreed++
			})
		}
		t.Logf("%s %s: %d of %d as the table says", kind, b.Version, agreed, len(formCases()))
	}
}

// loads is the code of the error that a browser shows for a chain, empty for none.
func loads(t *testing.T, tab *browser.Tab, c formCase, at time.Time) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	chain, _, key := c.build(t, at)
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) })
	site, err := browser.NewSite(answer, &tls.Config{Certificates: []tls.Certificate{{Certificate: chain, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	name := c.host
	if name == "" {
		name = host
	}
	r, err := tab.Load(ctx, "https://"+name+":"+site.Port+"/")
	if err != nil {
		t.Fatal(err)
	}
	return r.Error
}
