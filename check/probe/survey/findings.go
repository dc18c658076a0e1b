package survey

import (
	"slices"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"

	"github.com/tlsgate/tlsgate/check/fact"
)

// findings gathers what the answers of a survey show. That something was
// taken is never forgotten for a refusal: an address may have several servers
// behind it.
type findings struct {
	versions map[uint16]fact.Offer
	// hellos are the first that were taken at each version, marked whether
	// all ServerHellos at it had the sentinel.
	hellos map[uint16]clienthello.ClientHello
	marked map[uint16]bool

	exchanges  []exchange        // all questions and answers, in order
	weak       map[uint16]uint16 // the weak suites taken: the highest version at which each was
	rsa, ecdsa fact.ChainOffer
	scsv       fact.Protection
}

// An exchange is a question with its answer.
type exchange struct {
	question
	reply
}

// noteCurrent takes what the handshake of a current client showed: a certificate
// for clients with ECDSA suites, or another.
func (f *findings) noteCurrent(h fact.Handshake, ecdsa bool) {
	f.versions, f.weak = map[uint16]fact.Offer{}, map[uint16]uint16{}
	f.hellos, f.marked = map[uint16]clienthello.ClientHello{}, map[uint16]bool{}
	if h.Version == 0 {
		return
	}
	const byCurrent = "the handshake of a current client"
	f.take(h.Version, h.Suite, byCurrent)
	if h.Version < clienthello.TLS13 {
		f.decline(clienthello.TLS13, "a current client negotiated "+fact.VersionName(h.Version))
	}
	if len(h.Chain) == 0 {
		return
	}
	o := fact.ChainOffer{Offer: fact.Offer{Answer: fact.Accepted, Detail: byCurrent}, Chain: h.Chain}
	if ecdsa {
		f.ecdsa = o
	} else {
		f.rsa = o
	}
}

// note takes what the answer to a question shows.
func (f *findings) note(q question, r reply) {
	f.exchanges = append(f.exchanges, exchange{q, r})
	if r.state == chosen {
		f.noteServer(q, *r.flight.Server)
	}
	switch {
	case q.topic == aboutFallback:
		f.scsv = scsv(r)
	case q.topic == aboutVersion:
		f.noteVersions(q, r)
	case q.Version == clienthello.TLS12:
		noteChain(&f.rsa, suites().rsa, q, r)
		noteChain(&f.ecdsa, suites().ecdsa, q, r)
	}
}

// noteServer takes what a server chose. It chooses the highest version that
// it has of those offered.
func (f *findings) noteServer(q question, s clienthello.ServerHello) {
	f.take(s.Version, s.Suite, "the server chose it")
	if s.Version < q.Version {
		f.decline(q.Version, "the server chose "+fact.VersionName(s.Version)+" instead")
	}
	if s.Version < clienthello.SSL3 || s.Version >= clienthello.TLS13 {
		return
	}
	_, before := f.hellos[s.Version]
	if !before {
		f.hellos[s.Version] = q.ClientHello
	}
	f.marked[s.Version] = (f.marked[s.Version] || !before) && s.Downgraded()
}

// noteVersions takes the answer to a hello that asks about versions.
func (f *findings) noteVersions(q question, r reply) {
	versions := q.Versions
	if len(versions) == 0 {
		versions = []uint16{q.Version}
	} else if r.state == declined && !speaksOfList(r) {
		return
	}
	for _, v := range versions {
		switch r.state {
		case declined:
			f.decline(v, r.detail)
		case silent:
			f.leaveOpen(v, r.detail)
		}
	}
}

// speaksOfList reports whether a refusal is about the versions listed. A port
// that chose another version took no notice of the list, and other alerts may
// be about the hello's form. OpenSSL ends with internal_error where its
// security level bars what an old version needs.
func speaksOfList(r reply) bool {
	if a := r.flight.Alert; a != nil {
		return slices.Contains([]uint8{
			clienthello.ProtocolVersion, clienthello.HandshakeFailure, clienthello.InsufficientSecurity, clienthello.InternalError,
		}, a.Description)
	}
	return r.flight.Server == nil
}

// noteChain takes the answer to a hello with the suites of a kind of
// certificate: a refusal is one of them all.
func noteChain(o *fact.ChainOffer, suites []uint16, q question, r reply) {
	switch {
	case !slices.Contains(q.Suites, suites[0]):
	case r.state == declined:
		*o = fact.ChainOffer{Offer: fact.Offer{Answer: fact.Declined, Detail: r.detail}}
	case r.state == chosen && slices.Contains(suites, r.flight.Server.Suite) && len(r.flight.Chain) > 0:
		*o = fact.ChainOffer{Offer: fact.Offer{Answer: fact.Accepted, Detail: r.detail}, Chain: r.flight.Chain}
	case r.state == silent && o.Answer == "":
		o.Detail = r.detail
	}
}

// scsv reads the answer to a hello with TLS_FALLBACK_SCSV that would be taken
// without.
func scsv(r reply) fact.Protection {
	switch r.state {
	case declined:
		return fact.Present
	case chosen:
		return fact.Absent
	}
	return ""
}

// take notes that the port takes a version and a suite.
func (f *findings) take(version, suite uint16, detail string) {
	if f.answer(version) != fact.Accepted {
		f.versions[version] = fact.Offer{Answer: fact.Accepted, Detail: detail}
	}
	if version >= clienthello.SSL3 && weak(suite) { // SSL 2 has other suites, all weak
		f.weak[suite] = max(f.weak[suite], version)
	}
}

// decline notes that the port refuses a version.
func (f *findings) decline(version uint16, detail string) {
	if f.answer(version) == "" {
		f.versions[version] = fact.Offer{Answer: fact.Declined, Detail: detail}
	}
}

// leaveOpen notes why it is not known whether the port takes a version.
func (f *findings) leaveOpen(version uint16, detail string) {
	if f.answer(version) == "" {
		f.versions[version] = fact.Offer{Detail: detail}
	}
}

// noted reports whether anything is known of the version, or why not.
func (f *findings) noted(version uint16) bool {
	_, ok := f.versions[version]
	return ok
}

func (f *findings) answer(version uint16) fact.Answer { return f.versions[version].Answer }

// taken are the versions that the port takes, from SSL 3 up, highest first.
func (f *findings) taken() (versions []uint16) {
	for v := clienthello.TLS13; v >= clienthello.SSL3; v-- {
		if f.answer(v) == fact.Accepted {
			versions = append(versions, v)
		}
	}
	return versions
}

// weakTaken are the weak suites that the port takes at the version or above,
// ascending.
func (f *findings) weakTaken(version uint16) (suites []uint16) {
	for suite, at := range f.weak {
		if at >= version {
			suites = append(suites, suite)
		}
	}
	slices.Sort(suites)
	return suites
}

// highestBelowTLS13 is the version that a hello up to TLS 1.2 gets.
func (f *findings) highestBelowTLS13() uint16 {
	for _, v := range f.taken() {
		if v < clienthello.TLS13 {
			return v
		}
	}
	return 0
}

// sentinel tells whether all answers below the highest version are marked.
func (f *findings) sentinel() (p fact.Protection) {
	taken := f.taken()
	for i, v := range taken {
		marked, seen := f.marked[v]
		switch {
		case i == 0 || !seen:
		case !marked:
			return fact.Absent
		default:
			p = fact.Present
		}
	}
	return p
}

// capabilities are the findings as rules read them.
func (f *findings) capabilities() fact.Capabilities {
	f.concludeTLS12()
	o := fact.Capabilities{RSA: f.rsa, ECDSA: f.ecdsa, Sentinel: f.sentinel(), FallbackSCSV: f.scsv}
	for _, v := range []uint16{clienthello.TLS13, clienthello.TLS12, clienthello.TLS11, clienthello.TLS10, clienthello.SSL3, clienthello.SSL2} {
		o.Versions = append(o.Versions, fact.VersionOffer{Version: v, Offer: f.versions[v]})
	}
	for _, w := range fact.Weaknesses() {
		o.WeakSuites = append(o.WeakSuites, f.weakOffer(w))
	}
	return o
}

// concludeTLS12 notes that TLS 1.2 is refused if every suite of it was.
func (f *findings) concludeTLS12() {
	offers := []fact.Offer{f.rsa.Offer, f.ecdsa.Offer}
	for _, w := range fact.Weaknesses() {
		offers = append(offers, f.weakOffer(w).Offer)
	}
	for _, o := range offers {
		if o.Answer != fact.Declined {
			f.leaveOpen(clienthello.TLS12, o.Detail)
			return
		}
	}
	f.decline(clienthello.TLS12, f.rsa.Detail)
}

// weakOffer is the answer for the suites of a weakness: taken if any suite
// was, refused if all hellos that had some and nothing else were.
func (f *findings) weakOffer(w fact.Weakness) fact.WeakOffer {
	o := fact.WeakOffer{Weakness: w}
	for _, suite := range suitesOf(w, f.weakTaken(0)) {
		o.Suites = append(o.Suites, fact.SuiteOffer{Version: f.weak[suite], Suite: suite})
	}
	if len(o.Suites) > 0 {
		o.Offer = fact.Offer{Answer: fact.Accepted, Detail: "the server chose it"}
		return o
	}
	for _, x := range f.exchanges {
		switch {
		case !x.aboutSuites() || x.state == chosen || !slices.ContainsFunc(x.Suites, w.In):
		case x.state == silent:
			o.Offer = fact.Offer{Detail: x.detail}
			return o
		case o.Answer == "":
			o.Offer = fact.Offer{Answer: fact.Declined, Detail: x.detail}
		}
	}
	return o
}
