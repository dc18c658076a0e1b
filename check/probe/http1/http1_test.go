package http1_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tlsgate/tlsgate/check/probe/http1"
)

const limit = 16 << 20

// read reads an answer and its body to the end.
func read(raw string, o http1.Options) (*http1.Response, string, error) {
	resp, err := http1.ReadResponse(bufio.NewReader(strings.NewReader(raw)), o)
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(http1.Decode(resp.Body, resp.Header.Values("Content-Encoding"), limit))
	return resp, string(body), err
}

// redirects are the statuses whose Location browsers follow.
var redirects = map[int]bool{301: true, 302: true, 303: true, 307: true, 308: true}

// Whatever a browser shows or follows is read; what both refuse is an error
// that says why, or a body without the page.
func TestAsBrowsers(t *testing.T) {
	for _, a := range answers {
		t.Run(a.name, func(t *testing.T) {
			page, to := "<!doctype html><title>a page</title><img src=/seen><!-- "+filler+" -->", "/to"
			resp, body, err := read(a.bytesOf(page, to), http1.Options{Cleartext: true})
			want := a.chromium | a.firefox
			got := nothing
			if resp != nil {
				location, ok := resp.Header.Get("Location")
				refresh := strings.Join(resp.Header.Values("Refresh"), ", ") // as the Fetch standard combines them
				switch {
				case redirects[resp.Status] && ok && location != "", refresh != "":
					if location == to || strings.HasSuffix(refresh, "="+to) {
						got = followed
					}
				case strings.Contains(body, "<img src=/seen>"):
					got = showed
				}
			}
			if got != want && a.deviation == "" {
				t.Errorf("%s, want %s (error %v)", got, want, err)
			}
			if got == want && a.deviation != "" {
				t.Errorf("no deviation any more")
			}
		})
	}
}

// What browsers refuse is named by its bytes, never as the end of a connection.
func TestErrors(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                   "EOF",
		"SSH-2.0-OpenSSH_9.2\r\n":            "malformed status line 'SSH-2.0-OpenSSH_9.2\\r\\n'",
		found + "X: a\x00b\r\n\r\n":          "malformed header line 'X: a\\x00b'",
		found + "Location: /":                "the connection ended within the header",
		found + fill(500):                    "more than 384 KiB of header",
		ok + "Content-Length: 1, 2\r\n\r\n1": "several 'Content-Length' values that differ, '1' and '2'",
		found + "Location: a\r\nLocation: b\r\n\r\n":            "several 'Location' fields that differ, 'a' and 'b'",
		ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n":         "malformed chunk size 'zz'",
		ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nab":        "unexpected EOF",
		ok + "Transfer-Encoding: chunked\r\n\r\n" + fill(17):    "malformed chunk size 'X-Fill-000: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'",
		ok + "Content-Length: 9\r\n\r\nab":                      "unexpected EOF",
		ok + "Content-Encoding: gzip\r\n\r\nplain text":         "the body is not in its content coding 'gzip'",
		ok + "Content-Encoding: br\r\n\r\n<!doctype html><p>":   "the body is not in its content coding 'br'",
		ok + "Content-Encoding: zstd\r\n\r\n<!doctype html><p>": "the body is not in its content coding 'zstd'",
		strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100):    "more than 64 interim answers",
	} {
		if _, _, err := read(raw, http1.Options{}); err == nil || err.Error() != want {
			t.Errorf("%.80q: %v, want %s", raw, err, want)
		}
	}
}

// Options say what depends on the request.
func TestOptions(t *testing.T) {
	resp, body, err := read("hello", http1.Options{DefaultPort: true})
	if err != nil || resp.Proto != "HTTP/0.9" || resp.Status != 200 || body != "hello" {
		t.Errorf("HTTP/0.9: %v, %q, %v", resp, body, err)
	}
	resp, _, err = read("HTTP/1.1 302 Found\r\nLocation: /a", http1.Options{Cleartext: true})
	if err != nil || !resp.Truncated || resp.Header.Values("location")[0] != "/a" {
		t.Errorf("truncated: %v, %v", resp, err)
	}
	resp, body, err = read("HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0\r\n\r\n\x16\x03", http1.Options{Upgrade: true})
	if err != nil || resp.Status != 101 || body != "\x16\x03" {
		t.Errorf("upgrade: %v, %q, %v", resp, body, err)
	}
	resp, _, err = read("HTTP/1.1 103 Early Hints\r\nLink: <a>; rel=preload\r\n\r\nHTTP/1.1 204 No\r\nno colon\r\nX: \xe9\x01\r\n\r\n", http1.Options{})
	if err != nil || len(resp.Interim) != 1 || resp.Interim[0].Status != 103 || resp.Interim[0].Header[0].Value != "<a>; rel=preload" ||
		len(resp.Skipped) != 1 || resp.Skipped[0] != "no colon" || resp.Header[0].Value != "\xe9\x01" {
		t.Errorf("interim: %+v, %v", resp, err)
	}
}

// A request is what net/http reads it to be, and texts end no field.
func TestRequest(t *testing.T) {
	var b bytes.Buffer
	n, err := http1.Request{Method: "POST", Target: "/caf%E9?a b", Host: "shop.example", Header: http1.Header{{"Accept", "*/*"}, {"X", "a\r\nEvil: b"}}, Body: []byte("hi")}.WriteTo(&b)
	if err != nil || int(n) != b.Len() {
		t.Fatal(n, err)
	}
	r, err := http.ReadRequest(bufio.NewReader(&b))
	if err != nil || r.Method != "POST" || r.RequestURI != "/caf%E9?a%20b" || r.Host != "shop.example" || r.ContentLength != 2 || r.Header.Get("X") != "a  Evil: b" || len(r.Header) != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A small body that becomes a large one is cut, whichever coding grows it, and
// in little time and memory.
func TestBombs(t *testing.T) {
	zeros := make([]byte, 16<<20)
	for name, codings := range map[string][]string{
		"gzip": {"gzip"}, "deflate": {"zlib"}, "br": {"br"}, "zstd": {"zstd"}, "gzip, gzip": {"gzip", "gzip"}, "zstd, br": {"zstd", "br"},
	} {
		body := zeros
		for _, c := range codings {
			body = encode(c, body)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		n, err := io.Copy(io.Discard, http1.Decode(bytes.NewReader(body), []string{name}, 1<<20))
		runtime.ReadMemStats(&after)
		if n != 1<<20 || !errors.Is(err, http1.ErrTooLarge) {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 40 || time.Since(start) > 10*time.Second {
			t.Errorf("%s: %d MB in %s", name, mb, time.Since(start))
		}
	}
	if _, err := io.ReadAll(http1.Decode(strings.NewReader("x"), []string{strings.Repeat("gzip,", 17)}, limit)); err == nil {
		t.Error("17 codings are undone")
	}
}

// Bytes that come one by one, and an error of the connection, change nothing.
func TestSlowReader(t *testing.T) {
	raw := ok + "Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n"
	coded := string(encode("br", []byte("hello")))
	raw += "1\r\n" + coded[:1] + "\r\n;\r\n"
	raw = strings.Replace(raw, ";\r\n", "ff\r\n"+coded[1:], 1)
	broken := errors.New("connection reset by peer")
	resp, err := http1.ReadResponse(bufio.NewReader(iotest.OneByteReader(io.MultiReader(strings.NewReader(raw), iotest.ErrReader(broken)))), http1.Options{})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(http1.Decode(resp.Body, resp.Header.Values("Content-Encoding"), limit))
	if string(body) != "hello" || err != nil && !errors.Is(err, broken) {
		t.Errorf("%q, %v", body, err)
	}
	cut, err := io.ReadAll(http1.Decode(io.MultiReader(strings.NewReader(coded[:4]), iotest.ErrReader(broken)), []string{"br"}, limit))
	if !errors.Is(err, broken) {
		t.Errorf("%q, %v", cut, err)
	}
}

func FuzzReadResponse(f *testing.F) {
	for _, a := range answers {
		if raw := a.bytesOf("<img src=/seen>", "/to"); len(raw) < 10<<10 {
			f.Add([]byte(raw), true)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, cleartext bool) {
		resp, err := http1.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), http1.Options{Cleartext: cleartext, DefaultPort: cleartext})
		if err != nil {
			return
		}
		if resp.Status < 1 || resp.Body == nil {
			t.Fatalf("%+v", resp)
		}
		n, _ := io.Copy(io.Discard, http1.Decode(resp.Body, resp.Header.Values("Content-Encoding"), 1<<16))
		if n > 1<<16 {
			t.Fatal(n)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, c := range []string{"gzip", "zlib", "flate", "br", "zstd"} {
		f.Add(encode(c, []byte(filler)), map[string]string{"zlib": "deflate", "flate": "deflate"}[c])
	}
	f.Fuzz(func(t *testing.T, body []byte, coding string) {
		n, _ := io.Copy(io.Discard, http1.Decode(bytes.NewReader(body), []string{coding}, 1<<16))
		if n > 1<<16 {
			t.Fatal(n)
		}
	})
}

// Whoever bounds the memory of headers is asked for it, more for many fields
// than for one of the same size, and ends the reading.
func TestHold(t *testing.T) {
	full := errors.New("no memory left")
	for name, c := range map[string]struct {
		fields      string
		least, most int
	}{
		"one field":   {"a: " + strings.Repeat("x", 20_000) + "\r\n", 40_000, 50_000},
		"many fields": {strings.Repeat("a:x\r\n", 4000), 5000 * 64, 5000 * 80},
	} {
		for _, fails := range []bool{false, true} {
			held := 0
			_, err := http1.ReadResponse(bufio.NewReader(strings.NewReader(ok+c.fields+"\r\n")), http1.Options{Hold: func(n int) error {
				if held += n; fails && held > 10_000 {
					return full
				}
				return nil
			}})
			if fails && (err != full || held > 20_000) || !fails && (err != nil || held < c.least*4/5 || held > c.most) {
				t.Errorf("%s: %d bytes held, %v", name, held, err)
			}
		}
	}
}
