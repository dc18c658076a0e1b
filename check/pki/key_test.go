package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"
	"time"
)

// TestEmbeddedRootsAreSound holds the public roots to what is asked of any:
// a rule that one of them breaks would refuse sound deployments.
func TestEmbeddedRootsAreSound(t *testing.T) {
	n := 0
	for _, list := range Embedded().bySubject() {
		for _, a := range list {
			n++
			c := a.cert()
			// An issuing root stands above a leaf; the leaf does not matter here.
			path := append(makeWorld(t, []cert{{id: "leaf"}}).pick([]string{"leaf"}), c)
			for _, wrong := range []string{keyWeakness(c), issuerFault(path, 1), issuerUsageFault(c)} {
				if wrong != "" {
					t.Errorf("%s: %s", c.Subject, wrong)
				}
			}
			for _, f := range append(formFaults(c, false), criticalFaults(c)...) {
				t.Error(f.Detail)
			}
			if f := validity(c, Embedded().Date()); len(f) > 0 {
				t.Error(f[0].Detail)
			}
		}
	}
	if n != Embedded().Len() || n < 100 {
		t.Errorf("%d roots", n)
	}
}

func TestSoundKeysAreNotTakenForWeak(t *testing.T) {
	good := testKey(t, "", "RSA").(*rsa.PrivateKey)
	if w := rsaWeakness(&good.PublicKey); w != "" {
		t.Error(w)
	}
	var keys []*big.Int
	// Random odd numbers are as good as moduli here.
	for range 200 {
		n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 2046))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, n.SetBit(n.SetBit(n, 0, 1), 2047, 1))
	}
	for _, n := range keys {
		if roca(n) || fermat(n, 100) {
			t.Errorf("%x is taken for weak", n)
		}
	}
}

func TestROCAWantsOneExponent(t *testing.T) {
	if !roca(rocaModulus()) {
		t.Error("a modulus of the weak form is not told")
	}
	// Each remainder alone is a power of 65537, but not of the same exponent:
	// the residue modulo 11 is turned by one step.
	m := big.NewInt(2)
	for _, p := range rocaPrimes {
		m.Mul(m, big.NewInt(p))
	}
	eleven := big.NewInt(11)
	rest := new(big.Int).Div(m, eleven)
	shift := new(big.Int).Mul(rest, new(big.Int).ModInverse(rest, eleven)) // 1 mod 11, 0 elsewhere
	n := rocaModulus()
	r := new(big.Int).Mod(n, eleven)
	step := new(big.Int).Sub(new(big.Int).Mod(new(big.Int).Mul(r, big.NewInt(65537)), eleven), r)
	n.Add(n, shift.Mul(shift, step.Mod(step, eleven)))
	if roca(n) {
		t.Error("logarithms that contradict each other were let pass")
	}
}

func TestFermatCountsItsRounds(t *testing.T) {
	// (a-d)(a+d) with a = ceil(sqrt(n)) + r is found in round r+1.
	n := func(a, d int64) *big.Int { return big.NewInt((a - d) * (a + d)) }
	for _, tc := range []struct {
		n      *big.Int
		rounds int
		want   bool
	}{
		{n(1000, 0), 1, true},
		{n(1001, 10), 1, true},
		{n(100003, 4000), 80, false},
		{n(100003, 4000), 81, true},
		{big.NewInt(104729 * 3), 100, false},
	} {
		if got := fermat(tc.n, tc.rounds); got != tc.want {
			t.Errorf("fermat(%d, %d) = %v", tc.n, tc.rounds, got)
		}
	}
}

func TestShortLived(t *testing.T) {
	for _, tc := range []struct {
		seconds int
		want    bool
	}{{7 * 86400, true}, {7*86400 + 1, false}} {
		w := makeWorld(t, lasting(issuedOn, tc.seconds))
		if got := ShortLived(w.certs["leaf"]); got != tc.want {
			t.Errorf("ShortLived of %d s = %v", tc.seconds, got)
		}
		if got := Lifetime(w.certs["leaf"]); got != time.Duration(tc.seconds)*time.Second {
			t.Errorf("Lifetime of %d s = %v", tc.seconds, got)
		}
	}
	w := makeWorld(t, lifetimeRows[len(lifetimeRows)-1].certs)
	if ShortLived(w.certs["leaf"]) {
		t.Error("eight thousand years are short")
	}
}
