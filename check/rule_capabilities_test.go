package check

import (
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check/fact"
)

// refusing are the offers of a port that takes TLS 1.2 and 1.3 alone.
func refusing() fact.Capabilities {
	told := fact.Offer{Answer: fact.Declined, Detail: "alert 'protocol_version'"}
	o := fact.Capabilities{Sentinel: fact.Present, Connections: 7}
	for _, v := range []uint16{0x0304, 0x0303, 0x0302, 0x0301, 0x0300, 0x0002} {
		o.Versions = append(o.Versions, fact.VersionOffer{Version: v, Offer: told})
	}
	o.Versions[0].Answer, o.Versions[1].Answer = fact.Accepted, fact.Accepted
	for _, w := range fact.Weaknesses() {
		o.WeakSuites = append(o.WeakSuites, fact.WeakOffer{Weakness: w, Offer: told})
	}
	return o
}

// set answers for a version.
func set(o *fact.Capabilities, version uint16, offer fact.Offer) {
	for i := range o.Versions {
		if o.Versions[i].Version == version {
			o.Versions[i].Offer = offer
		}
	}
}

// offersCase is a deployment whose addresses make these offers.
func offersCase(ports ...fact.Capabilities) *Evaluation {
	o := fact.Observation{Target: fact.Target{Scheme: "https", Host: "a.example", Port: 443, CleartextPort: 80, Path: "/"}}
	for i, p := range ports {
		ip := "192.0.2." + string(rune('1'+i))
		o.Endpoints = append(o.Endpoints, fact.Endpoint{IP: ip, Capabilities: p,
			TLS: fact.Handshake{Address: ip + ":443", Outcome: fact.Answered, Connected: true, Version: 0x0304}})
	}
	return newEvaluation(o, Policy{}, nil)
}

func TestOfferRules(t *testing.T) {
	silent := fact.Offer{Detail: "timed out"}
	with := func(edit func(*fact.Capabilities)) fact.Capabilities {
		o := refusing()
		edit(&o)
		return o
	}
	accepts := func(w int, suites ...fact.SuiteOffer) func(*fact.Capabilities) {
		return func(o *fact.Capabilities) {
			o.WeakSuites[w] = fact.WeakOffer{Weakness: fact.Weaknesses()[w], Offer: fact.Offer{Answer: fact.Accepted, Detail: "the server chose it"}, Suites: suites}
		}
	}
	old := with(func(o *fact.Capabilities) {
		set(o, 0x0301, fact.Offer{Answer: fact.Accepted})
		set(o, 0x0002, fact.Offer{Answer: fact.Accepted})
	})
	quiet := with(func(o *fact.Capabilities) { set(o, 0x0002, silent) })
	oldAndQuiet := with(func(o *fact.Capabilities) { set(o, 0x0301, fact.Offer{Answer: fact.Accepted}); set(o, 0x0002, silent) })
	noTLS := offersCase(fact.Capabilities{})
	noTLS.Endpoints[0].TLS = fact.Handshake{Address: "192.0.2.1:443", Outcome: fact.BrokenOff, Connected: true}
	var many []fact.SuiteOffer
	for range 14 {
		many = append(many, fact.SuiteOffer{Version: 0x0303, Suite: 0x0005})
	}

	for _, c := range []struct {
		name    string
		rule    Rule
		c       *Evaluation
		want    State
		message string // part of the finding's or the reason
	}{
		{"good", legacyProtocol, offersCase(refusing()), Pass, ""},
		{"old", legacyProtocol, offersCase(old), Fail, "HTTPS port 443 accepts 'TLS 1.0', 'SSL 2'. Seen at '192.0.2.1:443'."},
		{"one address old", legacyProtocol, offersCase(refusing(), old), Fail, "Seen at '192.0.2.2:443'."},
		{"old and quiet", legacyProtocol, offersCase(oldAndQuiet), Fail, "accepts 'TLS 1.0'."},
		{"quiet", legacyProtocol, offersCase(quiet), Unknown, "accepts 'SSL 2' (timed out) is not known"},
		{"one address quiet", legacyProtocol, offersCase(refusing(), quiet), Unknown, "'192.0.2.2:443'"},
		{"not asked", legacyProtocol, offersCase(fact.Capabilities{}), Unknown, "was not asked"},
		{"no handshake", legacyProtocol, noTLS, Unknown, "closed the connection"},
		{"no address", legacyProtocol, offersCase(), Unknown, ""},

		{"good", unencryptedCipher, offersCase(refusing()), Pass, ""},
		{"NULL", unencryptedCipher, offersCase(with(accepts(0, fact.SuiteOffer{Version: 0x0303, Suite: 0x0002}))), Fail, "do not encrypt: 'TLS_RSA_WITH_NULL_SHA' (TLS 1.2)."},
		{"integrity", unencryptedCipher, offersCase(with(accepts(0, fact.SuiteOffer{Version: 0x0304, Suite: 0xC0B4}))), Fail, "'TLS_SHA256_SHA256' (TLS 1.3)."},
		{"another weakness", unencryptedCipher, offersCase(with(accepts(2, fact.SuiteOffer{Version: 0x0303, Suite: 0x0005}))), Pass, ""},
		{"silent", unencryptedCipher, offersCase(with(func(o *fact.Capabilities) { o.WeakSuites[0].Offer = silent })), Unknown, "(timed out)"},
		{"anonymous", unauthenticatedCipher, offersCase(with(accepts(1, fact.SuiteOffer{Version: 0x0303, Suite: 0x0034}))), Fail, "'TLS_DH_anon_WITH_AES_128_CBC_SHA'"},
		{"not asked", unauthenticatedCipher, offersCase(fact.Capabilities{Versions: refusing().Versions}), Unknown, "(not asked)"},
		{"RC4", brokenCipher, offersCase(with(accepts(2, fact.SuiteOffer{Version: 0x0301, Suite: 0x0005}))), Fail, "'TLS_RSA_WITH_RC4_128_SHA' (TLS 1.0)."},
		{"many", brokenCipher, offersCase(with(accepts(2, many...))), Fail, " and 2 more."},

		{"sentinel", downgradeUnprotected, offersCase(refusing()), Pass, ""},
		{"SCSV", downgradeUnprotected, offersCase(with(func(o *fact.Capabilities) { o.Sentinel, o.FallbackSCSV = fact.Absent, fact.Present })), Pass, ""},
		{"neither", downgradeUnprotected, offersCase(with(func(o *fact.Capabilities) { o.Sentinel, o.FallbackSCSV = fact.Absent, fact.Absent })), Fail, "offers 'TLS 1.3', 'TLS 1.2', but"},
		{"SCSV not known", downgradeUnprotected, offersCase(with(func(o *fact.Capabilities) { o.Sentinel = fact.Absent })), Unknown, ""},
		{"one version", downgradeUnprotected, offersCase(with(func(o *fact.Capabilities) { o.Sentinel = ""; set(o, 0x0303, fact.Offer{Answer: fact.Declined}) })), Pass, ""},
		{"one version and SSL 2", downgradeUnprotected, offersCase(with(func(o *fact.Capabilities) {
			o.Sentinel = ""
			set(o, 0x0303, fact.Offer{Answer: fact.Declined})
			set(o, 0x0002, silent)
		})), Pass, ""},
		{"one version known", downgradeUnprotected, offersCase(with(func(o *fact.Capabilities) { o.Sentinel = ""; set(o, 0x0303, silent) })), Unknown, ""},
		{"not asked", downgradeUnprotected, offersCase(fact.Capabilities{}), Unknown, ""},
	} {
		t.Run(c.rule.ID+" "+c.name, func(t *testing.T) {
			v := c.rule.Check(c.c)
			text := v.Reason()
			for _, f := range v.Findings {
				text += f.Message
			}
			if v.State != c.want || !strings.Contains(text, c.message) {
				t.Errorf("%s: %s; want %s: %s", v.State, text, c.want, c.message)
			}
			if c.want == Fail && len(v.Findings) != 1 {
				t.Errorf("%d findings", len(v.Findings))
			}
		})
	}
}
