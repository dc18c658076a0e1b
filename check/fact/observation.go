package fact

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check/page"
	"github.com/tlsgate/tlsgate/check/text"
)

// An Observation holds the facts about one target: plain data that survives
// JSON and back, complete enough to judge again. The zero value of every
// field means "not known"; no rule may read it as good news.
//
// Remote text in it is clipped (see [Clip]) but not escaped: each output
// format escapes for its own medium.
type Observation struct {
	Target Target `json:"target"`
	// At is when the facts were gathered (UTC); validity periods are judged at it.
	At         time.Time  `json:"at"`
	Resolution Resolution `json:"resolution"`
	// Services are the HTTPS records of the host.
	Services Services `json:"services,omitzero"`
	// Proxies are what connections to the target's ports went through.
	Proxies Proxies `json:"proxies,omitzero"`
	// HeaderGiven is set where the input header names fields for the target's origin.
	HeaderGiven bool `json:"headerGiven,omitempty"`
	// Endpoints are the target's addresses in resolver order, each with what it showed.
	Endpoints []Endpoint `json:"endpoints,omitempty"`
	// Hops are the exchanges with every URL reached by redirect from an
	// endpoint's first answers, each URL once, in the order they were met.
	Hops []Hop `json:"hops,omitempty"`
	// Issuers are certificates fetched by Authority Information Access
	// (RFC 5280 section 4.2.2.1) for chains that did not reach a root as sent.
	Issuers []Issuer `json:"issuers,omitempty"`
	// Revocations are what CRLs and OCSP responders said of the certificates
	// of the chosen paths.
	Revocations []RevocationFact `json:"revocations,omitempty"`
	// ClockBefore is the day of the embedded data, in the form 2006-01-02, where
	// At is before it: then the clock of the machine was wrong. Empty where it was
	// not, and where that is not known.
	ClockBefore string `json:"clockBefore,omitempty"`
	// Limits are the times that probing had.
	Limits Limits `json:"limits,omitzero"`
	// Overrun says what was under way when the deadline ended; nil where
	// everything was asked before.
	Overrun *Overrun `json:"overrun,omitempty"`
	// Judge remembers what was derived from the certificate chains; nil where
	// nothing was yet. It is no fact.
	Judge *Judge `json:"-"`
}

// Proxies are the URLs, without credentials, of the proxies that connections
// went through; empty for none, and where not known.
type Proxies struct {
	HTTPS string `json:"https,omitempty"` // to the HTTPS port
	HTTP  string `json:"http,omitempty"`  // to the HTTP port
}

// Limits are the times that probing a target had, in seconds; 0 where not known.
type Limits struct {
	Timeout  float64 `json:"timeout,omitempty"`  // of one probe
	Deadline float64 `json:"deadline,omitempty"` // of everything
}

// An Overrun says what was under way when the deadline of a target ended.
type Overrun struct {
	// Step is what was done, in words that follow "while": "following redirects".
	Step string `json:"step"`
	// Took is how long it had taken by then, in seconds.
	Took float64 `json:"took"`
}

// An Outcome tells how far an attempt to look got.
type Outcome string

// The outcomes. The zero value means that nothing was tried.
const (
	Unasked       Outcome = ""
	Answered      Outcome = "answered"       // the peer spoke the protocol it was asked in
	Refused       Outcome = "refused"        // TCP connection refused: the port is closed
	TimedOut      Outcome = "timed-out"      // no answer in time; see Connected for how far it got
	Unreachable   Outcome = "unreachable"    // no route from here, or the network said so
	BrokenOff     Outcome = "broken-off"     // connected, then closed or reset without an answer
	OtherProtocol Outcome = "other-protocol" // connected, and answered in another protocol that is known
	Malformed     Outcome = "malformed"      // connected, and answered in no form of the protocol
	Skipped       Outcome = "skipped"        // nothing was sent on purpose; Error says why
	NoSuchName    Outcome = "no-such-name"   // the name does not exist or has no address
	OutOfTime     Outcome = "out-of-time"    // the deadline of the target, or the run, ended first: nothing follows from it
	ProxyError    Outcome = "proxy-error"    // the proxy did not let it through, or does not work: nothing follows from it
	Failed        Outcome = "failed"         // any other failure; Error says which
)

// Resolution is what the resolver said about the target's host.
type Resolution struct {
	Outcome   Outcome  `json:"outcome,omitempty"`
	Error     string   `json:"error,omitempty"`
	Addresses []string `json:"addresses,omitempty"` // as the resolver gave them
	Override  bool     `json:"override,omitempty"`  // given by the resolve input, not by DNS
	// ByProxy is set where no addresses are known here, and the proxy was given
	// the name instead.
	ByProxy bool `json:"byProxy,omitempty"`
	// Lookups are those of each address family; none where DNS was not asked.
	Lookups []Lookup `json:"lookups,omitempty"`
}

// A Lookup is what DNS said of one type of record.
type Lookup struct {
	Type    string  `json:"type"` // "A" or "AAAA"
	Outcome Outcome `json:"outcome,omitempty"`
	Error   string  `json:"error,omitempty"`
}

// Failed reports whether the look-up gave neither addresses nor the word that
// there are none.
func (l Lookup) Failed() bool { return l.Outcome != Answered && l.Outcome != NoSuchName }

// An Endpoint holds what one address of the target showed.
type Endpoint struct {
	// IP is the textual form of [netip.Addr], no zone; the host where only the
	// proxy knows its addresses.
	IP string `json:"ip"`
	// NotExternal says why the address is not external facing ("private
	// (RFC 1918)"); then nothing was sent to it. Empty for a public address,
	// and where private ones are allowed.
	NotExternal string `json:"notExternal,omitempty"`
	// Cleartext is the answer of the cleartext port at the deployment's path.
	Cleartext Exchange `json:"cleartext,omitzero"`
	// H2C is the cleartext port's answer to HTTP/2 with prior knowledge (RFC
	// 9113 section 3.3), WebSocket that to a WebSocket client (RFC 6455).
	H2C       Exchange `json:"h2c,omitzero"`
	WebSocket Exchange `json:"webSocket,omitzero"`
	// Upgrade is the cleartext port's answer to a client that offers to go on
	// with TLS on the same connection (RFC 2817 section 3).
	Upgrade Exchange `json:"upgrade,omitzero"`
	// CleartextOnTLS is the TLS port's answer to cleartext HTTP.
	CleartextOnTLS Exchange `json:"cleartextOnTLS,omitzero"`
	// TLS is the handshake of a current client.
	TLS Handshake `json:"tls,omitzero"`
	// HTTPS is the answer over TLS at the deployment's path.
	HTTPS Exchange `json:"https,omitzero"`
	// HTTP3 is the handshake of an HTTP/3 client (RFC 9114), where the answer
	// over TLS or an HTTPS record advertises HTTP/3; its Address is reached by
	// UDP.
	HTTP3 Handshake `json:"http3,omitzero"`
	// Capabilities are what the TLS port takes from other clients.
	Capabilities Capabilities `json:"capabilities,omitzero"`
}

// Reached reports whether anything at the address answered a connection.
func (e Endpoint) Reached() bool {
	return e.TLS.Connected || e.Cleartext.Connected
}

// ClientCertificateOnly reports whether the endpoint ended the connection
// because it requires a client certificate: all that can be seen without one
// was seen.
func (e Endpoint) ClientCertificateOnly() bool {
	return e.TLS.ClientCertificateRequired
}

// A Handshake holds what one TLS handshake showed, with verification off.
type Handshake struct {
	Address    string  `json:"address,omitempty"`    // ip:port
	ServerName string  `json:"serverName,omitempty"` // SNI sent; empty for IP-address hosts
	Outcome    Outcome `json:"outcome,omitempty"`
	Error      string  `json:"error,omitempty"`
	// Connected is set when the TCP connection stood, whatever came after.
	Connected bool   `json:"connected,omitempty"`
	Version   uint16 `json:"version,omitempty"`     // negotiated, as on the wire (0x0304 = TLS 1.3)
	Suite     uint16 `json:"cipherSuite,omitempty"` // IANA code point
	// Group is that of the key exchange, an IANA code point (0x001D = x25519).
	Group uint16 `json:"group,omitempty"`
	// NoPostQuantum is set if the server answered only a hello without a
	// post-quantum key share, which is smaller.
	NoPostQuantum bool   `json:"noPostQuantum,omitempty"`
	ALPN          string `json:"alpn,omitempty"`
	// Chain holds the certificates in the order they were sent, DER.
	Chain [][]byte `json:"chain,omitempty"`
	// Staple is the stapled OCSP response, DER (RFC 6066 section 8).
	Staple []byte `json:"staple,omitempty"`
	// SCTs are the signed certificate timestamps of the handshake (RFC 6962 section 3.3).
	SCTs [][]byte `json:"scts,omitempty"`
	// ClientCertificate is set when the server asked for a client certificate.
	ClientCertificate bool `json:"clientCertificate,omitempty"`
	// ClientCertificateRequired is set when the server ended the connection for
	// want of one, by its own word or as nothing else explains.
	ClientCertificateRequired bool `json:"clientCertificateRequired,omitempty"`
}

// An Exchange is one HTTP request and what came back.
type Exchange struct {
	URL     string  `json:"url,omitempty"`
	Address string  `json:"address,omitempty"` // ip:port
	Outcome Outcome `json:"outcome,omitempty"`
	Error   string  `json:"error,omitempty"`
	// Connected is set when the TCP connection stood, whatever came after.
	Connected bool `json:"connected,omitempty"`
	// UpgradedTo is the TLS version of the ServerHello, as on the wire, that
	// followed an answer 101 to the offer of TLS; 0 for none.
	UpgradedTo uint16 `json:"upgradedTo,omitempty"`

	Status  int      `json:"status,omitempty"`
	Headers []Header `json:"headers,omitempty"` // those that rules read, in order
	// Page is what the body held, where it was read and is HTML.
	Page *page.Page `json:"page,omitempty"`
	// Protocol is the HTTP version: "HTTP/1.1", "HTTP/1.0", "HTTP/2.0".
	Protocol string `json:"protocol,omitempty"`
	// Interim are the answers of class 1xx that came before the final one.
	Interim []Interim `json:"interim,omitempty"`
	// Body tells the content of an answer with a status of 300 or more from
	// another's; nil where it was not read.
	Body *Body `json:"body,omitempty"`
	// Repeated is set where the answer is a second one: the first had a status
	// of class 5xx as well.
	Repeated bool `json:"repeated,omitempty"`
	// ByProxy is set where a proxy was asked to make the request: it may have
	// asked another address, and an answer may be its own.
	ByProxy bool `json:"byProxy,omitempty"`
	// Again is how often the URL was asked before on this chain of redirects,
	// with other cookies each time.
	Again int `json:"again,omitempty"`
	// CleartextCookies is set where cookies were sent that the cleartext port
	// set, at the start of this chain.
	CleartextCookies bool `json:"cleartextCookies,omitempty"`
}

// An Interim is an answer of class 1xx.
type Interim struct {
	Status  int      `json:"status"`
	Headers []Header `json:"headers,omitempty"`
}

// A Body is what tells the content of two answers apart.
type Body struct {
	// Size is how many bytes were read, content codings undone.
	Size int64 `json:"size"`
	// Cut is set where there are more, or may be.
	Cut bool `json:"cut,omitempty"`
	// Hash is the first half of the content's SHA-256, hexadecimal; empty where Cut.
	Hash string `json:"hash,omitempty"`
	// Members are the names of the members of a JSON object, or of the objects
	// in an array, sorted, at most 50.
	Members []string `json:"members,omitempty"`
	// Stock names the server whose own error page it is; empty for none known.
	Stock string `json:"stock,omitempty"`
}

// A Header is one header field: of a response, its name in canonical form; of
// a request, as the input has it.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Hop is an exchange reached by redirect.
type Hop struct {
	Exchange
	// TLS is the handshake the exchange went over, where it was https.
	TLS Handshake `json:"tls,omitzero"`
}

// An Issuer is one fetch of an issuing certificate.
type Issuer struct {
	URL     string  `json:"url"`
	Outcome Outcome `json:"outcome,omitempty"`
	Error   string  `json:"error,omitempty"`
	// Certificates are those the answer held, DER.
	Certificates [][]byte `json:"certificates,omitempty"`
}

// Get returns the first value of the named header field (canonical form) and
// whether there is one.
func (x Exchange) Get(name string) (string, bool) {
	for _, h := range x.Headers {
		if h.Name == name {
			return h.Value, true
		}
	}
	return "", false
}

// Values returns every value of the named header field (canonical form).
func (x Exchange) Values(name string) []string {
	var vs []string
	for _, h := range x.Headers {
		if h.Name == name {
			vs = append(vs, h.Value)
		}
	}
	return vs
}

// HostPort joins an address and a port as "192.0.2.1:443" or "[2001:db8::1]:443".
func HostPort(ip string, port uint16) string {
	if strings.Contains(ip, ":") {
		if a, err := netip.ParseAddr(ip); err == nil {
			return netip.AddrPortFrom(a, port).String()
		}
	}
	return ip + ":" + strconv.Itoa(int(port))
}

// Clip shortens remote text as [text.Clip] does.
func Clip(s string, n int) string { return text.Clip(s, n) }
