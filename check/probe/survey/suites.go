package survey

import (
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
)

// The cipher suites of the survey's hellos. No hello has 128 suites or more,
// above which some servers refuse whatever is offered.
var (
	// weakSuites are what no client should be served up to TLS 1.2. Suites
	// with a password (SRP) or a Kerberos ticket end the handshake of a
	// client that has none, and would hide the others; so would the null
	// suite of a connection's beginning.
	weakSuites = suitesWhere(func(id uint16, name string) bool {
		return weak(id) && !hasAny(name, "_SRP_", "KRB5", "WITH_NULL_NULL") && !tls13Suite(name)
	})
	// integritySuites are the TLS 1.3 suites that do not encrypt (RFC 9150).
	integritySuites = suitesWhere(func(id uint16, name string) bool { return weak(id) && tls13Suite(name) })
	// weakECDSA need an ECDSA certificate, weakOthers do not. They are asked
	// apart: some servers choose the certificate by whether the hello has any
	// suite for ECDSA, and then have none for the others.
	weakECDSA, weakOthers = partition(weakSuites, func(name string) bool { return strings.Contains(name, "_ECDSA_") })
	// legacySuites are those that clients up to TLS 1.1 know.
	legacySuites = suitesWhere(func(_ uint16, name string) bool {
		return (strings.HasSuffix(name, "_SHA") || strings.HasSuffix(name, "_MD5")) && !hasAny(name, "PSK", "_SRP_", "KRB5")
	})
	// rsaSuites and ecdsaSuites are the sound suites in use that need a
	// certificate of one kind.
	rsaSuites = suitesWhere(func(id uint16, name string) bool {
		return sound(id, name, "TLS_RSA_WITH_", "TLS_DHE_RSA_WITH_", "TLS_ECDHE_RSA_WITH_")
	})
	ecdsaSuites = suitesWhere(func(id uint16, name string) bool { return sound(id, name, "TLS_ECDHE_ECDSA_WITH_") })
	// listedSuites go with a list of versions: a server that ignores the list
	// finds a suite for TLS 1.2 too, and so shows that it does.
	listedSuites = slices.Concat(legacySuites, without(slices.Concat(rsaSuites, ecdsaSuites), legacySuites))
	// currentSuites are what a current client knows.
	currentSuites = slices.Concat(
		suitesWhere(func(id uint16, name string) bool { return sound(id, name, "TLS_AES_", "TLS_CHACHA20_") }),
		rsaSuites, ecdsaSuites)
)

// sound reports whether a suite is of one of the kinds, not weak, and not of
// a cipher that is never a server's only one.
func sound(id uint16, name string, kinds ...string) bool {
	return hasAny(name, kinds...) && !weak(id) && !hasAny(name, "ARIA", "SEED", "CAMELLIA")
}

func suitesWhere(wanted func(id uint16, name string) bool) (ids []uint16) {
	for _, id := range fact.Suites() {
		if wanted(id, fact.SuiteName(id)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// partition splits a list by the suites' names.
func partition(suites []uint16, first func(name string) bool) (yes, no []uint16) {
	for _, id := range suites {
		if first(fact.SuiteName(id)) {
			yes = append(yes, id)
		} else {
			no = append(no, id)
		}
	}
	return yes, no
}

// weak reports whether the suite has any weakness.
func weak(id uint16) bool {
	return slices.ContainsFunc(fact.Weaknesses(), func(w fact.Weakness) bool { return w.In(id) })
}

// suitesOf are those of the suites that have the weakness.
func suitesOf(w fact.Weakness, suites []uint16) []uint16 {
	return slices.DeleteFunc(slices.Clone(suites), func(id uint16) bool { return !w.In(id) })
}

// tls13Suite reports whether the name is that of a TLS 1.3 suite, which says
// nothing of the key exchange (RFC 8446 appendix B.4).
func tls13Suite(name string) bool { return !strings.Contains(name, "_WITH_") }

func hasAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

// without is the list less some of its suites.
func without(suites, less []uint16) []uint16 {
	return slices.DeleteFunc(slices.Clone(suites), func(id uint16) bool { return slices.Contains(less, id) })
}
