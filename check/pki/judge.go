package pki

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tlsgate/tlsgate/check/text"
)

// A Query is what a client is shown, and against what it is judged.
type Query struct {
	// Host is the name or IP address asked for: a lower-case A-label name or
	// an address without brackets. An empty host matches no certificate.
	Host string
	// AnyHost leaves the host out of the judgement.
	AnyHost bool
	// Leaf is the server's certificate, in whatever form.
	Leaf *Certificate
	// Sent are the other certificates that the server sent, in any order.
	Sent []*Certificate
	// Fetched are certificates found by other ways, as by Authority
	// Information Access (RFC 5280 section 4.2.2.1).
	Fetched []*Certificate
	// SCTs are the signed certificate timestamps of the TLS handshake, each
	// serialized as there; those in the leaf need not be given.
	SCTs [][]byte
	// stores replace the clients' root stores, for tests.
	stores []store
	// KeyEncipherment tells that the handshake used RSA key exchange, for which
	// the leaf's key decrypts instead of signing.
	KeyEncipherment bool
	// Roots are the trust anchors; nil means the embedded public roots.
	Roots *Roots
	// At is the time that validity is judged at.
	At time.Time
}

// A Judgement is all that speaks against trusting a leaf.
type Judgement struct {
	// Path is the best path found, leaf first, anchor last; nil if none
	// reaches an anchor.
	Path []*Certificate
	// UnknownIssuer is the distinguished name (RFC 4514, clipped and printable)
	// of the authority at which all paths end, where Path is nil and the leaf is
	// not its own issuer.
	UnknownIssuer string
	// Public is set where Path ends at an embedded public root, whether or not
	// a user's bundle holds it too: only then do the public root programs and
	// the Baseline Requirements speak of the chain.
	Public bool
	// Trust says which clients' root stores the chain reaches; none where it
	// is not Public.
	Trust []StoreTrust
	// Forecast is what will happen to the trust in the leaf, the first first.
	Forecast []Event
	// Unknown are the faults that there may be: the embedded tables were too
	// old at the time to say.
	Unknown []Fault
	// Faults are what is wrong with the leaf and with the best path, by kind;
	// none means that the certificate is accepted.
	Faults []Fault
}

// A Fault is one reason why a client refuses, or should.
type Fault struct {
	Kind Kind
	// Cert is the certificate at fault.
	Cert *Certificate
	// Detail says in full sentences what was seen; dynamic parts stand in
	// single quotes, remote text is clipped and printable.
	Detail string
	// Baseline is the section of the CA/Browser Forum's Baseline Requirements
	// for TLS server certificates, or of TLS, that alone is broken; empty where
	// path validation (RFC 5280 section 6) or a client's own rule fails.
	Baseline string
	// by is the root program that alone refuses, empty for any client; unsure
	// is set where its table is too old to say so.
	by     program
	unsure bool
}

// A Kind tells faults apart; a rule of package check names the one it reports.
type Kind string

// The kinds that are decided from the chain.
const (
	UntrustedRoot    Kind = "untrusted-root"
	SelfSigned       Kind = "self-signed"
	IncompleteChain  Kind = "incomplete-chain"
	HostnameMismatch Kind = "hostname-mismatch"
	Expired          Kind = "certificate-expired"
	NotYetValid      Kind = "certificate-not-yet-valid"
	WrongUsage       Kind = "wrong-usage"
	WeakKey          Kind = "weak-key"
	WeakSignature    Kind = "weak-signature"
	ValidityTooLong  Kind = "validity-too-long"
	BrowserRefused   Kind = "browser-refused"
	DistrustedRoot   Kind = "distrusted-root"
	NotUniversal     Kind = "root-not-universal"
	SCTMissing       Kind = "sct-missing"
	SCTFew           Kind = "sct-few"
)

// kindOrder is the order that faults are reported in.
var kindOrder = []Kind{UntrustedRoot, SelfSigned, IncompleteChain, HostnameMismatch, Expired, NotYetValid,
	WrongUsage, WeakKey, WeakSignature, ValidityTooLong, BrowserRefused, DistrustedRoot, NotUniversal, SCTMissing, SCTFew}

// Kinds lists them, in the order that faults are reported in.
func Kinds() []Kind { return slices.Clone(kindOrder) }

// gravity orders the faults that depend on the path: of two faulty paths the
// one with the lesser gravest fault is chosen. It is 0 for kinds that do not.
func (f Fault) gravity() int {
	order := []Kind{IncompleteChain, "", Expired, NotYetValid, WeakSignature, WeakKey, WrongUsage, BrowserRefused, DistrustedRoot, UntrustedRoot}
	if f.unsure {
		return 2 // between what is missing and what is refused
	}
	return 1 + slices.Index(order, f.Kind)
}

// Judge tries every path from the leaf to an anchor within fixed bounds and
// says what is wrong with the leaf and with the best path: first one without
// a fault, then one of certificates that the server sent, then the shorter.
// An expired or superfluous certificate beside a good path is no fault.
func Judge(q Query) Judgement {
	if q.Leaf == nil {
		return Judgement{Faults: []Fault{{Kind: UntrustedRoot, Detail: "There is no certificate to judge."}}}
	}
	if q.Leaf.Broken != "" {
		return Judgement{Faults: []Fault{refusal(q.Leaf, []Verifier{Chromium, Firefox}, q.Leaf.Broken)}}
	}
	s := build(q)
	best, faults := s.best()
	var unknown string
	var trust []StoreTrust
	if best.certs == nil {
		f := s.noPath()
		faults = []Fault{f}
		if f.Kind == UntrustedRoot {
			unknown = show(f.Cert.Issuer.String())
		}
	} else {
		faults = s.reconcile(faults)
		if best.anchor.public() {
			trust = s.trust(s.stores())
			faults = slices.Concat(faults, sctFaults(q.Leaf, s.scts), universalFaults(trust, q))
		}
	}
	faults = append(faults, s.leafFaults(best)...)
	faults, aged := settle(faults)
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return slices.Index(kindOrder, a.Kind) - slices.Index(kindOrder, b.Kind)
	})
	return Judgement{Path: best.certs, UnknownIssuer: unknown, Public: best.certs != nil && best.anchor.public(), Trust: trust, Forecast: s.forecast(best), Unknown: aged, Faults: faults}
}

// best chooses among the paths found.
func (s *search) best() (path, []Fault) {
	var best path
	var faults []Fault
	for _, p := range s.paths {
		f := s.pathFaults(p)
		s.judged = append(s.judged, f)
		if best.certs == nil || betterPath(p, f, best, faults) {
			best, faults = p, f
		}
	}
	return best, faults
}

// betterPath reports whether path a with its faults is to be preferred to b.
func betterPath(a path, fa []Fault, b path, fb []Fault) bool {
	return cmp.Or(
		cmp.Compare(gravest(fa), gravest(fb)),
		cmp.Compare(len(fa), len(fb)),
		cmp.Compare(len(a.fetched), len(b.fetched)),
		cmp.Compare(len(a.certs), len(b.certs)),
	) < 0
}

func gravest(faults []Fault) int {
	g := 0
	for _, f := range faults {
		g = max(g, f.gravity())
	}
	return g
}

// noPath tells why no path reaches an anchor.
func (s *search) noPath() Fault {
	leaf := s.q.Leaf
	if selfIssued(leaf) && signedBy(leaf, leaf) {
		return Fault{Kind: SelfSigned, Cert: leaf, Detail: fmt.Sprintf(
			"The certificate '%s' is signed by its own key and is none of %s.", Name(leaf), s.q.Roots.Name())}
	}
	end := s.end
	detail := fmt.Sprintf("No chain reaches a root of %s.", s.q.Roots.Name())
	switch {
	case s.cut:
		detail += fmt.Sprintf(" The search was given up at its bounds: the server sent %s that issue each other.",
			text.Count(len(s.q.Sent), "certificate"))
	case end == nil:
		detail += " The certificates at hand only lead back to each other."
	case selfIssued(end):
		detail += fmt.Sprintf(" It ends at '%s', which is signed by its own key and is none of these roots.", Name(end))
	case s.atHand(end):
		detail += fmt.Sprintf(" The certificate '%s' names the issuer '%s'; there is a certificate of that name, but its key did not make the signature.",
			Name(end), issuer(end))
	default:
		detail += fmt.Sprintf(" The issuer '%s' of '%s' is neither such a root nor among the certificates sent (%d) or fetched (%d).",
			issuer(end), Name(end), len(s.q.Sent), len(s.q.Fetched))
	}
	return Fault{Kind: UntrustedRoot, Cert: cmp.Or(end, leaf), Detail: detail}
}

// atHand reports whether some certificate bears the name of c's issuer.
func (s *search) atHand(c *Certificate) bool {
	name := canonicalName(c.RawIssuer)
	return len(s.pool[name]) > 0 || len(s.q.Roots.named(name)) > 0
}
