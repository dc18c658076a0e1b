package fact

// Capabilities are what a TLS port takes from clients other than a current one:
// the facts about its fallbacks. The zero value means that it was not asked.
type Capabilities struct {
	// Versions are the answers for each version from TLS 1.3 down to SSL 2.
	Versions []VersionOffer `json:"versions,omitempty"`
	// WeakSuites are the answers for the suites of each weakness, each asked of the
	// highest version the port takes up to TLS 1.2, of every older one it
	// takes, and of TLS 1.3 where it has suites of that weakness.
	WeakSuites []WeakOffer `json:"weakSuites,omitempty"`
	// RSA and ECDSA are what TLS 1.2 clients get that know only suites with
	// that kind of certificate.
	RSA   ChainOffer `json:"rsa,omitzero"`
	ECDSA ChainOffer `json:"ecdsa,omitzero"`
	// RSATLS13 and ECDSATLS13 are what TLS 1.3 clients get that know only
	// signatures by that kind of key. The kind that a current client was shown
	// is not asked for again.
	RSATLS13   ChainOffer `json:"rsaTLS13,omitzero"`
	ECDSATLS13 ChainOffer `json:"ecdsaTLS13,omitzero"`
	// Sentinel tells whether the port marks the random value of a ServerHello
	// below its highest version (RFC 8446 section 4.1.3).
	Sentinel Protection `json:"sentinel,omitempty"`
	// FallbackSCSV tells whether the port refuses a hello below its highest
	// version that has TLS_FALLBACK_SCSV (RFC 7507). It is asked only where
	// no sentinel was seen and several versions are taken.
	FallbackSCSV Protection `json:"fallbackScsv,omitempty"`
	// Connections is how many connections finding this out took.
	Connections int `json:"connections,omitempty"`
}

// An Answer is what a port said when a client offered something.
type Answer string

// The answers. The zero value means not known, silence included, but for
// silence to hellos of SSL 2 to TLS 1.1 alone, twice, from a port that answers
// current ones before and after: no client that knows only SSL gets through.
const (
	Accepted Answer = "accepted" // the server chose it in its ServerHello
	Declined Answer = "declined" // it said so, or ended the connection while it went on serving current clients
)

// A Protection tells whether a guard against downgrades was seen.
type Protection string

// The states of a protection. The zero value means not known.
const (
	Present Protection = "present"
	Absent  Protection = "absent"
)

// An Offer is the answer to one question.
type Offer struct {
	Answer Answer `json:"answer,omitempty"`
	// Detail says in a few words what showed the answer, or why there is none.
	Detail string `json:"detail,omitempty"`
}

// A VersionOffer is the answer for a protocol version, as on the wire.
type VersionOffer struct {
	Version uint16 `json:"version"`
	Offer
}

// A WeakOffer is the answer for the suites of one weakness.
type WeakOffer struct {
	Weakness Weakness `json:"weakness"`
	Offer
	// Suites are those accepted, each with the highest version at which it
	// was. A port that takes very many is not asked for the last of them.
	Suites []SuiteOffer `json:"suites,omitempty"`
}

// A SuiteOffer is a cipher suite (IANA code point) accepted at a version.
type SuiteOffer struct {
	Version uint16 `json:"version"`
	Suite   uint16 `json:"cipherSuite"`
}

// A ChainOffer is the answer to a client of one kind of certificate.
type ChainOffer struct {
	Offer
	// Chain holds the certificates in the order they were sent, DER.
	Chain [][]byte `json:"chain,omitempty"`
}

// Version is the answer for a protocol version.
func (o Capabilities) Version(version uint16) Offer {
	for _, v := range o.Versions {
		if v.Version == version {
			return v.Offer
		}
	}
	return Offer{}
}

// Weakness is the answer for the suites of a weakness.
func (o Capabilities) Weakness(w Weakness) WeakOffer {
	for _, have := range o.WeakSuites {
		if have.Weakness == w {
			return have
		}
	}
	return WeakOffer{Weakness: w}
}
