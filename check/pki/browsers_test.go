//go:build browsers

package pki

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest/browser"
)

// browserPatience bounds what a browser is asked at once.
const browserPatience = 2 * time.Minute

// TestFormsBeforeBrowsers lays the chains of TestForms before Chromium and
// Firefox, which trust their root: each must refuse and accept what the table
// says. A document requests a URL of each chain, all at once. A chain about
// which the browser then differs is loaded alone, in a fresh browser, and that
// counts. TLSGATE_BROWSER names one browser to ask it alone.
func TestFormsBeforeBrowsers(t *testing.T) {
	at := time.Now()
	rootKey := testKey(t, "Root", "")
	root := newForgery(t, "Root", "Root", rootKey.Public(), at).make(t, rootKey)
	cases := formCases()
	urls := make([]string, len(cases))
	for i, c := range cases {
		urls[i] = serveChain(t, c, at)
	}
	var wg sync.WaitGroup
	for _, kind := range browser.Kinds() {
		if only := os.Getenv("TLSGATE_BROWSER"); only != "" && only != string(kind) {
			continue
		}
		browser.Require(t, kind)
		wg.Go(func() {
			start := time.Now()
			options := browser.Options{Roots: []*x509.Certificate{{Raw: root}}}
			version, agreed, err := askForms(t, kind, options, cases, urls)
			if err != nil {
				t.Errorf("%s: %v", kind, err)
				return
			}
			fmt.Printf("browsers: chains: %s: %d chains, %d agreements; %.0f s\n", version, len(cases), agreed, time.Since(start).Seconds())
		})
	}
	wg.Wait()
}

// serveChain serves a case's chain and gives the URL.
func serveChain(t *testing.T, c formCase, at time.Time) string {
	t.Helper()
	chain, _, key := c.build(t, at)
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
	})
	site, err := browser.NewSite(answer, &tls.Config{Certificates: []tls.Certificate{{Certificate: chain, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := site.Close(); err != nil {
			t.Error(err)
		}
	})
	name := c.host
	if name == "" {
		name = host
	}
	return "https://" + name + ":" + site.Port + "/"
}

// askForms gives the number of cases about which a browser does what the table
// says, and its version. The first case is to be one that it accepts.
func askForms(t *testing.T, kind browser.Kind, options browser.Options, cases []formCase, urls []string) (version string, agreed int, err error) {
	b, err := browser.Start(t.Context(), kind, options)
	if err != nil {
		return "", 0, err
	}
	answered, err := fetchForms(t.Context(), b, urls)
	version = b.Version
	if closed := b.Close(); closed != nil {
		t.Logf("closing %s: %v", kind, closed) // it may have got stuck
	}
	if err != nil {
		return version, 0, err
	}
	for i, c := range cases {
		refuses := map[browser.Kind]bool{browser.Chromium: c.chromium, browser.Firefox: c.firefox}[kind]
		if answered[i] == !refuses {
			agreed++
			continue
		}
		code, err := loadForm(t, kind, options, urls[i])
		switch {
		case err != nil:
			t.Errorf("%s: %s: %v", kind, c.name, err)
		case (code != "") != refuses:
			t.Errorf("%s: %s: got error %q, refuses %v", kind, c.name, code, refuses)
		default:
			agreed++
		}
	}
	return version, agreed, nil
}

// fetchForms tells which URLs a browser gets an answer from, in a document of the first.
func fetchForms(ctx context.Context, b *browser.Browser, urls []string) ([]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, browserPatience)
	defer cancel()
	tab, err := b.Open(ctx)
	if err != nil {
		return nil, err
	}
	if r, err := tab.Load(ctx, urls[0]); err != nil || r.Error != "" {
		return nil, fmt.Errorf("%s: %q, %v", urls[0], r.Error, err)
	}
	var all []bool
	for some := range slices.Chunk(urls, 50) {
		answered, err := tab.Fetch(ctx, some)
		if err != nil {
			return nil, err
		}
		all = append(all, answered...)
	}
	return all, nil
}

// loadForm is the code of the error that a fresh browser shows for a URL, empty for none.
func loadForm(t *testing.T, kind browser.Kind, options browser.Options, url string) (string, error) {
	b, err := browser.Start(t.Context(), kind, options)
	if err != nil {
		return "", err
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Logf("closing %s: %v", kind, err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), browserPatience)
	defer cancel()
	tab, err := b.Open(ctx)
	if err != nil {
		return "", err
	}
	r, err := tab.Load(ctx, url)
	return r.Error, err
}
