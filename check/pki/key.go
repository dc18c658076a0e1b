package pki

import (
	//lint:ignore SA1019 to name such a key, not to use it
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"math/big"
)

// minRSABits is the least modulus (Baseline Requirements section 6.1.5).
// maxRSABits is the largest that OpenSSL uses; others stop earlier.
const (
	minRSABits = 2048
	maxRSABits = 16384
)

// keyFault says why a certificate's public key is too weak for the public
// (Baseline Requirements sections 6.1.1.3, 6.1.5 and 6.1.6).
func keyFault(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if weakness := rsaWeakness(key.N); weakness != "" {
			return fmt.Sprintf("The RSA key of '%s' %s.", Name(c), weakness)
		}
		return ""
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return ""
		}
		return fmt.Sprintf("The key of '%s' is on the curve '%s'; public certificates use P-256, P-384 or P-521.", Name(c), key.Curve.Params().Name)
	case ed25519.PublicKey:
		return fmt.Sprintf("The key of '%s' is on the curve 'Ed25519', which no browser accepts in a certificate; public certificates use P-256, P-384 or P-521.", Name(c))
	case *dsa.PublicKey:
		return fmt.Sprintf("The key of '%s' is a DSA key, which no client accepts any more.", Name(c))
	}
	return fmt.Sprintf("The key of '%s' is of a kind that no browser accepts in a certificate.", Name(c))
}

func rsaWeakness(n *big.Int) string {
	bits := n.BitLen()
	switch {
	case bits < minRSABits:
		return fmt.Sprintf("has '%d' bits; %d are the least that clients accept", bits, minRSABits)
	case bits > maxRSABits:
		return fmt.Sprintf("has '%d' bits; %d are the most that clients accept", bits, maxRSABits)
	case bits%8 != 0:
		return fmt.Sprintf("has '%d' bits, which is not a multiple of 8", bits)
	case roca(n):
		return "bears the fingerprint of the ROCA weakness (CVE-2017-15361): its private key can be computed"
	case fermat(n, 100):
		return "is the product of two primes so close that its private key is found at once (Fermat's factorization)"
	}
	return ""
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
	root, square := new(big.Int), new(big.Int)
	for range rounds {
		// Squares are 0, 1, 4 or 9 modulo 16: most need no root taken.
		switch rest.Bit(0) | rest.Bit(1)<<1 | rest.Bit(2)<<2 | rest.Bit(3)<<3 {
		case 0, 1, 4, 9:
			if square.Mul(root.Sqrt(rest), root).Cmp(rest) == 0 {
				return true
			}
		}
		// (a+1)^2 - n = a^2 - n + 2a + 1
		rest.Add(rest, a)
		a.Add(a, one)
		rest.Add(rest, a)
	}
	return false
}
