//go:build hostile && unix

package main

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// withoutSources takes the addresses off that a certificate names.
func withoutSources(c *x509.Certificate) {
	c.CRLDistributionPoints, c.OCSPServer, c.IssuingCertificateURL = nil, nil, nil
}

// TestAttacks attacks a run of the program in many ways, each within bounds of
// time, processor time and memory; see docs/hostile.md.
func TestAttacks(t *testing.T) {
	for _, family := range []map[string]attack{floods, frameFloods, bombs, pages, chains} {
		for name, at := range family {
			t.Run(name, func(t *testing.T) {
				if at.targets == 0 {
					at.targets = 32
				}
				at.judge(t, at.run(t))
			})
		}
	}
}

// record is a record of TLS in cleartext.
func record(kind byte, content string) string {
	return string([]byte{kind, 3, 3, byte(len(content) >> 8), byte(len(content))}) + content
}

// raw is an attack by bytes without end, whatever comes.
func raw(part string) func(*attackServer, net.Conn) {
	return func(_ *attackServer, c net.Conn) { endless(c, []byte(part)) }
}

// floods never end.
var floods = map[string]attack{
	"nothing":                    {serve: func(a *attackServer, c net.Conn) { <-a.done }},
	"silence after a request":    {serve: afterTLS(func(a *attackServer, c net.Conn) { <-a.done })},
	"close":                      {serve: func(*attackServer, net.Conn) {}},
	"random bytes":               {serve: func(_ *attackServer, c net.Conn) { _, _ = io.Copy(c, rand.Reader) }},
	"zeros":                      {serve: raw("\x00")},
	"warnings":                   {serve: raw(record(21, "\x01\x5a"))},
	"empty handshake records":    {serve: raw(record(22, ""))},
	"hello requests":             {serve: raw(record(22, "\x00\x00\x00\x00"))},
	"handshake bytes one by one": {serve: raw(record(22, "\x02"))},
	"a message of 16 MB":         {serve: raw(record(22, "\x02\xff\xff\xff") + strings.Repeat(record(22, strings.Repeat("x", 16000)), 4))},
	"ChangeCipherSpec":           {serve: raw(record(20, "\x01"))},
	"records of 16 KB":           {serve: raw(record(23, strings.Repeat("x", 16384)))},
	"drip of a ServerHello":      {serve: func(a *attackServer, c net.Conn) { a.drip(c, record(22, "\x02\x00\x40\x00")) }},
	"KeyUpdate":                  {serve: records(22, []byte{24, 0, 0, 1, 0})},
	"KeyUpdate that asks":        {serve: records(22, []byte{24, 0, 0, 1, 1})},
	"session tickets":            {serve: records(22, append([]byte{4, 0, 16, 0}, make([]byte, 4096)...))},
	"empty data":                 {serve: records(23, nil)},
	"warnings inside":            {serve: records(21, []byte{1, 90})},
	"unknown messages":           {serve: records(22, []byte{99, 0, 0, 1, 0})},
	"half messages":              {serve: records(22, []byte{4, 255, 255, 255, 0})},
	"header line without end":    {serve: answers("X: ", func(_ *attackServer, w io.Writer) { endless(w, []byte("x")) })},
	"header lines without end":   {serve: answers("", func(_ *attackServer, w io.Writer) { endless(w, []byte("X: y\r\n")) })},
	"cookies":                    {serve: answers(strings.Repeat("Set-Cookie: a=b\r\n", 14000), nil)},
	"cookies of many names":      {serve: answers(manyCookies(10000), nil)},
	"interim answers":            {serve: afterTLS(func(_ *attackServer, c net.Conn) { endless(c, []byte("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")) })},
	"drip of a header":           {serve: afterTLS(func(a *attackServer, c net.Conn) { a.drip(c, "HTTP/1.1 200 OK\r\n") })},
	"drip of a body":             {serve: answers("Content-Type: text/html\r\n", func(a *attackServer, w io.Writer) { a.drip(w, "<p>") })},
	"body without end":           {serve: answers("Content-Type: text/html\r\n", func(_ *attackServer, w io.Writer) { endless(w, []byte("<p>x ")) })},
	"error without end": {serve: afterTLS(func(_ *attackServer, c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 500 X\r\n\r\n")
		endless(c, []byte("x"))
	})},
	"chunks of one byte":    {serve: answers("Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n", func(_ *attackServer, w io.Writer) { endless(w, []byte("1\r\nx\r\n")) })},
	"chunk extension":       {serve: answers("Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n", func(_ *attackServer, w io.Writer) { endless(w, []byte("1;")) })},
	"trailers":              {serve: answers("Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n0\r\n", func(_ *attackServer, w io.Writer) { endless(w, []byte("X: y\r\n")) })},
	"redirects without end": {serve: redirects("")},
	"redirects and cookies": {serve: redirects("Set-Cookie: c%d=x\r\n")},
	"cleartext without end": {cleartext: true, serve: func(_ *attackServer, c net.Conn) {
		request(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
		endless(c, []byte("<p>"))
	}},
	"cleartext header":        {cleartext: true, serve: func(_ *attackServer, c net.Conn) { request(c); endless(c, []byte("HTTP/1.1 200 OK\r\nX: y\r\n")) }},
	"64 addresses that stall": {targets: 8, addresses: 64, serve: func(a *attackServer, c net.Conn) { <-a.done }},
}

// manyCookies are cookies of n names.
func manyCookies(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Set-Cookie: c%d=x\r\n", i)
	}
	return b.String()
}

// redirects leads to another path each time.
func redirects(field string) func(*attackServer, net.Conn) {
	return afterTLS(func(_ *attackServer, c net.Conn) {
		n := binary.BigEndian.Uint32([]byte(rand.Text()))
		if field != "" {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 302 Found\r\nLocation: /%d\r\n"+field+"Content-Length: 0\r\n\r\n", n, n)
			return
		}
		_, _ = fmt.Fprintf(c, "HTTP/1.1 302 Found\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n", n)
	})
}

// overHTTP2 is an attack by frames, after the settings and the request.
func overHTTP2(then func(f *http2.Framer, w *bytes.Buffer, n uint32)) func(*attackServer, net.Conn) {
	return func(a *attackServer, c net.Conn) {
		conn, err := a.tls(c, func(config *tls.Config) { config.NextProtos = []string{"h2"} })
		if err != nil {
			return
		}
		buf := make([]byte, 16<<10)
		if _, err := conn.Read(buf); err != nil {
			return
		}
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		var out bytes.Buffer
		f := http2.NewFramer(&out, nil)
		f.AllowIllegalWrites = true
		_ = f.WriteSettings()
		for n := uint32(0); ; n++ {
			for range 100 {
				then(f, &out, n)
			}
			if _, err := out.WriteTo(conn); err != nil {
				return
			}
		}
	}
}

// fields is a header block.
func fields(pairs ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return b.Bytes()
}

// frameFloods are floods of HTTP/2.
var frameFloods = map[string]attack{
	"SETTINGS":      {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) { _ = f.WriteSettings(http2.Setting{ID: 3, Val: n}) })},
	"SETTINGS full": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) { _ = f.WriteSettings(make([]http2.Setting, 2000)...) })},
	"SETTINGS acks": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, _ uint32) { _ = f.WriteSettingsAck() })},
	"PING":          {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, _ uint32) { _ = f.WritePing(false, [8]byte{}) })},
	"WINDOW_UPDATE": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, _ uint32) { _ = f.WriteWindowUpdate(0, 1) })},
	"PRIORITY":      {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) { _ = f.WritePriority(2*n+1, http2.PriorityParam{}) })},
	"RST_STREAM":    {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) { _ = f.WriteRSTStream(2*n+3, http2.ErrCodeCancel) })},
	"GOAWAY":        {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, _ uint32) { _ = f.WriteGoAway(1, 0, []byte("x")) })},
	"CONTINUATION": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) {
		if n == 0 {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: fields(":status", "200")})
		}
		_ = f.WriteContinuation(1, false, fields("x", "y"))
	})},
	"empty CONTINUATION": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) {
		if n == 0 {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: fields(":status", "200")})
		}
		_ = f.WriteContinuation(1, false, nil)
	})},
	"empty DATA": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) {
		if n == 0 {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: fields(":status", "200", "content-type", "text/html")})
		}
		_ = f.WriteData(1, false, nil)
	})},
	"DATA of padding": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) {
		if n == 0 {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: fields(":status", "200", "content-type", "text/html")})
		}
		_ = f.WriteDataPadded(1, false, nil, make([]byte, 255))
	})},
	"DATA": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) {
		if n == 0 {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: fields(":status", "200", "content-type", "text/html")})
		}
		_ = f.WriteData(1, false, bytes.Repeat([]byte("<p>x"), 1000))
	})},
	"interim HEADERS": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, _ uint32) {
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: fields(":status", "103", "link", "<x>")})
	})},
	"header bomb": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) {
		if n == 0 {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: fields(":status", "200", "x", strings.Repeat("y", 4000))})
		}
		_ = f.WriteContinuation(1, false, bytes.Repeat([]byte{0xbe}, 16000)) // the first of the dynamic table again
	})},
	"frames of no kind": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, _ uint32) { _ = f.WriteRawFrame(99, 0, 0, make([]byte, 100)) })},
	"frames of 16 MB":   {serve: overHTTP2(func(_ *http2.Framer, w *bytes.Buffer, _ uint32) { w.Write([]byte{255, 255, 255, 0, 0, 0, 0, 0, 1}) })},
	"pushes": {serve: overHTTP2(func(f *http2.Framer, _ *bytes.Buffer, n uint32) {
		_ = f.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2*n + 2, EndHeaders: true, BlockFragment: fields(":path", "/")})
	})},
}

// compressed is a body of many zeros in a content coding.
func compressed(open func(io.Writer) io.WriteCloser, size int) []byte {
	var b bytes.Buffer
	w := open(&b)
	zeros := make([]byte, 1<<20)
	for range size >> 20 {
		_, _ = w.Write(zeros)
	}
	_ = w.Close()
	return b.Bytes()
}

func gzipped(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

// bomb is an answer that is a small body in codings and a large one without.
func bomb(coding string, body []byte) attack {
	return attack{serve: answers("Content-Type: text/html\r\nContent-Encoding: "+coding+"\r\n", func(_ *attackServer, w io.Writer) { _, _ = w.Write(body) })}
}

var bombs = map[string]attack{
	"gzip bomb":     bomb("gzip", compressed(gzipped, 1<<30)),
	"gzip twice":    bomb("gzip, gzip", twice(compressed(gzipped, 1<<30))),
	"gzip 16 times": bomb(strings.Repeat("gzip, ", 15)+"gzip", compressed(gzipped, 1<<20)),
	"1000 codings":  bomb(strings.Repeat("gzip, ", 1000)+"gzip", nil),
	"brotli bomb":   bomb("br", compressed(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, 1<<30)),
	"zstd bomb":     bomb("zstd", compressed(zstdWriter, 1<<30)),
	"gzip, no end":  {serve: answers("Content-Type: text/html\r\nContent-Encoding: gzip\r\n", func(_ *attackServer, w io.Writer) { endless(gzip.NewWriter(w), make([]byte, 1000)) })},
	"gzip of errors": {serve: afterTLS(func(_ *attackServer, c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 404 X\r\nContent-Encoding: gzip\r\n\r\n")
		_, _ = c.Write(compressed(gzipped, 1<<28))
	})},
}

func twice(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

func zstdWriter(w io.Writer) io.WriteCloser {
	e, err := zstd.NewWriter(w)
	if err != nil {
		panic(err)
	}
	return e
}

// page is an answer with a document of some bytes in which a part comes again
// and again.
func page(size int, media, before, part string) attack {
	body := before + strings.Repeat(part, size/len(part))
	return attack{serve: answers("Content-Type: "+media+"\r\n", textBody(body))}
}

// pages are documents that cost more than others of their size.
var pages = map[string]attack{
	"1 MB at 64 addresses":  {targets: 8, addresses: 64, serve: page(1<<20, "text/html", "", "<img src=http://b/>").serve},
	"16 MB of text":         page(16<<20, "text/html", "", "text "),
	"16 MB of images":       page(16<<20, "text/html", "", "<img src=http://b/>"),
	"16 MB of attributes":   page(16<<20, "text/html", "<p ", "a=1 "),
	"16 MB of CSS":          page(16<<20, "text/html", "<style>", "a{background:url(http://b/)}"),
	"16 MB of CSS brackets": page(16<<20, "text/html", "<style>a{b:", "("),
	"16 MB of CSS words":    page(16<<20, "text/html", "<style>a{b:", "x "),
	"16 MB of selectors":    page(16<<20, "text/html", "<style>", "a,"),
	"16 MB of declarations": page(16<<20, "text/html", "<style>a{", "b:c;"),
	"16 MB of srcset":       page(16<<20, "text/html", "<img srcset='", "b 1x,"),
	"16 MB of XML":          page(16<<20, "text/xml", "<a>", "<b/>"),
	"16 MB of nested XML":   page(16<<20, "text/xml", "", "<a>"),
	"16 MB of entities":     page(16<<20, "text/xml", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>", "&e;"),
	"4 MB of pages within":  page(4<<20, "text/html", "<iframe srcdoc='", "&lt;p&gt;"),
}

// leaf is a certificate of the issuer that an edit makes large.
func leaf(edit func(*x509.Certificate)) func(*attackServer) tls.Certificate {
	return func(a *attackServer) tls.Certificate {
		return a.network.Issuer().Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Edit: func(c *x509.Certificate) {
			withoutSources(c)
			edit(c)
		}})
	}
}

// goodAnswer is a good answer.
var goodAnswer = answers("Content-Type: text/html\r\n", textBody("<p>"))

// chains are certificates that cost more than others.
var chains = map[string]attack{
	"8000 names": {serve: goodAnswer, pass: true, certificate: leaf(func(c *x509.Certificate) {
		for i := range 8000 {
			c.DNSNames = append(c.DNSNames, fmt.Sprintf("host-number-%d.example", i))
		}
	})},
	"100,000 names": {serve: goodAnswer, certificate: leaf(func(c *x509.Certificate) {
		for i := range 100_000 {
			c.DNSNames = append(c.DNSNames, fmt.Sprintf("host-number-%d.example", i))
		}
	})},
	"100 times the issuer": {serve: goodAnswer, certificate: func(a *attackServer) tls.Certificate {
		cert := leaf(func(*x509.Certificate) {})(a)
		for range 100 {
			cert.Certificate = append(cert.Certificate, cert.Certificate[1])
		}
		return cert
	}},
	"1000 links": {serve: goodAnswer, certificate: func(a *attackServer) tls.Certificate {
		cert := leaf(func(*x509.Certificate) {})(a)
		for range 1000 {
			cert.Certificate = append(cert.Certificate, cert.Certificate[1])
		}
		return cert
	}},
	"a chain of 100":  {serve: goodAnswer, certificate: longChain(100)},
	"in a circle":     {serve: goodAnswer, certificate: circle},
	"key of 16k bits": {serve: goodAnswer, certificate: hugeKey},
	"250 KB at 64 addresses": {targets: 8, addresses: 64, serve: goodAnswer, certificate: leaf(func(c *x509.Certificate) {
		for i := range 7000 {
			c.DNSNames = append(c.DNSNames, fmt.Sprintf("host-number-%d.a-long-name.example", i))
		}
	})},
}

// longChain is a chain of n intermediates.
func longChain(n int) func(*attackServer) tls.Certificate {
	return func(a *attackServer) tls.Certificate {
		ca := a.network.Root()
		for range n {
			ca = ca.Intermediate(deploytest.Spec{Name: "One of many", Edit: withoutSources})
		}
		return ca.Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Edit: withoutSources})
	}
}

// circle is a chain of authorities that certify each other.
func circle(a *attackServer) tls.Certificate {
	one, two := deploytest.NewRoot(deploytest.Spec{Name: "One"}), deploytest.NewRoot(deploytest.Spec{Name: "Two"})
	cert := one.Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Edit: withoutSources})
	cert.Certificate = append(cert.Certificate[:1], two.CrossSign(one, deploytest.Spec{}).Certificate.Raw, one.CrossSign(two, deploytest.Spec{}).Certificate.Raw)
	return cert
}

// hugeKey is a certificate with a modulus of 16,384 bits, of many primes, for
// one of two would take minutes to find.
func hugeKey(a *attackServer) tls.Certificate {
	key, err := rsa.GenerateMultiPrimeKey(rand.Reader, 32, 16384)
	if err != nil {
		panic(err)
	}
	return a.network.Issuer().Leaf(deploytest.Spec{Hosts: []string{"*.attack.example"}, Key: key, Edit: withoutSources})
}
