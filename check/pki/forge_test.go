package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"
	"time"
)

// A forgery is a certificate made of DER elements, each of which a test can
// replace by whatever it likes. The zero value of a field leaves it out.
type forgery struct {
	version, serial, algorithm, issuer, validity, subject, key string
	// ids are the unique identifiers, after is what follows the extensions.
	ids, after string
	// extensions are Extension elements, by a short name.
	extensions map[string]string
	// outer is the algorithm outside the signed part, as inside if empty.
	outer string
	// sign replaces the signature, unused its count of unused bits.
	sign   func(tbs []byte) []byte
	unused byte
	// mangle has the last word on the whole.
	mangle func(der string) string
}

// extensionOrder is the order of extensions; others follow it.
var extensionOrder = []string{"basic", "usage", "purposes", "san", "ski", "aki", "names", "policies", "limits", "mappings", "any", "aia", "crl", "feature", "scts", "other", "other2"}

// Object identifiers, content octets.
const (
	extBasic   = "\x55\x1d\x13"
	idUsage    = "\x55\x1d\x0f"
	idPurposes = "\x55\x1d\x25"
	idSAN      = "\x55\x1d\x11"
	idSKI      = "\x55\x1d\x0e"
	idAKI      = "\x55\x1d\x23"
	idNames    = "\x55\x1d\x1e"
	idPolicies = "\x55\x1d\x20"
	idLimits   = "\x55\x1d\x24"
	idMappings = "\x55\x1d\x21"
	idAny      = "\x55\x1d\x36"
	idCRL      = "\x55\x1d\x1f"
	idAIA      = "\x2b\x06\x01\x05\x05\x07\x01\x01"
	idFeature  = "\x2b\x06\x01\x05\x05\x07\x01\x18"
	idServer   = "\x2b\x06\x01\x05\x05\x07\x03\x01"
	idCode     = "\x2b\x06\x01\x05\x05\x07\x03\x03"
	idMail     = "\x2b\x06\x01\x05\x05\x07\x03\x04"
	idTime     = "\x2b\x06\x01\x05\x05\x07\x03\x08"
	idOCSP     = "\x2b\x06\x01\x05\x05\x07\x03\x09"
	idAnyUsage = "\x55\x1d\x25\x00"
	idSHA256EC = "\x2a\x86\x48\xce\x3d\x04\x03\x02"
	idSHA256RS = oidPKCS1 + "\x0b"
)

// ext is an Extension; critical is empty, "!" or any BOOLEAN element.
func ext(id, critical, value string) string {
	if critical == "!" {
		critical = "\x01\x01\xff"
	}
	return der(0x30, der(6, id), critical, der(4, value))
}

// dn is a Name with one common name.
func dn(tag byte, name string) string { return rdnOf("\x55\x04\x03", tag, name) }

// rdnOf is a Name of one attribute.
func rdnOf(id string, tag byte, value string) string {
	return der(0x30, der(0x31, der(0x30, der(6, id), der(tag, value))))
}

// utc is a UTCTime.
func utc(t time.Time) string { return der(0x17, t.UTC().Format("060102150405Z")) }

// dns is a SubjectAltName of DNS names.
func dns(names ...string) string {
	s := ""
	for _, n := range names {
		s += der(0x82, n)
	}
	return der(0x30, s)
}

// bitsOf is a BIT STRING of KeyUsage with these bits of its first octet.
func bitsOf(bits byte) string {
	unused := 0
	for bits != 0 && bits>>unused&1 == 0 {
		unused++
	}
	return der(3, string([]byte{byte(unused), bits}))
}

// spki is the SubjectPublicKeyInfo of a key.
func spki(t testing.TB, key crypto.PublicKey) string {
	t.Helper()
	b, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// rsaSPKI is the SubjectPublicKeyInfo of any numbers.
func rsaSPKI(n, e *big.Int) string {
	key := der(0x30, derInteger(n), derInteger(e))
	return der(0x30, der(0x30, der(6, keyRSA), "\x05\x00"), der(3, "\x00"+key))
}

// newForgery is a good certificate; authorities have a capital.
func newForgery(t testing.TB, name, by string, key crypto.PublicKey, at time.Time) *forgery {
	f := &forgery{
		version: der(0xa0, "\x02\x01\x02"), serial: derInteger(serialOf(name)),
		algorithm: der(0x30, der(6, idSHA256EC)),
		issuer:    dn(0x13, by), subject: dn(0x13, name), key: spki(t, key),
		validity: der(0x30, utc(at.AddDate(0, 0, -10)), utc(at.AddDate(0, 0, 80))),
	}
	if name[0] < 'a' {
		f.validity = der(0x30, utc(at.AddDate(-3, 0, 0)), utc(at.AddDate(3, 0, 0)))
		f.extensions = map[string]string{"basic": ext(extBasic, "!", der(0x30, "\x01\x01\xff")), "usage": ext(idUsage, "!", bitsOf(0x06))}
		return f
	}
	f.extensions = map[string]string{
		"usage": ext(idUsage, "!", bitsOf(0x80)), "purposes": ext(idPurposes, "", der(0x30, der(6, idServer))),
		"san": ext(idSAN, "", dns(host)),
	}
	return f
}

// make is the certificate, signed by a key.
func (f *forgery) make(t testing.TB, signer crypto.Signer) []byte {
	t.Helper()
	extensions := ""
	for _, name := range extensionOrder {
		extensions += f.extensions[name]
	}
	if extensions != "" {
		extensions = der(0xa3, der(0x30, extensions))
	}
	tbs := der(0x30, f.version, f.serial, f.algorithm, f.issuer, f.validity, f.subject, f.key, f.ids, extensions, f.after)
	sign := f.sign
	if sign == nil {
		sign = func(tbs []byte) []byte {
			s, err := signer.Sign(rand.Reader, digest(crypto.SHA256, tbs), crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
	outer := f.outer
	if outer == "" {
		outer = f.algorithm
	}
	whole := der(0x30, tbs, outer, der(3, string([]byte{f.unused}), string(sign([]byte(tbs)))))
	if f.mangle != nil {
		whole = f.mangle(whole)
	}
	return []byte(whole)
}

// signedWith fits a certificate's algorithm to the issuer's key.
func signedWith(f *forgery, key crypto.Signer) {
	switch key.(type) {
	case *rsa.PrivateKey, rsaNumbers:
		f.algorithm = der(0x30, der(6, idSHA256RS), "\x05\x00")
	case *ecdsa.PrivateKey:
		f.algorithm = der(0x30, der(6, idSHA256EC))
	}
}

// berLength writes an element with a length that is a byte longer than it
// needs to be.
func berLength(element string) string {
	tag, header, length, _ := berHeader([]byte(element))
	return string([]byte{tag, 0x83, byte(length >> 16), byte(length >> 8), byte(length)}) + element[header:]
}
