package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const crlURL = "http://crl.example.com/1.crl"

// A crlRow is a revocation list and what it must say of the leaf.
type crlRow struct {
	name   string
	edit   func(*x509.RevocationList)
	by     string                          // "Inter" if empty
	key    string                          // of the issuer
	make   func(testing.TB, *world) []byte // instead of all that
	mangle func([]byte) []byte
	query  func(*CRLQuery)
	want   Status
}

// der is a DER element.
func der(tag byte, parts ...string) string {
	content := strings.Join(parts, "")
	head := []byte{tag, byte(len(content))}
	switch n := len(content); {
	case n >= 0x10000:
		head = []byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}
	case n >= 0x100:
		head = []byte{tag, 0x82, byte(n >> 8), byte(n)}
	case n >= 0x80:
		head = []byte{tag, 0x81, byte(n)}
	}
	return string(head) + content
}

// idp is an issuing distribution point: its name's URL, then flags.
func idp(url string, flags ...string) func(*x509.RevocationList) {
	value := ""
	if url != "" {
		value = der(0xa0, der(0xa0, der(0x86, url)))
	}
	return listExtension(28, true, der(0x30, value+strings.Join(flags, "")))
}

func listExtension(id int, critical bool, value string) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, id}, Critical: critical, Value: []byte(value)})
	}
}

// revoking lists the leaf.
func revoking(reason int) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: serialOf("leaf"), RevocationTime: now.AddDate(0, 0, -2), ReasonCode: reason})
	}
}

// both makes two changes.
func both(a, b func(*x509.RevocationList)) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) { a(l); b(l) }
}

// pss signs with an algorithm.
func pss(a x509.SignatureAlgorithm) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) { l.SignatureAlgorithm = a }
}

// commonName is an attribute of a distinguished name.
func commonName(name string) string { return der(0x30, der(6, "\x55\x04\x03"), der(0x0c, name)) }

// pointOf gives the leaf a distribution point of that name, and asks for it.
func pointOf(q *CRLQuery, name string) {
	c := *q.Cert
	c.Extensions = append(slices.Clip(c.Extensions), Extension{ID: oidCRLDistributionPoints, Value: []byte(der(0x30, der(0x30, der(0xa0, name))))})
	q.Cert = &c
	q.Source = RevocationSources(&c)[0]
}

func twoNames(q *CRLQuery) {
	pointOf(q, der(0xa0, der(0x86, "ldap://x.example/y"), der(0x86, crlURL)))
}

func relativePoint(q *CRLQuery) { pointOf(q, der(0xa1, commonName("1"))) }

const unbelieved = "The revocation list of '" + crlURL + "' is not to be believed: "

func refused(why string) Status {
	return Status{State: StatusInvalid, Detail: unbelieved + why + "."}
}

func revokedFor(reason, words string) Status {
	return Status{State: StatusRevoked, Reason: reason, RevokedAt: now.AddDate(0, 0, -2), ThisUpdate: listedAt, NextUpdate: listedTo,
		Detail: "The revocation list of '" + crlURL + "' says that it is revoked since '2026-06-13T12:00:00Z'" + words + "."}
}

var (
	listedAt, listedTo = now.AddDate(0, 0, -1), now.AddDate(0, 0, 6)

	anyList = Status{State: StatusInvalid, Detail: "The revocation list of '" + crlURL + "' does not name it, but has no number, so that it may be any."}

	undatedRevoked = func() Status {
		s := revokedFor("", "")
		s.NextUpdate = time.Time{}
		return s
	}()

	deltaList = Status{State: StatusInvalid, Detail: "The revocation list of '" + crlURL + "' does not name it, but is a delta list, which says only what is new."}

	someReasons = Status{State: StatusInvalid, Detail: "The revocation list of '" + crlURL + "' does not name it, but covers some reasons for revocation only."}

	notListed = Status{State: StatusGood, ThisUpdate: listedAt, NextUpdate: listedTo,
		Detail: "The revocation list of '" + crlURL + "', dated '2026-06-14T12:00:00Z', does not name it."}
)

// unnumbered remakes a list by hand as one of version 1, which has no
// extensions and so no number; serials are those on it.
func unnumbered(serials ...string) func(testing.TB, *world) []byte {
	return unnumberedTo(listedTo, serials...)
}

// unnumberedTo has no next update where that is zero.
func unnumberedTo(next time.Time, serials ...string) func(testing.TB, *world) []byte {
	return func(t testing.TB, w *world) []byte {
		algorithm := der(0x30, der(6, "\x2a\x86\x48\xce\x3d\x04\x03\x02"))
		at := func(t time.Time) string { return der(0x17, t.Format("060102150405Z")) }
		entries := ""
		for _, id := range serials {
			entries += der(0x30, derInteger(serialOf(id)), at(now.AddDate(0, 0, -2)))
		}
		if entries != "" {
			entries = der(0x30, entries)
		}
		dates := at(listedAt)
		if !next.IsZero() {
			dates += at(next)
		}
		tbs := der(0x30, algorithm+string(w.certs["Inter"].RawSubject)+dates+entries)
		signature, err := testKey(t, "Inter", "").Sign(zeroReader{}, digest(crypto.SHA256, []byte(tbs)), crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(der(0x30, tbs+algorithm+der(3, "\x00"+string(signature))))
	}
}

var crlRows = []crlRow{
	{name: "of version 1, and listed", make: unnumbered("other", "leaf"), want: revokedFor("", "")},
	{name: "of version 1, and not listed", make: unnumbered("other"), want: anyList},
	{name: "of version 1, and empty", make: unnumbered(), want: anyList},
	{name: "without a next update, and listed", make: unnumberedTo(time.Time{}, "other", "leaf"), want: undatedRevoked},
	{name: "without a next update, and not listed", make: unnumberedTo(time.Time{}, "other"), want: refused("it does not say when the next update is due")},
	{name: "without a next update, and empty", make: unnumberedTo(time.Time{}), want: refused("it does not say when the next update is due")},
	{name: "not listed", want: notListed},
	{name: "not listed, signed with RSA", key: "RSA", want: notListed},
	{name: "an empty list", edit: func(l *x509.RevocationList) { l.RevokedCertificateEntries = nil }, want: notListed},
	{name: "listed", edit: revoking(0), want: revokedFor("", "")},
	{name: "listed with a reason", edit: revoking(1), want: revokedFor("keyCompromise", " for the reason 'keyCompromise'")},
	{name: "on hold", edit: revoking(6), want: revokedFor("certificateHold", " for the reason 'certificateHold'")},
	{name: "removed from the list", edit: revoking(removeFromCRL), want: notListed},
	{name: "another issuer's", by: "Root", want: refused("it is not of 'Inter', the issuer of the certificate")},
	{name: "signed by a stranger of the issuer's name", by: "Stranger", want: refused("its signature is not by 'Inter'")},
	{name: "by an issuer that may not sign lists", by: "Inter", want: refused("the key usage of 'Inter' does not allow signing revocation lists"),
		query: func(q *CRLQuery) {
			c := *q.Issuer
			c.KeyUsage = x509.KeyUsageCertSign
			q.Issuer = &c
		}},
	{name: "out of date", query: func(q *CRLQuery) { q.At = listedTo.Add(time.Second) }, want: refused("it is out of date: its next update was due on '2026-06-21T12:00:00Z'")},
	{name: "in its last second", query: func(q *CRLQuery) { q.At = listedTo }, want: notListed},
	{name: "of the future", query: func(q *CRLQuery) { q.At = listedAt.Add(-clockSkew - time.Second) }, want: refused("it is dated '2026-06-14T12:00:00Z', in the future of '2026-06-14T11:49:59Z'")},
	{name: "of a clock that is ahead", query: func(q *CRLQuery) { q.At = listedAt.Add(-clockSkew) }, want: notListed},
	{name: "made for this address", edit: idp(crlURL), want: notListed},
	{name: "made for this address and servers", edit: idp(crlURL, der(0x81, "\xff")), want: notListed},
	{name: "a partition for another address", edit: idp("http://crl.example.com/2.crl"), want: refused("it was made for another distribution point than '" + crlURL + "'")},
	{name: "for authorities only", edit: idp("", der(0x82, "\xff")), want: refused("it does not cover certificates of this kind")},
	{name: "for attributes only", edit: idp("", der(0x85, "\xff")), want: refused("it does not cover certificates of this kind")},
	{name: "for servers only, asked for an authority", edit: idp("", der(0x81, "\xff")), want: refused("it does not cover certificates of this kind"),
		query: func(q *CRLQuery) {
			c := *q.Cert
			c.IsCA = true
			q.Cert = &c
		}},
	{name: "for some reasons only", edit: idp("", der(0x83, "\x01\x02")), want: someReasons},
	{name: "for some reasons only, and listed", edit: both(idp("", der(0x83, "\x01\x02")), revoking(1)), want: revokedFor("keyCompromise", " for the reason 'keyCompromise'")},
	{name: "listed, and out of date", edit: revoking(1), query: func(q *CRLQuery) { q.At = listedTo.AddDate(1, 0, 0) }, want: revokedFor("keyCompromise", " for the reason 'keyCompromise'")},
	{name: "on hold, and out of date", edit: revoking(6), query: func(q *CRLQuery) { q.At = listedTo.Add(time.Second) }, want: refused("it is out of date: its next update was due on '2026-06-21T12:00:00Z'")},
	{name: "signed with RSASSA-PSS", key: "RSA", edit: pss(x509.SHA256WithRSAPSS), want: notListed},
	{name: "listed, signed with RSASSA-PSS and SHA-384", key: "RSA", edit: both(pss(x509.SHA384WithRSAPSS), revoking(1)), want: revokedFor("keyCompromise", " for the reason 'keyCompromise'")},
	{name: "signed with RSASSA-PSS and SHA-512", key: "RSA", edit: pss(x509.SHA512WithRSAPSS), want: notListed},
	{name: "signed with RSASSA-PSS and changed", key: "RSA", edit: pss(x509.SHA256WithRSAPSS), mangle: func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, want: refused("its signature is not by 'Inter'")},
	{name: "made for another of the point's addresses", edit: idp("ldap://x.example/y"), query: twoNames, want: notListed},
	{name: "made for two addresses, one of them the point's", edit: listExtension(28, true, der(0x30, der(0xa0, der(0xa0, der(0x86, "ftp://a.example/"), der(0x86, "HTTP://CRL.example.com/1.crl"))))), query: twoNames, want: notListed},
	{name: "made for none of the point's addresses", edit: idp("http://CRL.example.com/1.CRL"), query: twoNames, want: refused("it was made for another distribution point than '" + crlURL + "'")},
	{name: "made for a name relative to the issuer's", edit: listExtension(28, true, der(0x30, der(0xa0, der(0xa1, commonName("1"))))), query: relativePoint, want: notListed},
	{name: "made for the directory name that a relative one stands for", query: relativePoint, want: notListed,
		edit: listExtension(28, true, der(0x30, der(0xa0, der(0xa0, der(0xa4, der(0x30, der(0x31, commonName("Inter")), der(0x31, commonName("1"))))))))},
	{name: "made for another name relative to the issuer's", edit: listExtension(28, true, der(0x30, der(0xa0, der(0xa1, commonName("2"))))), query: relativePoint,
		want: refused("it was made for another distribution point than '" + crlURL + "'")},
	{name: "an indirect list", edit: idp("", der(0x84, "\xff")), want: refused("it is an indirect list, with entries of other issuers")},
	{name: "a malformed distribution point", edit: listExtension(28, true, "\x30\x03\x01\x01\xff"), want: refused("it is not well-formed")},
	{name: "a delta list", edit: listExtension(27, true, "\x02\x01\x01"), want: deltaList},
	{name: "a delta list, and listed", edit: both(listExtension(27, true, "\x02\x01\x01"), revoking(1)), want: revokedFor("keyCompromise", " for the reason 'keyCompromise'")},
	{name: "an unknown critical extension", edit: listExtension(99, true, "\x05\x00"), want: refused("it has a critical extension that is not understood")},
	{name: "an unknown extension", edit: listExtension(99, false, "\x05\x00"), want: notListed},
	{name: "an unknown critical extension of an entry", edit: func(l *x509.RevocationList) {
		l.RevokedCertificateEntries[0].ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{5, 0}}}
	}, want: refused("an entry has a critical extension that is not understood")},
	{name: "too large", mangle: func([]byte) []byte { return []byte("\x30\x84\x7f\xff\xff\xff") }, want: refused("it has 2147483653 bytes, and 1048576 are the most that are read")},
	{name: "cut short in the entries", mangle: func(b []byte) []byte { return b[:len(b)/2] }, want: refused("it is cut short")},
	{name: "cut short in the signature", mangle: func(b []byte) []byte { return b[:len(b)-1] }, want: refused("it is cut short")},
	{name: "nothing", mangle: func([]byte) []byte { return nil }, want: refused("it is cut short")},
	{name: "an error page", mangle: func([]byte) []byte { return []byte("<!DOCTYPE html>") }, want: refused("it is not well-formed")},
	{name: "something behind it", mangle: func(b []byte) []byte { return append(b, 0) }, want: refused("something follows it")},
	{name: "an entry changed", mangle: func(b []byte) []byte {
		return bytes.Replace(b, serialOf("other").Bytes(), serialOf("leaf").Bytes(), 1)
	}, want: refused("its signature is not by 'Inter'")},
}

func (r crlRow) world(t testing.TB) *world {
	return makeWorld(t, []cert{root, {id: "Inter", by: "Root", key: r.key}, {id: "Stranger"}, leaf})
}

func (r crlRow) list(t testing.TB, w *world) []byte {
	if r.make != nil {
		return r.make(t, w)
	}
	template := &x509.RevocationList{
		Number: big.NewInt(7), ThisUpdate: listedAt, NextUpdate: listedTo,
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: serialOf("other"), RevocationTime: listedAt}},
	}
	if r.edit != nil {
		r.edit(template)
	}
	issuer, signer := w.templates["Inter"], "Inter"
	if r.by != "" {
		signer = r.by
		if issuer = w.templates[r.by]; r.by == "Stranger" {
			c := *issuer
			c.RawSubject, c.Subject = w.templates["Inter"].RawSubject, w.templates["Inter"].Subject
			issuer = &c
		}
	}
	list, err := x509.CreateRevocationList(zeroReader{}, template, issuer, testKey(t, signer, w.specs[signer].key))
	if err != nil {
		t.Fatal(err)
	}
	if r.mangle != nil {
		list = r.mangle(list)
	}
	return list
}

func (r crlRow) crlQuery(w *world) CRLQuery {
	q := CRLQuery{Cert: w.certs["leaf"], Issuer: w.certs["Inter"], URL: crlURL, At: now, MaxBytes: 1 << 20}
	if r.query != nil {
		r.query(&q)
	}
	return q
}

// zeroReader is randomness that ECDSA does not need.
type zeroReader struct{}

func (zeroReader) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestReadCRL(t *testing.T) {
	for _, r := range crlRows {
		t.Run(r.name, func(t *testing.T) {
			w := r.world(t)
			got := ReadCRL(iotest.OneByteReader(bytes.NewReader(r.list(t, w))), r.crlQuery(w))
			if d := cmp.Diff(r.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestReadCRLTellsAReadError(t *testing.T) {
	w := crlRow{}.world(t)
	list := crlRow{}.list(t, w)
	broken := io.MultiReader(bytes.NewReader(list[:50]), iotest.ErrReader(errors.New("connection\x07 reset")))
	want := refused("connection\uFFFD reset")
	if d := cmp.Diff(want, ReadCRL(broken, crlRow{}.crlQuery(w))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestReadCRLAgrees compares with crypto/x509 over many entries.
func TestReadCRLAgrees(t *testing.T) {
	w := crlRow{}.world(t)
	row := crlRow{edit: func(l *x509.RevocationList) {
		for i := range int64(3000) {
			e := x509.RevocationListEntry{SerialNumber: big.NewInt(1 + i*i*i), RevocationTime: now, ReasonCode: int(i % 7)}
			l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, e)
		}
	}}
	list := row.list(t, w)
	parsed, err := x509.ParseRevocationList(list)
	if err != nil {
		t.Fatal(err)
	}
	q := row.crlQuery(w)
	for i, e := range parsed.RevokedCertificateEntries {
		if i%500 != 0 && i != len(parsed.RevokedCertificateEntries)-1 {
			continue
		}
		c := *q.Cert
		c.SerialNumber, c.rawSerial = e.SerialNumber, []byte(derInteger(e.SerialNumber))[2:]
		q.Cert = &c
		got := ReadCRL(bytes.NewReader(list), q)
		if got.State != StatusRevoked || !got.RevokedAt.Equal(e.RevocationTime) || e.ReasonCode != 0 && got.Reason != reasonNames[e.ReasonCode] {
			t.Errorf("entry %d: %+v, want %+v", i, got, e)
		}
	}
}

func FuzzReadCRL(f *testing.F) {
	w := crlRow{}.world(f)
	for _, r := range crlRows {
		f.Add(r.list(f, r.world(f)))
	}
	q := crlRow{}.crlQuery(w)
	f.Fuzz(func(t *testing.T, list []byte) {
		s := ReadCRL(bytes.NewReader(list), q)
		if s.Detail == "" || s.State == "" {
			t.Fatalf("no status: %+v", s)
		}
		if s.State != StatusGood {
			return
		}
		parsed, err := x509.ParseRevocationList(list)
		if err != nil {
			t.Fatalf("believed a list that crypto/x509 does not read: %v", err)
		}
		for _, e := range parsed.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(q.Cert.SerialNumber) == 0 && e.ReasonCode != removeFromCRL {
				t.Fatal("passed over an entry")
			}
		}
	})
}

// bigList makes a list of n entries of 16-octet serial numbers; it is signed
// with a digest computed over the whole, as any.
func bigList(b *testing.B, n int) ([]byte, CRLQuery) {
	w := crlRow{}.world(b)
	row := crlRow{edit: func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = make([]x509.RevocationListEntry, n)
		first := new(big.Int).Lsh(big.NewInt(1), 126)
		for i := range l.RevokedCertificateEntries {
			l.RevokedCertificateEntries[i] = x509.RevocationListEntry{
				SerialNumber: new(big.Int).Add(first, big.NewInt(int64(i))), RevocationTime: listedAt}
		}
	}}
	q := row.crlQuery(w)
	q.MaxBytes = 0
	return row.list(b, w), q
}

func benchmarkCRL(b *testing.B, n int) {
	list, q := bigList(b, n)
	b.SetBytes(int64(len(list)))
	b.ReportAllocs()
	for b.Loop() {
		if s := ReadCRL(bytes.NewReader(list), q); s.State != StatusGood {
			b.Fatal(s.Detail)
		}
	}
}

func BenchmarkReadCRL10k(b *testing.B)  { benchmarkCRL(b, 10_000) }
func BenchmarkReadCRL100k(b *testing.B) { benchmarkCRL(b, 100_000) }
func BenchmarkReadCRL1M(b *testing.B) {
	if testing.Short() {
		b.Skip("a million entries take a while to make")
	}
	benchmarkCRL(b, 1_000_000)
}

// derInteger is a positive number as a DER INTEGER.
func derInteger(n *big.Int) string {
	text := string(n.Bytes())
	if text == "" || text[0] >= 0x80 {
		text = "\x00" + text
	}
	return der(2, text)
}
