package tlsclient

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"errors"
	"hash"
	"math/big"
	"slices"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

// RSASignatures and ECDSASignatures are the signature schemes (IANA) of
// clients that take certificates of one kind only; Ed25519 and Ed448 go with
// ECDSA.
func RSASignatures() []uint16 {
	return []uint16{0x0804, 0x0401, 0x0805, 0x0501, 0x0806, 0x0601, 0x0809, 0x080A, 0x080B, 0x0201}
}

// ECDSASignatures are the other ones; see [RSASignatures].
func ECDSASignatures() []uint16 {
	return []uint16{0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0203}
}

// Signatures are all schemes that a current client knows, most wanted first.
func Signatures() []uint16 {
	return slices.Concat(ECDSASignatures()[:5], RSASignatures(), ECDSASignatures()[5:])
}

// A keyKind is an algorithm of a signature or of a key.
type keyKind int

const (
	kindUnknown keyKind = iota
	kindRSA             // PKCS #1 v1.5
	kindPSS             // the signature, by any RSA key
	kindECDSA
	kindEd25519
)

// A scheme is how a signature is made.
type scheme struct {
	kind keyKind
	hash func() hash.Hash
	// object is the OID of the hash, for PKCS #1 v1.5.
	object asn1.ObjectIdentifier
}

var (
	oidSHA1   = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}

	schemes = map[uint16]scheme{
		0x0201: {kindRSA, sha1.New, oidSHA1},
		0x0401: {kindRSA, sha256.New, oidSHA256},
		0x0501: {kindRSA, sha512.New384, oidSHA384},
		0x0601: {kindRSA, sha512.New, oidSHA512},
		0x0804: {kindPSS, sha256.New, nil}, 0x0809: {kindPSS, sha256.New, nil},
		0x0805: {kindPSS, sha512.New384, nil}, 0x080A: {kindPSS, sha512.New384, nil},
		0x0806: {kindPSS, sha512.New, nil}, 0x080B: {kindPSS, sha512.New, nil},
		0x0203: {kind: kindECDSA, hash: sha1.New},
		0x0403: {kind: kindECDSA, hash: sha256.New},
		0x0503: {kind: kindECDSA, hash: sha512.New384},
		0x0603: {kind: kindECDSA, hash: sha512.New},
		0x0807: {kind: kindEd25519},
	}

	// Up to TLS 1.1 the key alone says how it signs (RFC 4346 section 7.4.3,
	// RFC 8422 section 5.4).
	oldRSA   = scheme{kind: kindRSA, hash: newMD5SHA1}
	oldECDSA = scheme{kind: kindECDSA, hash: sha1.New}
)

// md5sha1 is the hash of RSA signatures up to TLS 1.1: both, joined.
type md5sha1 struct{ md5, sha1 hash.Hash }

func newMD5SHA1() hash.Hash { return md5sha1{md5.New(), sha1.New()} }

func (h md5sha1) Write(b []byte) (int, error) { h.md5.Write(b); return h.sha1.Write(b) }
func (h md5sha1) Sum(b []byte) []byte         { return h.sha1.Sum(h.md5.Sum(b)) }
func (h md5sha1) Reset()                      { h.md5.Reset(); h.sha1.Reset() }
func (h md5sha1) Size() int                   { return md5.Size + sha1.Size }
func (h md5sha1) BlockSize() int              { return md5.BlockSize }

var (
	// ErrSignature is the error of a server that did not prove that it holds
	// its certificate's key.
	ErrSignature = errors.New("the server's signature does not fit its certificate's key")
	// errUnverifiable says that a signature is of a kind that this client
	// cannot verify.
	errUnverifiable = errors.New("a signature of a kind that cannot be verified")
)

// verify checks what the server signed with its certificate's key.
func (k publicKey) verify(version, id uint16, signed, signature []byte) error {
	s, known := schemes[id]
	if version < clienthello.TLS12 {
		s, known = oldECDSA, true
		if k.kind == kindRSA {
			s = oldRSA
		}
	}
	if !known || k.kind == kindUnknown {
		return errUnverifiable
	}
	ok := false
	switch {
	case s.kind == kindRSA && k.kind == kindRSA:
		want, err := paddedDigest(s, sum(s.hash, signed), k.size())
		ok = err == nil && bytes.Equal(want, k.recover(signature))
	case s.kind == kindPSS && k.kind == kindRSA:
		ok = verifyPSS(s.hash, sum(s.hash, signed), k.recover(signature), k.n.BitLen()-1)
	case s.kind == kindECDSA && k.kind == kindECDSA:
		ok = ecdsa.VerifyASN1(k.ec, sum(s.hash, signed), signature)
	case s.kind == kindEd25519 && k.kind == kindEd25519:
		ok = ed25519.Verify(k.ed, signed, signature)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

// size is the length of an RSA modulus in bytes.
func (k publicKey) size() int { return (k.n.BitLen() + 7) / 8 }

// recover applies an RSA key to a signature. Crypto/rsa refuses keys that are
// too small or odd in some other way, and to say so of them is for rules.
func (k publicKey) recover(signature []byte) []byte {
	s := new(big.Int).SetBytes(signature)
	if len(signature) > k.size() || s.Cmp(k.n) >= 0 {
		return nil
	}
	return s.Exp(s, k.e, k.n).FillBytes(make([]byte, k.size()))
}

// paddedDigest is the block of RSASSA-PKCS1-v1_5 (RFC 8017 section 9.2).
func paddedDigest(s scheme, digest []byte, size int) ([]byte, error) {
	t := digest
	if s.object != nil {
		type algorithm struct {
			Object     asn1.ObjectIdentifier
			Parameters asn1.RawValue
		}
		var err error
		t, err = asn1.Marshal(struct {
			Algorithm algorithm
			Digest    []byte
		}{algorithm{s.object, asn1.NullRawValue}, digest})
		if err != nil {
			return nil, err
		}
	}
	if size < len(t)+11 {
		return nil, ErrSignature
	}
	block := bytes.Repeat([]byte{0xFF}, size)
	block[0], block[1], block[size-len(t)-1] = 0, 1, 0
	copy(block[size-len(t):], t)
	return block, nil
}

// verifyPSS is EMSA-PSS-VERIFY (RFC 8017 section 9.1.2) with a salt as long
// as the hash (RFC 8446 section 4.2.3). The block is of bits.
func verifyPSS(h func() hash.Hash, digest, block []byte, bits int) bool {
	n := len(digest)
	if block != nil && bits%8 == 0 { // the block is a byte shorter than the modulus
		if block[0] != 0 {
			return false
		}
		block = block[1:]
	}
	if len(block) < 2*n+2 || block[len(block)-1] != 0xBC {
		return false
	}
	masked, sent := block[:len(block)-n-1], block[len(block)-n-1:len(block)-1]
	free := byte(0xFF) >> (8*len(block) - bits)
	if masked[0]&^free != 0 {
		return false
	}
	db := make([]byte, len(masked))
	for i, b := range mask(h, sent, len(masked)) {
		db[i] = masked[i] ^ b
	}
	db[0] &= free
	salt := db[len(db)-n:]
	zeros := make([]byte, len(db)-n-1)
	if !bytes.Equal(db[:len(zeros)], zeros) || db[len(zeros)] != 1 {
		return false
	}
	d := h()
	d.Write(make([]byte, 8))
	d.Write(digest)
	d.Write(salt)
	return bytes.Equal(d.Sum(nil), sent)
}

// mask is MGF1 (RFC 8017 appendix B.2.1).
func mask(h func() hash.Hash, seed []byte, n int) (out []byte) {
	for i := byte(0); len(out) < n; i++ { // at most 2048 bytes of 20 and more: it does not overflow
		out = append(out, sum(h, slices.Concat(seed, []byte{0, 0, 0, i}))...)
	}
	return out[:n]
}
