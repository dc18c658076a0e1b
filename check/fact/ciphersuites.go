package fact

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

//go:generate go run ./internal/suitenames -o ciphersuites_names.go cipher-suites.csv

// VersionName is the usual name of a protocol version as on the wire, such
// as "TLS 1.2" for 0x0303; its number in hexadecimal where it has none.
func VersionName(version uint16) string {
	switch version {
	case 0x0002:
		return "SSL 2"
	case 0x0300:
		return "SSL 3"
	case 0x0301, 0x0302, 0x0303, 0x0304:
		return fmt.Sprintf("TLS 1.%d", version-0x0301)
	}
	return fmt.Sprintf("0x%04X", version)
}

// SuiteName is the IANA name of a cipher suite's code point, or its number in
// hexadecimal where it has none.
func SuiteName(suite uint16) string {
	if name := suiteName(suite); name != "" {
		return name
	}
	return fmt.Sprintf("0x%04X", suite)
}

// Suites lists the code points of all cipher suites with a name, ascending.
func Suites() []uint16 {
	all := make([]uint16, len(suiteNames))
	for i, s := range suiteNames {
		all[i] = s.id
	}
	return all
}

// A namedSuite is a cipher suite with its IANA name. The table is an array and
// no map, for a map of that size would be built before every run.
type namedSuite struct {
	id   uint16
	name string
}

// suiteName is the IANA name of a code point, empty where it has none.
func suiteName(suite uint16) string {
	i, found := slices.BinarySearchFunc(suiteNames[:], suite, func(s namedSuite, id uint16) int { return cmp.Compare(s.id, id) })
	if !found {
		return ""
	}
	return suiteNames[i].name
}

// A Weakness is why no client should be served a cipher suite.
type Weakness string

// The weaknesses. A suite can have several.
const (
	NoEncryption     Weakness = "no-encryption"     // NULL encryption, the integrity-only suites of RFC 9150 among it
	NoAuthentication Weakness = "no-authentication" // DH_anon, ECDH_anon: nothing tells the server from an attacker
	BrokenCipher     Weakness = "broken-cipher"     // EXPORT, DES, RC2, RC4, IDEA, 3DES (ASVS 5.0 appendix C)
)

// Weaknesses lists them, in the order every report uses.
func Weaknesses() []Weakness { return []Weakness{NoEncryption, NoAuthentication, BrokenCipher} }

// marks are the parts of a suite's IANA name that tell the weakness.
var marks = map[Weakness][]string{
	NoEncryption:     {"_NULL_", "TLS_SHA256_SHA256", "TLS_SHA384_SHA384"},
	NoAuthentication: {"_anon_"},
	BrokenCipher:     {"EXPORT", "_RC2_", "_RC4_", "_IDEA_", "DES"},
}

// In reports whether the suite has the weakness.
func (w Weakness) In(suite uint16) bool {
	name := suiteName(suite)
	return slices.ContainsFunc(marks[w], func(mark string) bool { return strings.Contains(name, mark) })
}
