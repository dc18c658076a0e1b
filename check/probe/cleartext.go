package probe

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/tlsclient"
)

// A cleartextRequest is one way to ask a port in cleartext. It
// has a connection of its own.
type cleartextRequest struct {
	port      uint16
	ask       requestOptions
	patient   bool              // waits the whole timeout for the answer
	confirm   bool              // asks again where the answer is a 5xx
	again     bool              // asked before
	connected func()            // called when the connection stands; nil for nobody
	byProxy   bool              // asks by the proxy itself where that refuses a tunnel
	early     *earlyConnections // has its connection; nil for none
	into      *fact.Exchange
}

// slowly is the pause before a port that limits the rate, or fails inside, is
// asked again.
const slowly = 2 * time.Second

// cleartextPort asks the cleartext port in every way: as any client first,
// and alone, for where requests are limited the first one counts; in the
// other ways if the port takes connections at all. The jar takes the cookies
// that the first answer sets.
func (p *Prober) cleartextPort(ctx context.Context, t fact.Target, a netip.Addr, jar *cookieJar, e *fact.Endpoint, tlsConnected func() bool) {
	if !t.SpeaksInCleartext() {
		return
	}
	early := &earlyConnections{prober: p, at: netip.AddrPortFrom(a, t.CleartextPort)}
	defer early.drop()
	others := []cleartextRequest{
		{port: t.CleartextPort, ask: requestOptions{h2c: true}, confirm: true, early: early, into: &e.H2C},
		{port: t.CleartextPort, ask: requestOptions{webSocket: true}, confirm: true, early: early, into: &e.WebSocket},
	}
	upgrade := cleartextRequest{port: t.CleartextPort, ask: requestOptions{tlsInside: true}, confirm: true, early: early, into: &e.Upgrade}
	connected, answered := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(answered)
		p.probeCleartext(ctx, t, a, cleartextRequest{port: t.CleartextPort, ask: requestOptions{jar: jar}, patient: true, confirm: true, byProxy: true, into: &e.Cleartext,
			connected: sync.OnceFunc(func() {
				early.dial(ctx, len(others)+1)
				close(connected)
			})}, tlsConnected)
	})
	defer wg.Wait()
	if !p.mayAskOtherwise(connected, answered) {
		return
	}
	while, stop := context.WithCancelCause(ctx)
	defer func() {
		wg.Wait()
		stop(nil)
		p.askAlone(ctx, t, a, append(others, upgrade), tlsConnected)
	}()
	for _, d := range others {
		wg.Go(func() { p.probeCleartext(while, t, a, d, tlsConnected) })
	}
	<-answered
	if e.Cleartext.Outcome == fact.TimedOut { // the others share its time
		stop(errSilent)
	}
	if e.Cleartext.Outcome == fact.Answered { // it speaks the HTTP/1.1 that the offer is made in
		p.probeCleartext(ctx, t, a, upgrade, tlsConnected)
	}
}

// askAlone asks again, one at a time, what was ended without an answer while
// other connections were open: a port with a limit of connections ends what
// exceeds it, and refuses nothing by that.
func (p *Prober) askAlone(ctx context.Context, t fact.Target, a netip.Addr, requests []cleartextRequest, tlsConnected func() bool) {
	for _, d := range requests {
		if d.into.Outcome == fact.BrokenOff {
			d.early = nil
			p.probeCleartext(ctx, t, a, d, tlsConnected)
		}
	}
}

// mayAskOtherwise waits for the answer to a port's first request, but not as
// long as the port may take for it: a server of HTTP/2 may say nothing to
// HTTP/1.1. It reports whether the port takes connections.
func (p *Prober) mayAskOtherwise(connected, answered <-chan struct{}) bool {
	select {
	case <-connected:
	case <-answered:
	}
	select {
	case <-connected:
	default:
		return false
	}
	timer := time.NewTimer(p.hedge())
	defer timer.Stop()
	select {
	case <-answered:
	case <-timer.C:
	}
	return true
}

// probeCleartext asks the deployment's path in one way, in cleartext. A port that
// drops connections is not asked again once the TLS port of the address is
// known to answer; one that limits the rate, hangs up, or fails inside (5xx) is
// asked again, once.
func (p *Prober) probeCleartext(ctx context.Context, t fact.Target, a netip.Addr, d cleartextRequest, tlsConnected func() bool) {
	t.Scheme, t.CleartextPort = "http", d.port
	p.retry(ctx, func(ctx context.Context) error {
		x, err := p.askCleartext(ctx, t, a, d)
		if !d.into.Connected || x.Connected || x.Outcome != fact.TimedOut { // what a shorter attempt did not see is no news
			*d.into = x
		}
		if x.Outcome == fact.TimedOut && tlsConnected() {
			return nil
		}
		return err
	})
	limited := d.into.Status == fact.TooManyRequests
	hungUp := d.patient && d.into.Outcome == fact.BrokenOff
	failed := d.confirm && d.into.Status >= 500
	if d.again {
		d.into.Repeated = failed
		return
	}
	if limited || hungUp || failed {
		if !hungUp {
			p.Pause(ctx, slowly)
		}
		d.again, d.confirm = true, failed
		p.probeCleartext(ctx, t, a, d, tlsConnected)
	}
}

// askCleartext makes one connection, and asks over it.
func (p *Prober) askCleartext(ctx context.Context, t fact.Target, a netip.Addr, d cleartextRequest) (fact.Exchange, error) {
	at := netip.AddrPortFrom(a, d.port)
	x := fact.Exchange{URL: t.URL(), Address: portText(at)}
	patience := p.Timeout
	if !d.patient {
		patience = p.patience(answerPatience)
	}
	connect := func() (visit, error) { return p.connect(ctx, at, patience) }
	if d.early != nil {
		connect = func() (visit, error) { return d.early.connect(ctx, patience) }
	}
	v, err := connect()
	if refusal := proxyRefused(err); refusal != nil && d.byProxy {
		return p.askByProxy(ctx, t, at, refusal)
	}
	if err != nil {
		x.Outcome, x.Error = outcome(ctx, err, false)
		return x, err
	}
	defer v.end()
	x.Connected = true
	if d.connected != nil {
		d.connected()
	}
	err = p.request(v.ctx, v.Conn, t, d.ask, &x)
	if err == nil && d.ask.tlsInside && x.Status == 101 {
		p.upgrade(v.ctx, v.Conn, t.Host, &x)
	}
	return x, err
}

// upgrade goes on with TLS where a cleartext port has switched to it, and notes
// whether a ServerHello came.
func (p *Prober) upgrade(ctx context.Context, conn net.Conn, host string, x *fact.Exchange) {
	held := p.holding(ctx, conn, handshakeCopies)
	defer held.letGo()
	c := tlsclient.Client(held, tlsclient.Config{ServerName: serverName(host)})
	err := c.Handshake(ctx)
	if x.UpgradedTo = c.State().Version; x.UpgradedTo == 0 && err != nil {
		x.Error = fact.Clip("no TLS came after the switch: "+words(err), maxError)
	}
}
