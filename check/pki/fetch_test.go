package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// issuedAt gives a certificate addresses of its issuer's certificate.
func issuedAt(urls ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.IssuingCertificateURL = urls }
}

func TestIssuerURLs(t *testing.T) {
	certs := []cert{
		root,
		{id: "Low", by: "Root", edit: issuedAt("http://aia.example.com/root.crt")},
		{id: "Inter", by: "Low", edit: issuedAt("http://aia.example.com/low.crt")},
		{id: "Inter'", by: "Low", from: -900, to: -1, edit: issuedAt("http://aia.example.com/low.crt", "ldap://aia.example.com/low")},
		{id: "leaf", by: "Inter", edit: issuedAt("https://aia.example.com/x", "http://aia.example.com/inter.crt", "http:///nowhere")},
	}
	for _, tc := range []struct {
		name          string
		sent, fetched []string
		want          []string
	}{
		{"complete", []string{"Low", "Inter"}, nil, nil},
		{"complete by fetching", []string{}, []string{"Low", "Inter"}, nil},
		{"the leaf alone", []string{}, nil, []string{"http://aia.example.com/inter.crt"}},
		{"after the first fetch", []string{}, []string{"Inter"}, []string{"http://aia.example.com/low.crt"}},
		{"the upper one missing", []string{"Inter", "Inter'"}, nil, []string{"http://aia.example.com/low.crt"}},
		{"an expired one", []string{"Low", "Inter'"}, nil, []string{"http://aia.example.com/inter.crt", "http://aia.example.com/low.crt", "http://aia.example.com/root.crt"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := row{certs: certs, sent: tc.sent, fetched: tc.fetched}
			if d := cmp.Diff(tc.want, IssuerURLs(r.query(makeWorld(t, certs)))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if got := IssuerURLs(Query{}); got != nil {
		t.Errorf("without a leaf: %v", got)
	}
}

func TestIssuerURLsAreFew(t *testing.T) {
	var urls []string
	for c := 'a'; c <= 'z'; c++ {
		urls = append(urls, "http://aia.example.com/"+string(c))
	}
	certs := []cert{root, inter, {id: "leaf", by: "Inter", edit: issuedAt(urls...)}}
	if got := IssuerURLs(row{certs: certs, sent: []string{}}.query(makeWorld(t, certs))); len(got) != maxIssuerURLs {
		t.Errorf("%d addresses", len(got))
	}
}

// pkcs7 is a certs-only message.
func pkcs7(certs ...*Certificate) []byte {
	var all []byte
	for _, c := range certs {
		all = append(all, c.Raw...)
	}
	signedData := string([]byte{2, 1, 1, 0x31, 0, 0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1}) + der(0xa0, string(all)) + "\x31\x00"
	return []byte(der(0x30, der(6, string(oidSignedData))+der(0xa0, der(0x30, signedData))))
}

func toPEM(kind string, ders ...[]byte) []byte {
	var b bytes.Buffer
	for _, der := range ders {
		pem.Encode(&b, &pem.Block{Type: kind, Bytes: der})
	}
	return b.Bytes()
}

func TestParseIssuers(t *testing.T) {
	w := makeWorld(t, chain)
	a, b := w.certs["Root"], w.certs["Inter"]
	for _, tc := range []struct {
		name string
		body []byte
		want []string
		err  string
	}{
		{"DER", a.Raw, []string{"Root"}, ""},
		{"PEM", toPEM("CERTIFICATE", a.Raw, b.Raw), []string{"Root", "Inter"}, ""},
		{"PKCS #7", pkcs7(a, b), []string{"Root", "Inter"}, ""},
		{"PKCS #7 in PEM", toPEM("PKCS7", pkcs7(a, b)), []string{"Root", "Inter"}, ""},
		{"PKCS #7 without certificates", pkcs7(), nil, "no certificate"},
		{"nothing", nil, nil, "no readable certificate: "},
		{"an error page", []byte("<html>\x1b[31m"), nil, "no readable certificate: "},
		{"a key", toPEM("PRIVATE KEY", []byte("x")), nil, "no readable certificate: "},
		{"too many", toPEM("CERTIFICATE", bytes.Split(bytes.Repeat([]byte("x"), maxIssuers+1), nil)...), nil, "more than 32 certificates"},
		{"too long", make([]byte, maxIssuerBytes+1), nil, "more than 1048576 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			certs, err := ParseIssuers(tc.body)
			if tc.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tc.err) {
					t.Fatalf("error %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, w.ids(certs)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func FuzzParseIssuers(f *testing.F) {
	w := makeWorld(f, chain)
	f.Add(w.certs["Root"].Raw)
	f.Add(toPEM("CERTIFICATE", w.certs["Root"].Raw))
	f.Add(pkcs7(w.certs["Root"], w.certs["Inter"]))
	f.Fuzz(func(t *testing.T, body []byte) {
		if certs, err := ParseIssuers(body); (err == nil) != (len(certs) > 0) || len(certs) > maxIssuers {
			t.Fatalf("%d certificates, %v", len(certs), err)
		}
	})
}
