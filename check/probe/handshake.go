package probe

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/clienthello"
	"github.com/tlsgate/tlsgate/check/probe/neterr"
	"github.com/tlsgate/tlsgate/check/probe/tlsclient"
)

// hedgeAfter is how long a first question may go without an answer before
// another is asked over a second connection; a third of the timeout if that
// is less.
const hedgeAfter = 3 * time.Second

func (p *Prober) hedge() time.Duration { return min(hedgeAfter, p.Timeout/3) }

// An attempt is a connection with a TLS handshake, and what the latter showed.
// Its fields are set when done is closed.
type attempt struct {
	visit
	tls       *tlsclient.Conn
	facts     fact.Handshake
	err       error
	connected chan struct{} // closed when the TCP connection stands, or will not
	done      chan struct{}
	cancel    context.CancelFunc
}

// handshake connects, and makes a TLS handshake with certificate verification
// off. A server that does not take a hello with a post-quantum key share,
// which fills more than a packet, is sent one without, for it serves all
// clients that have no such share. The caller ends the visit if there is no
// error.
func (p *Prober) handshake(ctx context.Context, host string, at netip.AddrPort, ask requestOptions) *attempt {
	begun := time.Now()
	large := p.beginHandshake(ctx, host, at, tlsclient.Groups(), ask.protocols(), p.Timeout)
	<-large.connected
	if large.facts.Connected && ask.connected != nil {
		ask.connected()
	}
	timer := time.NewTimer(p.hedge())
	defer timer.Stop()
	select {
	case <-large.done:
		if large.err == nil || !large.mayBeTooLarge() {
			return large
		}
	case <-timer.C:
	}
	// Both share the time of one: a port that never answers costs no more.
	small := p.beginHandshake(ctx, host, at, tlsclient.ClassicGroups(), ask.protocols(), p.Timeout-time.Since(begun))
	first, other := large, small
	select {
	case <-small.done:
		first, other = small, large
	case <-large.done:
	}
	if first.err == nil {
		other.discard()
		return first
	}
	if <-other.done; other.err == nil {
		return other
	}
	return large
}

// mayBeTooLarge reports whether a server ended the connection as those do that
// cannot read a large hello.
func (a *attempt) mayBeTooLarge() bool {
	if !a.facts.Connected || a.facts.Version != 0 {
		return false
	}
	var alert tlsclient.AlertError
	if errors.As(a.err, &alert) {
		refusals := []uint8{clienthello.HandshakeFailure, clienthello.ProtocolVersion, clienthello.UnrecognizedName, clienthello.AccessDenied}
		return !slices.Contains(refusals, alert.Description)
	}
	return neterr.IsReset(a.err) || errors.Is(a.err, io.EOF) || errors.Is(a.err, io.ErrUnexpectedEOF)
}

// discard ends an attempt that is not needed.
func (a *attempt) discard() {
	a.cancel()
	if <-a.done; a.err == nil {
		a.end()
	}
}

// beginHandshake starts one attempt.
func (p *Prober) beginHandshake(ctx context.Context, host string, at netip.AddrPort, groups []uint16, protocols []string, timeout time.Duration) *attempt {
	ctx, cancel := context.WithCancel(ctx)
	a := &attempt{connected: make(chan struct{}), done: make(chan struct{}), cancel: cancel}
	a.facts = fact.Handshake{Address: portText(at), NoPostQuantum: !slices.Contains(groups, tlsclient.X25519MLKEM768)}
	a.facts.ServerName = serverName(host)
	go func() {
		defer close(a.done)
		config := tlsclient.Config{ServerName: a.facts.ServerName, Groups: groups, Protocols: protocols}
		if a.err = p.connectTLS(ctx, a, at, config, timeout); a.err != nil {
			cancel()
		}
	}()
	return a
}

// serverName is the host as SNI has it: empty for an address (RFC 6066 section 3).
func serverName(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	return host
}

// connectTLS makes one attempt's connection and handshake. It notes what the
// handshake shows also where it fails half way: a server that wants a client
// certificate has shown its own by then.
func (p *Prober) connectTLS(ctx context.Context, a *attempt, at netip.AddrPort, config tlsclient.Config, timeout time.Duration) error {
	v, err := p.connect(ctx, at, timeout)
	a.facts.Connected = err == nil
	close(a.connected)
	if err != nil {
		a.facts.Outcome, a.facts.Error = outcome(ctx, err, false)
		return err
	}
	end := v.end
	v.end = func() { end(); a.cancel() }
	held := p.holding(v.ctx, v.Conn, handshakeCopies)
	defer held.letGo()
	a.visit, a.tls = v, tlsclient.Client(held, config)
	err = a.tls.Handshake(v.ctx)
	s := a.tls.State()
	if !p.evidence.keepCertificates(s.Chain, s.Staple) {
		s, err = tlsclient.State{}, errEvidence
	}
	a.note(v.ctx, s, err)
	if err != nil {
		v.end()
	}
	return err
}

// note takes what a handshake showed.
func (a *attempt) note(ctx context.Context, s tlsclient.State, err error) {
	h := &a.facts
	h.Version, h.Suite, h.Group, h.ALPN = s.Version, s.Suite, s.Group, s.ALPN
	h.Chain, h.Staple, h.SCTs, h.ClientCertificate = s.Chain, s.Staple, s.SCTs, s.ClientCertificate
	h.Outcome, h.Error = outcome(ctx, err, true)
	if err != nil && h.ClientCertificate && len(h.Chain) > 0 {
		h.Outcome = fact.Answered
	}
	h.ClientCertificateRequired = a.refused(err) || s.Version < clienthello.TLS13 && a.hungUp(err)
}

// refused reports whether an error is the alert by which a server that asked
// for a client certificate refuses a client without.
func (a *attempt) refused(err error) bool {
	var alert tlsclient.AlertError
	return a.tls.State().ClientCertificate && errors.As(err, &alert) && slices.Contains(certificateAlerts, alert.Description)
}

// hungUp reports whether a server that asked for a client certificate closed
// the connection, and did not go on without one before.
func (a *attempt) hungUp(err error) bool {
	s := a.tls.State()
	return s.ClientCertificate && !s.EmptyCertificateTaken &&
		(neterr.IsReset(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF))
}

// unaskedPatience is how long a server may take to hang up after a handshake.
const unaskedPatience = 2 * time.Second

// hangsUpUnasked makes another handshake, and reports whether the server ends
// the connection without a request. In TLS 1.3 a client's handshake is over
// before the server has read that there is no client certificate, so one that
// hangs up after a request may do so for another reason.
func (p *Prober) hangsUpUnasked(ctx context.Context, host string, at netip.AddrPort, ask requestOptions) bool {
	a := p.handshake(ctx, host, at, requestOptions{webSocket: ask.webSocket, http1: ask.http1})
	if a.err != nil {
		return a.facts.ClientCertificateRequired
	}
	defer a.end()
	if err := a.tls.SetReadDeadline(time.Now().Add(p.patience(unaskedPatience))); err != nil {
		return false
	}
	_, err := a.tls.Read(make([]byte, 1))
	return a.refused(err) || a.hungUp(err)
}

// certificateAlerts are those by which servers refuse a client without a
// certificate (RFC 8446 section 6.2; RFC 5246 section 7.2.2).
var certificateAlerts = []uint8{
	clienthello.HandshakeFailure, clienthello.NoCertificate, clienthello.BadCertificate, clienthello.CertificateUnknown,
	clienthello.AccessDenied, clienthello.CertificateRequired,
}
