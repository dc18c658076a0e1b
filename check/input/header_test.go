package input

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/fact"
)

func TestHeaderErrors(t *testing.T) {
	const hint = ": is the secret it comes from set, and to be had in this event?"
	tests := []struct{ value, want string }{
		{"hunter2", "line 1 has no colon: write 'Name: value'"},
		{"a: b\n\n hunter2\nc: d", "line 3 has no colon: write 'Name: value'"},
		{": hunter2", "line 1 does not start with the name of a header and a colon"},
		{"hunter2 joe: x", "line 1 does not start with the name of a header and a colon"},
		{"Basic hunter2:x", "line 1 does not start with the name of a header and a colon"},
		{"Bücher: hunter2", "line 1 does not start with the name of a header and a colon"},
		{"X-Bypass:", "line 1 gives 'X-Bypass' no value" + hint},
		{"X-Bypass: \t ", "line 1 gives 'X-Bypass' no value" + hint},
		{"X-Bypass: hunter2\x00", "line 1 gives 'X-Bypass' a value with a character that is not printable ASCII"},
		{"X-Bypass: hunter2\rX-Other: x", "line 1 gives 'X-Bypass' a value with a character that is not printable ASCII"},
		{"X-Bypass: hunter2\tx", "line 1 gives 'X-Bypass' a value with a character that is not printable ASCII"},
		{"X-Bypass: hunter2\u00e9", "line 1 gives 'X-Bypass' a value with a character that is not printable ASCII"},
		{"X-Bypass: hunter2\xff", "line 1 gives 'X-Bypass' a value with a character that is not printable ASCII"},
		{"Host: hunter2", "line 1 sets 'Host', which is tlsgate's own to set"},
		{"content-length: 7", "line 1 sets 'content-length', which is tlsgate's own to set"},
		{"Transfer-Encoding: chunked", "line 1 sets 'Transfer-Encoding', which is tlsgate's own to set"},
		{"Connection: close", "line 1 sets 'Connection', which is tlsgate's own to set"},
		{"Upgrade: h2c", "line 1 sets 'Upgrade', which is tlsgate's own to set"},
		{"TE: trailers", "line 1 sets 'TE', which is tlsgate's own to set"},
		{"Trailer: x", "line 1 sets 'Trailer', which is tlsgate's own to set"},
		{"Keep-Alive: x", "line 1 sets 'Keep-Alive', which is tlsgate's own to set"},
		{"Proxy-Authorization: Basic hunter2", "line 1 sets 'Proxy-Authorization', which is tlsgate's own to set"},
		{"Sec-WebSocket-Key: x", "line 1 sets 'Sec-WebSocket-Key', which is tlsgate's own to set"},
		{"HTTP2-Settings: x", "line 1 sets 'HTTP2-Settings', which is tlsgate's own to set"},
		{"Expect: 100-continue", "line 1 sets 'Expect', which is tlsgate's own to set"},
		{"Accept-Encoding: br", "line 1 sets 'Accept-Encoding', which is tlsgate's own to set"},
		{"User-Agent: x", "line 1 sets 'User-Agent', which is tlsgate's own to set"},
		{"x\ny", "line 1 has no colon: write 'Name: value'\nline 2 has no colon: write 'Name: value'"},
	}
	for _, tt := range tests {
		r := &reader{}
		err := r.setHeaders(tt.value)
		if err == nil {
			t.Errorf("setHeaders(%q): no error", tt.value)
			continue
		}
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
			t.Errorf("setHeaders(%q) (-want +got):\n%s", tt.value, diff)
		}
	}
}

// Whatever is wrong with a header, its value may be a secret.
func TestHeaderErrorsShowNoValue(t *testing.T) {
	for _, value := range []string{"hunter2", "hunter2 x: y", "X: hunter2\x7f", "Host: hunter2", "X : hunter2\u2028x", "Basic hunter2:hunter2"} {
		_, err := Read([]string{"a.example"}, world(map[string]string{"INPUT_HEADER": value}, nil))
		if err == nil || !strings.HasPrefix(err.Error(), "header: line 1 ") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: error %v", value, err)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	for _, s := range []string{"", "a: b", "A:b:c", ":", "a\r: b\n", "x-y : é", "Host: x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		h, err := parseHeader(line)
		if err != nil {
			if h != (fact.Header{}) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%+v, %v", h, err)
			}
			return
		}
		if h.Name == "" || strings.ContainsAny(h.Name, ": \t\r\n") || h.Value == "" || strings.TrimSpace(h.Value) != h.Value {
			t.Errorf("%q", h)
		}
		for _, c := range []byte(h.Name + h.Value) {
			if c < ' ' || c > '~' {
				t.Errorf("%q has the byte %#x", h, c)
			}
		}
	})
}
