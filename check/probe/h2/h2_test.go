package h2_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tlsgate/tlsgate/check/probe/h2"
	"github.com/tlsgate/tlsgate/check/probe/http1"
)

// A duplex gives what a peer wrote beforehand, and keeps what is written to it.
type duplex struct {
	io.Reader
	written bytes.Buffer
}

func (d *duplex) Write(b []byte) (int, error) { return d.written.Write(b) }

// block encodes header fields, given as names and values.
func block(pairs ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return b.Bytes()
}

// frames are what a peer sends after its SETTINGS.
func frames(write ...func(f *http2.Framer)) []byte {
	var b bytes.Buffer
	f := http2.NewFramer(&b, nil)
	f.WriteSettings()
	for _, w := range write {
		w(f)
	}
	return b.Bytes()
}

func headers(end bool, pairs ...string) func(*http2.Framer) {
	return func(f *http2.Framer) {
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(pairs...), EndHeaders: true, EndStream: end})
	}
}

func data(end bool, text string) func(*http2.Framer) {
	return func(f *http2.Framer) { f.WriteData(1, end, []byte(text)) }
}

func goAway(last uint32, code http2.ErrCode) func(*http2.Framer) {
	return func(f *http2.Framer) { f.WriteGoAway(last, code, nil) }
}

var request = h2.Request{Scheme: "https", Authority: "a.example", Path: "/", Header: http1.Header{{Name: "User-Agent", Value: "test"}}}

// What a peer sends is read as browsers read it, and what it refuses is
// distinguished by its kind.
func TestRoundTrip(t *testing.T) {
	ok := headers(false, ":status", "200", "content-type", "text/html")
	many := func(f *http2.Framer) {
		for range 10_001 {
			f.WritePing(true, [8]byte{})
		}
	}
	for name, tc := range map[string]struct {
		peer   []byte
		status int
		body   string
		fails  string // part of the error; the body's where there is a status
		kind   h2.Error
	}{
		"answer":                    {frames(ok, data(true, "hello")), 200, "hello", "", h2.Error{}},
		"answer without a body":     {frames(headers(true, ":status", "204")), 204, "", "", h2.Error{}},
		"in several frames":         {frames(ok, data(false, "hel"), func(f *http2.Framer) { f.WritePing(false, [8]byte{7}) }, data(false, "lo"), headers(true, "x-trailer", "1")), 200, "hello", "", h2.Error{}},
		"frames of other streams":   {frames(func(f *http2.Framer) { f.WriteData(3, true, []byte("not ours")) }, ok, func(f *http2.Framer) { f.WriteData(3, true, []byte("not ours")) }, data(true, "hello")), 200, "hello", "", h2.Error{}},
		"header in CONTINUATION":    {frames(continued(":status", "200", "x", strings.Repeat("y", 100)), data(true, "hello")), 200, "hello", "", h2.Error{}},
		"interim answers":           {frames(headers(false, ":status", "100"), headers(false, ":status", "103", "link", "</a>"), ok, data(true, "hello")), 200, "hello", "", h2.Error{}},
		"unknown frames":            {frames(func(f *http2.Framer) { f.WriteRawFrame(0xfa, 0, 0, []byte("?")) }, ok, data(true, "hello")), 200, "hello", "", h2.Error{}},
		"GOAWAY after the answer":   {frames(ok, goAway(1, http2.ErrCodeNo), data(true, "hello")), 200, "hello", "", h2.Error{}},
		"body cut":                  {frames(ok, data(false, "hel")), 200, "hel", "unexpected EOF", h2.Error{}},
		"body ended by a reset":     {frames(ok, data(false, "hel"), func(f *http2.Framer) { f.WriteRSTStream(1, http2.ErrCodeInternal) }), 200, "hel", "unexpected EOF", h2.Error{}},
		"refused":                   {frames(func(f *http2.Framer) { f.WriteRSTStream(1, http2.ErrCodeRefusedStream) }), 0, "", "REFUSED_STREAM", h2.Error{Refused: true}},
		"HTTP/1.1 required":         {frames(func(f *http2.Framer) { f.WriteRSTStream(1, http2.ErrCodeHTTP11Required) }), 0, "", "HTTP_1_1_REQUIRED", h2.Error{Refused: true}},
		"GOAWAY with an error":      {frames(goAway(0, http2.ErrCodeEnhanceYourCalm)), 0, "", "ENHANCE_YOUR_CALM", h2.Error{Refused: true}},
		"GOAWAY to come again":      {frames(goAway(0, http2.ErrCodeNo)), 0, "", "ended the connection", h2.Error{Refused: true, Again: true}},
		"no status":                 {frames(headers(true, "x", "y")), 0, "", "without a status", h2.Error{Refused: true}},
		"status of letters":         {frames(headers(true, ":status", "ok")), 0, "", "without a status", h2.Error{Refused: true}},
		"field with a line break":   {frames(headers(true, ":status", "200", "x", "a\r\nb")), 0, "", "malformed header field", h2.Error{Refused: true}},
		"field without a name":      {frames(headers(true, ":status", "200", "", "b")), 0, "", "malformed header field", h2.Error{Refused: true}},
		"body before the header":    {frames(data(true, "hello")), 0, "", "before the header", h2.Error{Refused: true}},
		"interim answers only":      {frames(headers(true, ":status", "103")), 0, "", "interim", h2.Error{Refused: true}},
		"interim answers, no end":   {frames(repeat(65, headers(false, ":status", "103"))...), 0, "", "interim", h2.Error{Refused: true}},
		"frames that bring nothing": {frames(many), 0, "", "without an answer", h2.Error{Refused: true}},
		"too much header":           {frames(repeat(40, headers(false, ":status", "103", "x", strings.Repeat("y", 16_000)))...), 0, "", "of header", h2.Error{Refused: true}},
		"header that does not end": {frames(func(f *http2.Framer) {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(":status", "200")})
		}, data(true, "x")), 0, "", "malformed HTTP/2", h2.Error{Refused: true}},
		"HPACK that is none": {frames(func(f *http2.Framer) {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0x0f}, EndHeaders: true})
		}), 0, "", "malformed HTTP/2", h2.Error{Refused: true}},
		"frame too large": {append(frames(), 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1), 0, "", "malformed HTTP/2", h2.Error{Refused: true}},
		"HTTP/1.1":        {[]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), 0, "", "begins with", h2.Error{NotHTTP: true}},
		"a few bytes":     {[]byte("oops"), 0, "", "begins with", h2.Error{NotHTTP: true}},
		"nothing":         {nil, 0, "", "EOF", h2.Error{}},
		"SETTINGS only":   {frames(), 0, "", "EOF", h2.Error{}},
	} {
		t.Run(name, func(t *testing.T) {
			peer := &duplex{Reader: bytes.NewReader(tc.peer)}
			resp, err := h2.RoundTrip(peer, request)
			if tc.status == 0 {
				var got *h2.Error
				if errors.As(err, &got); err == nil || !strings.Contains(err.Error(), tc.fails) || got != nil && (got.NotHTTP != tc.kind.NotHTTP || got.Refused != tc.kind.Refused || got.Again != tc.kind.Again) || got == nil && tc.kind != (h2.Error{}) {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if resp.Status != tc.status || string(body) != tc.body || resp.Proto != "HTTP/2.0" {
				t.Errorf("%d %s, body %q", resp.Status, resp.Proto, body)
			}
			if (err == nil) != (tc.fails == "") || err != nil && !strings.Contains(err.Error(), tc.fails) {
				t.Errorf("body: %v, want %q", err, tc.fails)
			}
			if name == "interim answers" && (len(resp.Interim) != 2 || resp.Interim[1].Status != 103 || resp.Interim[1].Header[0].Value != "</a>") {
				t.Errorf("interim %+v", resp.Interim)
			}
		})
	}
}

func repeat(n int, w func(*http2.Framer)) (out []func(*http2.Framer)) {
	for range n {
		out = append(out, w)
	}
	return out
}

// continued writes a header block in a HEADERS and two CONTINUATION frames.
func continued(pairs ...string) func(*http2.Framer) {
	return func(f *http2.Framer) {
		b := block(pairs...)
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b[:1]})
		f.WriteContinuation(1, false, b[1:20])
		f.WriteContinuation(1, true, b[20:])
	}
}

// What is sent is a request of HTTP/2 that a server reads, however long.
func TestRequestOnTheWire(t *testing.T) {
	for _, size := range []int{10, 16 << 10, 100_000} {
		peer := &duplex{Reader: bytes.NewReader(frames(headers(true, ":status", "204")))}
		long := strings.Repeat("x", size)
		if _, err := h2.RoundTrip(peer, h2.Request{Scheme: "https", Authority: "a.example:8443", Path: "/a?b", Header: http1.Header{{Name: "X-Long", Value: long}}}); err != nil {
			t.Fatal(err)
		}
		rest, ok := bytes.CutPrefix(peer.written.Bytes(), []byte(http2.ClientPreface))
		if !ok {
			t.Fatal("no preface")
		}
		f := http2.NewFramer(nil, bytes.NewReader(rest))
		f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		f.MaxHeaderListSize = 1 << 20
		var got map[string]string
		for {
			frame, err := f.ReadFrame()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := frame.(*http2.MetaHeadersFrame); ok {
				if !m.StreamEnded() || got != nil {
					t.Error("more than one request, or one with a body")
				}
				got = map[string]string{}
				for _, field := range m.Fields {
					got[field.Name] = field.Value
				}
			}
		}
		want := map[string]string{":method": "GET", ":scheme": "https", ":authority": "a.example:8443", ":path": "/a?b", "x-long": long}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d bytes: %.200v", size, got)
		}
	}
}

// A body that is larger than the window is read to its end: the window is
// opened again as it is read.
func TestWindow(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	for _, c := range []net.Conn{client, server} {
		c.SetDeadline(time.Now().Add(20 * time.Second))
	}
	const total = 3 << 20
	done := make(chan error, 1)
	go func() {
		defer server.Close()
		done <- serveWindowed(server, total)
	}()
	resp, err := h2.RoundTrip(client, request)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, resp.Body)
	if n != total || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// serveWindowed sends so many bytes, as far as the windows allow.
func serveWindowed(c net.Conn, total int) error {
	if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
		return err
	}
	f := http2.NewFramer(c, c)
	stream, connection := 0, 65535
	opened := make(chan [2]int, 1000)
	asked := make(chan struct{})
	go func() { // a pipe has no room: reading goes on while writing
		defer close(opened)
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if v, ok := frame.Value(http2.SettingInitialWindowSize); ok {
					opened <- [2]int{int(v), 0}
				}
			case *http2.WindowUpdateFrame:
				if frame.StreamID == 0 {
					opened <- [2]int{0, int(frame.Increment)}
				} else {
					opened <- [2]int{int(frame.Increment), 0}
				}
			case *http2.HeadersFrame:
				close(asked)
			}
		}
	}()
	<-asked
	if err := f.WriteSettings(); err != nil {
		return err
	}
	f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(":status", "200"), EndHeaders: true})
	for total > 0 {
		for min(stream, connection) <= 0 {
			w, ok := <-opened
			if !ok {
				return errors.New("the window stays closed")
			}
			stream, connection = stream+w[0], connection+w[1]
		}
		n := min(stream, connection, total, 16<<10)
		total, stream, connection = total-n, stream-n, connection-n
		if err := f.WriteData(1, total == 0, make([]byte, n)); err != nil {
			return err
		}
	}
	return nil
}

func FuzzRoundTrip(f *testing.F) {
	f.Add(frames(headers(false, ":status", "103", "link", "</a>"), headers(false, ":status", "200", "content-type", "text/html"), data(true, "hello")))
	f.Add(frames(continued(":status", "200", "x", strings.Repeat("y", 100)), data(false, "a"), headers(true, "x", "y")))
	f.Add(frames(goAway(0, http2.ErrCodeNo)))
	f.Add(frames(func(f *http2.Framer) { f.WriteRSTStream(1, http2.ErrCodeRefusedStream) }))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		peer := &duplex{Reader: bytes.NewReader(b)}
		resp, err := h2.RoundTrip(peer, request)
		if err != nil {
			return
		}
		if resp.Status < 200 || resp.Status > 999 {
			t.Errorf("status %d", resp.Status)
		}
		for _, field := range resp.Header {
			if field.Name == "" || strings.ContainsAny(field.Value, "\r\n\x00") {
				t.Errorf("field %q: %q", field.Name, field.Value)
			}
		}
		if body, _ := io.ReadAll(resp.Body); len(body) > len(b) {
			t.Errorf("%d bytes of body out of %d", len(body), len(b))
		}
	})
}

// Whoever bounds the memory of headers is asked for it, and ends the reading.
func TestHold(t *testing.T) {
	full := errors.New("no memory left")
	answer := frames(headers(true, ":status", "200", "x", strings.Repeat("y", 8000)))
	for most, want := range map[int]error{20_000: nil, 10_000: full} {
		held, bounded := 0, request
		bounded.Hold = func(n int) error {
			if held += n; held > most {
				return full
			}
			return nil
		}
		_, err := h2.RoundTrip(&duplex{Reader: bytes.NewReader(answer)}, bounded)
		if err != want || held < 16_000 {
			t.Errorf("at most %d: %d bytes held, %v", most, held, err)
		}
	}
}
