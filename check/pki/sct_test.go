package pki

import (
	"bytes"
	"encoding/asn1"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSCTs(t *testing.T) {
	w := makeWorld(t, embedding(chain, 1, 2))
	at := issuedOn.Add(1234 * time.Millisecond)
	version2 := sct(4, at)
	version2[0] = 1
	got := SCTs(w.certs["leaf"], [][]byte{sct(3, at), version2, nil, sct(5, at)[:48], append(sct(6, at), 0)})
	log := func(b byte) (id [32]byte) { copy(id[:], bytes.Repeat([]byte{b}, 32)); return id }
	want := []SCT{
		{Log: log(1), Time: issuedOn, Embedded: true},
		{Log: log(2), Time: issuedOn, Embedded: true},
		{Log: log(3), Time: at},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := SCTs(makeWorld(t, chain).certs["leaf"], nil); got != nil {
		t.Errorf("a certificate without timestamps: %v", got)
	}
}

func FuzzSCTs(f *testing.F) {
	value, _ := extension(makeWorld(f, embedding(chain, 1, 2)).certs["leaf"], oidSCTList)
	f.Add(value, sct(3, now))
	f.Fuzz(func(t *testing.T, list, one []byte) {
		leaf := &Certificate{Extensions: []Extension{{ID: oidSCTList, Value: list}}}
		for _, s := range SCTs(leaf, [][]byte{one}) {
			if y := s.Time.Year(); y < 1970 || y > 9999 {
				t.Fatalf("a timestamp of the year %d", y)
			}
		}
	})
}

func TestMustStaple(t *testing.T) {
	feature := func(value string) *Certificate {
		return &Certificate{Extensions: []Extension{{ID: oidTLSFeature, Value: []byte(value)}}}
	}
	for _, tc := range []struct {
		cert *Certificate
		want bool
	}{
		{&Certificate{}, false},
		{feature(der(0x30, "\x02\x01\x05")), true},
		{feature(der(0x30, "\x02\x01\x11", "\x02\x01\x05")), true},
		{feature(der(0x30, "\x02\x01\x11")), false},
		{feature(der(0x30, "\x02\x02")), false},
		{feature("junk"), false},
		{&Certificate{Extensions: []Extension{{ID: asn1.ObjectIdentifier{1, 2}, Value: []byte(der(0x30, "\x02\x01\x05"))}}}, false},
	} {
		if got := MustStaple(tc.cert); got != tc.want {
			t.Errorf("MustStaple(%v) = %v", tc.cert.Extensions, got)
		}
	}
}

func TestRevocationSources(t *testing.T) {
	uri := func(u string) string { return der(0x86, u) }
	full := func(names ...string) string { return der(0x30, der(0xa0, der(0xa0, names...))) }
	for _, tc := range []struct {
		name, points string
		ocsp         []string
		want         []string // addresses, or why there are none
	}{
		{name: "none"},
		{name: "two names of one point", points: full(uri("ldap://x/y"), uri("http://a.example/1.crl"), uri("http://a.example/1.crl")), want: []string{"http://a.example/1.crl"}},
		{name: "two points", points: full(uri("http://a.example/1.crl")) + full(uri("http://b.example/1.crl"), uri("http://c.example/1.crl")),
			want: []string{"http://a.example/1.crl", "http://b.example/1.crl http://c.example/1.crl"}},
		{name: "ldap only", points: full(uri("ldap://x/y")), want: []string{"none of its names is an http address: 'ldap://x/y'"}},
		{name: "https only", points: full(uri("https://x/y")), want: []string{"none of its names is an http address: 'https://x/y'"}},
		{name: "a directory name only", points: full(der(0xa4, der(0x30))), want: []string{"none of its names is an http address: 'a name that is no address'"}},
		{name: "a relative name only", points: der(0x30, der(0xa0, der(0xa1, commonName("1")))), want: []string{"none of its names is an http address: 'a name that is no address'"}},
		{name: "an indirect list", points: der(0x30, der(0xa0, der(0xa0, uri("http://a.example/1.crl"))), der(0xa2, der(0xa4, der(0x30)))),
			want: []string{"its list is another authority's (an indirect list)"}},
		{name: "reasons only", points: der(0x30, der(0x81, "\x01\x02")), want: []string{"it has no address"}},
		{name: "an empty list of points", points: " ", want: []string{"the certificate's distribution points are not well-formed"}},
		{name: "a good point and garbage", points: full(uri("http://a.example/1.crl")) + "\x05", want: []string{"http://a.example/1.crl", "the certificate's distribution points are not well-formed"}},
		{name: "responders", ocsp: []string{"http://o.example", "http://[::1", "http://o.example", "ldap://o.example"},
			want: []string{"http://o.example", "its address 'http://[::1' is none of http", "its address 'ldap://o.example' is none of http"}},
	} {
		c := &Certificate{OCSPServer: tc.ocsp, RawIssuer: []byte(der(0x30))}
		if tc.points != "" {
			c.Extensions = []Extension{{ID: oidCRLDistributionPoints, Value: []byte(der(0x30, strings.TrimSpace(tc.points)))}}
		}
		var got []string
		for _, s := range RevocationSources(c) {
			if (len(s.URLs) == 0) == (s.Unreadable == "") {
				t.Errorf("%s: %+v", tc.name, s)
			}
			got = append(got, strings.Join(s.URLs, " ")+s.Unreadable)
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, d)
		}
	}
}
