package probe

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check/page"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/neterr"
	"github.com/tlsgate/tlsgate/check/probe/tlsclient"
)

const (
	maxHeaders = 64 << 10 // bytes of response headers
	maxBody    = 1 << 20  // bytes of a page
	maxValue   = 8 << 10  // bytes kept of one header value
)

// kept are the response headers that rules read, in canonical form.
var kept = []string{
	"Alt-Svc", "Content-Disposition", "Content-Security-Policy", "Content-Type", "Link", "Location", "Refresh",
	"Set-Cookie", "Strict-Transport-Security", "Upgrade", "Www-Authenticate",
}

// errSecondConnection ends attempts of the transport to connect again.
var errSecondConnection = errors.New("the connection can be used once")

// requestOptions say in which form to ask; its zero value as any client does.
type requestOptions struct {
	h2c       bool // HTTP/2 with prior knowledge (RFC 9113 section 3.3)
	webSocket bool // as the opening handshake of a WebSocket
	http1     bool // over TLS, by HTTP/1.1 only
	headers   []fact.Header
	shook     func(fact.Handshake) // told when the TLS handshake is done; nil for nobody
	jar       http.CookieJar       // of a chain of redirects over TLS; nil for none
	judge     *fact.Judge          // of the observation's chains; nil for none yet
}

// protocols are what to offer by ALPN (RFC 7301). WebSockets are opened over
// HTTP/1.1.
func (a requestOptions) protocols() []string {
	if a.webSocket || a.http1 {
		return []string{"http/1.1"}
	}
	return []string{"h2", "http/1.1"}
}

// wantsHTTP1 reports whether an HTTP/2 server refused a request with
// HTTP_1_1_REQUIRED (RFC 9113 section 7), as those do that ask for a client
// certificate at some paths only.
func wantsHTTP1(err error) bool {
	return err != nil && strings.Contains(err.Error(), "HTTP_1_1_REQUIRED")
}

// request sends a GET for the exchange's URL over an open connection and notes
// the answer. It speaks HTTP/2 where the TLS handshake agreed on it.
func (p *Prober) request(ctx context.Context, conn net.Conn, a requestOptions, x *fact.Exchange) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, x.URL, nil)
	if err != nil {
		x.Outcome, x.Error = fact.Failed, fact.Clip(err.Error(), maxError)
		return nil
	}
	req.Header.Set("User-Agent", p.UserAgent)
	req.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	setHeaders(req, a.headers)
	if a.jar != nil {
		for _, c := range a.jar.Cookies(req.URL) {
			req.AddCookie(c)
		}
	}
	if a.webSocket {
		upgrade(req)
	}
	var heard *recordingConn
	if _, overTLS := conn.(*tlsclient.Conn); !overTLS {
		heard = recordConn(conn)
		conn = heard
	}
	t := transport(conn, a.h2c)
	defer t.CloseIdleConnections()
	resp, err := t.RoundTrip(req)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // half an answer reads like a broken one
	}
	if tc, overTLS := conn.(*tlsclient.Conn); err != nil && overTLS {
		err = cause(tc, err)
	}
	x.Outcome, x.Error = outcome(err, true)
	if heard != nil && (x.Outcome == fact.Failed || x.Outcome == fact.Malformed) {
		x.Outcome = heard.outcome(a, x.Outcome)
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if a.jar != nil {
		a.jar.SetCookies(req.URL, resp.Cookies())
	}
	x.Status = resp.StatusCode
	x.Headers = headers(resp.Header)
	readPage(ctx, resp, x)
	return nil
}

// cause is what the peer ended a TLS connection with, where an HTTP/2 client
// only says that it could not be used: an alert, mostly. The connection
// remembers it.
func cause(tc *tlsclient.Conn, err error) error {
	if classify(err, true) != fact.Failed {
		return err
	}
	if e := tc.SetReadDeadline(time.Unix(1, 0)); e != nil && !errors.Is(e, net.ErrClosed) {
		return err
	}
	if _, last := tc.Read(make([]byte, 1)); last != nil && !neterr.IsTimeout(last) && !errors.Is(last, net.ErrClosed) {
		return last
	}
	return err
}

// transport sends one request over the given connection; h2c over cleartext
// HTTP/2.
func transport(conn net.Conn, h2c bool) *http.Transport {
	used := false
	once := func(context.Context, string, string) (net.Conn, error) {
		if used {
			return nil, errSecondConnection
		}
		used = true
		return conn, nil
	}
	t := &http.Transport{
		DialContext: once, DialTLSContext: once,
		MaxResponseHeaderBytes: maxHeaders,
		Protocols:              new(http.Protocols),
	}
	if tc, overTLS := conn.(*tlsclient.Conn); overTLS {
		h2c = tc.State().ALPN == "h2" // to net/http this connection is like any other
	}
	t.Protocols.SetHTTP1(!h2c)
	t.Protocols.SetUnencryptedHTTP2(h2c)
	return t
}

// headers keeps what rules read of the response headers. Cookie values and
// the parameters of challenges are nobody's business.
func headers(all http.Header) []fact.Header {
	var out []fact.Header
	for _, name := range kept {
		for _, v := range all[name] {
			switch name {
			case "Set-Cookie":
				v = page.MaskCookie(v)
			case "Www-Authenticate":
				v, _, _ = strings.Cut(strings.TrimSpace(v), " ")
			}
			limit := maxValue
			if name == "Content-Security-Policy" || name == "Link" {
				limit = maxHeaders // what counts may stand last
			}
			out = append(out, fact.Header{Name: name, Value: fact.Clip(v, limit)})
		}
	}
	return slices.Clip(out)
}

// readPage reads what an HTML answer holds, at most maxBody bytes of it. A
// body that breaks off before is read as far as it came, and the exchange's
// Error says so.
func readPage(ctx context.Context, resp *http.Response, x *fact.Exchange) {
	r := page.Response{URL: x.URL, Status: resp.StatusCode, Header: page.Header(resp.Header)}
	if !r.MayHoldDocument() {
		return
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	// Where the server ends the connection too early, there is no more to see
	// for any client.
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		x.Error = fact.Clip("the body ended after "+strconv.Itoa(len(body))+" bytes: "+words(err), maxError)
	}
	body, unread := decode(body, strings.Join(resp.Header.Values("Content-Encoding"), ","))
	if unread != "" {
		x.Error = fact.Clip(unread, maxError)
		return
	}
	r.Body = body
	if pg, ok := page.Read(ctx, r); ok {
		x.Page = pg
	}
}

// decode undoes the content codings (RFC 9110 section 8.4) that the transport
// left: gzip by its other name. It says why a body cannot be read; a single
// coding that does not exist is nothing, as to browsers.
func decode(body []byte, codings string) (_ []byte, unread string) {
	var list []string
	for c := range strings.SplitSeq(strings.ToLower(codings), ",") {
		if c = strings.TrimSpace(c); c != "" && c != "identity" {
			list = append(list, c)
		}
	}
	if len(list) == 0 || len(body) == 0 {
		return body, ""
	}
	why := "it came in the coding '" + strings.Join(list, ", ") + "', which was not asked for"
	if len(list) > 1 {
		return nil, why
	}
	switch list[0] {
	case "br", "zstd", "deflate", "compress", "x-compress", "dcb", "dcz":
		return nil, why
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, why
		}
		plain, _ := io.ReadAll(io.LimitReader(z, maxBody)) // as far as it came
		return plain, ""
	}
	return body, ""
}
