package deploytest_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"slices"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// verify builds a path as a client does from what is sent.
func verify(c tls.Certificate, root *deploytest.CA, host string, at time.Time) error {
	sent := x509.NewCertPool()
	for _, der := range c.Certificate[1:] {
		sent.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	_, err := c.Leaf.Verify(x509.VerifyOptions{Roots: root.Pool(), Intermediates: sent, DNSName: host, CurrentTime: at})
	return err
}

func TestChains(t *testing.T) {
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	years := func(name string) deploytest.Spec {
		return deploytest.Spec{Name: name, NotBefore: at.AddDate(-5, 0, 0), NotAfter: at.AddDate(5, 0, 0)}
	}
	root, other := deploytest.NewRoot(years("Root")), deploytest.NewRoot(years("Other Root"))
	upper := root.Intermediate(years("Upper"))
	lower := upper.Intermediate(years("Lower"))
	crossed := other.CrossSign(upper, years(""))
	leaf := func(ca *deploytest.CA, edit func(*x509.Certificate)) tls.Certificate {
		s := years("")
		s.Hosts, s.Edit = []string{"shop.example", "192.0.2.1"}, edit
		return ca.Leaf(s)
	}
	tests := []struct {
		name    string
		chain   tls.Certificate
		root    *deploytest.CA
		sent    int
		trusted bool
	}{
		{"directly below the root", leaf(root, nil), root, 1, true},
		{"two intermediates", leaf(lower, nil), root, 3, true},
		{"another root", leaf(lower, nil), other, 3, false},
		{"cross-signed", leaf(crossed, nil), other, 2, true},
		{"cross-signed, other side", leaf(crossed, nil), root, 2, false},
		{"client usage", leaf(root, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}), root, 1, false},
		{"signs itself", deploytest.SelfSigned(deploytest.Spec{Hosts: []string{"shop.example"}}), root, 1, false},
	}
	for _, tt := range tests {
		if got := len(tt.chain.Certificate); got != tt.sent {
			t.Errorf("%s: %d certificates", tt.name, got)
		}
		for _, host := range []string{"shop.example", "192.0.2.1"} {
			if err := verify(tt.chain, tt.root, host, at); (err == nil) != tt.trusted {
				t.Errorf("%s: %s: %v", tt.name, host, err)
			}
		}
	}
}

func TestDefaultValidity(t *testing.T) {
	root := deploytest.NewRoot(deploytest.Spec{Name: "Root"})
	leaf := root.Leaf(deploytest.Spec{Hosts: []string{"shop.example"}})
	if err := verify(leaf, root, "shop.example", time.Time{}); err != nil {
		t.Error(err)
	}
	if got, want := leaf.Leaf.NotAfter.Sub(leaf.Leaf.NotBefore), 40*24*time.Hour; got != want {
		t.Errorf("valid for %v, want %v", got, want)
	}
}

func TestPEM(t *testing.T) {
	root := deploytest.NewRoot(deploytest.Spec{Name: "Root"})
	block, rest := pem.Decode(root.PEM())
	if block == nil || block.Type != "CERTIFICATE" || !slices.Equal(block.Bytes, root.Certificate.Raw) || len(rest) > 0 {
		t.Errorf("PEM is %s", root.PEM())
	}
}

func TestRSA(t *testing.T) {
	if deploytest.RSA(1024) != deploytest.RSA(1024) {
		t.Error("two keys of one size")
	}
	c := deploytest.SelfSigned(deploytest.Spec{Key: deploytest.RSA(1024)})
	if c.Leaf.PublicKeyAlgorithm != x509.RSA {
		t.Error(c.Leaf.PublicKeyAlgorithm)
	}
}

func TestMistakesPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a certificate that cannot be made was made")
		}
	}()
	deploytest.NewRoot(deploytest.Spec{Edit: func(c *x509.Certificate) { c.SignatureAlgorithm = x509.MD5WithRSA }})
}

func TestPKCS7(t *testing.T) {
	a := deploytest.NewRoot(deploytest.Spec{Name: "A"}).Certificate.Raw
	b := deploytest.NewRoot(deploytest.Spec{Name: "B"}).Certificate.Raw
	var bundle struct {
		Type   asn1.ObjectIdentifier
		Signed struct {
			Version      int
			Digests      []asn1.RawValue `asn1:"set"`
			Content      struct{ Type asn1.ObjectIdentifier }
			Certificates []asn1.RawValue `asn1:"set,tag:0"`
			Signers      []asn1.RawValue `asn1:"set"`
		} `asn1:"explicit,tag:0"`
	}
	rest, err := asn1.Unmarshal(deploytest.PKCS7(a, b), &bundle)
	if err != nil || len(rest) > 0 {
		t.Fatal(rest, err)
	}
	if got := bundle.Type.String(); got != "1.2.840.113549.1.7.2" {
		t.Errorf("content type is %s", got)
	}
	in := bundle.Signed.Certificates
	if len(in) != 2 || !slices.Equal(in[0].FullBytes, a) || !slices.Equal(in[1].FullBytes, b) {
		t.Errorf("%d certificates, or others", len(in))
	}
}
