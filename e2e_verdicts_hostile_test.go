package main

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// What clients would take for content or for a way to cleartext is never a
// pass, however oddly it is written.
func TestNoFalsePass(t *testing.T) {
	unseen, content := []string{"target-not-verified"}, []string{"cleartext-content"}
	downgrade := []string{"cleartext-redirect", "redirect-downgrade"}
	const page = `<!doctype html><meta http-equiv="refresh" content="0; url=http://x.example/">`
	to := func(url string) deploytest.Deployment {
		return overTLS("HTTP/1.1 302 Found\r\n", hstsLine, "Location: ", url, "\r\nContent-Length: 0\r\n\r\n")
	}
	cleartext := func(lines ...string) deploytest.Deployment { return deploytest.Deployment{Cleartext: wire(lines...)} }
	var z bytes.Buffer
	zw := gzip.NewWriter(&z)
	io.WriteString(zw, page)
	zw.Close()
	judge(t, []verdict{
		{"percent in a Location", to("http://x.example/50%off"), downgrade},
		{"Location without slashes", to("http:x.example/"), downgrade},
		{"Location with one slash", to("http:/x.example/"), downgrade},
		{"Location with three slashes", to("http:///x.example/"), downgrade},
		{"tab in a Location", to("ht\ttp://x.example/"), downgrade},
		{"escaped host in a Location", to("http://%78.example/"), downgrade},
		{"percent in user info", to("http://a:b%@x.example/"), downgrade},
		{"percent in a Refresh", overTLS("HTTP/1.1 200 OK\r\n", hstsLine, "Refresh: 0; url=http://x.example/50%off\r\nContent-Length: 0\r\n\r\n"), downgrade},
		{"percent in port 80's Location", cleartext("HTTP/1.1 302 Found\r\nLocation: http://x.example/50%off\r\nContent-Length: 0\r\n\r\n"), []string{"cleartext-redirect"}},
		{"page in gzip though not asked for", deploytest.Deployment{HTTPS: deploytest.Page(z.String(), "Content-Encoding: gzip")}, downgrade},
		{"HTTP/0.9", cleartext("<html><body>hello</body></html>"), content},
		{"text without a status line", cleartext("hello"), unseen},
		{"ICY", cleartext("ICY 200 OK\r\n\r\nhello"), content},
		{"lower case HTTP", cleartext("http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), content},
		{"empty line first", cleartext("\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), content},
	})
}

// What is odd but good is a pass.
func TestNoFalseAlarm(t *testing.T) {
	h2 := func(c *tls.Config) { c.NextProtos = []string{"h2", "http/1.1"} }
	judge(t, []verdict{
		{"TLS port that redirects plain HTTP", deploytest.Deployment{Sniff: deploytest.ToHTTPS(443)}, []string{}},
		{"HTTP_1_1_REQUIRED", deploytest.Deployment{TLS: h2, HTTPS: frames(func(_ int32, f *http2.Framer, id uint32) {
			f.WriteRSTStream(id, http2.ErrCodeHTTP11Required)
		})}, []string{}},
		{"redirect to a client-certificate port", deploytest.Deployment{HTTPS: deploytest.Redirect("https://x.example:8443/"), Addresses: []string{"203.0.113.90"},
			With: []deploytest.Deployment{{Host: "x.example", Port: 8443, CleartextPort: 8080, Addresses: []string{"203.0.113.90"}, TLS: deploytest.RequireClientCertificate}}}, []string{}},
		{"redirect to another host's closed port", deploytest.Deployment{HTTPS: deploytest.Redirect("https://o.example:8443/"), With: []deploytest.Deployment{{Host: "o.example"}}}, []string{}},
	})
}

// frames answers each HTTP/2 request, and HTTP/1.1 normally.
func frames(answer func(n int32, f *http2.Framer, id uint32)) deploytest.Server {
	var n atomic.Int32
	return deploytest.Raw(func(c net.Conn) {
		tc := c.(*tls.Conn)
		if tc.Handshake() == nil && tc.ConnectionState().NegotiatedProtocol != "h2" {
			c.Read(make([]byte, 4096))
			io.WriteString(c, "HTTP/1.1 200 OK\r\n"+hstsLine+"Content-Length: 0\r\n\r\n")
			return
		}
		io.ReadFull(c, make([]byte, len(http2.ClientPreface)))
		f := http2.NewFramer(c, c)
		f.WriteSettings()
		for {
			fr, err := f.ReadFrame()
			if err != nil {
				return
			}
			if h, ok := fr.(*http2.HeadersFrame); ok {
				answer(n.Add(1), f, h.StreamID)
			}
		}
	})
}
