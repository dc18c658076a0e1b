package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"sync"
	"testing"
	"time"
)

// now is the frozen time of the tables.
var now = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

const host = "www.example.com"

// A cert declares one certificate of a table.
type cert struct {
	// id is its name in the table, and its common name. The key belongs to the
	// id up to a "'": "Inter" and "Inter'" are two certificates of one
	// authority.
	id string
	// by is the id of the issuer, declared before it; empty for self-signed.
	by string
	// from and to are notBefore and notAfter in days from now; both 0 mean
	// -1000 and 1000 for authorities, -10 and 80 for leaves.
	from, to int
	// key is the kind of key: P-256 if empty.
	key string
	// digest signs with a broken hash: "MD2", "MD5" or "SHA-1"; issuers need an RSA key.
	digest string
	edit   func(*x509.Certificate)
}

func (c cert) name() string {
	name, _, _ := bytes.Cut([]byte(c.id), []byte("'"))
	return string(name)
}

// A world holds the certificates of one table row.
type world struct {
	t     testing.TB
	certs map[string]*Certificate
	// templates are what they were made of, which makes them parents.
	templates map[string]*x509.Certificate
	specs     map[string]cert
}

func makeWorld(t testing.TB, specs []cert) *world {
	t.Helper()
	w := &world{t, map[string]*Certificate{}, map[string]*x509.Certificate{}, map[string]cert{}}
	for _, s := range specs {
		w.specs[s.id] = s
		w.certs[s.id] = w.make(s)
	}
	return w
}

// leaves are named in lower case, authorities with a capital.
func (c cert) authority() bool { return c.id[0] < 'a' }

func (w *world) make(c cert) *Certificate {
	w.t.Helper()
	template := &x509.Certificate{
		SerialNumber:          serialOf(c.id),
		Subject:               pkix.Name{CommonName: c.name()},
		NotBefore:             now.AddDate(0, 0, c.from),
		NotAfter:              now.AddDate(0, 0, c.to).Add(-time.Second),
		BasicConstraintsValid: true,
	}
	if c.authority() {
		template.IsCA = true
		template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	} else {
		template.DNSNames = []string{host}
		template.KeyUsage = x509.KeyUsageDigitalSignature
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	if c.from == 0 && c.to == 0 {
		template.NotBefore, template.NotAfter = now.AddDate(0, 0, -10), now.AddDate(0, 0, 80).Add(-time.Second)
		if c.authority() {
			template.NotBefore, template.NotAfter = now.AddDate(0, 0, -1000), now.AddDate(0, 0, 1000)
		}
	}
	if c.edit != nil {
		c.edit(template)
	}
	parent, signer := template, c
	if c.by != "" {
		parent, signer = w.templates[c.by], w.specs[c.by]
	}
	key := testKey(w.t, c.name(), c.key)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), testKey(w.t, signer.name(), signer.key))
	if err != nil {
		w.t.Fatalf("%s: %v", c.id, err)
	}
	if c.digest != "" {
		der = resign(w.t, der, c.digest, testKey(w.t, signer.name(), signer.key))
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		w.t.Fatalf("%s: %v", c.id, err)
	}
	w.templates[c.id] = made
	return ParseCertificate(der)
}

func serialOf(id string) *big.Int {
	sum := sha256.Sum256([]byte(id))
	return new(big.Int).SetBytes(sum[:8])
}

var keys sync.Map

// testKey is the key of a name, the same for the whole run.
func testKey(t testing.TB, name, kind string) crypto.Signer {
	t.Helper()
	if kind == "RSA" {
		name = "" // one for all: they take long to make
	}
	if k, ok := keys.Load(name + "/" + kind); ok {
		return k.(crypto.Signer)
	}
	key, err := newKey(kind)
	if err != nil {
		t.Fatal(err)
	}
	k, _ := keys.LoadOrStore(name+"/"+kind, key)
	return k.(crypto.Signer)
}

func newKey(kind string) (crypto.Signer, error) {
	switch kind {
	case "RSA":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "RSA-512": // GODEBUG=rsa1024min=0 must be set
		return rsa.GenerateKey(rand.Reader, 512)
	case "RSA-1024":
		return rsa.GenerateKey(rand.Reader, 1024)
	case "RSA-8320":
		return newRSANumbers(65537, 1, 8320)
	case "RSA-exponent-1":
		return newRSANumbers(1, 1, 2048)
	case "RSA-exponent-3":
		return newRSANumbers(3, 1, 2048)
	case "RSA-exponent-33-bits":
		return newRSANumbers(1<<32+15, 1, 2048)
	case "RSA-prime":
		return primeKey()
	case "RSA-factor-3":
		return newRSANumbers(65537, 3, 2048)
	case "RSA-ROCA":
		return modulusOnly{rocaModulus()}, nil
	case "RSA-close":
		return modulusOnly{closeModulus()}, nil
	case "RSA-2049":
		return modulusOnly{new(big.Int).SetBit(big.NewInt(1), 2048, 1)}, nil
	case "Ed25519":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case "P-224":
		return ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	case "P-521":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "P-384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// modulusOnly is a leaf's RSA key of which only the public half is needed.
type modulusOnly struct{ n *big.Int }

func (m modulusOnly) Public() crypto.PublicKey { return &rsa.PublicKey{N: m.n, E: 65537} }

func (m modulusOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	panic("a key without its private half")
}

// rocaModulus has the form of the weak chips' moduli; its factors need not be
// primes for it to bear their mark.
func rocaModulus() *big.Int {
	m := big.NewInt(2)
	for _, p := range rocaPrimes {
		m.Mul(m, big.NewInt(p))
	}
	factor := func(k, a int64) *big.Int {
		f := new(big.Int).Exp(big.NewInt(65537), big.NewInt(a), m)
		shift := new(big.Int).Lsh(big.NewInt(k), uint(1020-m.BitLen()))
		return f.Add(f, shift.Mul(shift, m))
	}
	n := factor(25, 1234567)
	return n.Mul(n, factor(27, 7654321))
}

// closeModulus is the product of two primes that lie close together.
func closeModulus() *big.Int {
	p := new(big.Int).SetBit(big.NewInt(12345), 1023, 1)
	p.SetBit(p, 1022, 1)
	next := func(n *big.Int) *big.Int {
		n = new(big.Int).Add(n, big.NewInt(2))
		for !n.ProbablyPrime(2) {
			n.Add(n, big.NewInt(2))
		}
		return n
	}
	p = next(p)
	return new(big.Int).Mul(p, next(p))
}

// resign replaces the RSA signature of a certificate by one with a broken
// hash, which crypto/x509 no longer makes: the identifiers differ in their
// last octet only.
func resign(t testing.TB, der []byte, name string, key crypto.Signer) []byte {
	t.Helper()
	kind := map[string]struct {
		octet byte
		hash  crypto.Hash
	}{"MD2": {2, crypto.MD5}, "MD5": {4, crypto.MD5}, "SHA-1": {5, crypto.SHA1}}[name]
	const with = "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
	der = bytes.ReplaceAll(der, []byte(with+"\x0b"), []byte(with+string(kind.octet)))
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := key.Sign(rand.Reader, digest(kind.hash, c.RawTBSCertificate), kind.hash)
	if err != nil {
		t.Fatal(err)
	}
	return append(der[:len(der)-len(signature)], signature...)
}

// pick lists certificates by id.
func (w *world) pick(ids []string) []*Certificate {
	w.t.Helper()
	var out []*Certificate
	for _, id := range ids {
		if w.certs[id] == nil {
			w.t.Fatalf("no certificate %q", id)
		}
		out = append(out, w.certs[id])
	}
	return out
}

// ids names certificates as the table does.
func (w *world) ids(certs []*Certificate) []string {
	var out []string
	for _, c := range certs {
		for id, have := range w.certs {
			if have.Equal(c) {
				out = append(out, id)
			}
		}
	}
	return out
}

// sct serializes a timestamp of a log, without a signature worth the name.
func sct(log byte, at time.Time) []byte {
	b := make([]byte, 1, 49)
	b = append(b, bytes.Repeat([]byte{log}, 32)...)
	ms := uint64(at.UnixMilli())
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(ms>>shift))
	}
	return append(b, 0, 0, 4, 3, 0, 2, 1, 1)
}
