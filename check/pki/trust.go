package pki

import (
	"fmt"
	"slices"
	"strings"
)

// An Acceptance is what a client makes of a chain.
type Acceptance string

// The acceptances. The zero value means that it is not known: the chain leads
// to a root that the tables do not speak of, or a table is too old.
const (
	AcceptanceUnknown Acceptance = ""
	Accepted          Acceptance = "accepts"
	Refused           Acceptance = "refuses"
)

// A StoreTrust is what the clients with one root store make of a chain. It
// speaks of the way to a root alone; the leaf's own faults, its name and its
// dates among them, are the same for all clients.
type StoreTrust struct {
	Store
	Acceptance Acceptance `json:"acceptance,omitempty"`
	// Root names the root by which it is accepted.
	Root string `json:"root,omitempty"`
	// Completed names the certificates that the server does not send and the
	// client fetches.
	Completed []string `json:"completed,omitempty"`
	// Install names the certificates, each with its issuer, that the server
	// would have to send for the client to accept.
	Install []string `json:"install,omitempty"`
}

// stores are the root stores that the query is about.
func (s *search) stores() []store {
	if s.q.stores != nil {
		return s.q.stores
	}
	return stores()
}

// trust asks each store. The paths must have been judged.
func (s *search) trust(stores []store) []StoreTrust {
	out := make([]StoreTrust, len(stores))
	for i, st := range stores {
		out[i] = s.trustOf(st)
	}
	return out
}

// trustOf finds the best path for a store: one as sent, then the one with the
// fewest certificates to fetch or to install.
func (s *search) trustOf(st store) StoreTrust {
	t := StoreTrust{Store: st.Store, Acceptance: Refused}
	var best path
	unsure := s.open()
	for i, p := range s.paths {
		held, maybe := st.accepts(p, s.judged[i])
		unsure = unsure || maybe
		if held && (best.certs == nil || len(p.fetched) < len(best.fetched)) {
			best = p
		}
	}
	switch {
	case best.certs != nil && (len(best.fetched) == 0 || st.Fetches()):
		t.Acceptance, t.Root = Accepted, Name(best.anchor.cert())
		for _, c := range best.fetched {
			t.Completed = append(t.Completed, Name(c))
		}
	case best.certs != nil:
		for _, c := range best.fetched {
			t.Install = append(t.Install, fmt.Sprintf("%s (issued by %s)", Name(c), issuer(c)))
		}
	case unsure:
		t.Acceptance = AcceptanceUnknown
	}
	return t
}

// accepts reports whether the store's clients take a path with these faults,
// or may: their program's table is too old to say.
func (st store) accepts(p path, faults []Fault) (held, maybe bool) {
	own := map[Client]program{ClientChrome: chromeProgram, ClientFirefox: mozillaProgram}[st.Client]
	if st.holds != nil && !st.holds(p.anchor) || !p.anchor.public() {
		return false, false
	}
	held = true
	for _, f := range faults {
		switch {
		case f.Kind == IncompleteChain, f.by != "" && f.by != own:
		case f.Kind == Expired && f.Cert == p.anchor.cert() && (st.Client == ClientAndroid || st.Client == ClientOpenJDK):
			// These two do not look at an anchor's dates.
		case f.unsure:
			held, maybe = false, true
		default:
			return false, false
		}
	}
	return held, maybe
}

// open reports whether the chain also leads to an authority that is no
// embedded root and is not at hand: a client's store may hold it.
func (s *search) open() bool {
	return slices.ContainsFunc(s.ends, func(c *Certificate) bool {
		return c != s.q.Leaf && len(validity(c, s.q.At)) == 0
	})
}

// universalFaults are those clients of the current release of a store, by a
// list that is not too old, that refuse what Chrome and Firefox accept.
func universalFaults(trust []StoreTrust, q Query) []Fault {
	var refusing, install []string
	for _, t := range trust {
		browser := t.Client == ClientChrome || t.Client == ClientFirefox
		if browser && t.Acceptance != Accepted {
			return nil
		}
		if browser || t.Client == ClientOpenJDK || !t.Current || t.Aged(q.At) || t.Acceptance != Refused {
			continue
		}
		refusing = append(refusing, fmt.Sprintf("%s (list of '%s')", t.Store, t.Date))
		for _, c := range t.Install {
			if !slices.Contains(install, c) {
				install = append(install, c)
			}
		}
	}
	if len(refusing) == 0 {
		return nil
	}
	detail := fmt.Sprintf("Chrome and Firefox trust the certificate '%s', but the chain as sent reaches no root of %s.", Name(q.Leaf), strings.Join(refusing, ", "))
	if len(install) > 0 {
		detail += fmt.Sprintf(" It would with the intermediate certificate %s.", list(install))
	}
	return []Fault{{Kind: NotUniversal, Cert: q.Leaf, Detail: detail}}
}
