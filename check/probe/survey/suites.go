package survey

import (
	"slices"
	"strings"
	"sync"

	"github.com/tlsgate/tlsgate/check/fact"
)

// suiteLists are the cipher suites of the survey's hellos. No hello has 128
// suites or more, above which some servers refuse whatever is offered.
type suiteLists struct {
	// weak are what no client should be served up to TLS 1.2. Suites with a
	// password (SRP) or a Kerberos ticket end the handshake of a client that has
	// none, and would hide the others; so would the null suite of a connection's
	// beginning.
	weak []uint16
	// integrity are the TLS 1.3 suites that do not encrypt (RFC 9150).
	integrity []uint16
	// weakECDSA need an ECDSA certificate, weakOthers do not. They are asked
	// apart: some servers choose the certificate by whether the hello has any
	// suite for ECDSA, and then have none for the others.
	weakECDSA, weakOthers []uint16
	// legacy are those that clients up to TLS 1.1 know.
	legacy []uint16
	// rsa and ecdsa are the sound suites in use that need a certificate of one
	// kind.
	rsa, ecdsa []uint16
	// listed go with a list of versions: a server that ignores the list finds a
	// suite for TLS 1.2 too, and so shows that it does.
	listed []uint16
	// current are what a current client knows.
	current []uint16
}

// suites are the lists, made for the first survey.
var suites = sync.OnceValue(func() (l suiteLists) {
	var tls13 []uint16
	for _, id := range fact.Suites() {
		name := fact.SuiteName(id)
		switch weak := weak(id); {
		case tls13Suite(name) && weak:
			l.integrity = append(l.integrity, id)
		case weak && !hasAny(name, "_SRP_", "KRB5", "WITH_NULL_NULL"):
			l.weak = append(l.weak, id)
			if strings.Contains(name, "_ECDSA_") {
				l.weakECDSA = append(l.weakECDSA, id)
			} else {
				l.weakOthers = append(l.weakOthers, id)
			}
		case weak || hasAny(name, "ARIA", "SEED", "CAMELLIA"): // never a server's only one
		case hasAny(name, "TLS_RSA_WITH_", "TLS_DHE_RSA_WITH_", "TLS_ECDHE_RSA_WITH_"):
			l.rsa = append(l.rsa, id)
		case strings.Contains(name, "TLS_ECDHE_ECDSA_WITH_"):
			l.ecdsa = append(l.ecdsa, id)
		case hasAny(name, "TLS_AES_", "TLS_CHACHA20_"):
			tls13 = append(tls13, id)
		}
		if (strings.HasSuffix(name, "_SHA") || strings.HasSuffix(name, "_MD5")) && !hasAny(name, "PSK", "_SRP_", "KRB5") {
			l.legacy = append(l.legacy, id)
		}
	}
	l.listed = slices.Concat(l.legacy, without(slices.Concat(l.rsa, l.ecdsa), l.legacy))
	l.current = slices.Concat(tls13, l.rsa, l.ecdsa)
	return l
})

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
