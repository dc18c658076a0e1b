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
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			b := browser.Need(t, kind, browser.Options{Roots: []*x509.Certificate{{Raw: root}}})
			v := visitor{browser: b}
			agreed := 0
			for _, c := range formCases() {
				t.Run(c.name, func(t *testing.T) {
					code := v.loads(t, c, at)
					want := map[browser.Kind]bool{browser.Chromium: c.chromium, browser.Firefox: c.firefox}[kind]
					if (code != "") != want {
						t.Errorf("%q", code)
						return
					}
					agreed++
				})
			}
			t.Logf("%s: %d chains, %d agreements; %.0f s", b.Version, len(formCases()), agreed, time.Since(start).Seconds())
		})
	}
}

// A visitor loads pages in one tab at a time.
type visitor struct {
	browser *browser.Browser
	tab     *browser.Tab // nil before the first page, and after one that did not load
}

// loads is the code of the error that a browser shows for a chain, empty for none.
// Where the browser gives no answer, it is asked again, in a new tab.
func (v *visitor) loads(t *testing.T, c formCase, at time.Time) string {
	t.Helper()
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
	const tries = 3
	for try := 1; ; try++ {
		code, err := v.load(t.Context(), "https://"+name+":"+site.Port+"/")
		if err == nil {
			return code
		}
		if t.Logf("try %d: %v", try, err); try == tries {
			t.Fatal(err)
		}
	}
}

// load gives the code of the error that a URL ends with.
func (v *visitor) load(ctx context.Context, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tab := v.tab
	v.tab = nil
	if tab == nil {
		var err error
		if tab, err = v.browser.Open(ctx); err != nil {
			return "", err
		}
	}
	r, err := tab.Load(ctx, url)
	if err == nil {
		v.tab = tab
	}
	return r.Error, err
}
