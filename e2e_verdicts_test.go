package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// A verdict is a deployment at x.example, and the rules that it breaks.
type verdict struct {
	name  string
	d     deploytest.Deployment
	rules []string
}

// judge runs the program over each deployment and compares what it found.
func judge(t *testing.T, verdicts []verdict) {
	for _, v := range verdicts {
		t.Run(v.name, func(t *testing.T) {
			v.d.Host = "x.example"
			w := newWorld(t, v.d)
			got := w.run(t, "x.example", "-roots", "roots.pem", "-retries", "0", "-sarif-file", "-")
			if diff := cmp.Diff(v.rules, found(t, []byte(got.stdout))); diff != "" {
				t.Errorf("rules broken (-want +got)\n%s\n%s", diff, got.stderr)
			}
		})
	}
}

const hstsLine = "Strict-Transport-Security: " + deploytest.GoodHSTS + "\r\n"

// wire answers each request with these bytes, and then closes the connection.
func wire(lines ...string) deploytest.Server {
	return deploytest.Raw(func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.WriteString(c, strings.Join(lines, "")) // a client that has gone is no matter
		}
	})
}

// overTLS is a deployment whose HTTP/1.1 server over TLS answers with these
// bytes.
func overTLS(lines ...string) deploytest.Deployment {
	return deploytest.Deployment{HTTPS: wire(lines...)}
}

// withTLS is a deployment with a TLS configuration of its own.
func withTLS(edit func(*tls.Config)) deploytest.Deployment {
	return deploytest.Deployment{TLS: edit}
}

// Servers do many things that are rare and good.
func TestOddButGood(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n" + hstsLine
	verdicts := []verdict{
		{name: "103 Early Hints", d: overTLS("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n", ok, "Content-Length: 2\r\n\r\nok")},
		{name: "100 Continue unasked", d: overTLS("HTTP/1.1 100 Continue\r\n\r\n", ok, "Content-Length: 2\r\n\r\nok")},
		{name: "chunks and trailers", d: overTLS(ok, "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n")},
		{name: "body until the connection ends", d: overTLS(ok, "Content-Type: text/html\r\n\r\n", deploytest.GoodPage)},
		{name: "body shorter than said", d: overTLS(ok, "Content-Type: text/html\r\nContent-Length: 9999\r\n\r\n", deploytest.GoodPage)},
		{name: "TLS cut off without close_notify", d: deploytest.Deployment{HTTPS: cutOff(ok, "Content-Type: text/html\r\n\r\n", deploytest.GoodPage)}},
		{name: "60 KiB of headers", d: overTLS(ok, "X: ", strings.Repeat("a", 60<<10), "\r\nContent-Length: 2\r\n\r\nok")},
		{name: "no reason phrase", d: overTLS("HTTP/1.1 200\r\n", hstsLine, "Content-Length: 2\r\n\r\nok")},
		{name: "events without end", d: deploytest.Deployment{HTTPS: deploytest.HTTP(http.HandlerFunc(events))}},
		{name: "HTTP/2 only", d: withTLS(func(c *tls.Config) { c.NextProtos = []string{"h2"} })},
		{name: "no ALPN", d: withTLS(func(c *tls.Config) { c.NextProtos = nil })},
		{name: "TLS 1.2 only", d: withTLS(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })},
		{name: "TLS 1.3 only", d: withTLS(func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 })},
		{name: "P-521 only", d: withTLS(func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP521} })},
		{name: "no session tickets", d: withTLS(func(c *tls.Config) { c.SessionTicketsDisabled = true })},
		{name: "client certificate demanded", d: withTLS(deploytest.RequireClientCertificate)},
		{name: "RSA certificate", d: deploytest.Deployment{Certificate: deploytest.WithRSA}},
		{name: "root and strangers on the wire", d: deploytest.Deployment{Certificate: crowded}},
		{name: "421 Misdirected Request", d: overTLS("HTTP/1.1 421 Misdirected Request\r\n", hstsLine, "Content-Length: 0\r\n\r\n")},
		{name: "401 over TLS", d: overTLS("HTTP/1.1 401 Unauthorized\r\n", hstsLine, "WWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")},
		{name: "circle of redirects", d: overTLS("HTTP/1.1 302 Found\r\n", hstsLine, "Location: /\r\nContent-Length: 0\r\n\r\n")},
		{name: "redirect to a name in Unicode", d: deploytest.Deployment{HTTPS: deploytest.Redirect("https://bücher.example/"),
			With: []deploytest.Deployment{{Host: "xn--bcher-kva.example"}}}},
		{name: "port 80 speaks TLS", d: deploytest.Deployment{Cleartext: wire("\x15\x03\x01\x00\x02\x02\x46")}},
		{name: "port 80 redirects in capitals", d: deploytest.Deployment{Cleartext: deploytest.Redirect("HTTPS://X.EXAMPLE./")}},
		{name: "page names http in a comment", d: deploytest.Deployment{HTTPS: deploytest.Page(
			`<!doctype html><!-- <meta http-equiv="refresh" content="0; url=http://x.example/"> -->`)}},
		{name: "Refresh that a policy of the page upgrades", d: deploytest.Deployment{HTTPS: deploytest.Page(
			`<!doctype html><meta http-equiv=Content-Security-Policy content=upgrade-insecure-requests>`, "Refresh: 0; url=http://x.example/home")}},
		{name: "imports in a string and in a comment", d: deploytest.Deployment{HTTPS: deploytest.Page(
			`<!doctype html><script type=module>"import 'http://y.example/'"; /* import "http://y.example/" */</script>`)}},
	}
	for i := range verdicts {
		verdicts[i].rules = []string{}
	}
	judge(t, verdicts)
}

// Clients forgive servers much, and are served what is misconfigured all the same.
func TestOddAndFaulty(t *testing.T) {
	content, downgrade := []string{"cleartext-content"}, []string{"cleartext-redirect", "redirect-downgrade"}
	const page = `<!doctype html><meta http-equiv="refresh" content="0; url=http://x.example/">`
	to := func(url string) deploytest.Deployment {
		return overTLS("HTTP/1.1 302 Found\r\n", hstsLine, "Location: ", url, "\r\nContent-Length: 0\r\n\r\n")
	}
	cleartext := func(lines ...string) deploytest.Deployment {
		return deploytest.Deployment{Cleartext: wire(lines...)}
	}
	judge(t, []verdict{
		{"HTTP/1.0", cleartext("HTTP/1.0 200 OK\r\n\r\nhello"), content},
		{"bare line feeds", cleartext("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), content},
		{"content cut short", cleartext("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello"), content},
		{"part of the content", cleartext("HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nhello"), content},
		{"redirect to white space", to("http://x.example/a b"), downgrade},
		{"redirect by backslashes", to(`http:\\x.example\a`), downgrade},
		{"redirect to Latin-1", to("http://x.example/\xe9"), downgrade},
		{"meta refresh without a content type", overTLS("HTTP/1.1 200 OK\r\n", hstsLine, "\r\n", page), downgrade},
		{"meta refresh in XHTML", deploytest.Deployment{HTTPS: deploytest.Page(`<html xmlns="http://www.w3.org/1999/xhtml">`+page[len("<!doctype html>"):len(page)-1]+`/></html>`, "Content-Type: application/xhtml+xml")}, downgrade},
		{"Refresh before a policy in the body", deploytest.Deployment{HTTPS: deploytest.Page(
			`<!doctype html><body><meta http-equiv=Content-Security-Policy content=upgrade-insecure-requests>`, "Refresh: 0; url=http://x.example/")}, downgrade},
		{"module script that imports", deploytest.Deployment{HTTPS: deploytest.Page(
			`<!doctype html><script type=module>import "http://y.example/a.js"</script>`)}, []string{"mixed-content"}},
		{"import by an import map", deploytest.Deployment{HTTPS: deploytest.Page(
			`<!doctype html><script type=importmap>{"imports": {"a": "http://y.example/a.js"}}</script><script type=module>import "a"</script>`)}, []string{"mixed-content"}},
		{"import that the CSS parser drops", deploytest.Deployment{HTTPS: deploytest.Page(
			`<!doctype html><style>@import url(http://y.example/a .css);</style>`)}, []string{"mixed-content"}},
		{"meta refresh on an error page", deploytest.Deployment{HTTPS: deploytest.Answer(http.StatusNotFound, page,
			"Strict-Transport-Security: "+deploytest.GoodHSTS)}, downgrade},
		{"one of two addresses", deploytest.Deployment{With: []deploytest.Deployment{
			{Host: "x.example", Cleartext: deploytest.Answer(http.StatusOK, deploytest.GoodPage)}}}, content},
		{"a host on the way", deploytest.Deployment{HTTPS: deploytest.Redirect("https://self.example/"),
			With: []deploytest.Deployment{{Host: "self.example", Certificate: deploytest.SignedByItself}}}, []string{"self-signed"}},
	})
}

// cutOff is [wire], and ends the connection below TLS.
func cutOff(lines ...string) deploytest.Server {
	return deploytest.Raw(func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.WriteString(c, strings.Join(lines, ""))
		}
		_ = c.(*tls.Conn).NetConn().Close()
	})
}

// events sends events until nobody listens any more.
func events(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Strict-Transport-Security", deploytest.GoodHSTS)
	w.Header().Set("Content-Type", "text/event-stream")
	for {
		if _, err := io.WriteString(w, "data: on\n\n"); err != nil {
			return
		}
		w.(http.Flusher).Flush()
	}
}

// crowded sends the chain twice, the root and another root with it.
func crowded(n *deploytest.Network, host string) tls.Certificate {
	c := deploytest.Issued(deploytest.Spec{})(n, host)
	stranger := deploytest.NewRoot(deploytest.Spec{Name: "Stranger"})
	c.Certificate = append(c.Certificate, stranger.Certificate.Raw, n.Root().Certificate.Raw, c.Certificate[1])
	return c
}
