package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A CRLQuery is what a certificate revocation list is read for.
type CRLQuery struct {
	// Cert is the certificate in question, Issuer the one that issued it, which
	// must have issued the list too.
	Cert, Issuer *Certificate
	// URL is the address of the list as Cert names it, and Source the
	// distribution point that has it.
	URL    string
	Source RevocationSource
	// At is the time that the list must be current at.
	At time.Time
	// MaxBytes bounds the list; 0 means no bound.
	MaxBytes int64
}

// ReadCRL reads a DER-encoded list (RFC 5280 section 5) and says what it says
// of one certificate. The list is read as a stream and never held: a million
// entries take no more memory than ten. It is believed if the issuer signed it
// as a whole, if it is current, complete (no indirect list) and made for this
// distribution point (section 6.3.3). One without a number, which every public
// one has (section 5.2.3), one of some reasons alone, a delta list, and one that
// has grown old or does not say when it does, are believed only when they say
// that the certificate is revoked: no later list undoes that, but for a hold.
func ReadCRL(r io.Reader, q CRLQuery) Status {
	list := crlReader{s: newDERStream(r), q: q, reason: -1}
	if err := list.read(); err != nil {
		return invalid("The revocation list of '%s' is not to be believed: %s.", show(q.URL), show(err.Error()))
	}
	if list.found && (list.stale == "" || list.reason != certificateHold) {
		return revoked(fmt.Sprintf("The revocation list of '%s'", show(q.URL)), list.reason, list.since, list.this, list.next)
	}
	switch {
	case list.stale != "":
		return invalid("The revocation list of '%s' is not to be believed: %s.", show(q.URL), show(list.stale))
	case list.partial != "":
		return invalid("The revocation list of '%s' does not name it, but %s.", show(q.URL), list.partial)
	case !list.numbered:
		return invalid("The revocation list of '%s' does not name it, but has no number, so that it may be any.", show(q.URL))
	}
	return Status{State: StatusGood, Detail: fmt.Sprintf("The revocation list of '%s', dated '%s', does not name it.", show(q.URL), day(list.this)),
		ThisUpdate: list.this.UTC(), NextUpdate: list.next.UTC()}
}

// A crlReader is the state of reading one list.
type crlReader struct {
	s          *derStream
	q          CRLQuery
	scheme     signatureAlgorithm
	algorithm  []byte // AlgorithmIdentifier content, as inside the signed part
	this, next time.Time
	found      bool
	reason     int
	since      time.Time
	numbered   bool
	partial    string // what of revocations it covers only, as an end of a sentence; empty for all
	stale      string // why it is not current; empty if it is
}

// read reads a CertificateList.
func (l *crlReader) read() error {
	end, err := l.s.enter(asn1.SEQUENCE)
	if err != nil {
		return err
	}
	if l.q.MaxBytes > 0 && end > l.q.MaxBytes {
		return fmt.Errorf("it has %d bytes, and %d are the most that are read", end, l.q.MaxBytes)
	}
	if err := l.signedPart(); err != nil {
		return err
	}
	sum := l.s.sum.Sum(nil)
	l.s.sum = nil
	algorithm, err := l.s.element(asn1.SEQUENCE)
	if err != nil {
		return err
	}
	if !bytes.Equal(algorithm, l.algorithm) {
		return errors.New("it names two signature algorithms")
	}
	signature, err := l.s.element(asn1.BIT_STRING)
	if err != nil {
		return err
	}
	if l.s.pos != end || len(signature) == 0 || signature[0] != 0 {
		return errDER
	}
	if _, err := l.s.peek(); err == nil {
		return errors.New("something follows it")
	}
	if l.scheme.verifyDigest(l.q.Issuer.PublicKey, sum, signature[1:]) != nil {
		return fmt.Errorf("its signature is not by '%s'", Name(l.q.Issuer))
	}
	return nil
}

// signedPart reads the TBSCertList.
func (l *crlReader) signedPart() error {
	l.s.keep = true
	end, err := l.s.enter(asn1.SEQUENCE)
	if err != nil {
		return err
	}
	if err := l.heading(); err != nil {
		return err
	}
	if l.s.pos < end {
		tag, err := l.s.peek()
		if err != nil {
			return err
		}
		if tag == asn1.SEQUENCE {
			if err := l.entries(); err != nil {
				return err
			}
		}
	}
	if l.s.pos < end {
		if err := l.extensions(); err != nil {
			return err
		}
	}
	if l.s.pos != end {
		return errDER
	}
	return nil
}

// heading reads what comes before the entries.
func (l *crlReader) heading() error {
	tag, err := l.s.peek()
	if err != nil {
		return err
	}
	if tag == asn1.INTEGER {
		version, err := l.s.element(asn1.INTEGER)
		if err != nil {
			return err
		}
		if !bytes.Equal(version, []byte{1}) {
			return errors.New("it is neither of version 1 nor 2")
		}
	}
	algorithm, err := l.s.element(asn1.SEQUENCE)
	if err != nil {
		return err
	}
	l.algorithm = bytes.Clone(algorithm)
	var known bool
	if l.scheme, known = statusAlgorithm(l.algorithm); !known {
		return errors.New("its signature algorithm is not one that is accepted")
	}
	l.s.hashWith(l.scheme.hash.New())
	if _, err := l.s.element(asn1.SEQUENCE); err != nil {
		return err
	}
	name := canonicalName(l.s.buf)
	if name != canonicalName(l.q.Cert.RawIssuer) || name != canonicalName(l.q.Issuer.RawSubject) {
		return fmt.Errorf("it is not of '%s', the issuer of the certificate", issuer(l.q.Cert))
	}
	if has(l.q.Issuer, oidKeyUsage) && l.q.Issuer.KeyUsage&x509.KeyUsageCRLSign == 0 {
		return fmt.Errorf("the key usage of '%s' does not allow signing revocation lists", Name(l.q.Issuer))
	}
	return l.dates()
}

// dates reads thisUpdate and nextUpdate. Every public list has both; one
// without the second cannot be known to be current.
func (l *crlReader) dates() error {
	var err error
	if l.this, err = l.date(); err != nil {
		return err
	}
	if future := current(l.this, time.Time{}, l.q.At); future != "" {
		return errors.New(future)
	}
	tag, err := l.s.peek()
	if err != nil {
		return err
	}
	if tag != asn1.UTCTime && tag != asn1.GeneralizedTime {
		l.stale = "it does not say when the next update is due"
		return nil
	}
	if l.next, err = l.date(); err != nil {
		return err
	}
	l.stale = current(l.this, l.next, l.q.At)
	return nil
}

// date reads a Time.
func (l *crlReader) date() (time.Time, error) {
	tag, err := l.s.peek()
	if err != nil {
		return time.Time{}, err
	}
	if tag != asn1.UTCTime && tag != asn1.GeneralizedTime {
		return time.Time{}, errDER
	}
	if _, err := l.s.element(tag); err != nil {
		return time.Time{}, err
	}
	input := cryptobyte.String(l.s.buf)
	t, ok := readTime(&input)
	if !ok {
		return time.Time{}, errDER
	}
	return t, nil
}

func readTime(input *cryptobyte.String) (t time.Time, ok bool) {
	if input.PeekASN1Tag(asn1.UTCTime) {
		ok = input.ReadASN1UTCTime(&t)
	} else {
		ok = input.ReadASN1GeneralizedTime(&t)
	}
	return t, ok
}

// entries reads the revoked certificates.
func (l *crlReader) entries() error {
	end, err := l.s.enter(asn1.SEQUENCE)
	if err != nil {
		return err
	}
	serial := l.q.Cert.rawSerial
	for l.s.pos < end {
		content, err := l.s.element(asn1.SEQUENCE)
		if err != nil {
			return err
		}
		if err := l.entry(content, serial); err != nil {
			return err
		}
	}
	if l.s.pos != end {
		return errDER
	}
	return nil
}

// entry reads one entry. Its extensions are checked in every one, for one
// that must be understood spoils the list (RFC 5280 section 5.3).
func (l *crlReader) entry(content, serial []byte) error {
	input := cryptobyte.String(content)
	var number, extensions cryptobyte.String
	if !input.ReadASN1(&number, asn1.INTEGER) {
		return errDER
	}
	wanted := bytes.Equal(number, serial)
	since := input
	if !input.SkipASN1(asn1.UTCTime) && !input.SkipASN1(asn1.GeneralizedTime) {
		return errDER
	}
	reason := -1
	if !input.Empty() {
		if !input.ReadASN1(&extensions, asn1.SEQUENCE) || !input.Empty() {
			return errDER
		}
		var err error
		if reason, err = entryReason(extensions); err != nil {
			return err
		}
	}
	if !wanted || reason == removeFromCRL {
		return nil
	}
	t, ok := readTime(&since)
	if !ok {
		return errDER
	}
	l.found, l.reason, l.since = true, reason, t
	return nil
}
