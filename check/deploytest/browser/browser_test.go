//go:build browsers

package browser

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// A page with a script and an image by http URLs: a permissive browser asks for
// both in cleartext; by default the script is blocked and the image upgraded.
func TestPage(t *testing.T) {
	root := deploytest.NewRoot(deploytest.Spec{Name: "Root"})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Cache-Control", "max-age=600") // else a browser may ask again for what it asked in advance
		_, port, _ := strings.Cut(r.Host, ":")
		fmt.Fprintf(w, `<!DOCTYPE html><script src=http://plain.test:%[1]s/s></script><img src=http://plain.test:%[1]s/i>`, port)
	})
	for _, k := range Kinds() {
		for permissive, want := range map[bool][]string{
			true:  {"http /i", "http /s", "https /"},
			false: {"https /", "https /i"},
		} {
			t.Run(fmt.Sprintf("%s/permissive=%v", k, permissive), func(t *testing.T) {
				site := newSite(t, handler, root.Leaf(deploytest.Spec{Hosts: []string{"page.test", "plain.test"}}))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				b := Need(t, k, Options{Permissive: permissive, Roots: []*x509.Certificate{root.Certificate}})
				t.Log(b.Version)
				tab := open(ctx, t, b)
				if r, err := tab.Load(ctx, "https://page.test:"+site.Port+"/"); err != nil || r.Error != "" {
					t.Fatalf("Load: %v, %v", r, err)
				}
				if err := site.Quiet(ctx, time.Second/2, "/"); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, r := range site.Requests("/") {
					scheme, _, _ := strings.Cut(r.URL(), ":")
					if r.URI != "/favicon.ico" {
						got = append(got, scheme+" "+r.URI)
					}
				}
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("requests %q, want %q", got, want)
				}
			})
		}
	}
}

// What a browser refuses ends with the browser's own code.
func TestRefused(t *testing.T) {
	root, other := deploytest.NewRoot(deploytest.Spec{Name: "Root"}), deploytest.NewRoot(deploytest.Spec{Name: "Other Root"})
	expired := deploytest.Spec{Hosts: []string{"page.test"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour)}
	for _, k := range Kinds() {
		b := Need(t, k, Options{Roots: []*x509.Certificate{root.Certificate}})
		for name, tt := range map[string]struct {
			chain tls.Certificate
			want  map[Kind]string
		}{
			"unknown issuer": {other.Leaf(deploytest.Spec{Hosts: []string{"page.test"}}),
				map[Kind]string{Chromium: "net::ERR_CERT_AUTHORITY_INVALID", Firefox: "SEC_ERROR_UNKNOWN_ISSUER"}},
			"expired": {root.Leaf(expired),
				map[Kind]string{Chromium: "net::ERR_CERT_DATE_INVALID", Firefox: "SEC_ERROR_EXPIRED_CERTIFICATE"}},
			"other name": {root.Leaf(deploytest.Spec{Hosts: []string{"other.test"}}),
				map[Kind]string{Chromium: "net::ERR_CERT_COMMON_NAME_INVALID", Firefox: "SSL_ERROR_BAD_CERT_DOMAIN"}},
			"good": {root.Leaf(deploytest.Spec{Hosts: []string{"page.test"}}), nil},
		} {
			t.Run(string(k)+"/"+name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				site := newSite(t, http.NotFoundHandler(), tt.chain)
				tab := open(ctx, t, b)
				r, err := tab.Load(ctx, "https://page.test:"+site.Port+"/")
				if err != nil || r.Error != tt.want[k] {
					t.Errorf("got %q, %v; want %q", r.Error, err, tt.want[k])
				}
			})
		}
	}
}

func newSite(t *testing.T, h http.Handler, chain tls.Certificate) *Site {
	t.Helper()
	site, err := NewSite(h, &tls.Config{Certificates: []tls.Certificate{chain}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := site.Close(); err != nil {
			t.Error(err)
		}
	})
	return site
}

func open(ctx context.Context, t *testing.T, b *Browser) *Tab {
	t.Helper()
	tab, err := b.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}
