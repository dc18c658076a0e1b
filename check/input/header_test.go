package input

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/fact"
)

func TestHeaderErrors(t *testing.T) {
	const hint = ": check that the secret is set and available to this event"
	tests := []struct{ value, want string }{
		{"hunter2", "line 1 has no colon: write 'Name: value'"},
		{"a: b\n\n hunter2\nc: d", "line 3 has no colon: write 'Name: value'"},
		{": hunter2", "line 1 has no valid header name before the colon: a name has only letters, digits and the characters !#$%&'*+-.^_`|~"},
		{"hunter2 joe: x", "line 1 has no valid header name before the colon: a name has only letters, digits and the characters !#$%&'*+-.^_`|~"},
		{"Basic hunter2:x", "line 1 has no valid header name before the colon: a name has only letters, digits and the characters !#$%&'*+-.^_`|~"},
		{"Bücher: hunter2", "line 1 has no valid header name before the colon: a name has only letters, digits and the characters !#$%&'*+-.^_`|~"},
		{"X-Bypass:", "line 1 has no value for 'X-Bypass'" + hint},
		{"X-Bypass: \t ", "line 1 has no value for 'X-Bypass'" + hint},
		{"X-Bypass: hunter2\x00", "line 1 has a value for 'X-Bypass' with a character that is not printable ASCII"},
		{"X-Bypass: hunter2\rX-Other: x", "line 1 has a value for 'X-Bypass' with a character that is not printable ASCII"},
		{"X-Bypass: hunter2\tx", "line 1 has a value for 'X-Bypass' with a character that is not printable ASCII"},
		{"X-Bypass: hunter2\u00e9", "line 1 has a value for 'X-Bypass' with a character that is not printable ASCII"},
		{"X-Bypass: hunter2\xff", "line 1 has a value for 'X-Bypass' with a character that is not printable ASCII"},
		{"Host: hunter2", "line 1 sets 'Host', which only tlsgate itself can set: remove it"},
		{"content-length: 7", "line 1 sets 'content-length', which only tlsgate itself can set: remove it"},
		{"Transfer-Encoding: chunked", "line 1 sets 'Transfer-Encoding', which only tlsgate itself can set: remove it"},
		{"Connection: close", "line 1 sets 'Connection', which only tlsgate itself can set: remove it"},
		{"Upgrade: h2c", "line 1 sets 'Upgrade', which only tlsgate itself can set: remove it"},
		{"TE: trailers", "line 1 sets 'TE', which only tlsgate itself can set: remove it"},
		{"Trailer: x", "line 1 sets 'Trailer', which only tlsgate itself can set: remove it"},
		{"Keep-Alive: x", "line 1 sets 'Keep-Alive', which only tlsgate itself can set: remove it"},
		{"Proxy-Authorization: Basic hunter2", "line 1 sets 'Proxy-Authorization', which only tlsgate itself can set: remove it"},
		{"Sec-WebSocket-Key: x", "line 1 sets 'Sec-WebSocket-Key', which only tlsgate itself can set: remove it"},
		{"HTTP2-Settings: x", "line 1 sets 'HTTP2-Settings', which only tlsgate itself can set: remove it"},
		{"Expect: 100-continue", "line 1 sets 'Expect', which only tlsgate itself can set: remove it"},
		{"Accept-Encoding: br", "line 1 sets 'Accept-Encoding', which only tlsgate itself can set: remove it"},
		{"User-Agent: x", "line 1 sets 'User-Agent', which only tlsgate itself can set: remove it"},
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
