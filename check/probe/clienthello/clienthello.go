// Package clienthello writes the first message of a TLS or SSL client and reads
// the first flight that a server answers with. That flight tells what a
// server takes; no key exchange is ever computed, so every version and every
// cipher suite can be offered, those included that no library speaks any more.
package clienthello

import "slices"

// The protocol versions, as on the wire.
const (
	SSL2  uint16 = 0x0002
	SSL3  uint16 = 0x0300
	TLS10 uint16 = 0x0301
	TLS11 uint16 = 0x0302
	TLS12 uint16 = 0x0303
	TLS13 uint16 = 0x0304
)

// The signalling cipher suite values.
const (
	renegotiationSCSV uint16 = 0x00FF // RFC 5746 section 3.3
	fallbackSCSV      uint16 = 0x5600 // RFC 7507
)

// A ClientHello is what a client offers.
type ClientHello struct {
	// Version is the highest version offered. Up to TLS 1.2 it stands for
	// all below it too, down to SSL 3; TLS13 offers TLS 1.2 too, and SSL2
	// offers SSL 2 alone, with each of its cipher kinds.
	Version uint16
	// Versions, if not empty, are offered and no others, in the
	// supported_versions extension. A server that knows TLS 1.3 must go by
	// it (RFC 8446 section 4.2.1); others do not, and believe that they are
	// offered TLS 1.2.
	Versions []uint16
	// Suites are the cipher suites, most wanted first.
	Suites []uint16
	// ServerName is sent as SNI (RFC 6066 section 3) unless it is empty.
	ServerName string
	// Fallback adds TLS_FALLBACK_SCSV.
	Fallback bool

	// What follows is for clients that finish the handshake.

	// Groups, Signatures and Protocols (ALPN) are offered instead of the
	// usual ones where they are not nil; an empty list leaves the extension
	// out.
	Groups, Signatures []uint16
	Protocols          []string
	// CertificateSignatures are sent as signature_algorithms_cert (RFC 8446
	// section 4.2.3) unless there are none.
	CertificateSignatures []uint16
	// Shares are the key shares of TLS 1.3. Without any, one for x25519 is
	// sent whose private part is thrown away.
	Shares []KeyShare
	// Status asks for a stapled OCSP response (RFC 6066 section 8) and for
	// signed certificate timestamps (RFC 6962 section 3.3.1).
	Status bool
	// Random and Session are sent instead of random values where they are
	// not nil; Cookie repeats that of a HelloRetryRequest.
	Random, Session, Cookie []byte
	// Renegotiation is the client's verify_data of the handshake before
	// (RFC 5746 section 3.5), empty in the first.
	Renegotiation []byte
}

// A KeyShare is the public part of a client's key for one group.
type KeyShare struct {
	Group  uint16
	Public []byte
}

// listed are the versions in the supported_versions extension.
func (c ClientHello) listed() []uint16 {
	if len(c.Versions) == 0 && c.Version >= TLS13 {
		return []uint16{TLS13, TLS12}
	}
	return c.Versions
}

// Admits reports whether the server chose something that the client offered.
func (c ClientHello) Admits(s ServerHello) bool {
	switch {
	case c.Version == SSL2:
		return s.Version == SSL2
	case s.Compression != 0 || !slices.Contains(c.Suites, s.Suite):
		return false
	case len(c.listed()) > 0:
		return slices.Contains(c.listed(), s.Version)
	}
	return s.Version >= SSL3 && s.Version <= c.Version
}

// Downgraded reports whether the random value ends in one of the sentinels by
// which a server tells the client that both could do better (RFC 8446
// section 4.1.3).
func (s ServerHello) Downgraded() bool {
	end := string(s.Random[24:])
	return end == "DOWNGRD\x01" || end == "DOWNGRD\x00"
}
