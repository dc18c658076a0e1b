package pki

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"
)

// empty is an empty distinguished name.
var empty = []byte(der(0x30, ""))

// without leaves out an extension.
func without(id asn1.ObjectIdentifier) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		var left []pkix.Extension
		for _, e := range c.Extensions {
			if !e.Id.Equal(id) {
				left = append(left, e)
			}
		}
		c.Extensions = left
	}
}

// having adds an extension.
func having(id asn1.ObjectIdentifier, critical bool, value string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		without(id)(c)
		c.Extensions = append(c.Extensions, pkix.Extension{Id: id, Critical: critical, Value: []byte(value)})
	}
}

func TestProfileFault(t *testing.T) {
	serial := func(n *big.Int) func(*x509.Certificate) { return func(c *x509.Certificate) { c.SerialNumber = n } }
	bits := func(n int) *big.Int { return new(big.Int).SetBit(new(big.Int), n-1, 1) }
	for _, tc := range []struct {
		name string
		at   int // place on the path leaf, Inter, Root
		edit func(*x509.Certificate)
		want string // part of the message, empty for none
	}{
		{"leaf", 0, nil, ""},
		{"serial zero", 0, serial(new(big.Int)), "its serial number"},
		{"serial of 20 octets", 0, serial(bits(159)), ""},
		{"serial of 21 octets", 0, serial(bits(160)), "its serial number"},
		{"a leaf that signs", 0, func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign }, "allows signing certificates"},
		{"a leaf with name constraints", 0, having(oidNameConstraints, true, der(0x30, "")), "name constraints"},
		{"a leaf without subject", 0, func(c *x509.Certificate) { c.RawSubject = empty }, "no subject"},
		{"a leaf without subject, its names critical", 0, func(c *x509.Certificate) {
			c.RawSubject = empty
			having(oidSubjectAltName, true, der(0x30, ""))(c)
		}, ""},
		{"a leaf that does not identify its issuer's key", 0, func(c *x509.Certificate) { c.AuthorityKeyId = nil }, "no authority key identifier"},
		{"a leaf that identifies another key", 0, func(c *x509.Certificate) { c.AuthorityKeyId = []byte{1} }, "does not name the key of its issuer 'Inter'"},
		{"intermediate", 1, nil, ""},
		{"an intermediate without key identifier", 1, func(c *x509.Certificate) { c.SubjectKeyId = nil }, "subject key identifier"},
		{"an intermediate's policy constraints", 1, having(oidPolicyConstraints, false, der(0x30, "")), "policy constraints"},
		{"an intermediate's critical policy constraints", 1, having(oidPolicyConstraints, true, der(0x30, "")), ""},
		{"an intermediate without subject", 1, func(c *x509.Certificate) { c.RawSubject = empty }, "needs a subject"},
		{"an intermediate's constraints that are not critical", 1, having(oidBasicConstraints, false, der(0x30, "\x01\x01\xff")), "basic constraints"},
		{"root", 2, nil, ""},
		{"a root without key identifier", 2, func(c *x509.Certificate) { c.SubjectKeyId = nil }, ""},
		{"a root that identifies another key", 2, func(c *x509.Certificate) {
			c.AuthorityKeyId = []byte{1}
			having(oidAuthorityKeyID, false, der(0x30, der(0x80, "\x01")))(c)
		}, "does not name the key of its issuer 'Root'"},
		{"a root issued by another", 2, func(c *x509.Certificate) {
			c.AuthorityKeyId, c.RawIssuer = []byte{1}, empty
			having(oidAuthorityKeyID, false, der(0x30, der(0x80, "\x01")))(c)
		}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := makeWorld(t, chain)
			path := w.pick([]string{"leaf", "Inter", "Root"})
			edited := *path[tc.at]
			if tc.edit != nil {
				tc.edit(&edited)
			}
			path[tc.at] = &edited
			got := profileFault(path, tc.at)
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestNamesIssuer(t *testing.T) {
	parent := makeWorld(t, chain).certs["Inter"]
	number := string(serialOctets(parent.SerialNumber))
	of := func(name []byte) string { return der(0xa1, der(0xa4, string(name))) }
	for _, tc := range []struct {
		value string
		want  bool
	}{
		{der(0x30, ""), true},
		{der(0x30, der(0x80, "key")), true},
		{der(0x30, der(0x80, "key"), of(parent.RawIssuer), der(0x82, number)), true},
		{der(0x30, of(parent.RawIssuer)), true},
		{der(0x30, of(parent.RawSubject)), false},
		{der(0x30, der(0x82, number)), true},
		{der(0x30, der(0x82, "\x07")), false},
		{der(0x30, der(0xa1, "x")), false},
		{"x", false},
	} {
		if got := namesIssuer([]byte(tc.value), parent); got != tc.want {
			t.Errorf("%x: %v", tc.value, got)
		}
	}
}

func TestSerialOctets(t *testing.T) {
	for n, want := range map[int64][]byte{0: {0}, 1: {1}, 127: {127}, 128: {0, 128}, 256: {1, 0}} {
		if got := serialOctets(big.NewInt(n)); !bytes.Equal(got, want) {
			t.Errorf("%d: %x", n, got)
		}
	}
}

func TestName(t *testing.T) {
	for _, tc := range []struct {
		cert x509.Certificate
		want string
	}{
		{x509.Certificate{Subject: pkix.Name{CommonName: "a\nb"}}, "a b"},
		{x509.Certificate{Subject: pkix.Name{Organization: []string{"Corp"}, Names: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: "Corp"}}}}, "O=Corp"},
		{x509.Certificate{DNSNames: []string{"a.example", "b.example"}}, "a.example"},
		{x509.Certificate{SerialNumber: big.NewInt(0xabc)}, "serial number abc"},
	} {
		if got := Name(&tc.cert); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
	if got := issuer(&x509.Certificate{}); got != "(empty name)" {
		t.Errorf("an empty issuer: %q", got)
	}
}
