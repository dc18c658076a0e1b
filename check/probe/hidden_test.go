package probe_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe"
)

// asks lets a TLS port ask for a client certificate that it does not need.
func asks(c *tls.Config) { c.ClientAuth = tls.RequestClientCert }

// paths serves a handler by path, with good HSTS.
func paths(handlers map[string]http.HandlerFunc) deploytest.Server {
	return deploytest.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", deploytest.GoodHSTS)
		if h := handlers[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	}))
}

func to(url string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, http.StatusFound) }
}

func html(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, text)
	}
}

// far redirects a host through n https URLs, and then to http.
func far(n int) deploytest.Server {
	handlers := map[string]http.HandlerFunc{}
	for i := range n {
		handlers[strings.Repeat("/a", i)+"/"] = to(strings.Repeat("/a", i+1) + "/")
	}
	handlers[strings.Repeat("/a", n)+"/"] = to("http://far.example/")
	return paths(handlers)
}

// raw answers every request of a connection with the same bytes.
func raw(answer string) deploytest.Server {
	return deploytest.Raw(func(c net.Conn) {
		if _, err := c.Read(make([]byte, 4096)); err == nil {
			io.WriteString(c, answer)
		}
	})
}

const mixed = `<!doctype html><script src="http://cdn.example/a.js"></script>`

// Nothing hides a fault, and nothing that could not be checked is a pass.
func TestNothingHides(t *testing.T) {
	cut := deploytest.Raw(func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nStrict-Transport-Security: "+deploytest.GoodHSTS+"\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<html>")
		io.Copy(io.Discard, c)
	})
	twice := raw("HTTP/1.1 200 OK\r\nStrict-Transport-Security: " + deploytest.GoodHSTS + "\r\nContent-Type: application/json\r\nContent-Type: text/html\r\n" +
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(mixed), mixed))
	http1 := func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }
	for name, tc := range map[string]struct {
		deploytest.Deployment
		want check.State // of V12.2.1
	}{
		"page behind an optional client certificate": {deploytest.Deployment{TLS: asks,
			HTTPS: paths(map[string]http.HandlerFunc{"/": to("/app"), "/app": html(mixed)})}, check.Fail},
		"garbage behind a client certificate":         {deploytest.Deployment{TLS: asks, HTTPS: deploytest.Garbage}, check.Unknown},
		"endless headers behind a client certificate": {deploytest.Deployment{TLS: asks, HTTPS: deploytest.EndlessHeaders}, check.Unknown},
		"page that stalls":                            {deploytest.Deployment{TLS: http1, HTTPS: cut}, check.Unknown},
		"page in a list of codings":                   {deploytest.Deployment{HTTPS: deploytest.Page(mixed, "Content-Encoding: gzip, br")}, check.Unknown},
		"page that loads itself again":                {deploytest.Deployment{HTTPS: deploytest.Page(mixed, "Refresh: 300; url=/")}, check.Fail},
		"two content types":                           {deploytest.Deployment{TLS: http1, HTTPS: twice}, check.Fail},
		"long chain on another host": {deploytest.Deployment{HTTPS: deploytest.Redirect("https://far.example/"),
			With: []deploytest.Deployment{{Host: "far.example", HTTPS: far(23)}}}, check.Unknown},
		"long chain from port 80": {deploytest.Deployment{Cleartext: deploytest.Redirect("https://far.example/"),
			With: []deploytest.Deployment{{Host: "far.example", HTTPS: far(23)}}}, check.Unknown},
		"chain of fourteen": {deploytest.Deployment{HTTPS: deploytest.Redirect("https://far.example/"),
			With: []deploytest.Deployment{{Host: "far.example", HTTPS: far(13)}}}, check.Fail},
		"port 80 that hangs up once": {deploytest.Deployment{Cleartext: deploytest.First(1, deploytest.Hangup, deploytest.Answer(200, "hello"))}, check.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			tc.Host = "hide.example"
			r := judge(t, n, n.Deploy(tc.Deployment).URL(), func(o *probe.Options) {
				o.Retries = 0
				if strings.HasSuffix(name, "stalls") {
					o.Timeout = 2 * time.Second // spent whole
				}
			})
			if got := state(r, check.TLSOnly); got != tc.want {
				t.Errorf("V12.2.1: %s, want %s\n%q", got, tc.want, messages(r))
			}
		})
	}
}

// Each address is asked where it leads on its own host.
func TestEachAddressIsFollowed(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	login := func(to string) deploytest.Server {
		return paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
			"/login": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }, "/home": html("<p>")})
	}
	n.Deploy(deploytest.Deployment{Host: "two.example", Addresses: []string{"203.0.113.90"}, HTTPS: login("/home")})
	n.Deploy(deploytest.Deployment{Host: "two.example", Addresses: []string{"203.0.113.91"}, HTTPS: login("http://two.example/home")})
	r := judge(t, n, "https://two.example/", nil)
	if state(r, check.TLSOnly) != check.Fail {
		t.Errorf("%q", messages(r))
	}

	// Also via another host.
	back := func(to string) deploytest.Server {
		return paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://sso.example/", http.StatusFound)
		}, "/back": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }, "/home": html("<p>")})
	}
	n.Deploy(deploytest.Deployment{Host: "sso.example", HTTPS: deploytest.Redirect("https://by.example/back")})
	n.Deploy(deploytest.Deployment{Host: "by.example", Addresses: []string{"203.0.113.92"}, HTTPS: back("/home")})
	n.Deploy(deploytest.Deployment{Host: "by.example", Addresses: []string{"203.0.113.93"}, HTTPS: back("http://by.example/home")})
	r = judge(t, n, "https://by.example/", nil)
	if state(r, check.TLSOnly) != check.Fail {
		t.Errorf("via another host: %q", messages(r))
	}
}

// Cookies go to no server whose certificate is not trusted.
func TestCookiesNeedTrust(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	var got atomic.Value
	n.Deploy(deploytest.Deployment{Host: "app.corp.example", HTTPS: paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "granted", Domain: "corp.example", Secure: true, HttpOnly: true, Path: "/"})
		http.Redirect(w, r, "https://other.corp.example/", http.StatusFound)
	}})})
	n.Deploy(deploytest.Deployment{Host: "other.corp.example", Certificate: deploytest.Untrusted,
		HTTPS: deploytest.HTTP(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got.Store(r.Header.Get("Cookie")) }))})
	judge(t, n, "https://app.corp.example/", nil)
	if got.Load() != "" {
		t.Errorf("the untrusted server got the cookie %q", got.Load())
	}
}

// An address beyond those that are asked is not taken for an unreachable one.
func TestTooManyAddresses(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "many.example", Addresses: []string{"203.0.113.100"}})
	for i := range 64 {
		n.Name("many.example", fmt.Sprintf("203.0.113.%d", 101+i))
	}
	r := judge(t, n, "https://many.example/", func(o *probe.Options) { o.Retries = 0 })
	if state(r, check.PubliclyTrusted) != check.Unknown {
		t.Errorf("%q", messages(r))
	}
}

// What is good stays a pass, however its network and its headers behave.
func TestGoodAllTheSame(t *testing.T) {
	steps := paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("visited"); err == nil && c.Value == "yes" {
			html("<p>welcome")(w, r)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "visited", Value: "yes", Secure: true, Path: "/"})
		http.Redirect(w, r, "/?n="+r.URL.Query().Get("n")+"1", http.StatusFound)
	}})
	coded := func(coding string) deploytest.Server {
		return deploytest.Page("<!doctype html><p>hello", "Content-Encoding: "+coding)
	}
	policy := "Content-Security-Policy: script-src " + strings.Repeat("https://cdn.example ", 500) + "; upgrade-insecure-requests"
	for name, tc := range map[string]struct {
		deploytest.Deployment
		dial error // of port 80
	}{
		"port 80 resets every SYN":        {dial: syscall.ECONNRESET},
		"port 80 is prohibited":           {dial: syscall.EACCES},
		"redirects until a cookie is set": {Deployment: deploytest.Deployment{HTTPS: steps}},
		"no such coding":                  {Deployment: deploytest.Deployment{HTTPS: coded("none")}},
		"a charset for a coding":          {Deployment: deploytest.Deployment{HTTPS: coded("UTF-8")}},
		"a long policy":                   {Deployment: deploytest.Deployment{HTTPS: deploytest.Page(mixed, policy)}},
		"another host's coding": {Deployment: deploytest.Deployment{HTTPS: deploytest.Redirect("https://other.example/"),
			With: []deploytest.Deployment{{Host: "other.example", HTTPS: coded("br")}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			tc.Host, tc.Addresses = "good.example", []string{"203.0.113.95"}
			url := n.Deploy(tc.Deployment).URL()
			if tc.dial != nil {
				n.FailDial("203.0.113.95:80", &net.OpError{Op: "dial", Err: tc.dial}, deploytest.Always)
			}
			r := judge(t, n, url, nil)
			if got := failed(r); len(got) != 0 || state(r, check.TLSOnly) != check.Pass {
				t.Errorf("failed %q\n%q", got, messages(r))
			}
		})
	}
}

// A secret that the origin echoes into a redirect goes to no other origin,
// and a header that is no secret changes no verdict.
func TestEchoedSecret(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "echo.example", Addresses: []string{"203.0.113.96"},
		HTTPS: paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
			token := r.Header.Get("X-Token")
			http.Redirect(w, r, "https://"+token+".leak.example/"+token+"?t="+token, http.StatusFound)
		}})})
	n.Deploy(deploytest.Deployment{Host: "opensesame.leak.example", Addresses: []string{"203.0.113.97"}})
	r := judge(t, n, "https://echo.example/", func(o *probe.Options) {
		o.Headers = []fact.Header{{Name: "X-Token", Value: "OpenSesame"}}
	})
	for _, at := range []string{"203.0.113.97:443", "203.0.113.97:80"} {
		if total, _ := n.Connections(at); total != 0 {
			t.Errorf("%d connections to %s", total, at)
		}
	}
	if text := strings.ToLower(fmt.Sprintf("%+v", r)); strings.Contains(text, "opensesame") {
		t.Error("the report holds the secret")
	}

	n.Deploy(deploytest.Deployment{Host: "plain.example"})
	n.Deploy(deploytest.Deployment{Host: "down.example", HTTPS: deploytest.Redirect("http://down.example/x")})
	for url, want := range map[string]check.State{"https://plain.example/": check.Pass, "https://down.example/": check.Fail} {
		r := judge(t, n, url, func(o *probe.Options) {
			o.Headers = []fact.Header{{Name: "X-Forwarded-Proto", Value: "https"}, {Name: "X-Scheme", Value: "http"}, {Name: "X-Host", Value: "Plain.Example"}}
		})
		if got := state(r, check.TLSOnly); got != want {
			t.Errorf("%s: %s\n%q", url, got, messages(r))
		}
	}
}
