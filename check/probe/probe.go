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

// remembered is what a prober's map has at a key, new if there is nothing yet.
func remembered[V any](p *Prober, m map[string]*V, key string, fresh func() *V) *V {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m[key] == nil {
		m[key] = fresh()
	}
	return m[key]
}
