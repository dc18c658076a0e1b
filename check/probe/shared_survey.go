package probe

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/survey"
)

// A sharedSurvey is what is known of a TLS port that several targets share.
type sharedSurvey struct {
	turn
	early        atomic.Pointer[earlyConnections] // of the first target that asks for it
	listed       bool                             // among the recent ones; the prober's lock is over it
	known        bool
	capabilities fact.Capabilities
}

func newSharedSurvey() *sharedSurvey { return &sharedSurvey{turn: newTurn()} }

// maxSurveys is how many surveys are remembered: the targets of a host mostly
// stand together in a list, and a long one must not be in memory as a whole.
const maxSurveys = 2048

// surveyAt is the survey of a port that is asked by a server name.
func (p *Prober) surveyAt(at netip.AddrPort, serverName string) *sharedSurvey {
	key := at.String() + " " + serverName
	s := remembered(p, p.surveys, key, newSharedSurvey)
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.listed {
		return s
	}
	s.listed = true
	if p.recent = append(p.recent, key); len(p.recent) > maxSurveys {
		delete(p.surveys, p.recent[0])
		p.recent = p.recent[1:]
	}
	return s
}

// survey surveys a TLS port once in a run for all targets of a host:
// what it accepts does not depend on the path that is asked.
func (p *Prober) survey(ctx context.Context, at netip.AddrPort, current fact.Handshake, s *sharedSurvey) fact.Capabilities {
	if !s.take(ctx) {
		return fact.Capabilities{}
	}
	defer s.leave()
	if s.known {
		return s.capabilities
	}
	var chains fact.Capabilities
	var wg sync.WaitGroup
	wg.Go(func() { p.chainBySignature(ctx, at, current, &chains) })
	held := p.holdingConns()
	c := survey.Port{
		Dial: func(ctx context.Context) (net.Conn, error) {
			v, err := s.early.Load().connect(ctx, p.patience(answerPatience))
			if err != nil {
				return nil, err
			}
			return held.add(v), nil
		},
		Pause: p.Pause, Current: current,
	}.Survey(ctx)
	p.evidence.keepOffer(&c.RSA)
	p.evidence.keepOffer(&c.ECDSA)
	held.letGo() // what is waited for needs memory too
	wg.Wait()
	c.RSATLS13, c.ECDSATLS13 = chains.RSATLS13, chains.ECDSATLS13
	c.Connections += chains.Connections
	if len(c.Versions) > 0 && ctx.Err() == nil { // else not asked, or not to the end
		s.known, s.capabilities = true, c
	}
	return c
}
