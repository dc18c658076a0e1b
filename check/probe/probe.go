// Package probe gathers the facts about deployments. It is the only package
// that opens sockets; every error it meets becomes a fact of the observation.
package probe

import (
	"context"
	"crypto/sha256"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe/survey"
	"github.com/tlsgate/tlsgate/check/probe/svcb"
)

const (
	// fewTargets and maxTargets bound the targets in flight: so many at first,
	// and so many at most.
	fewTargets, maxTargets = 32, 1024
	// targetsPerProcessor bounds them by what the machine can do: a target takes
	// some milliseconds of a processor, and none may wait so long for its turn
	// that answers seem late.
	targetsPerProcessor = 64
	// maxAddresses bounds how many addresses of a host are asked.
	maxAddresses = 64
	// maxAtOnce bounds the connections to one port of one address at a time.
	maxAtOnce = 9
	// connectPatience bounds how long a port may take to accept a connection:
	// three SYNs (at 0, 1 and 3 s) go unanswered in it.
	connectPatience = 5 * time.Second
	// answerPatience bounds how long a cleartext request, or a hello of the survey,
	// may take to be answered.
	answerPatience = 5 * time.Second
)

const (
	// defaultTimeout bounds one attempt of one probe.
	defaultTimeout = 10 * time.Second
	// defaultDeadline bounds everything about one target.
	defaultDeadline = 2 * time.Minute
)

// patience is how long to wait where less than the timeout is enough: a
// timeout that the user raised holds everywhere.
func (p *Prober) patience(usual time.Duration) time.Duration {
	if p.Timeout > defaultTimeout {
		return p.Timeout
	}
	return min(usual, p.Timeout)
}

// A Resolver looks names up; [net.Resolver] is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options say how to probe. The zero value of a field gives its default.
type Options struct {
	// Resolver and Dial reach the network; by default the system's.
	Resolver Resolver
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy names the proxy for a URL's connections, http or https; nil for
	// none. Credentials in it go to the proxy alone.
	Proxy func(*url.URL) *url.URL
	// ListenUDP opens a UDP socket to talk to an address with, and gives where
	// that is reached; by default the system's, and the address itself.
	ListenUDP func(ctx context.Context, at netip.AddrPort) (net.PacketConn, netip.AddrPort, error)
	// LookupHTTPS gives the data of the HTTPS records of an absolute name, in
	// wire form (RFC 9460 section 2.2); by default the system's name servers are
	// asked, where Resolver is the default too, and otherwise nobody is.
	LookupHTTPS func(ctx context.Context, name string) ([][]byte, error)
	// Resolve gives the addresses of a "host:port" instead of the resolver.
	Resolve map[string][]netip.Addr
	// Timeout bounds one attempt of one probe; default 10 s.
	Timeout time.Duration
	// Deadline bounds everything about one target, from the end of Wait;
	// default 2 min.
	Deadline time.Duration
	// Retries is how often a probe that met a transient network error is
	// made again.
	Retries int
	// AllowPrivate lets connections go to addresses that are not external.
	AllowPrivate bool
	// Roots decide whether a chain has to be completed by AIA.
	Roots *pki.Roots
	// Revocation says whether revocation is looked for.
	Revocation fact.RevocationCheck
	// Headers may be secret: they go to the declared origin over TLS with a
	// trusted certificate, and nowhere else.
	Headers []fact.Header
	// Wait is how long to wait for a target to start answering; Waiting gets
	// the reason each time that it does not.
	Wait    time.Duration
	Waiting func(t fact.Target, why string)
	// ExpectStatus are the statuses that show that the deployment itself
	// answers; none for all but those of an edge.
	ExpectStatus []fact.StatusRange
	// UserAgent is sent with every request.
	UserAgent string
	// Now is the clock; default [time.Now].
	Now func() time.Time
	// Pause waits between attempts; default a timer.
	Pause func(context.Context, time.Duration)
	// Targets say what differs for single targets, by [fact.Target.URL].
	Targets map[string]TargetOptions
}

// A Prober observes targets. It is safe for concurrent use, and remembers
// for its lifetime what targets share.
type Prober struct {
	Options
	*memory
	gateway  *gateway  // that connections go through; nil for none
	evidence *evidence // of the observation under way; nil for none
}

// A memory is what the targets of a run share.
type memory struct {
	mu      sync.Mutex
	ports   map[netip.AddrPort]*port // in use
	fetches map[string]*sharedFetch  // by URL and what was sent
	lists   map[string]*sharedList   // by URL of a revocation list
	surveys map[string]*sharedSurvey // by ip:port and server name, at most maxSurveys
	recent  []string                 // the keys of surveys, the oldest first
	kept    atomic.Int64             // bytes of fetches
	// authorities are the certificates above leaves that were seen, by their hash.
	authorities map[[sha256.Size]byte][]byte
	udp         udpRecord

	sockets        *sockets
	questions      *window // to the resolver
	resolver       resolverRecord
	targets        pace
	otherAddresses places // those of the targets in flight beside their first ones
	answers        *answerMemory
	gateways       map[string]*gateway // by the proxy's URL
	evidenceLeft   atomic.Int64        // bytes that observations may still keep
}

// New makes a Prober.
func New(o Options) *Prober {
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
		if o.LookupHTTPS == nil {
			o.LookupHTTPS = svcb.System().Lookup
		}
	}
	if o.Dial == nil {
		o.Dial = dialSystem
	}
	if o.ListenUDP == nil {
		o.ListenUDP = listenUDP
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Deadline <= 0 {
		o.Deadline = defaultDeadline
	}
	if o.UserAgent == "" {
		o.UserAgent = "tlsgate (+https://github.com/tlsgate/tlsgate)"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Pause == nil {
		o.Pause = pause
	}
	return &Prober{Options: o, memory: newMemory()}
}

// newMemory is that of a run that has seen nothing yet.
func newMemory() *memory {
	m := &memory{
		ports: map[netip.AddrPort]*port{}, fetches: map[string]*sharedFetch{}, lists: map[string]*sharedList{}, surveys: map[string]*sharedSurvey{},
		authorities: map[[sha256.Size]byte][]byte{}, gateways: map[string]*gateway{},
		sockets: newSockets(), questions: newWindow(fewQuestions, maxQuestions), answers: newAnswerMemory(),
	}
	m.evidenceLeft.Store(sharedEvidence)
	most := min(maxTargets, targetsPerProcessor*runtime.GOMAXPROCS(0), max(m.sockets.limit/socketsOfTarget, 1))
	m.targets.window = newWindow(min(fewTargets, most), most)
	m.otherAddresses.limit = most
	return m
}

// pause waits for d or the context's end.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Observe gathers the facts about a target: all addresses at once, and at
// each everything at once that does not wait for another answer; then the
// redirects, and the issuers of chains that do not reach a root. What is not
// known at the deadline is left, and the observation says what used the time.
func (p *Prober) Observe(ctx context.Context, t fact.Target) fact.Observation {
	p = p.of(t)
	if p.Wait > 0 && clockBefore(p.Now()) == "" { // no certificate becomes trusted otherwise
		p.await(ctx, t)
	}
	defer p.begin(ctx)()
	p = p.observing()
	ctx, cancel := p.within(ctx)
	defer cancel()
	o := fact.Observation{Target: t, At: p.Now().UTC().Truncate(time.Second), HeaderGiven: len(p.Headers) > 0}
	o.ClockBefore = clockBefore(o.At)
	o.Limits = fact.Limits{Timeout: p.Timeout.Seconds(), Deadline: p.Deadline.Seconds()}
	o.Judge = fact.NewJudge(p.Roots, o.At)
	https, http := p.viaPorts(t)
	o.Proxies = fact.Proxies{HTTPS: https.proxyName(), HTTP: http.proxyName()}
	services := p.askServices(ctx, t)
	defer services.cancel()
	var addrs []netip.Addr
	var jars []cookieJars
	steps := []struct {
		name string
		do   func()
	}{
		{"looking up its name", func() { addrs, o.Resolution = p.addresses(ctx, t) }},
		{"connecting to its ports", func() { jars = p.endpoints(ctx, &o, addrs, services) }},
		{"following its redirects", func() { p.follow(ctx, &o, jars) }},
		{"fetching the issuers of its certificates", func() { p.complete(ctx, &o) }},
		{"reading the revocation status of its certificates", func() { p.revocation(ctx, &o) }},
	}
	for _, step := range steps {
		begun := time.Now()
		step.do()
		if ended(ctx) == errDeadline && o.Overrun == nil {
			o.Overrun = &fact.Overrun{Step: step.name, Took: time.Since(begun).Seconds()}
		}
	}
	p.compact(&o)
	if len(p.Headers) > 0 {
		newMask(p.Headers, t.URL()).observation(&o)
	}
	return o
}

// clockBefore is the day of the embedded data where a time is before it, else "".
func clockBefore(now time.Time) string {
	if date := pki.EmbeddedDate(); now.Before(date) {
		return date.Format(time.DateOnly)
	}
	return ""
}

// observing is the prober with the evidence of one observation.
func (p *Prober) observing() *Prober {
	own := *p
	own.evidence = newEvidence(&p.evidenceLeft)
	return &own
}

// begin waits for a place among the targets in flight, and gives what is to be
// called when the target is done.
func (p *Prober) begin(ctx context.Context) (end func()) {
	begun, leave, ok := inFlight(ctx, &p.targets.places, &p.otherAddresses)
	if !ok {
		return leave
	}
	return func() {
		leave()
		p.targets.done(time.Since(begun))
	}
}

// inFlight waits for a place, to be left at the end, and says when there was
// one. It is left before where what has it waits for what does not answer, and
// nobody for one of the places behind: else more and more would wait there.
func inFlight(ctx context.Context, among, behind *places) (begun time.Time, end func(), ok bool) {
	if !among.take(ctx, 1) {
		return time.Time{}, func() {}, false
	}
	done := make(chan struct{})
	leave := sync.OnceFunc(func() { among.give(1) })
	go leaveWhileCalm(done, leave, behind)
	return time.Now(), func() {
		close(done)
		leave()
	}, true
}

// within is a context for one target: it ends with errDeadline or
// errInterrupted.
func (p *Prober) within(run context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(context.WithoutCancel(run))
	timer := time.AfterFunc(p.Deadline, func() { end(errDeadline) })
	unwatch := context.AfterFunc(run, func() { end(errInterrupted) })
	return ctx, func() {
		timer.Stop()
		unwatch()
		end(nil)
	}
}

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

func (p *Prober) httpsRetried(ctx context.Context, t fact.Target, origin string, at netip.AddrPort, ask requestOptions) (h fact.Handshake, x fact.Exchange) {
	p.retry(ctx, func(ctx context.Context) error {
		var err error
		h, x, err = p.httpsOnce(ctx, t, origin, at, ask)
		if refusedHTTP2(err) || hungUpOnHTTP2(h, x) {
			ask.http1 = true
			h, x, err = p.httpsOnce(ctx, t, origin, at, ask)
		}
		return err
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

// remembered is what a prober's map has at a key, new if there is nothing yet.
func remembered[V any](p *Prober, m map[string]*V, key string, fresh func() *V) *V {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m[key] == nil {
		m[key] = fresh()
	}
	return m[key]
}

// A turn is a lock that is waited for no longer than a context lasts.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take takes the lock; it reports false if the context ended first.
func (t turn) take(ctx context.Context) bool {
	select {
	case t <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave gives the lock back.
func (t turn) leave() { <-t }

// A visit is an open connection to a port, with the time it may take.
type visit struct {
	net.Conn
	ctx context.Context // ends when the time is over
	end func()          // closes the connection, and gives its slot at the port back
}

// Close ends the visit.
func (v visit) Close() error {
	v.end()
	return nil
}

// connect opens a TCP connection when the port has a free slot, and the run a
// socket. The time begins then: waiting for other connections of this run is no
// fault of the port.
func (p *Prober) connect(ctx context.Context, at netip.AddrPort, timeout time.Duration) (visit, error) {
	came := queue(ctx)
	leave, err := p.place(ctx, at)
	came()
	if err != nil {
		return visit{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeLeft(ctx, timeout))
	conn, err := p.dial(ctx, at)
	if err != nil {
		cancel()
		leave()
		return visit{}, err
	}
	return newVisit(ctx, cancel, conn, leave), nil
}

// newVisit is a visit over a connection that stands, for as long as its context
// lasts.
func newVisit(ctx context.Context, cancel func(), conn net.Conn, leave func()) visit {
	unwatch := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	var once sync.Once
	return visit{conn, ctx, func() {
		once.Do(func() {
			unwatch()
			cancel()
			conn.Close()
			leave()
		})
	}}
}
