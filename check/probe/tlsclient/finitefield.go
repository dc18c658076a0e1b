package tlsclient

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"sync"
)

// The bounds of a Diffie-Hellman prime, in bits. Less than 1024 is refused by
// every client that knows the exchange; more than 8192 takes too long.
const (
	minPrime = 1024
	maxPrime = 8192
)

// exponentBits is the length of this client's exponents. It is above twice
// the security level of the largest group (RFC 7919 section 5.2).
const exponentBits = 400

var finiteFieldBits = map[uint16]int{
	FFDHE2048: 2048, FFDHE3072: 3072, FFDHE4096: 4096, FFDHE6144: 6144, FFDHE8192: 8192,
}

// finiteFieldOffsets are the X of the formula in RFC 7919 appendix A.
var finiteFieldOffsets = map[int]int64{
	2048: 560316, 3072: 2625351, 4096: 5736041, 6144: 15705020, 8192: 10965728,
}

// finiteFieldPrime is the prime of a group of RFC 7919, by its formula:
// 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1.
func finiteFieldPrime(bits int) *big.Int {
	p := new(big.Int).Rsh(scaledE(), uint(eBits-(bits-130)))
	p.Add(p, big.NewInt(finiteFieldOffsets[bits])).Lsh(p, 64)
	p.Add(p, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
	p.Sub(p, new(big.Int).Lsh(big.NewInt(1), uint(bits-64)))
	return p.Sub(p, big.NewInt(1))
}

// eBits is how many bits of e after the point are computed: more than the
// largest group wants.
const eBits = 8192

// scaledE is floor(2^eBits e), by the series of 1/n!.
var scaledE = sync.OnceValue(func() *big.Int {
	const guard = 64
	term := new(big.Int).Lsh(big.NewInt(1), eBits+guard)
	sum := new(big.Int)
	for n := int64(1); term.Sign() > 0; n++ {
		sum.Add(sum, term)
		term.Quo(term, big.NewInt(n))
	}
	return sum.Rsh(sum, guard)
})

// finiteFieldShare makes a key for the group that p and g span. Its public
// part, and the secret, have the length of p.
func finiteFieldShare(group uint16, p, g *big.Int) share {
	secret := make([]byte, exponentBits/8)
	rand.Read(secret) // never fails, by its contract
	x := new(big.Int).SetBytes(secret)
	size := (p.BitLen() + 7) / 8
	public := new(big.Int).Exp(g, x, p).FillBytes(make([]byte, size))
	return share{group, public, func(peer []byte) ([]byte, error) {
		y := new(big.Int).SetBytes(peer)
		one := big.NewInt(1)
		if len(peer) > size || y.Cmp(one) <= 0 || y.Cmp(new(big.Int).Sub(p, one)) >= 0 {
			return nil, errShare
		}
		return y.Exp(y, x, p).FillBytes(make([]byte, size)), nil
	}}
}

// ownGroupShare makes a key for a group that the server brought (RFC 5246
// section 7.4.3).
func ownGroupShare(prime, generator []byte) (share, error) {
	p, g := new(big.Int).SetBytes(prime), new(big.Int).SetBytes(generator)
	switch n := p.BitLen(); {
	case n < minPrime:
		return share{}, fmt.Errorf("the server's Diffie-Hellman prime has %d bits, which current clients refuse", n)
	case n > maxPrime || len(prime) > maxPrime/8+1:
		return share{}, fmt.Errorf("the server's Diffie-Hellman prime has %d bits, more than %d", n, maxPrime)
	case p.Bit(0) == 0 || g.Cmp(big.NewInt(1)) <= 0 || g.Cmp(p) >= 0:
		return share{}, errShare
	}
	return finiteFieldShare(0, p, g), nil
}
