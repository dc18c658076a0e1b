package check

import (
	"strings"
	"testing"
)

// refusing are the offers of a port that takes TLS 1.2 and 1.3 alone.
func refusing() Offers {
	told := Offer{Declined, "alert 'protocol_version'"}
	o := Offers{Sentinel: Present, Connections: 7}
	for _, v := range []uint16{0x0304, 0x0303, 0x0302, 0x0301, 0x0300, 0x0002} {
		o.Versions = append(o.Versions, VersionOffer{v, told})
	}
	o.Versions[0].Answer, o.Versions[1].Answer = Accepted, Accepted
	for _, w := range Weaknesses() {
		o.Weak = append(o.Weak, WeakOffer{Weakness: w, Offer: told})
	}
	return o
}

// set answers for a version.
func set(o *Offers, version uint16, offer Offer) {
	for i := range o.Versions {
		if o.Versions[i].Version == version {
			o.Versions[i].Offer = offer
		}
	}
}

// offersCase is a deployment whose addresses make these offers.
func offersCase(ports ...Offers) *Case {
	o := Observation{Target: Target{Scheme: "https", Host: "a.example", Port: 443, CleartextPort: 80, Path: "/"}}
	for i, p := range ports {
		ip := "192.0.2." + string(rune('1'+i))
		o.Endpoints = append(o.Endpoints, Endpoint{IP: ip, Offers: p,
			TLS: Handshake{Address: ip + ":443", Outcome: Answered, Connected: true, Version: 0x0304}})
	}
	return newCase(o, Policy{}, nil)
}

func TestOfferRules(t *testing.T) {
	silent := Offer{Told: "timed out"}
	with := func(edit func(*Offers)) Offers {
		o := refusing()
		edit(&o)
		return o
	}
	accepts := func(w int, suites ...SuiteOffer) func(*Offers) {
		return func(o *Offers) {
			o.Weak[w] = WeakOffer{Weaknesses()[w], Offer{Accepted, "its ServerHello"}, suites}
		}
	}
	old := with(func(o *Offers) { set(o, 0x0301, Offer{Answer: Accepted}); set(o, 0x0002, Offer{Answer: Accepted}) })
	quiet := with(func(o *Offers) { set(o, 0x0002, silent) })
	oldAndQuiet := with(func(o *Offers) { set(o, 0x0301, Offer{Answer: Accepted}); set(o, 0x0002, silent) })
	noTLS := offersCase(Offers{})
	noTLS.Endpoints[0].TLS = Handshake{Address: "192.0.2.1:443", Outcome: BrokenOff, Connected: true}
	var many []SuiteOffer
	for range 14 {
		many = append(many, SuiteOffer{0x0303, 0x0005})
	}

	for _, c := range []struct {
		name    string
		rule    Rule
		c       *Case
		want    State
		message string // part of the finding's or the reason
	}{
		{"sound", legacyProtocol, offersCase(refusing()), Pass, ""},
		{"old", legacyProtocol, offersCase(old), Fail, "The TLS port accepts 'TLS 1.0', 'SSL 2'. Seen at '192.0.2.1:443'."},
		{"one address old", legacyProtocol, offersCase(refusing(), old), Fail, "Seen at '192.0.2.2:443'."},
		{"old and quiet", legacyProtocol, offersCase(oldAndQuiet), Fail, "accepts 'TLS 1.0'."},
		{"quiet", legacyProtocol, offersCase(quiet), Unknown, "accepts 'SSL 2' (timed out) is not known"},
		{"one address quiet", legacyProtocol, offersCase(refusing(), quiet), Unknown, "'192.0.2.2:443'"},
		{"not asked", legacyProtocol, offersCase(Offers{}), Unknown, "was not asked"},
		{"no handshake", legacyProtocol, noTLS, Unknown, "broke off"},
		{"no address", legacyProtocol, offersCase(), Unknown, ""},

		{"sound", unencryptedCipher, offersCase(refusing()), Pass, ""},
		{"NULL", unencryptedCipher, offersCase(with(accepts(0, SuiteOffer{0x0303, 0x0002}))), Fail, "do not encrypt: 'TLS_RSA_WITH_NULL_SHA' (TLS 1.2)."},
		{"integrity", unencryptedCipher, offersCase(with(accepts(0, SuiteOffer{0x0304, 0xC0B4}))), Fail, "'TLS_SHA256_SHA256' (TLS 1.3)."},
		{"another weakness", unencryptedCipher, offersCase(with(accepts(2, SuiteOffer{0x0303, 0x0005}))), Pass, ""},
		{"silent", unencryptedCipher, offersCase(with(func(o *Offers) { o.Weak[0].Offer = silent })), Unknown, "(timed out)"},
		{"anonymous", unauthenticatedCipher, offersCase(with(accepts(1, SuiteOffer{0x0303, 0x0034}))), Fail, "'TLS_DH_anon_WITH_AES_128_CBC_SHA'"},
		{"not asked", unauthenticatedCipher, offersCase(Offers{Versions: refusing().Versions}), Unknown, "(not asked)"},
		{"RC4", brokenCipher, offersCase(with(accepts(2, SuiteOffer{0x0301, 0x0005}))), Fail, "'TLS_RSA_WITH_RC4_128_SHA' (TLS 1.0)."},
		{"many", brokenCipher, offersCase(with(accepts(2, many...))), Fail, " and 2 more."},

		{"sentinel", downgradeUnprotected, offersCase(refusing()), Pass, ""},
		{"SCSV", downgradeUnprotected, offersCase(with(func(o *Offers) { o.Sentinel, o.FallbackSCSV = Absent, Present })), Pass, ""},
		{"neither", downgradeUnprotected, offersCase(with(func(o *Offers) { o.Sentinel, o.FallbackSCSV = Absent, Absent })), Fail, "offers 'TLS 1.3', 'TLS 1.2', but"},
		{"SCSV not known", downgradeUnprotected, offersCase(with(func(o *Offers) { o.Sentinel = Absent })), Unknown, ""},
		{"one version", downgradeUnprotected, offersCase(with(func(o *Offers) { o.Sentinel = ""; set(o, 0x0303, Offer{Answer: Declined}) })), Pass, ""},
		{"one version and SSL 2", downgradeUnprotected, offersCase(with(func(o *Offers) {
			o.Sentinel = ""
			set(o, 0x0303, Offer{Answer: Declined})
			set(o, 0x0002, silent)
		})), Pass, ""},
		{"one version known", downgradeUnprotected, offersCase(with(func(o *Offers) { o.Sentinel = ""; set(o, 0x0303, silent) })), Unknown, ""},
		{"not asked", downgradeUnprotected, offersCase(Offers{}), Unknown, ""},
	} {
		t.Run(c.rule.ID+" "+c.name, func(t *testing.T) {
			v := c.rule.Check(c.c)
			text := v.Reason
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
