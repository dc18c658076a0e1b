package fact

import (
	"crypto/tls"
	"slices"
	"testing"
)

// crypto/tls knows a few of the suites, and has the same names for them.
func TestSuiteNameAgreesWithCryptoTLS(t *testing.T) {
	known := 0
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if got := SuiteName(s.ID); got != s.Name {
			t.Errorf("0x%04X is %s, not %s", s.ID, s.Name, got)
		}
		known++
	}
	if known < 20 || len(Suites()) < 350 || !slices.IsSorted(Suites()) {
		t.Errorf("%d suites compared, %d named", known, len(Suites()))
	}
	if got := SuiteName(0xABCD); got != "0xABCD" {
		t.Error(got)
	}
}

func TestVersionName(t *testing.T) {
	for v, want := range map[uint16]string{
		0x0002: "SSL 2", 0x0300: "SSL 3", 0x0301: "TLS 1.0", 0x0304: "TLS 1.3", 0x0305: "0x0305", 0: "0x0000",
	} {
		if got := VersionName(v); got != want {
			t.Errorf("0x%04X: %s, want %s", v, got, want)
		}
	}
}

func TestWeakness(t *testing.T) {
	for suite, want := range map[uint16][]Weakness{
		0x0002: {NoEncryption},
		0x0000: {NoEncryption},
		0xC0B4: {NoEncryption},
		0xC0B5: {NoEncryption},
		0xC015: {NoEncryption, NoAuthentication},
		0x0034: {NoAuthentication},
		0xC084: {NoAuthentication},
		0x0017: {NoAuthentication, BrokenCipher},
		0x0003: {BrokenCipher}, // EXPORT, RC4
		0x0006: {BrokenCipher}, // EXPORT, RC2
		0x0008: {BrokenCipher}, // EXPORT, DES40
		0x0007: {BrokenCipher}, // IDEA
		0x0009: {BrokenCipher}, // DES
		0x000A: {BrokenCipher}, // 3DES
		0x0064: {BrokenCipher}, // EXPORT1024
		0xC007: {BrokenCipher}, // RC4 with ECDHE
		0x1301: nil, 0xC02F: nil, 0x002F: nil, 0x0041: nil, 0x0096: nil, 0xCCA9: nil, 0xC100: nil, 0xABCD: nil,
	} {
		var got []Weakness
		for _, w := range Weaknesses() {
			if w.In(suite) {
				got = append(got, w)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", SuiteName(suite), got, want)
		}
	}
	counts := map[Weakness]int{}
	for _, suite := range Suites() {
		for _, w := range Weaknesses() {
			if w.In(suite) {
				counts[w]++
			}
		}
	}
	// As counted in the IANA registry, and 7 export suites of a draft.
	for w, want := range map[Weakness]int{NoEncryption: 23, NoAuthentication: 27, BrokenCipher: 60 + 7} {
		if counts[w] != want {
			t.Errorf("%s: %d suites, want %d", w, counts[w], want)
		}
	}
}
