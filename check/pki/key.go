package pki

import (
	//lint:ignore SA1019 to name such a key, not to use it
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"math"
	"math/big"
	"sync"
)

// minRSABits is the least modulus (Baseline Requirements section 6.1.5).
// maxRSABits is the largest that OpenSSL uses; others stop earlier.
const (
	minRSABits = 2048
	maxRSABits = 16384
)

// keyWeakness says why a certificate's public key is too weak for the public
// (Baseline Requirements sections 6.1.1.3, 6.1.5 and 6.1.6).
func keyWeakness(c *Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return rsaWeakness(key)
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return ""
		}
		return fmt.Sprintf("is on the curve '%s'; public certificates use P-256, P-384 or P-521", key.Curve.Params().Name)
	case ed25519.PublicKey:
		return "is on the curve 'Ed25519', which no browser accepts in a certificate; public certificates use P-256, P-384 or P-521"
	case *dsa.PublicKey:
		return "is a DSA key, which no client accepts any more"
	}
	return "is of a kind that no browser accepts in a certificate"
}

func rsaWeakness(key *rsa.PublicKey) string {
	n := key.N
	bits := n.BitLen()
	switch {
	case bits < minRSABits:
		return fmt.Sprintf("is an RSA key of %d bits; %d are the least that clients accept", bits, minRSABits)
	case bits > maxRSABits:
		return fmt.Sprintf("is an RSA key of %d bits; %d are the most that clients accept", bits, maxRSABits)
	case bits%8 != 0:
		return fmt.Sprintf("is an RSA key of %d bits, which is not a multiple of 8", bits)
	case key.E < 3 || key.E%2 == 0:
		return fmt.Sprintf("is an RSA key with the exponent %d: it hides nothing and signs nothing", key.E)
	case roca(n):
		return "is an RSA key with the fingerprint of the ROCA weakness (CVE-2017-15361): its private key can be computed"
	case fermat(n, 100):
		return "is an RSA key of two primes so close that its private key is found at once (Fermat's factorization)"
	case smallFactor(n) != 0:
		return fmt.Sprintf("is an RSA key whose modulus has the factor %d: its private key is found at once", smallFactor(n))
	case prime(n):
		return "is an RSA key whose modulus is a prime: its private key is found at once"
	}
	return ""
}

// smallFactor is the least prime factor of n below 2^16, as BR section 6.1.6
// (NIST SP 800-89 section 5.3.3) has moduli checked, or 0. A modulus is reduced
// once for each batch of primes whose product fits a word.
func smallFactor(n *big.Int) int64 {
	rest := new(big.Int)
	for _, batch := range primeBatches() {
		r := rest.Mod(n, batch.product).Uint64()
		for _, p := range batch.primes {
			if r%p == 0 {
				return int64(p)
			}
		}
	}
	return 0
}

// A primeBatch is some primes and their product.
type primeBatch struct {
	primes  []uint64
	product *big.Int
}

var primeBatches = sync.OnceValue(func() []primeBatch {
	const limit = 1 << 16
	var composite [limit]bool
	var out []primeBatch
	product := uint64(1)
	var primes []uint64
	for p := uint64(2); p < limit; p++ {
		if composite[p] {
			continue
		}
		for k := p * p; k < limit; k += p {
			composite[k] = true
		}
		if product > math.MaxUint64/p {
			out = append(out, primeBatch{primes, new(big.Int).SetUint64(product)})
			product, primes = 1, nil
		}
		product *= p
		primes = append(primes, p)
	}
	return append(out, primeBatch{primes, new(big.Int).SetUint64(product)})
})

// prime reports whether a modulus is a prime: a Fermat test to the base 2,
// which a product of two primes practically never passes, and then the proper
// test.
func prime(n *big.Int) bool {
	two := big.NewInt(2)
	exponent := new(big.Int).Sub(n, big.NewInt(1))
	if new(big.Int).Exp(two, exponent, n).Cmp(big.NewInt(1)) != 0 {
		return false
	}
	return n.ProbablyPrime(4)
}

// roca reports whether a modulus bears the mark of the primes that one
// maker's chips chose: M*k + (65537^a mod M), with M the product of the first
// primes, so that the modulus is a power of 65537 modulo M. Nemec, Sys,
// Svenda, Klinec, Matyas: "The Return of Coppersmith's Attack" (CCS 2017),
// section 2. The discrete logarithm is taken modulo each of the first 39
// primes, which every key size of theirs shares, and the logarithms must agree
// with each other; a sound key passes for one about once in 2^150.
func roca(n *big.Int) bool {
	type log struct{ value, order int64 }
	var logs []log
	for _, p := range rocaPrimes {
		want := new(big.Int).Mod(n, big.NewInt(p)).Int64()
		found, power, order := int64(-1), int64(1), int64(0)
		for {
			if power == want && found < 0 {
				found = order
			}
			order++
			if power = power * 65537 % p; power == 1 {
				break
			}
		}
		if found < 0 {
			return false
		}
		for _, other := range logs {
			if (found-other.value)%gcd(order, other.order) != 0 {
				return false
			}
		}
		logs = append(logs, log{found, order})
	}
	return true
}

// rocaPrimes are the odd ones of the first 39 primes.
var rocaPrimes = []int64{
	3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73,
	79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157,
	163, 167,
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// fermat reports whether so many rounds of Fermat's method factor n: whether
// a*a - n is a square for one of the first a from the square root of n up.
func fermat(n *big.Int, rounds int) bool {
	one := big.NewInt(1)
	a := new(big.Int).Sqrt(n)
	if new(big.Int).Mul(a, a).Cmp(n) < 0 {
		a.Add(a, one)
	}
	rest := new(big.Int).Sub(new(big.Int).Mul(a, a), n)
	root, square, residue := new(big.Int), new(big.Int), new(big.Int)
	modulus := big.NewInt(squareModulus)
	for range rounds {
		// Nearly every number is no square modulo some small number, and needs
		// no root taken.
		if mayBeSquare(residue.Mod(rest, modulus).Uint64()) && square.Mul(root.Sqrt(rest), root).Cmp(rest) == 0 {
			return true
		}
		// (a+1)^2 - n = a^2 - n + 2a + 1
		rest.Add(rest, a)
		a.Add(a, one)
		rest.Add(rest, a)
	}
	return false
}

// squareModuli are prime to each other; squareModulus is their product.
var squareModuli = [...]uint64{64, 63, 65, 11, 17, 19, 23, 31, 37}

const squareModulus = 64 * 63 * 65 * 11 * 17 * 19 * 23 * 31 * 37

// squares are the residues of squares by modulus.
var squares = sync.OnceValue(func() (tables [len(squareModuli)][65]bool) {
	for i, m := range squareModuli {
		for k := range m {
			tables[i][k*k%m] = true
		}
	}
	return tables
})

// mayBeSquare reports whether a residue modulo squareModulus can be a square's.
func mayBeSquare(residue uint64) bool {
	tables := squares()
	for i, m := range squareModuli {
		if !tables[i][residue%m] {
			return false
		}
	}
	return true
}
