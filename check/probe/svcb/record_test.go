package svcb_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/svcb"
)

// param is one SvcParam in wire form.
func param(key uint16, value string) string {
	b := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, key), uint16(len(value)))
	return string(b) + value
}

const (
	service = "\x00\x01\x00"
	h3h2    = "\x02h3\x02h2"
)

func TestRead(t *testing.T) {
	malformed := func(priority uint16, why string) fact.ServiceRecord {
		return fact.ServiceRecord{Priority: priority, Error: "malformed: " + why}
	}
	for name, tc := range map[string]struct {
		data string
		want fact.ServiceRecord
	}{
		"alias":   {"\x00\x00\x03cdn\x07example\x00", fact.ServiceRecord{Target: "cdn.example"}},
		"service": {service + param(1, h3h2), fact.ServiceRecord{Priority: 1, Target: ".", ALPN: []string{"h3", "h2"}}},
		"every parameter": {"\x00\x10\x03Svc\x07example\x00" + param(0, "\x00\x01\x00\x03") + param(1, h3h2) + param(2, "") + param(3, "\x20\xfb") + param(4, "\xc0\x00\x02\x01\xc0\x00\x02\x02") + param(5, "\x00\x01x") + param(6, "\x20\x01\x0d\xb8"+strings.Repeat("\x00", 11)+"\x01") + param(65280, "?"), fact.ServiceRecord{
			Priority: 16, Target: "svc.example", ALPN: []string{"h3", "h2"}, NoDefaultALPN: true, Port: 8443, ECH: true, IPv4Hints: []string{"192.0.2.1", "192.0.2.2"}, IPv6Hints: []string{"2001:db8::1"}}},
		"odd name and protocol":      {"\x00\x01\x02a.\x00" + param(1, "\x03\x00\n\xff"), fact.ServiceRecord{Priority: 1, Target: `a\046`, ALPN: []string{`\x00\n\xff`}}},
		"unknown mandatory":          {service + param(0, "\x00\x09") + param(9, "x"), fact.ServiceRecord{Priority: 1, Target: ".", Error: "its mandatory parameter 'key9' is not known"}},
		"empty":                      {"", malformed(0, "it ends too early")},
		"no target":                  {"\x00\x01", malformed(1, "it ends too early")},
		"target cut":                 {"\x00\x01\x05abc", malformed(1, "it ends too early")},
		"compressed target":          {"\x00\x01\xc0\x0c", malformed(1, "its target is no domain name")},
		"long target":                {"\x00\x01" + strings.Repeat("\x3f"+strings.Repeat("a", 63), 4) + "\x00", malformed(1, "its target is no domain name")},
		"parameter cut":              {service + "\x00\x01\x00\x09\x02h3", malformed(1, "it ends too early")},
		"half a parameter":           {service + "\x00\x01\x00", malformed(1, "it ends too early")},
		"descending":                 {service + param(3, "\x01\xbb") + param(1, h3h2), malformed(1, "its parameters are not in ascending order")},
		"twice":                      {service + param(1, h3h2) + param(1, h3h2), malformed(1, "its parameters are not in ascending order")},
		"empty alpn":                 {service + param(1, ""), malformed(1, "its alpn is empty")},
		"alpn cut":                   {service + param(1, "\x05h3"), malformed(1, "its alpn is invalid")},
		"empty protocol":             {service + param(1, "\x00"), malformed(1, "its alpn is invalid")},
		"no-default-alpn alone":      {service + param(2, ""), malformed(1, "it has no-default-alpn without alpn")},
		"no-default-alpn with value": {service + param(1, h3h2) + param(2, "x"), malformed(1, "its no-default-alpn has a value")},
		"port of 1 byte":             {service + param(3, "\x01"), malformed(1, "its port is not of 2 bytes")},
		"hint of 3 bytes":            {service + param(4, "\x01\x02\x03"), malformed(1, "its address hint is invalid")},
		"empty hint":                 {service + param(6, ""), malformed(1, "its address hint is invalid")},
		"ech of another length":      {service + param(5, "\x00\x09x"), malformed(1, "its ech is no ECHConfigList")},
		"mandatory mandatory":        {service + param(0, "\x00\x00"), malformed(1, "its list of mandatory parameters is invalid")},
		"mandatory missing":          {service + param(0, "\x00\x01"), malformed(1, "its list of mandatory parameters is invalid")},
		"mandatory twice":            {service + param(0, "\x00\x01\x00\x01") + param(1, h3h2), malformed(1, "its list of mandatory parameters is invalid")},
		"mandatory of odd length":    {service + param(0, "\x00") + param(1, h3h2), malformed(1, "its list of mandatory parameters is invalid")},
	} {
		if d := cmp.Diff([]fact.ServiceRecord{tc.want}, svcb.Read([][]byte{[]byte(tc.data)})); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
	got := svcb.Read([][]byte{[]byte("\x00\x02\x00"), []byte("\x00\x01\x00")})
	if len(got) != 2 || got[0].Priority != 1 {
		t.Errorf("not by priority: %v", got)
	}
	if got := svcb.Read(make([][]byte, 1000)); len(got) > 16 {
		t.Errorf("%d records", len(got))
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(service + param(1, h3h2) + param(3, "\x20\xfb") + param(4, "\xc0\x00\x02\x01") + param(5, "\x00\x01x")))
	f.Add([]byte("\x00\x00\x03cdn\x07example\x00"))
	f.Add([]byte(service + param(0, "\x00\x09") + param(9, "x")))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range svcb.Read([][]byte{b}) {
			if (r.Target == "") == (r.Error == "") && r.Target == "" {
				t.Errorf("%q: neither target nor error", b)
			}
			if text := r.String(); len(text) > 4*len(b)+1000 || strings.ContainsAny(text, "\n\x1b") {
				t.Errorf("%q: %q", b, text)
			}
		}
	})
}
