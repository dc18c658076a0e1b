// Package http1 writes requests and reads answers of HTTP/1.x as browsers
// do. net/http refuses answers that Chromium or Firefox show: field lines
// without a colon, "chunked" said twice, 100 KB of header. Whatever one of the
// two browsers reads is read; what both refuse is an [Error] that names the
// bytes. Bytes are kept as they came.
//
// Everything is bounded: a header by [MaxHeader], interim answers by
// maxInterim, a body by whoever reads it. Time is bounded by the deadline of
// the connection.
package http1

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MaxHeader is the most that an answer's status line and header fields may
// take, in bytes: what Firefox reads (network.http.max_response_header_size);
// Chromium reads 256 KiB.
const MaxHeader = 384 << 10

// maxInterim is how many interim answers (RFC 9110 section 15.2) are read
// before the final one.
const maxInterim = 64

// A Field is one field line: its name without white space around it, and its
// value as it came, white space around it and folds (RFC 9112 section 5.2)
// apart.
type Field struct{ Name, Value string }

// A Header is the fields of a message in order.
type Header []Field

// Get gives the first value of a field, and whether there is one.
func (h Header) Get(name string) (string, bool) {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value, true
		}
	}
	return "", false
}

// Values gives all values of a field in order.
func (h Header) Values(name string) []string {
	var vs []string
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			vs = append(vs, f.Value)
		}
	}
	return vs
}

// A Head is the status line and the header fields of an answer.
type Head struct {
	// Proto is "HTTP/1.1", "HTTP/1.0" or "HTTP/0.9" as browsers take the
	// version; "HTTP/1.0" for "ICY".
	Proto  string
	Status int
	Header Header
	// Skipped are the lines that are no field, clipped; browsers pass them over.
	Skipped []string
}

// A Response is a final answer.
type Response struct {
	Head
	// Interim are the answers of class 1xx that came before, in order.
	Interim []Head
	// Truncated is set when the connection ended within the header, which
	// browsers take for its end in cleartext.
	Truncated bool
	// Body is the content as it was framed, its content codings (see
	// [Decode]) still on. It ends with [io.ErrUnexpectedEOF] where the peer
	// closed too early, and with an [Error] where chunks are malformed.
	Body io.Reader
	// Length is the number of bytes of the body where the header says so, else -1.
	Length int64
}

// Options say how an answer is read.
type Options struct {
	// Cleartext is set where the connection is not TLS: browsers then take a
	// header that the end of the connection cuts, and never over TLS.
	Cleartext bool
	// DefaultPort is set where the request went to the default port of its
	// scheme: only there browsers take bytes without a status line for an
	// answer of HTTP/0.9.
	DefaultPort bool
	// Upgrade is set where the request asked for another protocol: a 101 is
	// then the final answer, and Body is what follows in that protocol.
	Upgrade bool
	// Hold is called before more of a header is kept, with about how many bytes
	// of memory that takes; its error ends the reading. Nil for no bound but
	// [MaxHeader].
	Hold func(n int) error
}

// A Request is a request without content codings.
type Request struct {
	Method string // GET where empty
	Target string // request target (RFC 9112 section 3.2)
	Host   string
	Header Header
	Body   []byte // with a Content-Length where not nil
}

// WriteTo writes the request in one piece. Line breaks and NUL in its texts
// are written as spaces, so that none can end a field.
func (r Request) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	b.Grow(512)
	line := func(texts ...string) {
		for _, t := range texts {
			b.WriteString(clean(t))
		}
		b.WriteString("\r\n")
	}
	line(cmp.Or(r.Method, "GET"), " ", strings.ReplaceAll(clean(r.Target), " ", "%20"), " HTTP/1.1")
	line("Host: ", r.Host)
	for _, f := range r.Header {
		line(f.Name, ": ", f.Value)
	}
	if r.Body != nil {
		line("Content-Length: ", strconv.Itoa(len(r.Body)))
	}
	line()
	b.Write(r.Body)
	return b.WriteTo(w)
}

var clean = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ").Replace

// An Error is an answer that browsers refuse too.
type Error struct {
	// Text says what is wrong, with the bytes that are.
	Text string
	// NotHTTP is set where the peer did not begin as HTTP does.
	NotHTTP bool
}

func (e *Error) Error() string { return e.Text }

// malformed words a fault by the bytes that have it.
func malformed(what, bytes string) error {
	return &Error{Text: "malformed " + what + " '" + clip(bytes) + "'"}
}

// clip shortens bytes for an error's text, and makes them printable.
func clip(s string) string {
	const most = 60
	cut := ""
	if len(s) > most {
		s, cut = s[:most], "…"
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`) + cut
}

// ReadResponse reads an answer up to its body. At the end of a connection
// that gave no byte the error is [io.EOF].
func ReadResponse(r *bufio.Reader, o Options) (*Response, error) {
	resp := &Response{}
	budget := headerBudget{left: MaxHeader, hold: o.Hold}
	for {
		var err error
		if len(resp.Interim) > 0 {
			skipLineEnds(r)
		}
		resp.Head, err = readHead(r, o, &budget, len(resp.Interim) == 0)
		if err == errTruncated {
			resp.Truncated, err = true, nil
		}
		if err != nil {
			return nil, err
		}
		if resp.Status/100 != 1 || resp.Status == 101 && o.Upgrade || resp.Truncated {
			break
		}
		if len(resp.Interim) == maxInterim {
			return nil, &Error{Text: fmt.Sprintf("more than %d interim answers", maxInterim)}
		}
		resp.Interim = append(resp.Interim, resp.Head)
	}
	return resp, resp.frame(r)
}

// skipLineEnds passes over empty lines between answers.
func skipLineEnds(r *bufio.Reader) {
	for {
		b, err := r.Peek(1)
		if err != nil || b[0] != '\r' && b[0] != '\n' {
			return
		}
		r.Discard(1)
	}
}
