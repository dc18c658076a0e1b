package http1

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
)

// frame finds out where the body ends (RFC 9112 section 6.3, as browsers
// read it).
func (resp *Response) frame(r *bufio.Reader) error {
	switch s := resp.Status; {
	case resp.Proto == "HTTP/0.9", s == 101:
		resp.Body, resp.Length = r, -1
		return nil
	case s/100 == 1, s == 204, s == 205, s == 304, resp.Truncated:
		resp.Body, resp.Length = strings.NewReader(""), 0
		return nil
	}
	if isChunked(resp.Header) {
		resp.Body, resp.Length = &chunks{r: r}, -1
		return nil
	}
	length, err := contentLength(resp.Header)
	if err != nil {
		return err
	}
	resp.Body, resp.Length = r, length
	if length >= 0 {
		resp.Body = &exactly{r: r, left: length}
	}
	return nil
}

// isChunked reports whether "chunked" is anywhere in Transfer-Encoding:
// browsers undo it once, and pass over all other transfer codings.
func isChunked(h Header) bool {
	for _, v := range h.Values("Transfer-Encoding") {
		for coding := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.Trim(coding, " \t"), "chunked") {
				return true
			}
		}
	}
	return false
}

// contentLength is what Content-Length says, or -1 for nothing: browsers read
// until the connection ends where it is no number, and refuse numbers that
// differ.
func contentLength(h Header) (int64, error) {
	length := int64(-1)
	var first string
	for _, field := range h.Values("Content-Length") {
		for v := range strings.SplitSeq(field, ",") {
			v = strings.Trim(v, " \t")
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil || !isDigit(v[0]) {
				continue
			}
			if length >= 0 && n != length {
				return 0, &Error{Text: "several 'Content-Length' values that differ, '" + clip(first) + "' and '" + clip(v) + "'"}
			}
			length, first = n, v
		}
	}
	return length, nil
}

// exactly reads so many bytes.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(b[:min(int64(len(b)), e.left)])
	e.left -= int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// maxChunkLine bounds the line that begins a chunk, as Chromium does.
const maxChunkLine = 16 << 10

// chunks undoes the chunked transfer coding (RFC 9112 section 7.1).
type chunks struct {
	r    *bufio.Reader
	left int64 // of the chunk
	err  error
}

func (c *chunks) Read(b []byte) (int, error) {
	if c.err == nil && c.left == 0 {
		c.err = c.next()
	}
	if c.err != nil || len(b) == 0 {
		return 0, c.err
	}
	n, err := c.r.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	c.err = err
	return n, err
}

// next reads the line that begins a chunk, and the empty ones before it, of
// which Firefox needs none and takes several.
func (c *chunks) next() error {
	budget := headerBudget{left: maxChunkLine}
	for {
		line, err := readLine(c.r, &budget)
		switch {
		case err == errTooLong:
			return malformed("chunk size", line)
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		size, ok := chunkSize(line)
		if !ok {
			return malformed("chunk size", line)
		}
		c.left = size
		if size == 0 {
			return io.EOF // no browser waits for trailers to show what came
		}
		return nil
	}
}

// chunkSize reads the size in a chunk's first line. Firefox, as C's strtoul,
// takes white space and a sign before it, "0x", and any text after it.
func chunkSize(line string) (int64, bool) {
	line = strings.TrimPrefix(strings.TrimLeft(line, " \t"), "+")
	if len(line) > 2 && strings.EqualFold(line[:2], "0x") {
		line = line[2:]
	}
	end := 0
	for end < len(line) && isHex(line[end]) {
		end++
	}
	n, err := strconv.ParseInt(line[:end], 16, 64)
	return n, err == nil
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
