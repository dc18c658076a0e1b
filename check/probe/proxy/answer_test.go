package proxy

import (
	"bufio"
	"strings"
	"testing"
)

// The proxy's answer is read to the end of its header, and no further.
func TestReadAnswer(t *testing.T) {
	for name, tc := range map[string]struct {
		bytes  string
		status int // 0 for an error
		rest   string
	}{
		"established":       {"HTTP/1.1 200 Connection established\r\n\r\n\x16\x03", 200, "\x16\x03"},
		"HTTP/1.0":          {"HTTP/1.0 200 OK\r\nVia: x\r\n\r\n", 200, ""},
		"bare line feeds":   {"HTTP/1.1 200\n\nx", 200, "x"},
		"an interim answer": {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200, ""},
		"a refusal":         {"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403, "no"},
		"cut":               {"HTTP/1.1 200 OK\r\nVia: x", 0, ""},
		"another protocol":  {"SSH-2.0-OpenSSH_9.2\r\n", 0, ""},
		"no status":         {"HTTP/1.1 OK\r\n\r\n", 0, ""},
		"too long":          {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", maxAnswer) + "\r\n\r\n", 0, ""},
		"too many fields":   {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: x\r\n", maxAnswer/6) + "\r\n", 0, ""},
		"too many interim":  {strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", maxAnswer/20), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := bufio.NewReader(strings.NewReader(tc.bytes))
			a, err := readAnswer(in)
			if (err == nil) != (tc.status != 0) || a.status != tc.status {
				t.Fatalf("status %d, %v", a.status, err)
			}
			if rest, _ := in.Peek(in.Buffered()); err == nil && string(rest) != tc.rest {
				t.Errorf("rest %q", rest)
			}
		})
	}
}

func FuzzReadAnswer(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n", "HTTP/1.1 100 x\n\nHTTP/1.0 200\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := readAnswer(bufio.NewReader(strings.NewReader(string(b))))
		if err == nil && (a.status < 200 || a.status > 999) {
			t.Errorf("status %d", a.status)
		}
	})
}
