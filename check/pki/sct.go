package pki

import (
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/tlsgate/tlsgate/check/text"
)

// An SCT is a signed certificate timestamp (RFC 6962 section 3.2): a log's
// promise to publish the certificate. Its signature is not verified here; see
// the package comment.
type SCT struct {
	// Log is the log's id, the SHA-256 of its key.
	Log [32]byte
	// Time is when the log saw the certificate (UTC, to the millisecond).
	Time time.Time
	// Embedded tells one in the certificate from one of the handshake.
	Embedded bool
}

// SCTs lists the readable timestamps of a certificate: those embedded in it,
// and those of the TLS handshake, each serialized as there (RFC 6962 section
// 3.3). What cannot be read, or is of a version that browsers do not know, is
// left out, as browsers do.
func SCTs(leaf *Certificate, handshake [][]byte) []SCT {
	var out []SCT
	for _, raw := range embeddedSCTs(leaf) {
		if s, ok := parseSCT(raw); ok {
			s.Embedded = true
			out = append(out, s)
		}
	}
	for _, raw := range handshake {
		if s, ok := parseSCT(raw); ok {
			out = append(out, s)
		}
	}
	return out
}

// embeddedSCTs splits the list in the certificate's extension.
func embeddedSCTs(leaf *Certificate) [][]byte {
	value, _ := extension(leaf, oidSCTList)
	input := cryptobyte.String(value)
	var text, list cryptobyte.String
	if !input.ReadASN1(&text, asn1.OCTET_STRING) || !text.ReadUint16LengthPrefixed(&list) {
		return nil
	}
	var out [][]byte
	for !list.Empty() {
		var one cryptobyte.String
		if !list.ReadUint16LengthPrefixed(&one) {
			return out
		}
		out = append(out, one)
	}
	return out
}

func parseSCT(raw []byte) (SCT, bool) {
	input := cryptobyte.String(raw)
	var s SCT
	var version uint8
	var millis uint64
	var algorithm uint16
	var extensions, signature cryptobyte.String
	ok := input.ReadUint8(&version) && version == 0 &&
		input.CopyBytes(s.Log[:]) &&
		input.ReadUint64(&millis) && millis < 1<<47 &&
		input.ReadUint16LengthPrefixed(&extensions) &&
		input.ReadUint16(&algorithm) &&
		input.ReadUint16LengthPrefixed(&signature) && !signature.Empty() &&
		input.Empty()
	s.Time = time.UnixMilli(int64(millis)).UTC()
	return s, ok
}

// timely leaves out timestamps of the future, which prove nothing (RFC 6962
// section 5.2), but for clocks that differ.
func timely(scts []SCT, at time.Time) []SCT {
	return slices.DeleteFunc(scts, func(s SCT) bool { return s.Time.After(at.Add(clockSkew)) })
}

// issued is when a certificate was issued as the root programs date it: its
// earliest timestamp, or else its notBefore.
func issued(leaf *Certificate, scts []SCT) time.Time {
	if len(scts) == 0 {
		return leaf.NotBefore
	}
	return slices.MinFunc(scts, func(a, b SCT) int { return a.Time.Compare(b.Time) }).Time
}

// sctFaults counts the distinct logs. Those in the certificate must be 2 for
// one that lives up to 180 days, and 3 above; two of the handshake suffice for
// any, as Chrome's and Apple's policies have it.
func sctFaults(leaf *Certificate, scts []SCT) []Fault {
	if len(scts) == 0 {
		return []Fault{{Kind: SCTMissing, Cert: leaf, Detail: fmt.Sprintf(
			"The certificate '%s' comes with no signed certificate timestamp, neither in it nor in the handshake: browsers refuse it.", Name(leaf))}}
	}
	all, handshake := map[[32]byte]bool{}, map[[32]byte]bool{}
	for _, s := range scts {
		all[s.Log] = true
		if !s.Embedded {
			handshake[s.Log] = true
		}
	}
	// The policies measure the lifetime without the last second.
	need := 2
	if leaf.NotAfter.Sub(leaf.NotBefore) > 180*daySpan {
		need = 3
	}
	if len(all) >= need || len(handshake) >= 2 {
		return nil
	}
	return []Fault{{Kind: SCTFew, Cert: leaf, Detail: fmt.Sprintf(
		"The certificate '%s' comes with signed certificate timestamps of %s; browsers want %d for its lifetime.",
		Name(leaf), text.Count(len(all), "log"), need)}}
}
