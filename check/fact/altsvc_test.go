package fact

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseAltSvc(t *testing.T) {
	for name, tc := range map[string]struct {
		values []string
		want   []AltService
	}{
		"own host":       {[]string{`h3=":443"; ma=86400`}, []AltService{{Port: 443}}},
		"another host":   {[]string{`h3="ALT.example:8443"; ma=60; persist=1`}, []AltService{{Host: "alt.example", Port: 8443}}},
		"IPv6":           {[]string{`h3="[2001:db8::1]:443"`}, []AltService{{Host: "2001:db8::1", Port: 443}}},
		"drafts":         {[]string{`h3-29=":443"; ma=86400, h3=":444"; ma=86400, quic=":443"`}, []AltService{{Port: 444}}},
		"several fields": {[]string{`h2=":443"`, `h3=":443"`}, []AltService{{Port: 443}}},
		"comma quoted":   {[]string{`h2="a,b:1", h3=":443"`}, []AltService{{Port: 443}}},
		"clear":          {[]string{`h3=":443"`, "clear"}, nil},
		"unquoted":       {[]string{`h3=:443`}, nil},
		"no port":        {[]string{`h3="alt.example"`}, nil},
		"port 0":         {[]string{`h3=":0"`}, nil},
		"port too large": {[]string{`h3=":65536"`}, nil},
		"one quote":      {[]string{`h3="`}, nil},
		"closed only":    {[]string{`h3=:443"`}, nil},
		"none":           {nil, nil},
		"empty":          {[]string{""}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, ParseAltSvc(tc.values)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func FuzzParseAltSvc(f *testing.F) {
	f.Add(`h3=":443"; ma=86400, h2="x\"y:1"`)
	f.Fuzz(func(t *testing.T, value string) {
		for _, s := range ParseAltSvc([]string{value}) {
			if s.Port == 0 {
				t.Errorf("%q: port 0", value)
			}
		}
	})
}
