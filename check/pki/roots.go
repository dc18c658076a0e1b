package pki

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	_ "embed" // for a root
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

//go:generate go run ./internal/bundledate -o bundledate.go ../../go.mod

// MaxBundleAge is the age after which reports say that the bundle is old.
const MaxBundleAge = 180 * daySpan

// Roots is a set of trust anchors: the embedded public bundle, or one that a
// user gave in its place. It is immutable and safe for concurrent use.
type Roots struct {
	name  string
	date  time.Time
	pem   []byte // of a custom set
	count int
	// unreadable are the blocks of a custom set that were left out, in words.
	unreadable []string
	anchors    anchorIndex
	// embedded gives the anchors of the embedded set, which is indexed when
	// first searched; nil for a custom one.
	embedded func() anchorIndex
}

// An anchorIndex has anchors by their canonical subjects.
type anchorIndex map[string][]*anchor

// An anchor is one trust anchor. It is parsed when first asked for: most runs
// touch two or three of the bundle's hundred.
type anchor struct {
	der  []byte
	cert func() *Certificate
	// constraint is the bundle's own (a distrust date), nil for none.
	constraint func([]*x509.Certificate) error
	// names are the domains that Mozilla trusts the root for; none for all.
	names []string
	// chrome is the table of the Chrome Root Store for an embedded public
	// root, nil for one of the user's own.
	chrome *ChromeRoots
}

// public reports whether the anchor is an embedded public root.
func (a *anchor) public() bool { return a.chrome != nil }

// tubitak is the root "TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1", which
// Mozilla's store holds. The library's bundle leaves it out, for its
// constraint is in Mozilla's code (CERT_GetImposedNameConstraints in NSS) and
// not in its list: it is trusted for names under tr only.
//
//go:embed tubitak.pem
var tubitak []byte

// Embedded is Mozilla's bundle of public roots as compiled in, with its
// distrust dates and name constraints.
func Embedded() *Roots { return embedded() }

var embedded = sync.OnceValue(newEmbedded)

// newEmbedded describes the bundle.
func newEmbedded() *Roots {
	date, err := time.Parse(time.DateOnly, bundleDate)
	if err != nil {
		panic(err)
	}
	r := &Roots{name: "Mozilla's root bundle of " + bundleDate, date: date, count: 1, embedded: sync.OnceValue(indexBundle)}
	for range bundle.Roots() {
		r.count++
	}
	return r
}

// indexBundle indexes the bundle's roots; they are parsed when asked for.
func indexBundle() anchorIndex {
	index := anchorIndex{}
	for root := range bundle.Roots() {
		index.addPublic(&anchor{der: root.Certificate, constraint: root.Constraint})
	}
	index.addPublic(&anchor{der: tubitakDER(), names: []string{"tr"}})
	return index
}

var tubitakDER = sync.OnceValue(func() []byte {
	block, _ := pem.Decode(tubitak)
	return block.Bytes
})

// bundled reports whether the bundle has a certificate. It needs no index.
func bundled(der []byte) bool {
	for root := range bundle.Roots() {
		if bytes.Equal(root.Certificate, der) {
			return true
		}
	}
	return bytes.Equal(tubitakDER(), der)
}

// addPublic indexes an embedded root.
func (x anchorIndex) addPublic(a *anchor) {
	subject, ok := subjectOf(a.der)
	if !ok { // a test finds every root of the bundle again
		panic("a root of the bundle has no subject")
	}
	a.chrome = Chrome()
	a.cert = sync.OnceValue(func() *Certificate { return ParseCertificate(a.der) })
	x.add(subject, a)
}

// bySubject are the anchors by subject.
func (r *Roots) bySubject() anchorIndex {
	if r.embedded != nil {
		return r.embedded()
	}
	return r.anchors
}

// add adds an anchor to a custom set.
func (r *Roots) add(subject []byte, a *anchor) {
	if r.anchors == nil {
		r.anchors = anchorIndex{}
	}
	if r.anchors.add(subject, a) {
		r.count++
	}
}

// add indexes an anchor by its subject, and reports whether it is a new one.
func (x anchorIndex) add(subject []byte, a *anchor) bool {
	key := canonicalName(subject)
	for _, have := range x[key] {
		if bytes.Equal(have.der, a.der) {
			return false
		}
	}
	x[key] = append(x[key], a)
	return true
}

// subjectOf reads the subject out of a certificate without parsing the rest.
func subjectOf(der []byte) ([]byte, bool) {
	input := cryptobyte.String(der)
	var cert, tbs, subject cryptobyte.String
	ok := input.ReadASN1(&cert, asn1.SEQUENCE) &&
		cert.ReadASN1(&tbs, asn1.SEQUENCE) &&
		tbs.SkipOptionalASN1(asn1.Tag(0).Constructed().ContextSpecific()) && // version
		tbs.SkipASN1(asn1.INTEGER) && // serial number
		tbs.SkipASN1(asn1.SEQUENCE) && // signature algorithm
		tbs.SkipASN1(asn1.SEQUENCE) && // issuer
		tbs.SkipASN1(asn1.SEQUENCE) && // validity
		tbs.ReadASN1Element(&subject, asn1.SEQUENCE)
	return subject, ok
}

// ParseRoots reads a user's PEM bundle that replaces the public roots. Text
// between the blocks is passed over, and so are byte order marks, which editors
// begin files with. Any certificate may be an anchor, in
// whatever form; one that is none at all is left out (see Unreadable). The
// error names the block and its line, counted from 1, and what is wrong with it; a bundle
// without a readable certificate is an error.
func ParseRoots(data []byte) (*Roots, error) {
	data = bytes.ReplaceAll(data, []byte("\ufeff"), nil)
	r := &Roots{pem: data}
	sum := sha256.New()
	rest, n := data, 0
	where := func(block int, from []byte) string {
		begin := len(data) - len(from) + bytes.Index(from, []byte("-----BEGIN "))
		return fmt.Sprintf("block %d (line %d)", block, 1+bytes.Count(data[:begin], []byte("\n")))
	}
	for {
		block, after := pem.Decode(rest)
		read := len(rest) - len(after)
		if block == nil {
			read = len(rest)
		}
		// The decoder passes over a block that it cannot read.
		if begun := bytes.Count(rest[:read], []byte("-----BEGIN ")); begun > 1 || begun == 1 && block == nil {
			return nil, fmt.Errorf("%s is broken: no well-formed END line or base64 text", where(n+1, rest))
		}
		if block == nil {
			break
		}
		n++
		if block.Type != "CERTIFICATE" && block.Type != "X509 CERTIFICATE" { // as OpenSSL once wrote it
			return nil, fmt.Errorf("%s is a '%s', not a 'CERTIFICATE'", where(n, rest), show(block.Type))
		}
		from := rest
		rest = after
		cert := ParseCertificate(block.Bytes)
		if cert.Broken != "" {
			r.unreadable = append(r.unreadable, fmt.Sprintf("%s is no readable certificate: %s", where(n, from), cert.Broken))
			continue
		}
		a := Embedded().holds(cert) // with what the root programs say of it
		if a == nil {
			a = certAnchor(cert)
		}
		r.add(cert.RawSubject, a)
		sum.Write(block.Bytes)
	}
	if r.count == 0 && len(r.unreadable) > 0 {
		return nil, errors.New(r.unreadable[0])
	}
	if n == 0 {
		return nil, errors.New("the bundle holds no certificate (PEM with 'BEGIN CERTIFICATE' lines is expected)")
	}
	roots := "roots"
	if r.count == 1 {
		roots = "root"
	}
	r.name = fmt.Sprintf("a custom bundle of %d %s (SHA-256 %x…)", r.count, roots, sum.Sum(nil)[:6])
	return r, nil
}

func certAnchor(cert *Certificate) *anchor {
	return &anchor{der: cert.Raw, cert: func() *Certificate { return cert }}
}

// Public reports whether the set holds an embedded public root: a user's
// bundle may hold some beside the user's own.
func (r *Roots) Public() bool {
	for _, anchors := range r.bySubject() {
		if slices.ContainsFunc(anchors, (*anchor).public) {
			return true
		}
	}
	return false
}

// Custom reports whether a user's bundle replaces the public roots.
func (r *Roots) Custom() bool { return r.pem != nil }

// Unreadable says which blocks of a custom set are no readable certificates,
// and so were left out.
func (r *Roots) Unreadable() []string { return r.unreadable }

// Name says which set it is, for reports.
func (r *Roots) Name() string { return r.name }

// Date is the day of the embedded bundle (UTC); zero for a custom one, which
// tells none.
func (r *Roots) Date() time.Time { return r.date }

// Len is the number of anchors.
func (r *Roots) Len() int { return r.count }

// named lists the anchors with the canonical subject.
func (r *Roots) named(subject string) []*anchor { return r.bySubject()[subject] }

// holds returns the anchor that is this very certificate, nil if there is none.
func (r *Roots) holds(c *Certificate) *anchor {
	if r.embedded != nil && !bundled(c.Raw) {
		return nil
	}
	for _, a := range r.named(canonicalName(c.RawSubject)) {
		if bytes.Equal(a.der, c.Raw) {
			return a
		}
	}
	return nil
}

type rootsJSON struct {
	Name  string `json:"name"`
	Date  string `json:"date,omitempty"`
	Count int    `json:"count"`
	PEM   string `json:"pem,omitempty"`
}

// MarshalJSON writes a custom set in full, and of the embedded one which it is.
func (r *Roots) MarshalJSON() ([]byte, error) {
	j := rootsJSON{Name: r.name, Count: r.count, PEM: string(r.pem)}
	if !r.date.IsZero() {
		j.Date = r.date.Format(time.DateOnly)
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote. What names no certificates is
// the embedded set of this binary.
func (r *Roots) UnmarshalJSON(data []byte) error {
	var j rootsJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	if j.PEM == "" {
		*r = *Embedded()
		return nil
	}
	custom, err := ParseRoots([]byte(j.PEM))
	if err != nil {
		return err
	}
	*r = *custom
	return nil
}
