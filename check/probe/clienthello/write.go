package clienthello

import (
	"crypto/ecdh"
	"crypto/rand"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// maxRecord is the most that one record's fragment holds, in bytes.
const maxRecord = 1 << 14

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
		return writeSSL2()
	}
	message, err := c.Message()
	if err != nil {
		return nil, err
	}
	if len(message) > maxRecord {
		return nil, fmt.Errorf("a ClientHello of %d bytes does not fit one record", len(message))
	}
	var b cryptobyte.Builder
	b.AddUint8(recordHandshake)
	// Higher versions in a first record break old servers (RFC 8446 section 5.1).
	b.AddUint16(min(c.Version, TLS10))
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(message) })
	return b.Bytes()
}

// Message is the ClientHello with its handshake header, without a record's.
func (c ClientHello) Message() ([]byte, error) {
	core, err := c.core()
	if err != nil {
		return nil, err
	}
	var extensions []byte
	if c.Version > SSL3 { // SSL 3 servers may choke on extensions
		if extensions, err = c.extensions(); err != nil {
			return nil, err
		}
		const headers = 4 + 2 // of the message and of the extensions
		if extensions, err = pad(extensions, headers+len(core)); err != nil {
			return nil, err
		}
	}
	var b cryptobyte.Builder
	b.AddUint8(typeClientHello)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddBytes(core)
		if len(extensions) > 0 {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(extensions) })
		}
	})
	return b.Bytes()
}

// core is the part of the ClientHello before its extensions.
func (c ClientHello) core() ([]byte, error) {
	version := c.Version
	if len(c.listed()) > 0 {
		version = TLS12 // RFC 8446 section 4.1.2: legacy_version
	}
	var b cryptobyte.Builder
	b.AddUint16(version)
	if c.Random == nil {
		c.Random = random(32)
	}
	if c.Session == nil && c.Version >= TLS13 {
		c.Session = random(32) // middlebox compatibility, RFC 8446 appendix D.4
	}
	b.AddBytes(c.Random)
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(c.Session) })
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		addUint16s(b, c.Suites)
		if c.Version == SSL3 {
			b.AddUint16(renegotiationSCSV)
		}
		if c.Fallback {
			b.AddUint16(fallbackSCSV)
		}
	})
	b.AddBytes([]byte{1, 0}) // the null compression alone
	return b.Bytes()
}

// extensions are those of TLS 1.0 and above, without the length of the whole.
func (c ClientHello) extensions() ([]byte, error) {
	var b cryptobyte.Builder
	if c.ServerName != "" {
		addExtension(&b, extServerName, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				b.AddUint8(0) // host_name
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(c.ServerName)) })
			})
		})
	}
	addExtension(&b, extExtendedMasterSecret, func(*cryptobyte.Builder) {})
	addExtension(&b, extRenegotiationInfo, func(b *cryptobyte.Builder) {
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(c.Renegotiation) })
	})
	addListExtension(&b, extSupportedGroups, orElse(c.Groups, groups))
	addExtension(&b, extPointFormats, func(b *cryptobyte.Builder) { b.AddBytes([]byte{1, 0}) }) // uncompressed
	if protocols := orElse(c.Protocols, protocols); len(protocols) > 0 {
		addExtension(&b, extALPN, func(b *cryptobyte.Builder) { addProtocols(b, protocols) })
	}
	if c.Status {
		addExtension(&b, extStatusRequest, func(b *cryptobyte.Builder) { b.AddBytes([]byte{1, 0, 0, 0, 0}) }) // ocsp
		addExtension(&b, extSCT, func(*cryptobyte.Builder) {})
	}
	if c.Version >= TLS12 {
		addListExtension(&b, extSignatureAlgorithms, orElse(c.Signatures, signatures))
		addListExtension(&b, extSignaturesCert, c.CertificateSignatures)
	}
	if vs := c.listed(); len(vs) > 0 {
		addExtension(&b, extSupportedVersions, func(b *cryptobyte.Builder) {
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { addUint16s(b, vs) })
		})
	}
	if c.Version >= TLS13 {
		if err := c.addShares(&b); err != nil {
			return nil, err
		}
	}
	return b.Bytes()
}

// addShares adds the key shares, and the cookie that goes with those of a
// second hello.
func (c ClientHello) addShares(b *cryptobyte.Builder) error {
	if len(c.Cookie) > 0 {
		addExtension(b, extCookie, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(c.Cookie) })
		})
	}
	if len(c.Shares) == 0 {
		key, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			return err
		}
		c.Shares = []KeyShare{{groupX25519, key.PublicKey().Bytes()}}
	}
	addExtension(b, extKeyShare, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, s := range c.Shares {
				b.AddUint16(s.Group)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(s.Public) })
			}
		})
	})
	return nil
}

func addProtocols(b *cryptobyte.Builder, protocols []string) {
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, p := range protocols {
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(p)) })
		}
	})
}

// orElse is the list, or the usual one if it is nil.
func orElse[T any](list, usual []T) []T {
	if list == nil {
		return usual
	}
	return list
}

// pad adds the padding extension to a hello of 256 to 511 bytes, on which
// some load balancers hang (RFC 7685). Before is what precedes, in bytes.
func pad(extensions []byte, before int) ([]byte, error) {
	missing := 512 - before - len(extensions)
	if missing <= 0 || missing > 256 {
		return extensions, nil
	}
	b := cryptobyte.NewBuilder(extensions)
	addExtension(b, extPadding, func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, max(missing-4, 0))) })
	return b.Bytes()
}

// ssl2Kinds are the cipher kinds of SSL 2, three bytes each: RC4 128 and 40,
// RC2 128 and 40, IDEA, DES, 3DES.
var ssl2Kinds = []byte{
	0x01, 0x00, 0x80, 0x02, 0x00, 0x80, 0x03, 0x00, 0x80, 0x04, 0x00, 0x80,
	0x05, 0x00, 0x80, 0x06, 0x00, 0x40, 0x07, 0x00, 0xC0,
}

// writeSSL2 gives the CLIENT-HELLO of SSL 2 in a record of its two-byte form.
func writeSSL2() ([]byte, error) {
	const challenge = 16
	var b cryptobyte.Builder
	b.AddUint8(ssl2ClientHello)
	b.AddUint16(SSL2)
	addUint16s(&b, []uint16{uint16(len(ssl2Kinds)), 0, challenge}) // lengths: kinds, session id, challenge
	b.AddBytes(ssl2Kinds)
	// To a peer that takes it for a line of text the request ends here: it
	// answers, where it would else wait for more.
	b.AddBytes(random(challenge - 4))
	b.AddBytes([]byte("\r\n\r\n"))
	message, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	return append([]byte{0x80, byte(len(message))}, message...), nil
}

// random gives n random bytes.
func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails, by its contract
	return b
}

func addExtension(b *cryptobyte.Builder, id uint16, data cryptobyte.BuilderContinuation) {
	b.AddUint16(id)
	b.AddUint16LengthPrefixed(data)
}

// addListExtension adds an extension that is a list, unless the list is empty.
func addListExtension(b *cryptobyte.Builder, id uint16, vs []uint16) {
	if len(vs) == 0 {
		return
	}
	addExtension(b, id, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { addUint16s(b, vs) })
	})
}

func addUint16s(b *cryptobyte.Builder, vs []uint16) {
	for _, v := range vs {
		b.AddUint16(v)
	}
}
