package tlsclient

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

var errTag = errors.New("the authentication tag is wrong")

// ccm is AES-CCM with nonces of 12 bytes (RFC 3610 with L = 3, as RFC 6655
// wants it).
type ccm struct {
	block cipher.Block
	tag   int // bytes
}

// newCCM makes ciphers with tags of the given length.
func newCCM(tag int) func(key []byte) (cipher.AEAD, error) {
	return func(key []byte) (cipher.AEAD, error) {
		b, err := aes.NewCipher(key)
		return &ccm{b, tag}, err
	}
}

func (c *ccm) NonceSize() int { return 12 }
func (c *ccm) Overhead() int  { return c.tag }

// Seal appends the encrypted text and its tag to dst. Dst must not overlap
// the text.
func (c *ccm) Seal(dst, nonce, text, data []byte) []byte {
	tag := c.authenticate(nonce, text, data)
	out := append(dst, text...)
	c.counter(nonce).XORKeyStream(out[len(dst):], text)
	return append(out, tag...)
}

// Open appends the text to dst if its tag is right.
func (c *ccm) Open(dst, nonce, sealed, data []byte) ([]byte, error) {
	if len(sealed) < c.tag {
		return nil, errTag
	}
	body, tag := sealed[:len(sealed)-c.tag], sealed[len(sealed)-c.tag:]
	text := make([]byte, len(body))
	c.counter(nonce).XORKeyStream(text, body)
	if subtle.ConstantTimeCompare(tag, c.authenticate(nonce, text, data)) != 1 {
		return nil, errTag
	}
	return append(dst, text...), nil
}

// first is a block of flags, nonce and a counter or length (RFC 3610 sections
// 2.2 and 2.3).
func first(flags byte, nonce []byte, n int) (b [16]byte) {
	b[0] = flags
	copy(b[1:13], nonce)
	b[13], b[14], b[15] = byte(n>>16), byte(n>>8), byte(n)
	return b
}

// counter is the key stream from the block after the tag's.
func (c *ccm) counter(nonce []byte) cipher.Stream {
	b := first(2, nonce, 1)
	return cipher.NewCTR(c.block, b[:])
}

// authenticate is the encrypted tag of a text.
func (c *ccm) authenticate(nonce, text, data []byte) []byte {
	flags := byte((c.tag-2)/2<<3 | 2)
	var header []byte
	if len(data) > 0 {
		flags |= 0x40
		header = append(binary.BigEndian.AppendUint16(nil, uint16(len(data))), data...)
	}
	x := first(flags, nonce, len(text))
	c.block.Encrypt(x[:], x[:])
	for _, part := range [][]byte{header, text} {
		for len(part) > 0 {
			n := subtle.XORBytes(x[:], x[:], part)
			c.block.Encrypt(x[:], x[:])
			part = part[n:]
		}
	}
	mask := first(2, nonce, 0)
	c.block.Encrypt(mask[:], mask[:])
	subtle.XORBytes(x[:], x[:], mask[:])
	return x[:c.tag]
}
