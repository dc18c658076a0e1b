package tlsclient

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
)

// The named groups (IANA: TLS Supported Groups).
const (
	P256               uint16 = 23
	P384               uint16 = 24
	P521               uint16 = 25
	X25519             uint16 = 29
	X448               uint16 = 30
	FFDHE2048          uint16 = 256
	FFDHE3072          uint16 = 257
	FFDHE4096          uint16 = 258
	FFDHE6144          uint16 = 259
	FFDHE8192          uint16 = 260
	SecP256r1MLKEM768  uint16 = 4587
	X25519MLKEM768     uint16 = 4588
	SecP384r1MLKEM1024 uint16 = 4589
)

// Groups are all groups of the client, most wanted first.
func Groups() []uint16 {
	return append([]uint16{X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024}, ClassicGroups()...)
}

// ClassicGroups are those without a post-quantum part, whose shares make a
// hello larger than a packet.
func ClassicGroups() []uint16 {
	return []uint16{X25519, P256, P384, P521, X448, FFDHE2048, FFDHE3072, FFDHE4096, FFDHE6144, FFDHE8192}
}

var errShare = errors.New("the server's key share is malformed")

// A share is a key of this client for one group.
type share struct {
	group  uint16
	public []byte
	// agree gives the shared secret with the server's public part.
	agree func(peer []byte) ([]byte, error)
}

// newShare makes a key.
func newShare(group uint16) (share, error) {
	switch group {
	case P256:
		return curveShare(group, ecdh.P256())
	case P384:
		return curveShare(group, ecdh.P384())
	case P521:
		return curveShare(group, ecdh.P521())
	case X25519:
		return curveShare(group, ecdh.X25519())
	case X448:
		return x448Share(), nil
	case X25519MLKEM768:
		return hybridShare(group, X25519, false, mlkem768)
	case SecP256r1MLKEM768:
		return hybridShare(group, P256, true, mlkem768)
	case SecP384r1MLKEM1024:
		return hybridShare(group, P384, true, mlkem1024)
	}
	bits, ok := finiteFieldBits[group]
	if !ok {
		return share{}, fmt.Errorf("the server chose group %d, which was not offered", group)
	}
	return finiteFieldShare(group, finiteFieldPrime(bits), big.NewInt(2)), nil
}

func curveShare(group uint16, curve ecdh.Curve) (share, error) {
	key, err := curve.GenerateKey(rand.Reader)
	if err != nil {
		return share{}, err
	}
	return share{group, key.PublicKey().Bytes(), func(peer []byte) ([]byte, error) {
		public, err := curve.NewPublicKey(peer)
		if err != nil {
			return nil, errShare
		}
		return key.ECDH(public)
	}}, nil
}

// A kem is a new decapsulation key: its public part, how long the ciphertexts
// for it are, and how to open them.
type kem struct {
	public     []byte
	ciphertext int
	open       func([]byte) ([]byte, error)
}

func mlkem768() (kem, error) {
	key, err := mlkem.GenerateKey768()
	if err != nil {
		return kem{}, err
	}
	return kem{key.EncapsulationKey().Bytes(), mlkem.CiphertextSize768, key.Decapsulate}, nil
}

func mlkem1024() (kem, error) {
	key, err := mlkem.GenerateKey1024()
	if err != nil {
		return kem{}, err
	}
	return kem{key.EncapsulationKey().Bytes(), mlkem.CiphertextSize1024, key.Decapsulate}, nil
}

// hybridShare joins a curve and ML-KEM as draft-ietf-tls-ecdhe-mlkem says:
// the curve's part stands first where a NIST curve is used, else last.
func hybridShare(group, curve uint16, curveFirst bool, newKEM func() (kem, error)) (share, error) {
	classic, err := newShare(curve)
	if err != nil {
		return share{}, err
	}
	quantum, err := newKEM()
	if err != nil {
		return share{}, err
	}
	join := func(classic, quantum []byte) []byte {
		if curveFirst {
			return append(append([]byte{}, classic...), quantum...)
		}
		return append(append([]byte{}, quantum...), classic...)
	}
	return share{group, join(classic.public, quantum.public), func(peer []byte) ([]byte, error) {
		if len(peer) != quantum.ciphertext+len(classic.public) {
			return nil, errShare
		}
		parts := [2][]byte{peer[:quantum.ciphertext], peer[quantum.ciphertext:]}
		if curveFirst {
			parts = [2][]byte{peer[len(classic.public):], peer[:len(classic.public)]}
		}
		k, err := quantum.open(parts[0])
		if err != nil {
			return nil, errShare
		}
		c, err := classic.agree(parts[1])
		if err != nil {
			return nil, err
		}
		return join(c, k), nil
	}}, nil
}
