package probe

import (
	"context"
	"net/netip"
	"sync"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/survey"
)

// endpoints asks every address of a target. It gives the cookies of each.
func (p *Prober) endpoints(ctx context.Context, o *fact.Observation, addrs []netip.Addr, services *serviceQuestion) []cookieJars {
	t := o.Target
	o.Endpoints = make([]fact.Endpoint, len(addrs))
	jars := make([]cookieJars, len(addrs))
	var wg sync.WaitGroup
	for i, a := range addrs {
		o.Endpoints[i].IP = ipText(a)
		if i >= maxAddresses {
			o.Endpoints[i].TLS = fact.Handshake{Address: fact.HostPort(ipText(a), t.Port), Outcome: fact.Skipped, Error: "the host has too many addresses"}
			continue
		}
		if why := p.barred(a); why != "" {
			o.Endpoints[i].NotExternal = why
			continue
		}
		jars[i] = newCookieJars(p.Now)
		wg.Go(func() {
			if i > 0 { // the first has the place of the target
				_, end, _ := inFlight(ctx, &p.otherAddresses, nil)
				defer end()
			}
			o.Endpoints[i] = p.endpoint(ctx, t, a, jars[i], o.Judge, services)
		})
	}
	wg.Wait()
	o.Services = services.known()
	return jars
}

// barred says why nothing may be sent to the address, or "".
func (p *Prober) barred(a netip.Addr) string {
	if p.AllowPrivate || nameOf(a) != "" {
		return ""
	}
	return fact.NotExternal(a)
}

// endpoint asks one address of a target.
func (p *Prober) endpoint(ctx context.Context, t fact.Target, a netip.Addr, jars cookieJars, judge *fact.Judge, services *serviceQuestion) fact.Endpoint {
	e := fact.Endpoint{IP: ipText(a)}
	https, http := p.viaPorts(t)
	tlsDone, othersDone := make(chan struct{}), make(chan struct{})
	tlsConnected := func() bool {
		<-tlsDone
		return e.TLS.Connected
	}
	var others, wg sync.WaitGroup
	at := netip.AddrPortFrom(a, t.Port)
	shook := make(chan fact.Handshake, 1) // the survey waits for nothing else
	early := &earlyConnections{prober: https, at: at}
	defer early.drop()
	shared := p.surveyAt(at, serverName(t.Host))
	first := shared.early.CompareAndSwap(nil, early)
	wg.Go(func() {
		defer close(tlsDone)
		ask := requestOptions{webSocket: t.WebSocket(), jar: jars.tls, judge: judge, shook: func(h fact.Handshake) { trySend(shook, h) }}
		if first {
			ask.connected = sync.OnceFunc(func() { early.dial(ctx, survey.FirstHellos) })
		}
		e.TLS, e.HTTPS = https.https(ctx, t, t.Origin(), at, ask)
		trySend(shook, e.TLS)
	})
	wg.Go(func() {
		<-tlsDone
		e.HTTP3 = https.http3(ctx, t, a, e.HTTPS, func() fact.Services { return services.by(othersDone) })
	})
	others.Go(func() { e.Capabilities = https.survey(ctx, at, <-shook, shared) })
	others.Go(func() {
		https.probeCleartext(ctx, t, a, cleartextRequest{port: t.Port, confirm: true, into: &e.CleartextOnTLS}, tlsConnected)
	})
	others.Go(func() { http.cleartextPort(ctx, t, a, jars.cleartext, &e, tlsConnected) })
	others.Wait()
	close(othersDone)
	wg.Wait()
	return e
}

// trySend sends what has room.
func trySend(to chan fact.Handshake, h fact.Handshake) {
	select {
	case to <- h:
	default:
	}
}

// https makes a handshake and asks the https URL of t over it, again while
// transient network errors are met, and once more, later, where the rate is
// limited. Origin is that of the declared target.
func (p *Prober) https(ctx context.Context, t fact.Target, origin string, at netip.AddrPort, ask requestOptions) (fact.Handshake, fact.Exchange) {
	h, x := p.httpsRetried(ctx, t, origin, at, ask)
	if x.Status == fact.TooManyRequests {
		p.Pause(ctx, slowly)
		if ctx.Err() == nil {
			return p.httpsRetried(ctx, t, origin, at, ask)
		}
	}
	return h, x
}

// httpsRetried asks by HTTP/1.1 what is refused by HTTP/2. Where the port does not
// speak HTTP/1.1 over TLS, what it did by HTTP/2 counts.
func (p *Prober) httpsRetried(ctx context.Context, t fact.Target, origin string, at netip.AddrPort, ask requestOptions) (h fact.Handshake, x fact.Exchange) {
	h2Only := false
	p.retry(ctx, func(ctx context.Context) error {
		var err error
		h, x, err = p.httpsOnce(ctx, t, origin, at, ask)
		if ask.http1 || h2Only || !refusedHTTP2(err) && !hungUpOnHTTP2(h, x) {
			return err
		}
		older := ask
		older.http1 = true
		h1, x1, err1 := p.httpsOnce(ctx, t, origin, at, older)
		if h2Only = h1.Outcome != fact.Answered; h2Only {
			return err
		}
		h, x, ask = h1, x1, older
		return err1
	})
	return h, x
}

func (p *Prober) httpsOnce(ctx context.Context, t fact.Target, origin string, at netip.AddrPort, ask requestOptions) (fact.Handshake, fact.Exchange, error) {
	x := fact.Exchange{URL: t.HTTPS(), Address: portText(at)}
	a := p.handshake(ctx, t.Host, at, ask)
	h := a.facts
	x.Connected = h.Connected
	if a.err != nil {
		x.Outcome, x.Error = a.facts.Outcome, a.facts.Error
		if x.Outcome == fact.Answered { // the server showed its certificate, and ended the handshake
			x.Outcome, x.Error = outcome(ctx, a.err, h.Connected)
		}
		return h, x, a.err
	}
	defer a.end()
	if ask.shook != nil {
		ask.shook(h)
	}
	trusted := a.tls.State().Proven && p.trusted(ask.judge, t, h)
	if trusted && t.Origin() == origin {
		ask.headers = p.Headers
	}
	if !trusted {
		ask.jar = nil
	}
	ask.h2 = h.ALPN == "h2"
	t.Scheme = "https"
	seen := &recordingConn{Conn: a.tls}
	err := p.request(a.ctx, seen, t, ask, &x)
	if len(seen.head) == 0 {
		h.ClientCertificateRequired = a.refused(err)
		if !h.ClientCertificateRequired && a.hungUp(err) {
			a.end() // its socket is not kept while another is waited for
			h.ClientCertificateRequired = p.hangsUpUnasked(ctx, t.Host, at, ask)
		}
	}
	return h, x, err
}
