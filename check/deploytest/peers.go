package deploytest

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// Peers that do not play by the protocol. As Cleartext they meet the client
// on TCP; as HTTPS inside TLS, or with NoTLS on TCP too.
var (
	// Stall takes everything and says nothing.
	Stall Server = Raw(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	// Hangup closes the connection at the first bytes.
	Hangup Server = Raw(func(c net.Conn) { readSome(c) })
	// Reset breaks the connection off with a TCP reset at the first bytes.
	Reset Server = Raw(reset)
	// Garbage answers anything with bytes of no protocol.
	Garbage Server = Raw(func(c net.Conn) {
		readSome(c)
		_, _ = c.Write(bytes.Repeat([]byte{0xff, 0x00, 0x7f, '\r', '\n', 0x80}, 200))
	})
	// RefuseHandshake sends the fatal alert handshake_failure (RFC 8446
	// section 6.2).
	RefuseHandshake Server = Raw(func(c net.Conn) {
		readSome(c)
		_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 40})
	})
	// HalfHandshake closes in the middle of a TLS handshake record.
	HalfHandshake Server = Raw(func(c net.Conn) {
		readSome(c)
		_, _ = c.Write([]byte{22, 3, 3, 0, 100, 2, 0, 0, 96, 3, 3, 1, 2, 3})
	})
	// EndlessHeaders begins an HTTP/1.1 answer whose header never ends.
	EndlessHeaders Server = Raw(func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
			return
		}
		_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n")
		for i := 0; err == nil; i++ {
			_, err = io.WriteString(c, "X-Filler-"+strconv.Itoa(i)+": "+strings.Repeat("a", 1000)+"\r\n")
		}
	})
	// EndlessBody serves an HTML page that never ends.
	EndlessBody = HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Strict-Transport-Security", GoodHSTS)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for line := "<!doctype html>\n"; ; line = strings.Repeat("<p>and on", 500) + "\n" {
			if _, err := io.WriteString(w, line); err != nil {
				return
			}
		}
	}))
	// EndlessRedirects leads on to itself with a growing query.
	EndlessRedirects = HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i, _ := strconv.Atoi(r.URL.Query().Get("n"))
		w.Header().Set("Strict-Transport-Security", GoodHSTS)
		w.Header().Set("Location", "/?n="+strconv.Itoa(i+1))
		w.WriteHeader(http.StatusFound)
	}))
	// PriorKnowledge serves the page to HTTP/2 with prior knowledge (RFC 9113
	// section 3.3) and redirects HTTP/1.1 to https.
	PriorKnowledge Server = web{h2c: true, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 {
			answer(http.StatusOK, GoodPage)(w, r)
			return
		}
		toHTTPS(443)(w, r)
	})}
	// UpgradesToTLS switches to TLS where asked to (RFC 2817 section 3.3), and
	// redirects everything else to https.
	UpgradesToTLS = HTTP(http.HandlerFunc(upgradeToTLS))
	// WebSocket switches protocols where asked to (RFC 6455 section 4.2.2) and
	// redirects everything else to https.
	WebSocket = HTTP(http.HandlerFunc(webSocket))
)

// RequireClientCertificate makes a TLS port demand a client certificate.
func RequireClientCertificate(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }

// readSome waits for the peer's first bytes.
func readSome(c net.Conn) {
	_, _ = c.Read(make([]byte, 4096)) // whatever came, the answer is the same
}

// reset closes without lingering, which sends RST instead of FIN.
func reset(c net.Conn) {
	readSome(c)
	for {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
			_ = t.Close()
			return
		}
		c = c.(interface{ NetConn() net.Conn }).NetConn()
	}
}

func webSocket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		toHTTPS(443)(w, r)
		return
	}
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	_, _ = io.Copy(io.Discard, c)
}

func upgradeToTLS(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "TLS/1.0" {
		toHTTPS(443)(w, r)
		return
	}
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0, HTTP/1.1\r\nConnection: Upgrade\r\n\r\n")
	certificate := SelfSigned(Spec{Hosts: []string{"upgrade.example"}})
	_ = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{certificate}}).HandshakeContext(r.Context()) // the client ends it when it has seen enough
}
