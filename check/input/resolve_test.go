package input

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseResolveErrors(t *testing.T) {
	tests := []struct{ value, want string }{
		{"a.example", "'a.example': expected host:port:address[,address]"},
		{"a.example:443", "'a.example:443': expected host:port:address[,address]"},
		{"a.example:443:", "'a.example:443:': '' is not an IP address"},
		{"a.example:443:192.0.2.1,", "'a.example:443:192.0.2.1,': '' is not an IP address"},
		{"a.example:443:b.example", "'a.example:443:b.example': 'b.example' is not an IP address"},
		{"a.example:443:[192.0.2.1]", "'a.example:443:[192.0.2.1]': '[192.0.2.1]' is not an IP address"},
		{"a.example:443:fe80::1%eth0", "'a.example:443:fe80::1%eth0': 'fe80::1%eth0' is not an IP address"},
		{"a.example:0:192.0.2.1", "'a.example:0:192.0.2.1': does not start with a host name and a port: expected host:port:address[,address]"},
		{"a.example::192.0.2.1", "'a.example::192.0.2.1': does not start with a host name and a port: expected host:port:address[,address]"},
		{":443:192.0.2.1", "':443:192.0.2.1': does not start with a host name and a port: expected host:port:address[,address]"},
		{"192.0.2.9:443:192.0.2.1", "'192.0.2.9:443:192.0.2.1': does not start with a host name and a port: expected host:port:address[,address]"},
		{"a.example/x:443:192.0.2.1", "'a.example/x:443:192.0.2.1': does not start with a host name and a port: expected host:port:address[,address]"},
		{"*:443:192.0.2.1", "'*:443:192.0.2.1': does not start with a host name and a port: expected host:port:address[,address]"},
		{"a.example:443:192.0.2.1\nA.example:443:192.0.2.2",
			"'A.example:443:192.0.2.2': duplicate: 'a.example:443' already has an entry: write all its addresses in one entry, separated by commas"},
		{"x\na.example:443:192.0.2.1\ny", "'x': expected host:port:address[,address]\n'y': expected host:port:address[,address]"},
	}
	for _, tt := range tests {
		_, err := parseResolve(tt.value)
		if err == nil {
			t.Errorf("parseResolve(%q): no error", tt.value)
			continue
		}
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
			t.Errorf("parseResolve(%q) (-want +got):\n%s", tt.value, diff)
		}
	}
}

func FuzzParseResolve(f *testing.F) {
	for _, s := range []string{"", "a.example:443:192.0.2.1", "a.example:443:[2001:db8::1],::ffff:192.0.2.1", "bücher.example:8443:192.0.2.1\r\nx", "[::1]:443:::1", "a:1:\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		m, err := parseResolve(value)
		bad := 0
		if err != nil {
			bad = strings.Count(err.Error(), "\n") + 1
		}
		if entries := len(strings.Fields(value)); len(m)+bad != entries {
			t.Errorf("%d entries gave %d hosts and %d errors", entries, len(m), bad)
		}
		for key, addrs := range m {
			if len(addrs) == 0 || !strings.Contains(key, ":") {
				t.Errorf("%q: %v", key, addrs)
			}
			for _, a := range addrs {
				if !a.IsValid() || a.Zone() != "" || a.Is4In6() {
					t.Errorf("%q: address %v", key, a)
				}
			}
		}
	})
}
