package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/page"
)

const (
	maxHeaders = 64 << 10 // bytes of response headers
	maxBody    = 1 << 20  // bytes of a page
	maxValue   = 8 << 10  // bytes kept of one header value
)

// kept are the response headers that rules read, in canonical form.
var kept = []string{
	"Content-Security-Policy", "Content-Type", "Link", "Location", "Refresh",
	"Set-Cookie", "Strict-Transport-Security", "Upgrade", "Www-Authenticate",
}

// errSecondConnection ends attempts of the transport to connect again.
var errSecondConnection = errors.New("the connection can be used once")

// ask sends a GET for the exchange's URL over an open connection and notes
// the answer. It speaks HTTP/2 where the TLS handshake agreed on it.
func (p *Prober) ask(ctx context.Context, conn net.Conn, x *check.Exchange) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, x.URL, nil)
	if err != nil {
		x.Outcome, x.Error = check.Failed, check.Clip(err.Error(), maxError)
		return nil
	}
	req.Header.Set("User-Agent", p.UserAgent)
	req.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	t := transport(conn)
	defer t.CloseIdleConnections()
	resp, err := t.RoundTrip(req)
	x.Outcome, x.Error = outcome(err, true)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	x.Status = resp.StatusCode
	x.Headers = headers(resp.Header)
	readPage(resp, x)
	return nil
}

// transport sends one request over the given connection.
func transport(conn net.Conn) *http.Transport {
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
		DisableCompression: true, MaxResponseHeaderBytes: maxHeaders,
	}
	if _, ok := conn.(*tls.Conn); ok {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP1(true)
		t.Protocols.SetHTTP2(true)
	}
	return t
}

// headers keeps what rules read of the response headers. Cookie values and
// the parameters of challenges are nobody's business.
func headers(all http.Header) []check.Header {
	var out []check.Header
	for _, name := range kept {
		for _, v := range all[name] {
			switch name {
			case "Set-Cookie":
				v = page.MaskCookie(v)
			case "Www-Authenticate":
				v, _, _ = strings.Cut(strings.TrimSpace(v), " ")
			}
			out = append(out, check.Header{Name: name, Value: check.Clip(v, maxValue)})
		}
	}
	return slices.Clip(out)
}

// readPage reads what an HTML answer holds, at most maxBody bytes of it.
// What could be read before the body broke off counts.
func readPage(resp *http.Response, x *check.Exchange) {
	kind := resp.Header.Get("Content-Type")
	if kind != "" && !strings.Contains(strings.ToLower(kind), "html") {
		return // spare the body; page.Read decides about the others
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if pg, ok := page.Read(body, kind, x.URL); ok {
		x.Page = pg
	}
}
