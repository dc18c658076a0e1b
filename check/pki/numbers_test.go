package pki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
	"sync"
)

// rsaNumbers is an RSA key of any primes and exponent, also of those with
// which crypto/rsa refuses to sign.
type rsaNumbers struct {
	n, d *big.Int
	e    int
}

// newRSANumbers makes a key of a modulus of so many bits, which has a factor
// (1 for none) and is otherwise the product of primes of 64 bits: these are
// made at once, and nothing that judges a key finds them.
func newRSANumbers(e, factor int64, bits int) (rsaNumbers, error) {
	one := big.NewInt(1)
	for {
		n, phi := big.NewInt(factor), big.NewInt(max(factor-1, 1))
		for n.BitLen() < bits {
			size := 64
			if left := bits - n.BitLen(); left < 2*size { // the last two fill it
				size = max(left/(1+left/65), 20)
			}
			p, err := rand.Prime(rand.Reader, size)
			if err != nil {
				return rsaNumbers{}, err
			}
			p1 := new(big.Int).Sub(p, one)
			if new(big.Int).GCD(nil, nil, p1, big.NewInt(e)).Cmp(one) == 0 {
				n.Mul(n, p)
				phi.Mul(phi, p1)
			}
		}
		if d := new(big.Int).ModInverse(big.NewInt(e), phi); d != nil && n.BitLen() == bits {
			return rsaNumbers{n, d, int(e)}, nil
		}
	}
}

// primeKey is a key whose modulus is a prime.
func primeKey() (rsaNumbers, error) {
	p, err := bigPrime()
	if err != nil {
		return rsaNumbers{}, err
	}
	e := big.NewInt(65537)
	d := new(big.Int).ModInverse(e, new(big.Int).Sub(p, big.NewInt(1)))
	if d == nil {
		return rsaNumbers{}, errors.New("the prime does not fit the exponent")
	}
	return rsaNumbers{p, d, int(e.Int64())}, nil
}

// bigPrime is a prime of 2048 bits.
var bigPrime = sync.OnceValues(func() (*big.Int, error) { return rand.Prime(rand.Reader, 2048) })

func (k rsaNumbers) Public() crypto.PublicKey { return &rsa.PublicKey{N: k.n, E: k.e} }

// Sign makes signatures of RSASSA-PKCS1-v1_5 and RSASSA-PSS.
func (k rsaNumbers) Sign(random io.Reader, sum []byte, opts crypto.SignerOpts) ([]byte, error) {
	size := k.n.BitLen() / 8
	message := make([]byte, size)
	if _, pss := opts.(*rsa.PSSOptions); pss {
		hash := opts.HashFunc()
		salt := make([]byte, hash.Size())
		if _, err := io.ReadFull(random, salt); err != nil {
			return nil, err
		}
		h := digest(hash, bytes.Join([][]byte{make([]byte, 8), sum, salt}, nil))
		masked := message[:size-len(h)-1]
		masked[len(masked)-len(salt)-1] = 1
		copy(masked[len(masked)-len(salt):], salt)
		copy(masked, xorMask(hash, h, masked))
		masked[0] &= 0x7f
		copy(message[len(masked):], h)
		message[size-1] = 0xbc
	} else {
		info := digestInfos[opts.HashFunc()] + string(sum)
		copy(message, bytes.Repeat([]byte{0xff}, size))
		message[0], message[1], message[size-len(info)-1] = 0, 1, 0
		copy(message[size-len(info):], info)
	}
	s := new(big.Int).SetBytes(message)
	return s.Exp(s, k.d, k.n).FillBytes(message), nil
}
