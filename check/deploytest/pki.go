package deploytest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"sync"
	"time"
)

// A Spec says what a certificate is to be. Its zero value is good.
type Spec struct {
	// Name is the subject's common name.
	Name string
	// Hosts are the subject alternative names: DNS names and IP addresses.
	Hosts []string
	// NotBefore and NotAfter bound the validity. By default a leaf is valid
	// from an hour ago for 40 days, a CA from a year ago for ten years.
	NotBefore, NotAfter time.Time
	// Key is the subject's key; nil means a fresh one on P-256.
	Key crypto.Signer
	// Edit has the last word on the template: usages, URLs of AIA, CRL and
	// OCSP, name constraints, further extensions.
	Edit func(*x509.Certificate)
}

// A CA is a certification authority. Its functions panic where a [Spec] asks
// for what crypto/x509 cannot make: that is a mistake in the test.
type CA struct {
	// Certificate is the CA's own.
	Certificate *x509.Certificate
	// Key signs what the CA issues.
	Key crypto.Signer
	// issuer is nil for a root.
	issuer *CA
}

// NewRoot makes a CA that signs itself.
func NewRoot(s Spec) *CA {
	key := s.key()
	t := s.template(true)
	return &CA{Certificate: sign(t, t, key, key), Key: key}
}

// Intermediate makes a CA below this one.
func (ca *CA) Intermediate(s Spec) *CA {
	key := s.key()
	return &CA{Certificate: sign(s.template(true), ca.Certificate, key, ca.Key), Key: key, issuer: ca}
}

// CrossSign makes another certificate of an existing CA, for its name and
// key, signed by this one.
func (ca *CA) CrossSign(other *CA, s Spec) *CA {
	s.Name, s.Key = other.Certificate.Subject.CommonName, other.Key
	return ca.Intermediate(s)
}

// Leaf issues a server certificate, with the chain a good server sends: the
// leaf and every intermediate, without the root.
func (ca *CA) Leaf(s Spec) tls.Certificate {
	key := s.key()
	leaf := sign(s.template(false), ca.Certificate, key, ca.Key)
	chain := tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
	for c := ca; c.issuer != nil; c = c.issuer {
		chain.Certificate = append(chain.Certificate, c.Certificate.Raw)
	}
	return chain
}

// SelfSigned makes a server certificate that signs itself.
func SelfSigned(s Spec) tls.Certificate {
	key := s.key()
	t := s.template(false)
	leaf := sign(t, t, key, key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

// PEM is the CA's certificate as a PEM block.
func (ca *CA) PEM() []byte {
	var b bytes.Buffer
	// A bytes.Buffer refuses nothing.
	_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate.Raw})
	return b.Bytes()
}

// Pool is a pool that trusts the CA alone.
func (ca *CA) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(ca.Certificate)
	return p
}

// rsaKeys holds one key for each size.
var rsaKeys sync.Map

// RSA returns the process's one RSA key of a size in bits, which is slow to
// make. Give it to one certificate of a chain only.
func RSA(bits int) crypto.Signer {
	once, _ := rsaKeys.LoadOrStore(bits, sync.OnceValue(func() crypto.Signer {
		return must(rsa.GenerateKey(rand.Reader, bits))
	}))
	return once.(func() crypto.Signer)()
}

// key is the subject's key.
func (s Spec) key() crypto.Signer {
	if s.Key != nil {
		return s.Key
	}
	return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
}

// template fills in the defaults.
func (s Spec) template(ca bool) *x509.Certificate {
	now := time.Now().UTC().Truncate(time.Second)
	t := &x509.Certificate{
		SerialNumber:          must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))),
		Subject:               pkix.Name{CommonName: s.Name},
		NotBefore:             s.NotBefore,
		NotAfter:              s.NotAfter,
		BasicConstraintsValid: true,
	}
	before, life := now.Add(-time.Hour), 40*24*time.Hour
	t.KeyUsage, t.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if ca {
		before, life = now.AddDate(-1, 0, 0), 10*365*24*time.Hour
		t.IsCA, t.KeyUsage, t.ExtKeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
	}
	if t.NotBefore.IsZero() {
		t.NotBefore = before
	}
	if t.NotAfter.IsZero() {
		t.NotAfter = t.NotBefore.Add(life)
	}
	for _, h := range s.Hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	if s.Edit != nil {
		s.Edit(t)
	}
	return t
}

// sign makes the certificate.
func sign(t, issuer *x509.Certificate, subject, key crypto.Signer) *x509.Certificate {
	der := must(x509.CreateCertificate(rand.Reader, t, issuer, subject.Public(), key))
	return must(x509.ParseCertificate(der))
}

// must panics on what only a mistake in the calling code can cause.
func must[T any](v T, err error) T {
	if err != nil {
		panic("deploytest: " + err.Error())
	}
	return v
}
