package probe

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/page"
	"github.com/tlsgate/tlsgate/check/probe/h2"
	"github.com/tlsgate/tlsgate/check/probe/http1"
)

// maxValue is how many bytes are kept of a header value that is only shown.
const maxValue = 8 << 10

// keptFields are the response header fields that rules read, in canonical
// form. Those with true are acted on: they are kept whole, for what counts may
// stand last.
var keptFields = []struct {
	name  string
	whole bool
}{
	{"Alt-Svc", false}, {"Cf-Mitigated", false}, {"Content-Disposition", false}, {"Content-Security-Policy", true}, {"Content-Type", false}, {"Grpc-Status", false}, {"Link", true},
	{"Location", true}, {"Refresh", true}, {"Set-Cookie", false}, {"Strict-Transport-Security", false},
	{"Upgrade", false}, {"Www-Authenticate", false}, {"X-Amzn-Waf-Action", false}, {"X-Dd-B", false}, {"X-Vercel-Mitigated", false},
}

// requestOptions say in which form to ask; the zero value as any client does.
type requestOptions struct {
	h2c       bool // HTTP/2 with prior knowledge (RFC 9113 section 3.3)
	h2        bool // over TLS, by HTTP/2, as the handshake agreed
	webSocket bool // as the opening handshake of a WebSocket
	tlsInside bool // as the upgrade to TLS of RFC 2817
	byProxy   bool // in absolute form, to the proxy
	http1     bool // over TLS, by HTTP/1.1 only
	headers   []fact.Header
	connected func()               // called when the TCP connection stands; nil for nobody
	shook     func(fact.Handshake) // told when the TLS handshake is done; nil for nobody
	jar       *cookieJar           // of a chain of redirects over TLS; nil for none
	judge     *fact.Judge          // of the observation's chains; nil for none yet
	hold      func(n int) error    // asked for the memory of the answer's header
}

// protocols are what to offer by ALPN (RFC 7301). WebSockets are opened over
// HTTP/1.1.
func (a requestOptions) protocols() []string {
	if a.webSocket || a.http1 {
		return []string{"http/1.1"}
	}
	return []string{"h2", "http/1.1"}
}

// refusedHTTP2 reports whether a server refused a request by HTTP/2, which
// it may answer by HTTP/1.1: with HTTP_1_1_REQUIRED (RFC 9113 section 7), as
// those do that ask for a client certificate at some paths only, or with any
// other error of its own.
func refusedHTTP2(err error) bool {
	var e *h2.Error
	return errors.As(err, &e) && !e.Again
}

// hungUpOnHTTP2 reports whether a server agreed on HTTP/2 and closed the
// connection without an answer, though not for want of a client certificate:
// clients without HTTP/2 may get one.
func hungUpOnHTTP2(h fact.Handshake, x fact.Exchange) bool {
	return h.ALPN == "h2" && x.Outcome == fact.BrokenOff && !h.ClientCertificateRequired
}

// request sends a GET for a target's URL over an open connection and notes
// the answer.
func (p *Prober) request(ctx context.Context, conn net.Conn, t fact.Target, a requestOptions, x *fact.Exchange) error {
	x.URL = t.URL()
	first := &recordingConn{Conn: conn}
	in := answers.Get().(*bufio.Reader)
	in.Reset(first)
	defer func() {
		in.Reset(nil)
		answers.Put(in)
	}()
	memory := p.answers.share()
	defer memory.release()
	a.hold = func(n int) error { return memory.hold(ctx, n) }
	resp, err := p.roundTrip(first, in, t, a)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // half an answer reads like a broken one
	}
	x.Outcome, x.Error = outcome(ctx, err, true)
	if t.Cleartext() && (x.Outcome == fact.Failed || x.Outcome == fact.Malformed) {
		x.Outcome = first.outcome(a, x.Outcome)
	}
	if err != nil {
		return err
	}
	if a.jar != nil {
		a.jar.set(t, resp.Header.Values("Set-Cookie"))
	}
	x.Status, x.Protocol = resp.Status, resp.Proto
	x.Headers = keptHeaders(resp.Header)
	for _, interim := range resp.Interim {
		x.Interim = append(x.Interim, fact.Interim{Status: interim.Status, Headers: keptHeaders(interim.Header)})
	}
	if !p.evidence.keepHeader(x) {
		*x = fact.Exchange{URL: x.URL, Address: x.Address, Connected: x.Connected}
		x.Outcome, x.Error = outcome(ctx, errEvidence, true)
		return errEvidence
	}
	p.readBody(ctx, resp, memory, x)
	return nil
}

// answers are buffers of answers that were read.
var answers = sync.Pool{New: func() any { return bufio.NewReader(nil) }}

// roundTrip makes the request in the form that the options say. In reads from the
// connection.
func (p *Prober) roundTrip(conn net.Conn, in *bufio.Reader, t fact.Target, a requestOptions) (*http1.Response, error) {
	fields := http1.Header{{Name: "User-Agent", Value: p.UserAgent}, {Name: "Accept", Value: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}, {Name: "Accept-Encoding", Value: "gzip"}}
	for _, h := range a.headers {
		fields = append(fields, http1.Field{Name: h.Name, Value: h.Value})
	}
	if cookies := a.jar.header(t); cookies != "" {
		fields = append(fields, http1.Field{Name: "Cookie", Value: cookies})
	}
	host := authority(t)
	switch {
	case a.h2 || a.h2c:
		return h2.RoundTrip(conn, h2.Request{Scheme: t.Scheme, Authority: host, Path: t.Path, Header: fields, Hold: a.hold})
	case a.webSocket:
		fields = append(fields, webSocketFields(t.Scheme+"://"+host)...)
	case a.tlsInside:
		fields = append(fields, http1.Field{Name: "Connection", Value: "Upgrade"}, http1.Field{Name: "Upgrade", Value: "TLS/1.0"})
	}
	request := http1.Request{Target: t.Path, Host: host, Header: fields}
	if a.byProxy {
		request = p.absolute(request, t)
	}
	if _, err := request.WriteTo(conn); err != nil {
		return nil, err
	}
	// Browsers show whatever comes without a status line from port 80. Only
	// markup is certain to be an answer, and no other protocol.
	start, _ := in.Peek(1) // ReadResponse meets the same error
	return http1.ReadResponse(in, http1.Options{
		Cleartext: t.Cleartext(), Upgrade: a.webSocket || a.tlsInside, Hold: a.hold,
		DefaultPort: t.Cleartext() && t.URLPort() == 80 && string(start) == "<",
	})
}

// authority is the host of a target's URL, with the port where it is not the
// scheme's default (RFC 9110 section 7.2).
func authority(t fact.Target) string {
	return strings.TrimPrefix(strings.TrimSuffix(t.URL(), t.Path), t.Scheme+"://")
}

// webSocketFields make a request the opening handshake of a WebSocket client
// (RFC 6455 section 4.1).
func webSocketFields(origin string) http1.Header {
	var nonce [16]byte
	rand.Read(nonce[:])
	return http1.Header{
		{Name: "Connection", Value: "Upgrade"}, {Name: "Upgrade", Value: "websocket"}, {Name: "Sec-WebSocket-Version", Value: "13"},
		{Name: "Sec-WebSocket-Key", Value: base64.StdEncoding.EncodeToString(nonce[:])}, {Name: "Origin", Value: origin},
	}
}

// keptHeaders keeps what rules read of the response header. Cookie values and
// the parameters of challenges are nobody's business.
func keptHeaders(all http1.Header) []fact.Header {
	var out []fact.Header
	for _, f := range keptFields {
		for _, sent := range all {
			if !strings.EqualFold(sent.Name, f.name) {
				continue
			}
			v := sent.Value
			switch f.name {
			case "Set-Cookie":
				v = page.MaskCookie(v)
			case "Www-Authenticate":
				v, _, _ = strings.Cut(strings.TrimSpace(v), " ")
			case "Location", "Refresh":
				v = escapeNonASCII(v) // as browsers do before they read it
			}
			if limit := maxValue; !f.whole {
				v = fact.Clip(v, limit)
			}
			out = append(out, fact.Header{Name: f.name, Value: strings.ToValidUTF8(v, "\uFFFD")})
		}
	}
	return out
}

// escapeNonASCII percent-encodes bytes beyond ASCII.
func escapeNonASCII(v string) string {
	const digits = "0123456789ABCDEF"
	if !strings.ContainsFunc(v, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return v
	}
	var b strings.Builder
	for i := range len(v) {
		if c := v[i]; c < 0x80 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}
