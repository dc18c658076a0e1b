package probe_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe"
)

// http1Only lets a TLS port speak HTTP/1.1 alone.
func http1Only(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }

const soundHead = "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=63072000\r\nContent-Type: text/html\r\n"

// failing judges a deployment, and gives the rules that fail.
func failing(t *testing.T, d deploytest.Deployment, adjust func(*probe.Options), expected ...fact.StatusRange) (check.Result, []string) {
	t.Helper()
	n := deploytest.NewNetwork()
	t.Cleanup(n.Close)
	if d.Host == "" {
		d.Host = "answer.example"
	}
	r := judge(t, n, n.Deploy(d).URL(), adjust, expected...)
	return r, failed(r)
}

// What browsers make of an answer is what is judged.
func TestAnswersAsBrowsersReadThem(t *testing.T) {
	body := func(b string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(b), b) }
	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len("hello"), "hello")
	filler := strings.Repeat("X-Filler: "+strings.Repeat("x", 1000)+"\r\n", 100)
	deflated := func() string {
		var b bytes.Buffer
		w, _ := flate.NewWriter(&b, 6)
		io.WriteString(w, mixed)
		w.Close()
		return b.String()
	}()
	brotlied := func() string {
		var b bytes.Buffer
		w := brotli.NewWriter(&b)
		io.WriteString(w, mixed)
		w.Close()
		return b.String()
	}()
	tlsRaw := func(answer string) deploytest.Deployment {
		return deploytest.Deployment{TLS: http1Only, HTTPS: raw(answer)}
	}
	cleartextRaw := func(answer string) deploytest.Deployment { return deploytest.Deployment{Cleartext: raw(answer)} }
	for name, tc := range map[string]struct {
		deploytest.Deployment
		want string // the one rule that fails, or none
	}{
		"space before the colon":          {tlsRaw("HTTP/1.1 302 Found\r\nStrict-Transport-Security : max-age=63072000\r\nLocation : http://other.example/\r\nContent-Length: 0\r\n\r\n"), "redirect-downgrade"},
		"tab before the colon of Refresh": {tlsRaw(soundHead + "Refresh\t: 0;url=http://other.example/\r\n" + body("<p>")), "redirect-downgrade"},
		"folded Location":                 {tlsRaw("HTTP/1.1 302 Found\r\nStrict-Transport-Security: max-age=63072000\r\nLocation:\r\n http://other.example/\r\nContent-Length: 0\r\n\r\n"), "redirect-downgrade"},
		"line without a colon, good page": {tlsRaw(strings.Replace(soundHead, "\r\n", "\r\nno colon here\r\n", 1) + body("<p>hello")), ""},
		"control characters in a field":   {tlsRaw(soundHead + "X: a\x01\x7f\xe9\r\n" + body("<p>hello")), ""},
		"line without a colon on port 80": {cleartextRaw("HTTP/1.1 200 OK\r\nno colon here\r\n" + body("hello")), "cleartext-content"},
		"line without a colon, optional client certificate": {deploytest.Deployment{
			TLS:   func(c *tls.Config) { asks(c); http1Only(c) },
			HTTPS: raw("HTTP/1.1 302 Found\r\nno colon here\r\nStrict-Transport-Security: max-age=63072000\r\nLocation: http://other.example/\r\nContent-Length: 0\r\n\r\n")}, "redirect-downgrade"},
		"chunked, chunked":        {cleartextRaw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n" + chunked), "cleartext-content"},
		"chunked twice":           {cleartextRaw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked), "cleartext-content"},
		"unknown transfer coding": {cleartextRaw("HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\nhello"), "cleartext-content"},
		"status line alone":       {cleartextRaw("HTTP/1.1 200\r\n\r\nhello"), "cleartext-content"},
		"header that ends early":  {cleartextRaw("HTTP/1.1 302 Found\r\nLocation: http://other.example/"), "cleartext-redirect"},
		"empty Location":          {tlsRaw("HTTP/1.1 302 Found\r\nStrict-Transport-Security: max-age=63072000\r\nContent-Type: text/html\r\nLocation:\r\n" + body(mixed)), "mixed-content"},
		"empty Location, port 80": {cleartextRaw("HTTP/1.1 302 Found\r\nContent-Type: text/html\r\nLocation:\r\n" + body("<p>hello")), "cleartext-content"},
		"interim answer first":    {tlsRaw("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + soundHead + body(mixed)), "mixed-content"},
		"100 KB of header":        {tlsRaw(soundHead + filler + body("<p>hello")), ""},
		"100 KB of header, then Location": {tlsRaw("HTTP/1.1 302 Found\r\nStrict-Transport-Security: max-age=63072000\r\n" + filler + "Location: http://other.example/\r\nContent-Length: 0\r\n\r\n"),
			"redirect-downgrade"},
		"coding br":                       {tlsRaw(soundHead + "Content-Encoding: br\r\n" + body(brotlied)), "mixed-content"},
		"coding deflate, raw":             {tlsRaw(soundHead + "Content-Encoding: deflate\r\n" + body(deflated)), "mixed-content"},
		"coding deflate, zlib":            {tlsRaw(soundHead + "Content-Encoding: deflate\r\n" + body(coded(mixed, zlibCoding))), "mixed-content"},
		"coding zstd":                     {tlsRaw(soundHead + "Content-Encoding: zstd\r\n" + body(coded(mixed, zstdCoding))), "mixed-content"},
		"codings gzip, gzip":              {tlsRaw(soundHead + "Content-Encoding: gzip, gzip\r\n" + body(coded(coded(mixed, gzipCoding), gzipCoding))), "mixed-content"},
		"codings gzip, br, in two fields": {tlsRaw(soundHead + "Content-Encoding: gzip\r\nContent-Encoding: br\r\n" + body(coded(coded(mixed, gzipCoding), brCoding))), "mixed-content"},
		"script after 1 MiB":              {tlsRaw(soundHead + body("<p>"+strings.Repeat("text ", 250_000)+mixed)), "mixed-content"},
		"script after 4 MiB of gzip":      {tlsRaw(soundHead + "Content-Encoding: gzip\r\n" + body(coded("<p>"+strings.Repeat("text ", 1_000_000)+mixed, gzipCoding))), "mixed-content"},
		"two content types":               {tlsRaw("HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=63072000\r\nContent-Type: text/plain, text/html\r\n" + body(mixed)), "mixed-content"},
		"content type and comma":          {tlsRaw("HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=63072000\r\nContent-Type: text/html,\r\n" + body(mixed)), "mixed-content"},
		"body that ends early":            {tlsRaw(soundHead + "Content-Length: 9999\r\n\r\n" + mixed), "mixed-content"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.With = []deploytest.Deployment{{Host: "other.example"}}
			r, got := failing(t, tc.Deployment, nil)
			got = slices.DeleteFunc(got, func(id string) bool { return id == "cleartext-redirect" && tc.want == "redirect-downgrade" })
			if tc.want == "" && (len(got) != 0 || state(r, check.TLSOnly) != check.Pass) || tc.want != "" && !slices.Equal(got, []string{tc.want}) {
				t.Errorf("failed %q, want %q\n%q", got, tc.want, messages(r))
			}
		})
	}
}

// coded is a body in a content coding.
func coded(body string, coding func(io.Writer) io.WriteCloser) string {
	var b bytes.Buffer
	w := coding(&b)
	io.WriteString(w, body)
	w.Close()
	return b.String()
}

func gzipCoding(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
func zlibCoding(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
func brCoding(w io.Writer) io.WriteCloser   { return brotli.NewWriter(w) }
func zstdCoding(w io.Writer) io.WriteCloser {
	z, _ := zstd.NewWriter(w) // there is no option to be wrong
	return z
}

// Where an answer is an edge's, or the header did not get in, the deployment
// was not seen; a host that browsers preload needs no HSTS.
func TestDeploymentNotSeen(t *testing.T) {
	answer, secret := deploytest.Answer, func(o *probe.Options) { o.Headers = []fact.Header{{Name: "X-Bypass", Value: "open-sesame"}} }
	gated := paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Bypass") != "open-sesame" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		html("<p>hello")(w, r)
	}})
	for name, tc := range map[string]struct {
		deploytest.Deployment
		adjust   func(*probe.Options)
		expected []fact.StatusRange
		want     check.State
		rules    []string
	}{
		"challenge of Cloudflare":            {deploytest.Deployment{HTTPS: answer(403, "<p>Just a moment", "Cf-Mitigated: challenge")}, nil, nil, check.Unknown, []string{"target-not-verified"}},
		"challenge of AWS":                   {deploytest.Deployment{HTTPS: answer(202, "", "X-Amzn-Waf-Action: challenge")}, nil, nil, check.Unknown, []string{"target-not-verified"}},
		"challenge of Vercel":                {deploytest.Deployment{HTTPS: answer(429, "", "X-Vercel-Mitigated: challenge")}, nil, nil, check.Unknown, []string{"target-not-verified"}},
		"challenge of DataDome":              {deploytest.Deployment{HTTPS: answer(403, "<p>", "X-Dd-B: 1")}, nil, nil, check.Unknown, []string{"target-not-verified"}},
		"403 of the application":             {deploytest.Deployment{HTTPS: answer(403, "<p>", goodHSTS)}, nil, nil, check.Pass, nil},
		"challenge behind a redirect":        {deploytest.Deployment{HTTPS: deploytest.Redirect("https://www.answer.example/"), With: []deploytest.Deployment{{Host: "www.answer.example", HTTPS: answer(403, "", "Cf-Mitigated: challenge")}}}, nil, nil, check.Unknown, []string{"target-not-verified"}},
		"503":                                {deploytest.Deployment{HTTPS: answer(503, "")}, nil, nil, check.Unknown, []string{"target-not-verified"}},
		"503 that is expected":               {deploytest.Deployment{HTTPS: answer(503, "", goodHSTS)}, nil, []fact.StatusRange{{From: 503, To: 503}}, check.Pass, nil},
		"200 that is not expected":           {deploytest.Deployment{}, nil, []fact.StatusRange{{From: 401, To: 401}}, check.Unknown, []string{"target-not-verified"}},
		"a header that gets in":              {deploytest.Deployment{HTTPS: gated}, secret, nil, check.Pass, nil},
		"a header that does not get in":      {deploytest.Deployment{HTTPS: answer(401, "", goodHSTS)}, secret, nil, check.Unknown, []string{"target-not-verified"}},
		"a header that is not allowed":       {deploytest.Deployment{HTTPS: answer(403, "", goodHSTS)}, secret, nil, check.Unknown, []string{"target-not-verified"}},
		"a header, and 401 is expected":      {deploytest.Deployment{HTTPS: answer(401, "", goodHSTS)}, secret, []fact.StatusRange{{From: 401, To: 401}}, check.Pass, nil},
		"a header, not sent where untrusted": {deploytest.Deployment{HTTPS: gated, Certificate: deploytest.SignedByItself}, secret, nil, check.Unknown, []string{"self-signed", "target-not-verified"}},
		"a header, and a fault is seen":      {deploytest.Deployment{HTTPS: answer(401, "", goodHSTS), Cleartext: answer(200, "hello")}, secret, nil, check.Fail, []string{"cleartext-content"}},
		"401 without a header":               {deploytest.Deployment{HTTPS: answer(401, "", goodHSTS)}, nil, nil, check.Pass, nil},
		"no HSTS under .dev":                 {deploytest.Deployment{Host: "shop.dev", HTTPS: answer(200, "<p>")}, nil, nil, check.Pass, nil},
		"no HSTS under .app":                 {deploytest.Deployment{Host: "a.b.app", HTTPS: answer(200, "<p>")}, nil, nil, check.Pass, nil},
		"no HSTS under .example":             {deploytest.Deployment{HTTPS: answer(200, "<p>")}, nil, nil, check.Pass, []string{"hsts-missing"}},
		"no HSTS of an address":              {deploytest.Deployment{Host: "203.0.113.160", HTTPS: answer(200, "<p>")}, nil, nil, check.Pass, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, got := failing(t, tc.Deployment, tc.adjust, tc.expected...)
			if slices.Sort(got); state(r, check.TLSOnly) != tc.want || !slices.Equal(got, append([]string{}, tc.rules...)) {
				t.Errorf("%s, failed %q, want %s and %q\n%q", state(r, check.TLSOnly), got, tc.want, tc.rules, messages(r))
			}
		})
	}
}

// What browsers refuse is not verified, and the reason names the bytes.
func TestTrueError(t *testing.T) {
	for answer, reason := range map[string]string{
		"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n":                                              "malformed header line 'X: a\\x00b'",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12":               "several 'Content-Length' values that differ",
		"HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\n\r\n":                        "several 'Location' fields that differ, '/a' and '/b'",
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("x", 1000)+"\r\n", 500): "more than 384 KiB of header",
	} {
		for name, certificate := range map[string]func(*tls.Config){"": http1Only, "optional client certificate": func(c *tls.Config) { asks(c); http1Only(c) }} {
			r, _ := failing(t, deploytest.Deployment{TLS: certificate, HTTPS: raw(answer)}, func(o *probe.Options) { o.Retries = 0 })
			if state(r, check.TLSOnly) != check.Unknown || !strings.Contains(r.Requirements[0].Reason(), reason) {
				t.Errorf("%s: %s, %q", name, state(r, check.TLSOnly), r.Requirements[0].Reason())
			}
		}
	}
}

// What is asked is distinguished by the cookies that would be sent, as long as
// browsers follow.
func TestRedirectsWithMemory(t *testing.T) {
	counting := func(steps int, then http.HandlerFunc) deploytest.Server {
		return paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
			n := 0
			if c, err := r.Cookie("n"); err == nil {
				fmt.Sscan(c.Value, &n)
			}
			if n >= steps {
				then(w, r)
				return
			}
			http.SetCookie(w, &http.Cookie{Name: "n", Value: fmt.Sprint(n + 1), Secure: true, Path: "/"})
			http.Redirect(w, r, "/", http.StatusFound)
		}})
	}
	login := paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Cookie"), "session=a, b") {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		html(mixed)(w, r)
	}, "/login": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "session=a, b; Secure; Path=/") // which net/http would not send
		http.Redirect(w, r, "/", http.StatusFound)
	}})
	latin := paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/caf\xe9")
		w.WriteHeader(http.StatusFound)
	}, "/caf\xe9": to("http://answer.example/x")})
	long := paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "" {
			w.Header().Set("Location", "/?"+strings.Repeat("x", 9<<10))
		} else {
			w.Header().Set("Location", "http://answer.example/")
		}
		w.WriteHeader(http.StatusFound)
	}})
	reloading := func(field, page string, then http.HandlerFunc) deploytest.Server {
		return paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Cookie") != "" {
				then(w, r)
				return
			}
			w.Header().Set("Set-Cookie", "n=1; Secure")
			if field != "" {
				w.Header().Set("Refresh", field)
			}
			html(page)(w, r)
		}})
	}
	rolling := paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", r.Header.Get("Cookie")+"x=1; Secure")
		w.Header().Set("Refresh", "30")
		html("<p>")(w, r)
	}})
	deep := "<p>" // documents within documents, more than are read
	for range 20 {
		deep = "<iframe srcdoc='" + strings.NewReplacer("&", "&amp;", "'", "&#39;").Replace(deep) + "'></iframe>"
	}
	for name, tc := range map[string]struct {
		https deploytest.Server
		want  check.State
		rule  string
	}{
		"page that reloads itself":         {reloading("0", "<p>", html(mixed)), check.Fail, "mixed-content"},
		"page that reloads its URL":        {reloading("1; url=/", "<p>", html(mixed)), check.Fail, "mixed-content"},
		"page that reloads, then http":     {reloading("0", "<p>", to("http://answer.example/x")), check.Fail, "redirect-downgrade"},
		"page that reloads by <meta>":      {reloading("", "<meta http-equiv=refresh content=0>", html(mixed)), check.Fail, "mixed-content"},
		"page that reloads, good":          {reloading("0", "<p>", html("<p>")), check.Pass, ""},
		"page that reloads, mixed at once": {reloading("0", mixed, html("<p>")), check.Fail, "mixed-content"},
		"page that reloads for ever":       {rolling, check.Pass, ""},
		"page that reloads, not read":      {reloading("0", deep, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), check.Unknown, "target-not-verified"},
		"to itself with a cookie":          {counting(1, html(mixed)), check.Fail, "mixed-content"},
		"to itself with 19 cookies":        {counting(19, html(mixed)), check.Fail, "mixed-content"},
		"to itself without end":            {counting(99, html(mixed)), check.Unknown, "target-not-verified"},
		"through a sign-in page":           {login, check.Fail, "mixed-content"},
		"to itself with a cookie, good":    {counting(1, html("<p>")), check.Pass, ""},
		"Location in ISO 8859-1":           {latin, check.Fail, "redirect-downgrade"},
		"Location of 9 KB":                 {long, check.Fail, "redirect-downgrade"},
		"14 redirects":                     {far14, check.Pass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, got := failing(t, deploytest.Deployment{HTTPS: tc.https}, nil)
			if state(r, check.TLSOnly) != tc.want || tc.rule != "" && !slices.Contains(got, tc.rule) {
				t.Errorf("%s, failed %q\n%.2000q", state(r, check.TLSOnly), got, messages(r))
			}
		})
	}
}

var far14 = func() deploytest.Server {
	handlers := map[string]http.HandlerFunc{"/14": html("<p>")}
	for i := range 14 {
		handlers[fmt.Sprintf("/%d", i)] = to(fmt.Sprintf("/%d", i+1))
	}
	handlers["/"] = handlers["/0"]
	return paths(handlers)
}()

// Cookies that the cleartext port sets go along to https.
func TestCookiesOfTheCleartextPort(t *testing.T) {
	withCookie := func(then http.HandlerFunc) deploytest.Server {
		return paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.Header.Get("Cookie"), "n=1") {
				then(w, r)
				return
			}
			html("<p>")(w, r)
		}})
	}
	for name, tc := range map[string]struct {
		cookie string
		https  deploytest.Server
		want   check.State
		rules  []string
	}{
		"a page with an http script": {"n=1", withCookie(html(mixed)), check.Fail, []string{"insecure-cookie", "mixed-content"}},
		"a redirect to http":         {"n=1", withCookie(to("http://answer.example/x")), check.Fail, []string{"cleartext-redirect", "insecure-cookie"}},
		"a circle":                   {"n=1", withCookie(to("/")), check.Pass, []string{"insecure-cookie"}},
		"good":                       {"n=1", withCookie(html("<p>")), check.Pass, []string{"insecure-cookie"}},
		"with Secure, refused":       {"n=1; Secure", withCookie(html(mixed)), check.Pass, []string{"insecure-cookie"}},
		"SameSite=None, refused":     {"n=1; SameSite=None", withCookie(html(mixed)), check.Pass, []string{"insecure-cookie"}},
		"of another path":            {"n=1; Path=/x", withCookie(html(mixed)), check.Pass, []string{"insecure-cookie"}},
		"deleted":                    {"n=1; Max-Age=0", withCookie(html(mixed)), check.Pass, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, got := failing(t, deploytest.Deployment{HTTPS: tc.https, Cleartext: deploytest.Answer(302, "", "Location: https://answer.example/", "Set-Cookie: "+tc.cookie)}, nil)
			if slices.Sort(got); state(r, check.TLSOnly) != tc.want || !slices.Equal(got, append([]string{}, tc.rules...)) {
				t.Errorf("%s, failed %q, want %s and %q\n%.2000q", state(r, check.TLSOnly), got, tc.want, tc.rules, messages(r))
			}
		})
	}
}

// h2Server answers each HTTP/2 stream by a function, and HTTP/1.1 by another.
func h2Server(stream func(f *http2.Framer, id uint32), http1 string) deploytest.Server {
	return deploytest.Raw(func(c net.Conn) {
		first := make([]byte, len(http2.ClientPreface))
		if _, err := io.ReadFull(c, first); err != nil {
			return
		}
		if string(first) != http2.ClientPreface {
			io.WriteString(c, http1)
			return
		}
		f := http2.NewFramer(c, c)
		f.WriteSettings()
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			if h, ok := frame.(*http2.HeadersFrame); ok {
				stream(f, h.StreamID)
			}
		}
	})
}

// h2Hangup ends connections with HTTP/2, after what a function writes, and
// answers HTTP/1.1.
func h2Hangup(http1 string, write func(*http2.Framer)) deploytest.Server {
	return deploytest.Raw(func(c net.Conn) {
		first := make([]byte, len(http2.ClientPreface))
		if _, err := io.ReadFull(c, first); err != nil {
			return
		}
		switch {
		case string(first) != http2.ClientPreface:
			io.WriteString(c, http1)
		case write != nil:
			write(http2.NewFramer(c, c))
		}
	})
}

func fields(f *http2.Framer, id uint32, end bool, pairs ...string) {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: b.Bytes(), EndHeaders: true, EndStream: end})
}

// A port that speaks HTTP/2 only, and ends a connection, has shown its
// certificate all the same, and is asked again where the network may be at fault.
func TestHTTP2Only(t *testing.T) {
	only := func(c *tls.Config) {
		c.NextProtos = []string{"h2"}
		c.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) { // crypto/tls goes on with HTTP/1.1
			if len(h.SupportedProtos) > 0 && !slices.Contains(h.SupportedProtos, "h2") {
				return nil, errors.New("no application protocol")
			}
			return nil, nil
		}
	}
	r, _ := failing(t, deploytest.Deployment{HTTPS: h2Hangup("", nil), TLS: only}, nil)
	if h := r.Observation.Endpoints[0].TLS; h.Outcome != fact.Answered || h.ALPN != "h2" || len(h.Chain) == 0 {
		t.Errorf("handshake %s with %q and %d certificates, want an answered one with h2 and a chain", h.Outcome, h.ALPN, len(h.Chain))
	}
	good := h2Server(func(f *http2.Framer, id uint32) {
		fields(f, id, true, ":status", "200", "strict-transport-security", deploytest.GoodHSTS, "content-type", "text/html")
	}, "")
	r, _ = failing(t, deploytest.Deployment{HTTPS: good, TLS: only}, func(o *probe.Options) {
		dial, done := o.Dial, new(atomic.Bool)
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &resetConn{Conn: c, done: done}, nil
		}
	})
	if got := state(r, check.TLSOnly); got != check.Pass {
		t.Errorf("after a reset: %s, want %s\n%.2000q", got, check.Pass, messages(r))
	}
}

// A resetConn is reset where its client goes on after a handshake, the first of
// those that share done.
type resetConn struct {
	net.Conn
	writes atomic.Int32
	done   *atomic.Bool
}

func (c *resetConn) Write(b []byte) (int, error) {
	if c.writes.Add(1) > 2 && c.done.CompareAndSwap(false, true) {
		c.Close()
		return 0, syscall.ECONNRESET
	}
	return c.Conn.Write(b)
}

// HTTP/2 is read as browsers read it, and what it refuses is asked by HTTP/1.1.
func TestHTTP2(t *testing.T) {
	page := soundHead + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(mixed), mixed)
	reset := func(code http2.ErrCode) func(*http2.Framer, uint32) {
		return func(f *http2.Framer, id uint32) { f.WriteRSTStream(id, code) }
	}
	for name, tc := range map[string]struct {
		server deploytest.Server
		want   string
	}{
		"INTERNAL_ERROR":           {h2Server(reset(http2.ErrCodeInternal), page), "mixed-content"},
		"REFUSED_STREAM":           {h2Server(reset(http2.ErrCodeRefusedStream), page), "mixed-content"},
		"HTTP_1_1_REQUIRED":        {h2Server(reset(http2.ErrCodeHTTP11Required), page), "mixed-content"},
		"PROTOCOL_ERROR by GOAWAY": {h2Server(func(f *http2.Framer, id uint32) { f.WriteGoAway(0, http2.ErrCodeProtocol, nil) }, page), "mixed-content"},
		"field that net/http refuses": {h2Server(func(f *http2.Framer, id uint32) {
			fields(f, id, true, ":status", "302", "strict-transport-security", "max-age=63072000", "x-bad name", "a\x01b", "location", "http://other.example/")
		}, ""), "redirect-downgrade"},
		"interim answers, several frames and trailers": {h2Server(func(f *http2.Framer, id uint32) {
			fields(f, id, false, ":status", "103", "link", "</a>; rel=preload")
			fields(f, id, false, ":status", "200", "strict-transport-security", "max-age=63072000", "content-type", "text/html")
			f.WriteDataPadded(id, false, []byte(mixed[:20]), make([]byte, 9))
			f.WritePing(false, [8]byte{1})
			f.WriteData(id, false, []byte(mixed[20:]))
			fields(f, id, true, "x-trailer", "1")
		}, ""), "mixed-content"},
		"end of the connection":                {h2Hangup(page, nil), "mixed-content"},
		"end of the connection after SETTINGS": {h2Hangup(page, func(f *http2.Framer) { f.WriteSettings() }), "mixed-content"},
		"body cut by a reset": {h2Server(func(f *http2.Framer, id uint32) {
			fields(f, id, false, ":status", "200", "strict-transport-security", "max-age=63072000", "content-type", "text/html")
			f.WriteData(id, false, []byte(mixed))
			f.WriteRSTStream(id, http2.ErrCodeInternal)
		}, ""), "mixed-content"},
		"no status": {h2Server(func(f *http2.Framer, id uint32) { fields(f, id, true, "x", "y") }, page), "mixed-content"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, got := failing(t, deploytest.Deployment{HTTPS: tc.server, TLS: func(c *tls.Config) { c.NextProtos = []string{"h2", "http/1.1"} },
				With: []deploytest.Deployment{{Host: "other.example"}}}, nil)
			if !slices.Contains(got, tc.want) {
				t.Errorf("failed %q\n%q", got, messages(r))
			}
		})
	}
}

// Browsers heed the preloads of early hints over HTTP/2, before the page is
// there, and no other relation but modulepreload.
func TestEarlyHints(t *testing.T) {
	const plain = "<!DOCTYPE html><title>x</title>"
	by2 := func(links ...string) deploytest.Server {
		return h2Server(func(f *http2.Framer, id uint32) {
			for _, link := range links {
				fields(f, id, false, ":status", "103", "link", link)
			}
			fields(f, id, false, ":status", "200", "strict-transport-security", "max-age=63072000", "content-type", "text/html")
			f.WriteData(id, true, []byte(plain))
		}, "")
	}
	const script = "<http://other.example/a.js>; rel=preload; as=script"
	for name, tc := range map[string]struct {
		server deploytest.Server
		want   []string
	}{
		"script":              {by2(script), []string{"mixed-content"}},
		"style in the second": {by2("</a.css>; rel=preload; as=style", "<http://other.example/a.css>; rel=preload; as=style"), []string{"mixed-content"}},
		"second of a field":   {by2("</a.js>; rel=preload; as=script, " + script), []string{"mixed-content"}},
		"module":              {by2("<http://other.example/a.js>; rel=modulepreload"), []string{"mixed-content"}},
		"image":               {by2("<http://other.example/a.png>; rel=preload; as=image"), []string{"mixed-content-passive"}},
		"https":               {by2("<https://other.example/a.js>; rel=preload; as=script"), nil},
		"stylesheet":          {by2("<http://other.example/a.css>; rel=stylesheet"), nil},
		"preconnect":          {by2("<http://other.example/>; rel=preconnect"), nil},
		"by HTTP/1.1":         {raw("HTTP/1.1 103 Early Hints\r\nLink: " + script + "\r\n\r\n" + soundHead + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(plain), plain)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploytest.Deployment{HTTPS: tc.server}
			if name != "by HTTP/1.1" {
				d.TLS = func(c *tls.Config) { c.NextProtos = []string{"h2", "http/1.1"} }
			}
			r, got := failing(t, d, nil)
			if !slices.Equal(got, tc.want) {
				t.Errorf("failed %q, want %q\n%q", got, tc.want, messages(r))
			}
		})
	}
}

// A resolver that answers by record type and remembers what it was asked.
type resolver struct {
	mu    sync.Mutex
	asked []string
	n     *deploytest.Network
	aaaa  error
	times int // that AAAA fails
}

func (r *resolver) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	r.mu.Lock()
	r.asked = append(r.asked, network+" "+host)
	fail := network == "ip6" && r.aaaa != nil && r.times > 0
	if fail {
		r.times--
	}
	r.mu.Unlock()
	if fail {
		return nil, r.aaaa
	}
	return r.n.LookupNetIP(ctx, network, host)
}

// The absolute name is asked, for each family by itself and again; what stays
// unknown is reported.
func TestNames(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "names.example", Addresses: []string{"203.0.113.140"}})
	n.Deploy(deploytest.Deployment{Host: "names.example", Addresses: []string{"2001:db8::140"}, Cleartext: deploytest.Answer(200, "hello")})
	broken := &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	for name, tc := range map[string]struct {
		times int
		want  []string
	}{
		"AAAA fails twice":  {2, []string{"cleartext-content"}},
		"AAAA always fails": {1000, []string{"address-not-verified"}},
	} {
		res := &resolver{n: n, aaaa: broken, times: tc.times}
		r := judge(t, n, "https://names.example/", func(o *probe.Options) {
			o.Resolver, o.Pause = res, func(context.Context, time.Duration) {}
		})
		if got := failed(r); !slices.Equal(got, tc.want) {
			t.Errorf("%s: failed %q\n%q", name, got, messages(r))
		}
		if !slices.Contains(res.asked, "ip4 names.example.") || !slices.Contains(res.asked, "ip6 names.example.") || slices.Contains(res.asked, "ip4 names.example") {
			t.Errorf("%s: asked %q", name, res.asked)
		}
	}
	o := probe.New(probe.Options{Resolver: &resolver{n: n, aaaa: broken, times: 9}, Dial: n.DialContext, Pause: func(context.Context, time.Duration) {}}).
		Observe(t.Context(), fact.Target{Scheme: "https", Host: "names.example", Port: 443, CleartextPort: 80, Path: "/"})
	if l := o.Resolution.Lookups; len(l) != 2 || l[0].Outcome != fact.Answered || l[1].Type != "AAAA" || l[1].Outcome != fact.Failed || l[1].Error != "server misbehaving" {
		t.Errorf("%+v", o.Resolution)
	}
}
