// Package h2 makes one HTTP/2 request over a connection (RFC 9113) and reads
// the answer as browsers do: net/http refuses fields that they take, drops
// interim answers and hides why a stream was refused.
package h2

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/tlsgate/tlsgate/check/probe/http1"
)

const (
	// window is how much a peer may send before we take it off.
	window = 1 << 20
	// maxFrame bounds the payload of a frame: a peer may send no more where
	// nothing else is agreed (RFC 9113 section 4.2).
	maxFrame = 16 << 10
	// maxInterim bounds interim answers, maxIdle frames that bring nothing on.
	maxInterim, maxIdle = 64, 10_000
	stream              = 1
)

// A Request is a GET without content.
type Request struct {
	Scheme, Authority, Path string
	Header                  http1.Header
	// Hold is called before more of a header is kept, with about how many bytes
	// of memory that takes; its error ends the reading. Nil for no bound but
	// [http1.MaxHeader].
	Hold func(n int) error
}

// An Error is an answer in HTTP/2 that is none.
type Error struct {
	Text string
	// NotHTTP is set where the peer's first bytes are no frame of HTTP/2.
	NotHTTP bool
	// Refused is set where the peer speaks HTTP/2 but refused the stream or
	// the connection; HTTP/1.1 may be answered.
	Refused bool
	// Again is set where the peer shut down before it took the stream, and
	// wants to be asked anew.
	Again bool
}

func (e *Error) Error() string { return e.Text }

// RoundTrip sends the request and reads the answer up to its body, which is
// read from the connection later.
func RoundTrip(conn io.ReadWriter, req Request) (*http1.Response, error) {
	var out bytes.Buffer
	c := &client{conn: conn, in: bufio.NewReader(conn), budget: http1.MaxHeader, hold: req.Hold}
	c.out = http2.NewFramer(&out, nil)
	if err := c.write(&out, req); err != nil {
		return nil, err
	}
	if _, err := out.WriteTo(conn); err != nil {
		return nil, err
	}
	c.out = http2.NewFramer(conn, nil)
	c.frames = http2.NewFramer(nil, c.in)
	c.frames.SetMaxReadFrameSize(maxFrame)
	c.hpack = hpack.NewDecoder(4096, nil)
	c.hpack.SetMaxStringLength(http1.MaxHeader)
	return c.answer()
}

type client struct {
	conn   io.ReadWriter
	in     *bufio.Reader
	out    *http2.Framer
	frames *http2.Framer
	hpack  *hpack.Decoder
	budget int               // bytes of header fields that may still come
	hold   func(n int) error // asked for their memory; nil for nobody
	began  bool              // a frame was read
	idle   int
	ended  bool // by the peer's END_STREAM
	data   []byte
	err    error
}

// write writes the preface and the request.
func (c *client) write(out *bytes.Buffer, req Request) error {
	out.WriteString(http2.ClientPreface)
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, f := range append(http1.Header{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: req.Scheme},
		{Name: ":authority", Value: req.Authority}, {Name: ":path", Value: req.Path}}, req.Header...) {
		if err := enc.WriteField(hpack.HeaderField{Name: strings.ToLower(f.Name), Value: f.Value}); err != nil {
			return err
		}
	}
	return errors.Join(
		c.out.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 0}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: window}),
		c.out.WriteWindowUpdate(0, window),
		c.writeBlock(block.Bytes()))
}

// writeBlock writes a header block in as many frames as it takes.
func (c *client) writeBlock(block []byte) error {
	first := block[:min(len(block), maxFrame)]
	block = block[len(first):]
	err := c.out.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: first, EndStream: true, EndHeaders: len(block) == 0})
	for err == nil && len(block) > 0 {
		first, block = block[:min(len(block), maxFrame)], block[min(len(block), maxFrame):]
		err = c.out.WriteContinuation(stream, len(block) == 0, first)
	}
	return err
}

// answer reads up to the final answer's header.
func (c *client) answer() (*http1.Response, error) {
	resp := &http1.Response{Length: -1, Body: c}
	for {
		f, err := c.next()
		if err != nil {
			return nil, err
		}
		headers, ok := f.(*http2.HeadersFrame)
		if !ok {
			return nil, &Error{Text: "the peer sent a body before the header", Refused: true}
		}
		if resp.Head, err = c.head(headers); err != nil {
			return nil, err
		}
		c.ended = headers.StreamEnded()
		if resp.Status/100 != 1 {
			return resp, nil
		}
		if resp.Interim = append(resp.Interim, resp.Head); len(resp.Interim) > maxInterim || c.ended {
			return nil, &Error{Text: "interim answers without a final one", Refused: true}
		}
	}
}

// next gives the next HEADERS or DATA frame of the stream, and does what other
// frames ask for.
func (c *client) next() (http2.Frame, error) {
	for ; c.idle < maxIdle; c.idle++ {
		if !c.began {
			if err := c.first(); err != nil {
				return nil, err
			}
		}
		f, err := c.frames.ReadFrame()
		if err != nil {
			return nil, c.cause(err)
		}
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				err = c.out.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !f.IsAck() {
				err = c.out.WritePing(true, f.Data)
			}
		case *http2.GoAwayFrame:
			if f.LastStreamID < stream || f.ErrCode != http2.ErrCodeNo {
				return nil, &Error{Text: "the HTTP/2 peer ended the connection (" + f.ErrCode.String() + ")", Refused: true, Again: f.ErrCode == http2.ErrCodeNo}
			}
		case *http2.RSTStreamFrame:
			return nil, &Error{Text: "the HTTP/2 peer refused the request (" + f.ErrCode.String() + ")", Refused: true}
		case *http2.HeadersFrame, *http2.DataFrame:
			if f.Header().StreamID == stream {
				return f, nil
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, &Error{Text: fmt.Sprintf("%d HTTP/2 frames without an answer", maxIdle), Refused: true}
}

// first holds the peer's first bytes to those of a SETTINGS frame (RFC 9113
// section 3.4).
func (c *client) first() error {
	const typeAt, settings = 3, 4
	b, err := c.in.Peek(9)
	if len(b) == 0 {
		return err
	}
	if len(b) < 9 && errors.Is(err, io.EOF) || len(b) == 9 && b[typeAt] != settings {
		return &Error{Text: "malformed HTTP/2: the peer begins with " + strconv.QuoteToASCII(string(b)), NotHTTP: true}
	}
	c.began = err == nil
	return err
}

// cause words a fault in the peer's frames.
func (c *client) cause(err error) error {
	var connection http2.ConnectionError
	var inStream http2.StreamError
	if errors.As(err, &connection) || errors.As(err, &inStream) || errors.Is(err, http2.ErrFrameTooLarge) {
		return &Error{Text: "malformed HTTP/2: " + err.Error(), Refused: true}
	}
	return err
}

// head reads a header block.
func (c *client) head(f *http2.HeadersFrame) (h http1.Head, err error) {
	h.Proto = "HTTP/2.0"
	var refused error
	c.hpack.SetEmitFunc(func(f hpack.HeaderField) {
		size := len(f.Name) + len(f.Value) + 32 // RFC 7541 section 4.1
		c.budget -= size
		if c.hold != nil && refused == nil && c.budget >= 0 {
			refused = c.hold(2 * size)
		}
		switch {
		case refused != nil:
		case c.budget < 0:
			refused = &Error{Text: "more than " + strconv.Itoa(http1.MaxHeader>>10) + " KiB of header", Refused: true}
		case strings.ContainsAny(f.Value, "\x00\r\n") || f.Name == "":
			refused = &Error{Text: "malformed header field " + strconv.QuoteToASCII(f.Name), Refused: true}
		case f.Name == ":status":
			h.Status, _ = strconv.Atoi(f.Value)
		case f.Name[0] != ':':
			h.Header = append(h.Header, http1.Field{Name: f.Name, Value: strings.Trim(f.Value, " \t")})
		}
	})
	fragment, done := f.HeaderBlockFragment(), f.HeadersEnded()
	for {
		if c.budget -= len(fragment) / 16; c.budget < 0 && refused == nil {
			refused = &Error{Text: "more than " + strconv.Itoa(http1.MaxHeader>>10) + " KiB of header", Refused: true}
		}
		if refused != nil {
			return h, refused
		}
		if _, err := c.hpack.Write(fragment); err != nil {
			return h, &Error{Text: "malformed HTTP/2: " + err.Error(), Refused: true}
		}
		if done {
			break
		}
		next, err := c.frames.ReadFrame()
		if err != nil {
			return h, c.cause(err)
		}
		more, ok := next.(*http2.ContinuationFrame)
		if !ok {
			return h, &Error{Text: "malformed HTTP/2: a header that does not end", Refused: true}
		}
		fragment, done = more.HeaderBlockFragment(), more.HeadersEnded()
	}
	if err := c.hpack.Close(); err != nil {
		return h, &Error{Text: "malformed HTTP/2: " + err.Error(), Refused: true}
	}
	if refused == nil && (h.Status < 100 || h.Status > 999) {
		refused = &Error{Text: "malformed HTTP/2: an answer without a status", Refused: true}
	}
	return h, refused
}

// Read reads the body. Trailers end it.
func (c *client) Read(b []byte) (int, error) {
	for len(c.data) == 0 && c.err == nil {
		if c.ended {
			c.err = io.EOF
			break
		}
		f, err := c.next()
		switch f := f.(type) {
		case *http2.DataFrame:
			c.ended = f.StreamEnded()
			c.data = append([]byte(nil), f.Data()...)
			if n := f.Length; n > 0 && !c.ended {
				err = errors.Join(c.out.WriteWindowUpdate(0, n), c.out.WriteWindowUpdate(stream, n))
			}
		case *http2.HeadersFrame:
			c.err = io.EOF
		}
		var e *Error
		switch {
		case err == nil:
		case errors.Is(err, io.EOF), errors.As(err, &e):
			c.err = io.ErrUnexpectedEOF // the peer ended it: there is no more to see
		default:
			c.err = err
		}
	}
	n := copy(b, c.data)
	if c.data = c.data[n:]; n > 0 {
		return n, nil
	}
	return 0, c.err
}
