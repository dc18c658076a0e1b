package pki

import (
	"bytes"
	"encoding/asn1"
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

func TestRevocationURLs(t *testing.T) {
	crls, ocsps := RevocationURLs(&Certificate{
		CRLDistributionPoints: []string{"ldap://x/y", "http://a.example/1.crl", "https://a.example/2.crl", "http://a.example/1.crl"},
		OCSPServer:            []string{"http://o.example", "http://[::1"},
	})
	if d := cmp.Diff([][]string{{"http://a.example/1.crl"}, {"http://o.example"}}, [][]string{crls, ocsps}); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
