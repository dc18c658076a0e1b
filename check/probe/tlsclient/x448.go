package tlsclient

import (
	"crypto/rand"
	"math/big"
	"slices"
)

const x448Size = 56

// p448 is 2^448 - 2^224 - 1.
var p448 = func() *big.Int {
	one := big.NewInt(1)
	p := new(big.Int).Lsh(one, 448)
	return p.Sub(p.Sub(p, new(big.Int).Lsh(one, 224)), one)
}()

// x448Share makes a key for X448 (RFC 7748). Few servers take no other group,
// so plain arithmetic serves: it is slow, and takes a time that depends on a
// key which is used once.
func x448Share() share {
	scalar := make([]byte, x448Size)
	rand.Read(scalar) // never fails, by its contract
	base := make([]byte, x448Size)
	base[0] = 5
	return share{X448, x448(scalar, base), func(peer []byte) ([]byte, error) {
		if len(peer) != x448Size {
			return nil, errShare
		}
		secret := x448(scalar, peer)
		if slices.Max(secret) == 0 {
			return nil, errShare
		}
		return secret, nil
	}}
}

// x448 is the function of RFC 7748 section 5. Scalar and u are 56 bytes.
func x448(scalar, u []byte) []byte {
	k := slices.Clone(scalar)
	k[0] &= 252
	k[55] |= 128
	x1 := littleEndian(u)
	x1.Mod(x1, p448)
	x2, z2, x3, z3 := big.NewInt(1), big.NewInt(0), new(big.Int).Set(x1), big.NewInt(1)
	swapped := byte(0)
	for t := 447; t >= 0; t-- {
		bit := k[t/8] >> (t % 8) & 1
		if bit != swapped {
			x2, x3, z2, z3 = x3, x2, z3, z2
		}
		swapped = bit
		x2, z2, x3, z3 = ladderStep(x1, x2, z2, x3, z3)
	}
	if swapped == 1 {
		x2, z2 = x3, z3
	}
	out := new(big.Int)
	if z2.Sign() > 0 {
		out.ModInverse(z2, p448)
	}
	return reversed(modulo(out.Mul(out, x2)).FillBytes(make([]byte, x448Size)))
}

// ladderStep doubles (x2, z2) and adds it to (x3, z3) on curve448, a24 = 39081.
func ladderStep(x1, x2, z2, x3, z3 *big.Int) (_, _, _, _ *big.Int) {
	add := func(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }
	sub := func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }
	mul := func(a, b *big.Int) *big.Int { return modulo(new(big.Int).Mul(a, b)) }
	a, b := add(x2, z2), sub(x2, z2)
	aa, bb := mul(a, a), mul(b, b)
	e := sub(aa, bb)
	da, cb := mul(sub(x3, z3), a), mul(add(x3, z3), b)
	sum, difference := add(da, cb), sub(da, cb)
	return mul(aa, bb), mul(e, add(aa, mul(big.NewInt(39081), e))),
		mul(sum, sum), mul(x1, mul(difference, difference))
}

func modulo(v *big.Int) *big.Int { return v.Mod(v, p448) }

func littleEndian(b []byte) *big.Int { return new(big.Int).SetBytes(reversed(slices.Clone(b))) }

func reversed(b []byte) []byte {
	slices.Reverse(b)
	return b
}
