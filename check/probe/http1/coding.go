package http1

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

const (
	// maxCodings is how many content codings of one body are undone.
	maxCodings = 16
	// maxWindow is the window of zstd in bytes that HTTP clients need (RFC 9659).
	maxWindow = 8 << 20
)

// ErrTooLarge ends a body that has more bytes than may be read, as it came or
// with any of its codings undone.
var ErrTooLarge = errors.New("the body is larger than what is read of it")

// Decode undoes the content codings of a body (RFC 9110 section 8.4), given
// the values of Content-Encoding: gzip, deflate with and without zlib's
// wrapping, br and zstd, one on the other. Codings that do not exist are
// passed over. The body, and what each coding makes of it, may have limit
// bytes; more end it with [ErrTooLarge]. A body that is not in its coding ends
// with an [Error], one that is cut with [io.ErrUnexpectedEOF]; what came
// before is read.
func Decode(body io.Reader, fields []string, limit int64) io.Reader {
	var known []string
	unknown := false
	for _, f := range fields {
		for _, c := range strings.FieldsFunc(strings.ToLower(f), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
			if decoders[c] != nil {
				known = append(known, c)
			} else {
				unknown = true
			}
		}
	}
	if len(known) > maxCodings {
		return failing{&Error{Text: fmt.Sprintf("more than %d content codings", maxCodings)}}
	}
	body = &bounded{r: body, left: limit}
	for i := len(known) - 1; i >= 0; i-- {
		below := &remembering{r: body}
		src := bufio.NewReader(below)
		body = src
		if unknown && !begins(src, known[i]) {
			break // Chromium shows such a body as it is
		}
		body = &bounded{r: &layer{coding: known[i], below: below, src: src}, left: limit}
	}
	return body
}

// begins reports whether a body may be in a coding by its first bytes.
func begins(src *bufio.Reader, coding string) bool {
	magic := map[string]string{"gzip": "\x1f\x8b", "x-gzip": "\x1f\x8b", "zstd": "\x28\xb5\x2f\xfd"}[coding]
	b, _ := src.Peek(len(magic))
	return string(b) == magic
}

// decoders undo one coding each.
var decoders = map[string]func(*bufio.Reader) (io.Reader, error){
	"gzip": openGzip, "x-gzip": openGzip, "deflate": openDeflate, "br": openBrotli, "zstd": openZstd,
}

func openGzip(src *bufio.Reader) (io.Reader, error) {
	z, err := gzip.NewReader(src)
	if err != nil {
		return nil, err
	}
	z.Multistream(false) // browsers read the first member only
	return z, nil
}

// openDeflate reads zlib's format (RFC 1950), or without it, as some servers
// send it, deflate's own (RFC 1951).
func openDeflate(src *bufio.Reader) (io.Reader, error) {
	if b, err := src.Peek(2); err == nil && b[0]&15 == 8 && (int(b[0])<<8|int(b[1]))%31 == 0 {
		return zlib.NewReader(src)
	}
	return flate.NewReader(src), nil
}

func openBrotli(src *bufio.Reader) (io.Reader, error) { return brotli.NewReader(src), nil }

func openZstd(src *bufio.Reader) (io.Reader, error) {
	return zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow), zstd.IgnoreChecksum(true))
}

// A layer undoes one coding. It is opened at its first read.
type layer struct {
	coding string
	below  *remembering
	src    *bufio.Reader // of below
	plain  io.Reader
	read   int64
	err    error
}

func (l *layer) Read(b []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if l.plain == nil {
		if _, l.err = l.src.Peek(1); l.err != nil {
			return 0, l.err // an empty body is in every coding
		}
		if l.plain, l.err = decoders[l.coding](l.src); l.err != nil {
			l.err = l.cause(l.err)
			return 0, l.err
		}
	}
	n, err := l.plain.Read(b)
	l.read += int64(n)
	if err != nil {
		l.err = l.cause(err)
	}
	return n, l.err
}

// cause tells apart what ends a coding: its own end, with or without bytes
// after it, that of the body below it, and bytes that are not of the coding.
func (l *layer) cause(err error) error {
	switch {
	case err == io.EOF, errors.Is(err, gzip.ErrChecksum), errors.Is(err, zlib.ErrChecksum),
		// Bytes after the end are passed over.
		l.coding == "br" && strings.Contains(err.Error(), "excessive input"),
		l.coding == "zstd" && l.read > 0 && errors.Is(err, zstd.ErrMagicMismatch):
		return io.EOF
	}
	switch {
	case l.below.err != nil && !errors.Is(l.below.err, io.ErrUnexpectedEOF):
		return l.below.err
	case errors.Is(err, io.ErrUnexpectedEOF) && l.coding == "zstd":
		// Browsers show half of an uncompressed block, and the decoder gives none.
		return &Error{Text: "the body ends within a block of its content coding 'zstd'"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	}
	return &Error{Text: "the body is not in its content coding '" + l.coding + "'"}
}

// A remembering reader keeps the error, other than io.EOF, that it ended with:
// decoders word such errors anew.
type remembering struct {
	r   io.Reader
	err error
}

func (m *remembering) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	if err != nil && err != io.EOF {
		m.err = err
	}
	return n, err
}

// bounded reads at most so many bytes.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		for range 100 {
			switch n, err := b.r.Read(one[:]); {
			case n > 0:
				return 0, ErrTooLarge
			case err != nil:
				return 0, err
			}
		}
		return 0, io.ErrNoProgress
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
