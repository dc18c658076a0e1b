package tlsclient

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"hash"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

const (
	recordHeader = 5
	// maxPlain is the most that a record carries, in bytes; maxSealed the
	// most with what protection adds up to TLS 1.2 (RFC 5246 section 6.2.3).
	maxPlain  = 1 << 14
	maxSealed = maxPlain + 2048
)

// The record types (RFC 8446 section 5.1).
const (
	recordChangeCipherSpec uint8 = 20
	recordAlert            uint8 = 21
	recordHandshake        uint8 = 22
	recordData             uint8 = 23
)

var (
	errMAC     = errors.New("a record does not authenticate")
	errPadding = errors.New("a record without content type")
)

// A half protects the records of one direction. Its zero value lets them
// pass.
type half struct {
	version  uint16
	sequence uint64
	aead     cipher.AEAD
	iv       []byte // the fixed part of the nonce; in TLS 1.0 CBC's next IV
	explicit int
	block    cipher.Block
	stream   cipher.Stream
	mac      hash.Hash
	encrypt  bool    // the direction
	secret   *secret // of TLS 1.3, from which the next keys come
}

// newHalf makes the protection of one direction from keys as RFC 5246 section
// 6.3 or RFC 8446 section 7.3 derive them.
func newHalf(version uint16, p *protection, encrypt bool, mac, key, iv []byte) (half, error) {
	h := half{version: version, iv: iv, explicit: p.explicit, encrypt: encrypt}
	if version >= clienthello.TLS13 {
		h.explicit = 0
	}
	var err error
	switch {
	case p.aead != nil:
		h.aead, err = p.aead(key)
		return h, err
	case p.block != nil:
		h.block, err = p.block(key)
	default:
		h.stream, err = p.stream(key)
	}
	h.mac = hmac.New(p.mac, mac)
	return h, err
}

// active reports whether records are protected.
func (h *half) active() bool { return h.aead != nil || h.mac != nil }

// seal gives the record of one fragment of at most maxPlain bytes.
func (h *half) seal(kind uint8, fragment []byte) []byte {
	version := h.version
	switch {
	case version == 0:
		version = clienthello.TLS10 // of the first hello, RFC 8446 section 5.1
	case version >= clienthello.TLS13:
		version = clienthello.TLS12
	}
	head := func(kind uint8, n int) []byte {
		return []byte{kind, byte(version >> 8), byte(version), byte(n >> 8), byte(n)}
	}
	if !h.active() {
		return append(head(kind, len(fragment)), fragment...)
	}
	defer func() { h.sequence++ }()
	if h.version >= clienthello.TLS13 {
		inner := append(append(make([]byte, 0, len(fragment)+1), fragment...), kind)
		record := head(recordData, len(inner)+h.aead.Overhead())
		return h.aead.Seal(record, h.nonce(nil), inner, record[:recordHeader:recordHeader])
	}
	if h.aead != nil {
		explicit := h.additional(kind, 0)[:h.explicit] // the sequence number serves
		record := append(head(kind, h.explicit+len(fragment)+h.aead.Overhead()), explicit...)
		return h.aead.Seal(record, h.nonce(explicit), fragment, h.additional(kind, len(fragment)))
	}
	text := append(append([]byte{}, fragment...), h.sum(kind, fragment)...)
	if h.stream != nil {
		h.stream.XORKeyStream(text, text)
		return append(head(kind, len(text)), text...)
	}
	return h.sealCBC(head, kind, text)
}

// sealCBC pads and encrypts a text with its MAC (RFC 5246 section 6.2.3.2).
func (h *half) sealCBC(head func(uint8, int) []byte, kind uint8, text []byte) []byte {
	size := h.block.BlockSize()
	padding := size - len(text)%size
	for range padding {
		text = append(text, byte(padding-1))
	}
	iv, sent := h.iv, []byte(nil)
	if h.version > clienthello.TLS10 {
		sent = make([]byte, size)
		rand.Read(sent) // never fails, by its contract
		iv = sent
	}
	cipher.NewCBCEncrypter(h.block, iv).CryptBlocks(text, text)
	if h.version <= clienthello.TLS10 {
		h.iv = append([]byte{}, text[len(text)-size:]...)
	}
	return append(append(head(kind, len(sent)+len(text)), sent...), text...)
}

// open takes a record apart: its type and what it carries. The fragment's
// memory may be used for the result.
func (h *half) open(header [recordHeader]byte, fragment []byte) (kind uint8, text []byte, err error) {
	kind = header[0]
	if !h.active() {
		return kind, fragment, nil
	}
	if h.version >= clienthello.TLS13 {
		if kind == recordChangeCipherSpec {
			return kind, fragment, nil // middlebox compatibility, RFC 8446 appendix D.4
		}
		text, err = h.aead.Open(nil, h.nonce(nil), fragment, header[:])
		h.sequence++
		if err != nil {
			return 0, nil, errMAC
		}
		return innerPlaintext(text)
	}
	defer func() { h.sequence++ }()
	switch {
	case h.aead != nil:
		if len(fragment) < h.explicit+h.aead.Overhead() {
			return 0, nil, errMAC
		}
		sealed := fragment[h.explicit:]
		text, err = h.aead.Open(nil, h.nonce(fragment[:h.explicit]), sealed, h.additional(kind, len(sealed)-h.aead.Overhead()))
		if err != nil {
			return 0, nil, errMAC
		}
		return kind, text, nil
	case h.stream != nil:
		h.stream.XORKeyStream(fragment, fragment)
	default:
		if fragment, err = h.openCBC(fragment); err != nil {
			return 0, nil, err
		}
	}
	n := len(fragment) - h.mac.Size()
	if n < 0 || !hmac.Equal(fragment[n:], h.sum(kind, fragment[:n])) {
		return 0, nil, errMAC
	}
	return kind, fragment[:n], nil
}

// innerPlaintext takes the padding off (RFC 8446 section 5.4).
func innerPlaintext(text []byte) (kind uint8, content []byte, err error) {
	for len(text) > 0 && text[len(text)-1] == 0 {
		text = text[:len(text)-1]
	}
	if len(text) == 0 {
		return 0, nil, errPadding
	}
	return text[len(text)-1], text[:len(text)-1], nil
}

// openCBC decrypts, and takes the padding off.
func (h *half) openCBC(fragment []byte) ([]byte, error) {
	size := h.block.BlockSize()
	iv := h.iv
	if h.version > clienthello.TLS10 {
		if len(fragment) < size {
			return nil, errMAC
		}
		iv, fragment = fragment[:size], fragment[size:]
	}
	if len(fragment) == 0 || len(fragment)%size != 0 {
		return nil, errMAC
	}
	if h.version <= clienthello.TLS10 {
		h.iv = append([]byte{}, fragment[len(fragment)-size:]...)
	}
	cipher.NewCBCDecrypter(h.block, iv).CryptBlocks(fragment, fragment)
	padding := int(fragment[len(fragment)-1])
	if padding+1 > len(fragment) {
		return nil, errMAC
	}
	for _, b := range fragment[len(fragment)-1-padding:] {
		if int(b) != padding {
			return nil, errMAC
		}
	}
	return fragment[:len(fragment)-1-padding], nil
}

// nonce is that of the current record: the fixed part with the explicit one
// behind it, or else the sequence number mixed in.
func (h *half) nonce(explicit []byte) []byte {
	if len(explicit) > 0 {
		return append(append([]byte{}, h.iv...), explicit...)
	}
	n := append([]byte{}, h.iv...)
	for i, b := range binary.BigEndian.AppendUint64(nil, h.sequence) {
		n[len(n)-8+i] ^= b
	}
	return n
}

// additional is what a record up to TLS 1.2 authenticates beside its text.
func (h *half) additional(kind uint8, n int) []byte {
	b := binary.BigEndian.AppendUint64(nil, h.sequence)
	return append(b, kind, byte(h.version>>8), byte(h.version), byte(n>>8), byte(n))
}

// sum is the MAC of a record.
func (h *half) sum(kind uint8, text []byte) []byte {
	h.mac.Reset()
	h.mac.Write(h.additional(kind, len(text)))
	h.mac.Write(text)
	return h.mac.Sum(nil)
}
