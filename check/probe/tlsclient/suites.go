package tlsclient

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// An exchange is a way to agree on a premaster secret.
type exchange int

const (
	exchangeTLS13 exchange = iota // the suite says nothing of it
	exchangeECDHE
	exchangeDHE
	exchangeRSA
)

// A protection is how a suite protects records. One of aead, block and
// stream is set.
type protection struct {
	key int // bytes
	// iv is the length of the fixed part of the nonce, explicit that of the
	// part that is sent in TLS 1.2 (RFC 5288 section 3).
	iv, explicit int
	aead         func(key []byte) (cipher.AEAD, error)
	block        func(key []byte) (cipher.Block, error)
	stream       func(key []byte) (cipher.Stream, error)
	// mac is the hash of the HMAC where there is no aead.
	mac func() hash.Hash
}

var (
	aes128GCM = protection{key: 16, iv: 4, explicit: 8, aead: newGCM}
	aes256GCM = protection{key: 32, iv: 4, explicit: 8, aead: newGCM}
	aes128CCM = protection{key: 16, iv: 4, explicit: 8, aead: newCCM(16)}
	aes256CCM = protection{key: 32, iv: 4, explicit: 8, aead: newCCM(16)}
	aes128CC8 = protection{key: 16, iv: 4, explicit: 8, aead: newCCM(8)}
	aes256CC8 = protection{key: 32, iv: 4, explicit: 8, aead: newCCM(8)}
	chacha    = protection{key: 32, iv: 12, aead: chacha20poly1305.New}
	aes128SHA = protection{key: 16, block: aes.NewCipher, mac: sha1.New}
	aes256SHA = protection{key: 32, block: aes.NewCipher, mac: sha1.New}
	aes128S56 = protection{key: 16, block: aes.NewCipher, mac: sha256.New}
	aes256S56 = protection{key: 32, block: aes.NewCipher, mac: sha256.New}
	aes256S84 = protection{key: 32, block: aes.NewCipher, mac: sha512.New384}
	tripleDES = protection{key: 24, block: des.NewTripleDESCipher, mac: sha1.New}
	rc4SHA    = protection{key: 16, stream: newRC4, mac: sha1.New}
	rc4MD5    = protection{key: 16, stream: newRC4, mac: md5.New}
)

func newGCM(key []byte) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(b)
}

func newRC4(key []byte) (cipher.Stream, error) { return rc4.NewCipher(key) }

// A suite is a cipher suite that the client can finish a handshake with.
type suite struct {
	id uint16 // IANA code point
	exchange
	protection
	// hash is that of the key schedule from TLS 1.2 on.
	hash func() hash.Hash
	// since12 is set if versions below TLS 1.2 do not have the suite.
	since12 bool
}

// suites are in the order of preference: what current clients like best
// first, broken ones last. They are offered too, for the handshake has to
// show the certificate of a poor server as well.
var suites = []suite{
	{0x1301, exchangeTLS13, aes128GCM, sha256.New, true},
	{0x1302, exchangeTLS13, aes256GCM, sha512.New384, true},
	{0x1303, exchangeTLS13, chacha, sha256.New, true},
	{0x1304, exchangeTLS13, aes128CCM, sha256.New, true},
	{0xC02B, exchangeECDHE, aes128GCM, sha256.New, true}, // ECDSA
	{0xC02F, exchangeECDHE, aes128GCM, sha256.New, true}, // RSA
	{0xC02C, exchangeECDHE, aes256GCM, sha512.New384, true},
	{0xC030, exchangeECDHE, aes256GCM, sha512.New384, true},
	{0xCCA9, exchangeECDHE, chacha, sha256.New, true},
	{0xCCA8, exchangeECDHE, chacha, sha256.New, true},
	{0xC0AC, exchangeECDHE, aes128CCM, sha256.New, true},
	{0xC0AD, exchangeECDHE, aes256CCM, sha256.New, true},
	{0xC0AE, exchangeECDHE, aes128CC8, sha256.New, true},
	{0xC0AF, exchangeECDHE, aes256CC8, sha256.New, true},
	{0x009E, exchangeDHE, aes128GCM, sha256.New, true},
	{0x009F, exchangeDHE, aes256GCM, sha512.New384, true},
	{0xCCAA, exchangeDHE, chacha, sha256.New, true},
	{0xC09E, exchangeDHE, aes128CCM, sha256.New, true},
	{0xC09F, exchangeDHE, aes256CCM, sha256.New, true},
	{0xC009, exchangeECDHE, aes128SHA, sha256.New, false},
	{0xC013, exchangeECDHE, aes128SHA, sha256.New, false},
	{0xC00A, exchangeECDHE, aes256SHA, sha256.New, false},
	{0xC014, exchangeECDHE, aes256SHA, sha256.New, false},
	{0xC023, exchangeECDHE, aes128S56, sha256.New, true},
	{0xC027, exchangeECDHE, aes128S56, sha256.New, true},
	{0xC024, exchangeECDHE, aes256S84, sha512.New384, true},
	{0xC028, exchangeECDHE, aes256S84, sha512.New384, true},
	{0x0033, exchangeDHE, aes128SHA, sha256.New, false},
	{0x0039, exchangeDHE, aes256SHA, sha256.New, false},
	{0x0067, exchangeDHE, aes128S56, sha256.New, true},
	{0x006B, exchangeDHE, aes256S56, sha256.New, true},
	{0x009C, exchangeRSA, aes128GCM, sha256.New, true},
	{0x009D, exchangeRSA, aes256GCM, sha512.New384, true},
	{0xC09C, exchangeRSA, aes128CCM, sha256.New, true},
	{0xC09D, exchangeRSA, aes256CCM, sha256.New, true},
	{0x002F, exchangeRSA, aes128SHA, sha256.New, false},
	{0x0035, exchangeRSA, aes256SHA, sha256.New, false},
	{0x003C, exchangeRSA, aes128S56, sha256.New, true},
	{0x003D, exchangeRSA, aes256S56, sha256.New, true},
	{0xC008, exchangeECDHE, tripleDES, sha256.New, false},
	{0xC012, exchangeECDHE, tripleDES, sha256.New, false},
	{0x0016, exchangeDHE, tripleDES, sha256.New, false},
	{0x000A, exchangeRSA, tripleDES, sha256.New, false},
	{0xC007, exchangeECDHE, rc4SHA, sha256.New, false},
	{0xC011, exchangeECDHE, rc4SHA, sha256.New, false},
	{0x0005, exchangeRSA, rc4SHA, sha256.New, false},
	{0x0004, exchangeRSA, rc4MD5, sha256.New, false},
}

// suiteByID is nil for suites that the client does not know.
func suiteByID(id uint16) *suite {
	for i := range suites {
		if suites[i].id == id {
			return &suites[i]
		}
	}
	return nil
}

// allSuites are the code points of all suites, most wanted first.
var allSuites = func() (ids []uint16) {
	for _, s := range suites {
		ids = append(ids, s.id)
	}
	return ids
}()
