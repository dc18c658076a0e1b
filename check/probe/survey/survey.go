// Package survey finds out what a TLS port takes from clients other than a
// current one: older versions, weak cipher suites, a fallback, and the chain
// of the other kind of certificate.
package survey

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/clienthello"
	"github.com/tlsgate/tlsgate/check/probe/tlsclient"
)

// maxSuites bounds how many suites of one weakness are enumerated at one
// version.
const maxSuites = 16

// FirstHellos is how many hellos are sent at the same time, as soon as the
// handshake of a current client is over.
const FirstHellos = 7

// surveyTime bounds a survey. It is enough to ask a port slowly that leaves
// several hellos without an answer.
const surveyTime = 90 * time.Second

// A Port is a TLS port to survey.
type Port struct {
	// Dial connects to the port; the connection fails when the time for one
	// hello and its answer is over, or with the context.
	Dial func(context.Context) (net.Conn, error)
	// Pause waits, at most until the context's end.
	Pause func(context.Context, time.Duration)
	// Current is the handshake that a current client made with the port. Its
	// server name is sent to the port again, as SNI.
	Current fact.Handshake
}

// Survey asks the port: with 7 hellos if it accepts nothing that it should
// refuse, and some more if it refuses without an alert. Nothing is asked of a
// port that did not take up a TLS handshake with a current client: no refusal
// could be told from a failure. A port that accepts very much, slowly, is not
// asked for all of it.
func (p Port) Survey(ctx context.Context) fact.Capabilities {
	s := &surveyor{Port: p, ecdsa: leafIsECDSA(p.Current.Chain)}
	shook := []fact.Outcome{fact.Answered, fact.BrokenOff, fact.Failed}
	if !s.Current.Connected || !slices.Contains(shook, s.Current.Outcome) {
		return fact.Capabilities{}
	}
	ctx, cancel := context.WithTimeout(ctx, surveyTime)
	defer cancel()
	s.findings.noteCurrent(s.Current, s.ecdsa)
	s.first(ctx)
	s.olderVersions(ctx)
	s.weakSuites(ctx)
	s.fallback(ctx)
	c := s.findings.capabilities()
	c.Connections = int(s.connections.Load())
	return c
}

// A surveyor is the state of one survey.
type surveyor struct {
	Port
	ecdsa       bool // a current client was shown a certificate for ECDSA suites
	connections atomic.Int64
	slow        bool        // the port left a question without an answer: one at a time from there on
	gone        atomic.Bool // it did not answer a current client any more
	findings    findings
}

// first asks what every port is asked, all at once.
func (s *surveyor) first(ctx context.Context) {
	same, other := suites().rsa, suites().ecdsa
	plain, mixed := suites().weakOthers, suites().weakECDSA
	if s.ecdsa {
		same, other, plain, mixed = other, same, mixed, plain
	}
	questions := append(s.aboutVersions(),
		s.question(aboutChain, clienthello.TLS12, same),
		s.question(aboutWeak, clienthello.TLS12, plain),
		// Most ports refuse these weak suites, and those of the kind of
		// certificate that a current client did not get: one hello has both.
		s.question(aboutWeak, clienthello.TLS12, slices.Concat(mixed, other)))
	replies := s.together(ctx, questions)
	for i, q := range questions {
		s.findings.note(q, replies[i])
	}
	switch r := replies[len(replies)-1]; { // if one part of it was taken, the other is asked by itself
	case r.state != chosen:
	case weak(r.suite()):
		s.query(ctx, s.question(aboutChain, clienthello.TLS12, other))
	default:
		s.query(ctx, s.question(aboutWeak, clienthello.TLS12, mixed))
	}
}

// aboutVersions are the questions about old versions, and about TLS 1.3.
func (s *surveyor) aboutVersions() []question {
	qs := []question{
		s.question(aboutVersion, clienthello.SSL2, nil),
		s.question(aboutVersion, clienthello.SSL3, suites().legacy),
	}
	if s.Current.Version >= clienthello.TLS13 {
		q := s.question(aboutVersion, clienthello.TLS11, suites().listed)
		q.Versions = []uint16{clienthello.TLS11, clienthello.TLS10}
		qs = append(qs, q)
	} else {
		// Each by itself: some stacks refuse a version that they lack instead
		// of taking a lower one.
		qs = append(qs,
			s.question(aboutVersion, clienthello.TLS11, suites().legacy),
			s.question(aboutVersion, clienthello.TLS10, suites().legacy))
	}
	if s.Current.Version >= clienthello.TLS13 || s.Current.Version == 0 {
		qs = append(qs, s.question(aboutIntegrity, clienthello.TLS13, suites().integrity))
	}
	return qs
}

// olderVersions asks by itself for what the list of versions left open.
func (s *surveyor) olderVersions(ctx context.Context) {
	for _, version := range []uint16{clienthello.TLS11, clienthello.TLS10} {
		if !s.findings.noted(version) {
			s.query(ctx, s.question(aboutVersion, version, suites().legacy))
		}
	}
}

// weakSuites looks for all the weak suites that the port takes, if it took
// any, and asks again at each older version that it takes: some ports have
// other suites there.
func (s *surveyor) weakSuites(ctx context.Context) {
	for _, x := range slices.Clone(s.findings.exchanges) {
		if x.state == chosen && weak(x.suite()) && x.aboutSuites() {
			s.enumerate(ctx, x.question)
		}
	}
	highest := s.findings.highestBelowTLS13()
	for _, version := range s.findings.taken() {
		if version >= highest {
			continue // the hello up to TLS 1.2 asked there
		}
		q := s.question(aboutWeak, version, without(suites().weak, s.findings.weakTaken(version)))
		if s.query(ctx, q).state == chosen {
			s.enumerate(ctx, q)
		}
	}
}

// enumerate finds which of a question's suites the port takes, weakness by
// weakness: whatever it chose is left out of the next hello, until it chooses
// nothing any more.
func (s *surveyor) enumerate(ctx context.Context, q question) {
	all := q.Suites
	for _, w := range fact.Weaknesses() {
		q.Suites = suitesOf(w, without(all, s.findings.weakTaken(q.Version)))
		for n := 0; n < maxSuites && len(q.Suites) > 0; n++ {
			r := s.query(ctx, q)
			if r.state != chosen {
				break
			}
			q.Suites = without(q.Suites, []uint16{r.suite()})
		}
	}
}

// fallback asks whether the port honours TLS_FALLBACK_SCSV, with a hello that
// it took without: where several versions could be downgraded between, and no
// sentinel protects them.
func (s *surveyor) fallback(ctx context.Context) {
	taken := s.findings.taken()
	if len(taken) < 2 || s.findings.sentinel() == fact.Present {
		return
	}
	q, ok := s.findings.hellos[taken[1]]
	if !ok {
		return
	}
	q.Version, q.Versions, q.Fallback = taken[1], nil, true
	s.query(ctx, question{topic: aboutFallback, ClientHello: q})
}

// leafIsECDSA reports whether the chain is for clients with ECDSA suites.
func leafIsECDSA(chain [][]byte) bool {
	return len(chain) > 0 && tlsclient.HasECDSAKey(chain[0])
}
