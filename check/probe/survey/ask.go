package survey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/clienthello"
	"github.com/tlsgate/tlsgate/check/probe/neterr"
	"github.com/tlsgate/tlsgate/check/text"
)

// maxDetail bounds the text kept of an error, in bytes.
const maxDetail = 200

// surveyPause is waited before each question to a port that seems to limit
// how fast it is asked.
const surveyPause = 2 * time.Second

// detailIgnored is the detail of a refusal by silence.
const detailIgnored = "no answer, twice, while it answers current clients"

// A replyState tells what the answer to a hello is worth.
type replyState int

const (
	silent   replyState = iota // nothing to go by: it may be asked again
	ended                      // a refusal if the port goes on answering others: the connection was ended without a word
	declined                   // the port refused
	chosen                     // the port chose from what was offered
)

// A reply is the answer to a hello.
type reply struct {
	state  replyState
	detail string // how it was said, in a few words
	flight clienthello.Flight
	// ignored is set if the connection stood, and not one byte came; if the
	// hello was sent twice, both times.
	ignored bool
	// twice is set if the hello was sent again for want of an answer.
	twice bool
}

// answered reports whether the port's TLS said something.
func (r reply) answered() bool { return r.state == chosen || r.state == declined }

// suite is the one chosen.
func (r reply) suite() uint16 { return r.flight.Server.Suite }

// A topic is what a hello asks about, beyond the version and suite that an
// answer to any hello shows.
type topic int

const (
	aboutVersion   topic = iota // its highest version
	aboutWeak                   // weak suites
	aboutIntegrity              // suites of TLS 1.3 that do not encrypt
	aboutChain                  // the chain for clients of one kind of certificate
	aboutFallback               // TLS_FALLBACK_SCSV
)

// A question is a hello and what it is about.
type question struct {
	topic
	clienthello.ClientHello
}

// aboutSuites reports whether the question is about weak suites.
func (q question) aboutSuites() bool { return q.topic == aboutWeak || q.topic == aboutIntegrity }

// aboutOld reports whether the question is about a version that current
// clients do not offer.
func (q question) aboutOld() bool { return q.topic == aboutVersion && q.Version <= clienthello.TLS11 }

// question asks about a topic with a hello up to a version. That about the
// chain offers no protocol (ALPN), as many clients that are no browsers: a
// load balancer may send these to another server.
func (s *surveyor) question(about topic, version uint16, suites []uint16) question {
	q := question{about, clienthello.ClientHello{Version: version, Suites: suites, ServerName: s.Current.ServerName}}
	if about == aboutChain {
		q.Protocols = []string{}
	}
	return q
}

// query asks one question, makes sure of the answer and notes it.
func (s *surveyor) query(ctx context.Context, q question) reply {
	replies := s.together(ctx, []question{q})
	s.findings.note(q, replies[0])
	return replies[0]
}

// together asks the questions at the same time, and makes sure of the answers.
// It asks once more, alone, those whose connections were ended: a port with a
// limit of connections ends what exceeds it, and refuses nothing by that. It
// says no ServerHello and sends no alert, so only a port that refuses by a bare
// close costs connections more: one for each refusal, and one to see that it
// answers a current client still.
func (s *surveyor) together(ctx context.Context, questions []question) []reply {
	replies := make([]reply, len(questions))
	again := newSecondChance(ctx, s)
	var wg sync.WaitGroup
	for i, q := range questions {
		wg.Go(func() { replies[i] = again.ask(q) })
	}
	wg.Wait()
	again.end()
	for i, r := range replies {
		if r.state == ended && !r.twice && len(questions) > 1 && r.flight.Server == nil && r.flight.Alert == nil {
			replies[i] = s.ask(ctx, questions[i].ClientHello)
		}
	}
	s.refuseIgnored(questions, replies)
	s.confirm(ctx, questions, replies)
	s.slow = s.slow || slices.ContainsFunc(replies, func(r reply) bool { return r.twice })
	return replies
}

// refuseIgnored takes silence for a refusal of TLS 1.2 where a port that speaks
// TLS 1.3 ignored twice the hello with the suites of current clients up to TLS
// 1.2: then none without TLS 1.3 gets through, whatever it offers.
func (s *surveyor) refuseIgnored(questions []question, replies []reply) {
	ignored := func(r reply) bool { return r.state == silent && r.twice && r.ignored }
	refused := false
	for i, q := range questions {
		refused = refused || s.Current.Version >= clienthello.TLS13 && q.topic == aboutChain && ignored(replies[i])
	}
	for i, q := range questions {
		if refused && q.Version <= clienthello.TLS12 && ignored(replies[i]) {
			replies[i].state = ended // where the port answers a current client still
		}
	}
}

// confirm tells refusals from a port that stopped answering (rate limits, a
// firewall that took offence), and asks again what was refused then: once,
// slowly, one at a time.
func (s *surveyor) confirm(ctx context.Context, questions []question, replies []reply) {
	s.interpretEnded(ctx, replies)
	open := func(r reply) bool { return r.state == silent && !r.twice }
	if s.slow || !slices.ContainsFunc(replies, open) {
		return
	}
	s.slow = true
	if !s.isAlive(ctx) {
		s.gone.Store(true)
		return
	}
	for i, r := range replies {
		if !open(r) {
			continue
		}
		replies[i] = s.ask(ctx, questions[i].ClientHello)
		if r.ignored && replies[i].ignored && questions[i].aboutOld() {
			replies[i].state = ended
		}
	}
	s.interpretEnded(ctx, replies)
}

// interpretEnded takes what ended for refusals if the port still answers a current
// hello, and for silence if it does not.
func (s *surveyor) interpretEnded(ctx context.Context, replies []reply) {
	if !slices.ContainsFunc(replies, func(r reply) bool { return r.state == ended }) {
		return
	}
	state := silent
	if s.isAlive(ctx) {
		state = declined
	}
	for i := range replies {
		r := &replies[i]
		if r.state != ended {
			continue
		}
		r.state = state
		if state == declined && r.ignored {
			r.detail = detailIgnored
		}
	}
}

// isAlive reports whether the port answers the hello of a current client.
func (s *surveyor) isAlive(ctx context.Context) bool {
	current := clienthello.ClientHello{Version: clienthello.TLS12, Suites: suites().current, ServerName: s.Current.ServerName}
	if s.Current.Version >= clienthello.TLS13 {
		current.Version = clienthello.TLS13
	}
	return s.ask(ctx, current).answered()
}

// ask sends one hello over a connection of its own, and reads the answer.
func (s *surveyor) ask(ctx context.Context, q clienthello.ClientHello) reply {
	if s.slow && !s.gone.Load() {
		s.Pause(ctx, surveyPause)
	}
	if s.gone.Load() || ctx.Err() != nil {
		return reply{detail: "the port stopped answering, or time ran out"}
	}
	message, err := clienthello.Write(q)
	if err != nil {
		return reply{detail: err.Error()}
	}
	s.connections.Add(1)
	conn, err := s.Dial(ctx)
	if err != nil {
		return reply{detail: text.Clip(neterr.Text(err), maxDetail)}
	}
	defer conn.Close()
	return converse(conn, q, message)
}

// converse sends the message of a hello, and reads what its answer says.
func converse(conn net.Conn, q clienthello.ClientHello, message []byte) reply {
	_, err := conn.Write(message)
	var r reply
	var first [1]byte
	if err == nil {
		_, err = io.ReadFull(conn, first[:])
		r.ignored = neterr.IsTimeout(err)
	}
	if err == nil {
		r.flight, err = clienthello.Read(io.MultiReader(bytes.NewReader(first[:]), conn))
	}
	f := r.flight
	switch {
	case f.Alert != nil:
		r.state, r.detail = weigh(*f.Alert), fmt.Sprintf("alert '%s'", f.Alert)
	case f.NoCipher:
		r.state, r.detail = declined, "no cipher in common"
	case f.Server != nil && !q.Admits(*f.Server):
		r.state, r.detail = declined, fmt.Sprintf("the server chose '%s' with '%s', which was not offered",
			fact.VersionName(f.Server.Version), fact.SuiteName(f.Server.Suite))
	case f.Complete:
		r.state, r.detail = chosen, "the server chose it"
	case f.Server != nil:
		r.detail = "the answer ended after the ServerHello"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), neterr.IsReset(err):
		r.state, r.detail = ended, "the server closed the connection"
	case errors.Is(err, clienthello.ErrMalformed):
		r.state, r.detail = ended, text.Clip(err.Error(), maxDetail)
	default:
		r.detail = text.Clip(neterr.Text(err), maxDetail)
	}
	return r
}

// weigh tells what an alert is worth. Some are sent by ports that are
// overloaded or bar the client, and say nothing of what was offered.
func weigh(a clienthello.Alert) replyState {
	switch a.Description {
	case clienthello.InternalError, clienthello.AccessDenied, clienthello.UserCanceled:
		return ended
	}
	return declined
}
