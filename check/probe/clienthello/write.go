package clienthello

import (
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
)

// maxRecord is the most that one record's fragment holds, in bytes.
const maxRecord = 1 << 14

// usualHello has room for most hellos, in bytes: one with a post-quantum key
// share takes more.
const usualHello = 520

// The extensions of a hello.
const (
	extServerName           uint16 = 0
	extStatusRequest        uint16 = 5
	extSupportedGroups      uint16 = 10
	extPointFormats         uint16 = 11
	extSignatureAlgorithms  uint16 = 13
	extALPN                 uint16 = 16
	extSCT                  uint16 = 18
	extPadding              uint16 = 21
	extExtendedMasterSecret uint16 = 23
	extSupportedVersions    uint16 = 43
	extCookie               uint16 = 44
	extSignaturesCert       uint16 = 50
	extKeyShare             uint16 = 51
	extRenegotiationInfo    uint16 = 0xFF01
)

const groupX25519 uint16 = 29

// groups leave out those of RFC 7919: a server that knows them would not use
// a Diffie-Hellman group of its own any more.
var groups = []uint16{groupX25519, 23, 24, 25} // x25519, secp256r1, secp384r1, secp521r1

var protocols = []string{"h2", "http/1.1"}

// signatures name what may sign the key exchange and the certificates: the
// cipher suites alone decide which kind of certificate is asked for.
var signatures = []uint16{
	0x0403, 0x0804, 0x0401, // ECDSA, RSA-PSS and RSA PKCS #1 with SHA-256
	0x0503, 0x0805, 0x0501, // SHA-384
	0x0603, 0x0806, 0x0601, // SHA-512
	0x0807, 0x0808, // Ed25519, Ed448
	0x0809, 0x080A, 0x080B, // RSA-PSS keys
	0x0402, 0x0203, 0x0201, 0x0202, // DSA with SHA-256; ECDSA, RSA and DSA with SHA-1
}

// Write gives the bytes of a client's first message, in one record. It fails
// if what is offered does not fit.
func Write(c ClientHello) ([]byte, error) {
	if c.Version == SSL2 {
		return writeSSL2(), nil
	}
	message, err := c.Message()
	if err != nil {
		return nil, err
	}
	if len(message) > maxRecord {
		return nil, fmt.Errorf("a ClientHello of %d bytes does not fit one record", len(message))
	}
	w := writer{bytes: make([]byte, 0, 5+len(message))}
	w.uint8(recordHandshake)
	// Higher versions in a first record break old servers (RFC 8446 section 5.1).
	w.uint16(min(c.Version, TLS10))
	w.vector(2, func() { w.add(message) })
	return w.bytes, nil
}

// Message is the ClientHello with its handshake header, without a record's.
func (c ClientHello) Message() ([]byte, error) {
	if c.Version >= TLS13 && len(c.Shares) == 0 {
		key, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		c.Shares = []KeyShare{{groupX25519, key.PublicKey().Bytes()}}
	}
	w := writer{bytes: make([]byte, 0, usualHello)}
	w.uint8(typeClientHello)
	w.vector(3, func() {
		c.writeCore(&w)
		if c.Version == SSL3 { // whose servers may choke on extensions
			return
		}
		w.vector(2, func() {
			c.writeExtensions(&w)
			w.pad()
		})
	})
	if w.tooLong {
		return nil, errors.New("a ClientHello has no room for what is offered")
	}
	return w.bytes, nil
}

// writeCore writes the part of the ClientHello before its extensions.
func (c ClientHello) writeCore(w *writer) {
	version := c.Version
	if len(c.listed()) > 0 {
		version = TLS12 // RFC 8446 section 4.1.2: legacy_version
	}
	w.uint16(version)
	if c.Random == nil {
		w.random(32)
	}
	w.add(c.Random)
	w.vector(1, func() {
		if c.Session == nil && c.Version >= TLS13 {
			w.random(32) // middlebox compatibility, RFC 8446 appendix D.4
		}
		w.add(c.Session)
	})
	w.vector(2, func() {
		w.uint16s(c.Suites)
		if c.Version == SSL3 {
			w.uint16(renegotiationSCSV)
		}
		if c.Fallback {
			w.uint16(fallbackSCSV)
		}
	})
	w.add([]byte{1, 0}) // the null compression alone
}

// writeExtensions writes those of TLS 1.0 and above, without the length of the
// whole.
func (c ClientHello) writeExtensions(w *writer) {
	if c.ServerName != "" {
		w.extension(extServerName, func() {
			w.vector(2, func() {
				w.uint8(0) // host_name
				w.vector(2, func() { w.bytes = append(w.bytes, c.ServerName...) })
			})
		})
	}
	w.extension(extExtendedMasterSecret, func() {})
	w.extension(extRenegotiationInfo, func() { w.vector(1, func() { w.add(c.Renegotiation) }) })
	w.listExtension(extSupportedGroups, orElse(c.Groups, groups))
	w.extension(extPointFormats, func() { w.add([]byte{1, 0}) }) // uncompressed
	if protocols := orElse(c.Protocols, protocols); len(protocols) > 0 {
		w.extension(extALPN, func() { w.protocols(protocols) })
	}
	if c.Status {
		w.extension(extStatusRequest, func() { w.add([]byte{1, 0, 0, 0, 0}) }) // ocsp
		w.extension(extSCT, func() {})
	}
	if c.Version >= TLS12 {
		w.listExtension(extSignatureAlgorithms, orElse(c.Signatures, signatures))
		w.listExtension(extSignaturesCert, c.CertificateSignatures)
	}
	if vs := c.listed(); len(vs) > 0 {
		w.extension(extSupportedVersions, func() { w.vector(1, func() { w.uint16s(vs) }) })
	}
	if c.Version >= TLS13 {
		c.writeShares(w)
	}
}

// writeShares writes the key shares, and the cookie that goes with those of a
// second hello.
func (c ClientHello) writeShares(w *writer) {
	if len(c.Cookie) > 0 {
		w.extension(extCookie, func() { w.vector(2, func() { w.add(c.Cookie) }) })
	}
	w.extension(extKeyShare, func() {
		w.vector(2, func() {
			for _, s := range c.Shares {
				w.uint16(s.Group)
				w.vector(2, func() { w.add(s.Public) })
			}
		})
	})
}

// orElse is the list, or the usual one if it is nil.
func orElse[T any](list, usual []T) []T {
	if list == nil {
		return usual
	}
	return list
}

// ssl2Kinds are the cipher kinds of SSL 2, three bytes each: RC4 128 and 40,
// RC2 128 and 40, IDEA, DES, 3DES.
var ssl2Kinds = []byte{
	0x01, 0x00, 0x80, 0x02, 0x00, 0x80, 0x03, 0x00, 0x80, 0x04, 0x00, 0x80,
	0x05, 0x00, 0x80, 0x06, 0x00, 0x40, 0x07, 0x00, 0xC0,
}

// writeSSL2 gives the CLIENT-HELLO of SSL 2 in a record of its two-byte form.
func writeSSL2() []byte {
	const challenge = 16
	var w writer
	w.add([]byte{0x80, 0}) // the length comes last
	w.uint8(ssl2ClientHello)
	w.uint16(SSL2)
	w.uint16s([]uint16{uint16(len(ssl2Kinds)), 0, challenge}) // lengths: kinds, session id, challenge
	w.add(ssl2Kinds)
	// To a peer that takes it for a line of text the request ends here: it
	// answers, where it would else wait for more.
	w.random(challenge - 4)
	w.add([]byte("\r\n\r\n"))
	w.bytes[1] = byte(len(w.bytes) - 2)
	return w.bytes
}
