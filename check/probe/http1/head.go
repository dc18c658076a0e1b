package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// maxJunk is how many bytes browsers pass over before the status line.
const maxJunk = 4

// errTruncated marks a header that the end of the connection cut.
var errTruncated = errors.New("the connection ended within the header")

// readHead reads a status line and the header fields. First is set before
// anything of the peer was read.
func readHead(r *bufio.Reader, o Options, budget *headerBudget, first bool) (Head, error) {
	junk, err := locate(r)
	if err != nil {
		return Head{}, err
	}
	if junk < 0 {
		start, _ := r.Peek(min(r.Buffered(), 64))
		if first && o.DefaultPort {
			return Head{Proto: "HTTP/0.9", Status: 200}, nil
		}
		return Head{}, &Error{Text: "malformed status line '" + clip(string(start)) + "'", NotHTTP: true}
	}
	r.Discard(junk)
	h, err := readLines(r, budget)
	if err == nil {
		return h, check(h)
	}
	if (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) && h.Status != 0 {
		if !o.Cleartext {
			return Head{}, &Error{Text: "the connection ended within the header"}
		}
		if err = check(h); err == nil {
			err = errTruncated
		}
	}
	return h, err
}

// locate gives how many bytes are before the status line, or -1 where none
// begins.
func locate(r *bufio.Reader) (int, error) {
	for junk := 0; junk <= maxJunk; junk++ {
		b, err := r.Peek(junk + 4)
		if len(b) == junk+4 && (bytes.EqualFold(b[junk:], []byte("HTTP")) || junk == 0 && bytes.Equal(b, []byte("ICY "))) {
			return junk, nil
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && len(b) > 0:
			return -1, nil
		default:
			return -1, err
		}
	}
	return -1, nil
}

// readLines reads lines up to the empty one that ends the header.
func readLines(r *bufio.Reader, budget *headerBudget) (h Head, err error) {
	var field *Field // that a line which begins with white space continues
	for {
		line, err := readLine(r, budget)
		if err == errTooLong {
			return h, &Error{Text: "more than " + strconv.Itoa(MaxHeader>>10) + " KiB of header"}
		}
		text := strings.TrimSuffix(line, "\n")
		if err == nil && (text == "" || text == "\r") && h.Status != 0 {
			return h, nil
		}
		// Chromium takes a bare CR for a line end.
		for part := range strings.SplitSeq(text, "\r") {
			switch {
			case part == "":
			case h.Status == 0:
				h.Proto, h.Status = parseStatusLine(part)
			case isBlank(part[0]) && field != nil:
				field.Value = strings.Trim(field.Value+" "+strings.Trim(part, " \t"), " \t")
			default:
				field = h.add(part)
			}
		}
		if err != nil {
			return h, err
		}
	}
}

// errTooLong ends a line that is longer than the budget.
var errTooLong = errors.New("too long")

// A headerBudget is what may still come of a header, in bytes, and who is asked
// for the memory that it takes.
type headerBudget struct {
	left    int
	hold    func(n int) error // nil for nobody
	unasked int               // bytes of memory for which it was not asked yet
}

// take takes n bytes off, of one line.
func (b *headerBudget) take(n int) error {
	// A field is two strings beside its line, which is there twice until it
	// is taken over.
	const copies, field, atOnce = 2, 64, 4 << 10
	if b.left -= n; b.left < 0 {
		return errTooLong
	}
	b.unasked += copies*n + field
	if b.hold == nil || b.unasked < atOnce {
		return nil
	}
	n, b.unasked = b.unasked, 0
	return b.hold(n)
}

// readLine reads a line with its end, and takes its length off the budget.
func readLine(r *bufio.Reader, budget *headerBudget) (string, error) {
	var line []byte
	for {
		b, err := r.ReadSlice('\n')
		if full := budget.take(len(b)); full != nil {
			return "", full
		}
		whole := !errors.Is(err, bufio.ErrBufferFull)
		if whole && line == nil {
			return string(b), err
		}
		line = append(line, b...)
		if whole {
			return string(line), err
		}
	}
}

// usualFields is how many fields most answers have room in.
const usualFields = 8

// add takes a field line over, or passes it over. It gives the field that the
// next line may continue.
func (h *Head) add(line string) *Field {
	name, value, ok := strings.Cut(line, ":")
	trimmed := strings.Trim(name, " \t")
	// Chromium trims the name; one that begins with white space is none.
	if !ok || name == "" || isBlank(name[0]) || !isToken(trimmed) {
		if len(h.Skipped) < 8 {
			h.Skipped = append(h.Skipped, clip(line))
		}
		return nil
	}
	if h.Header == nil {
		h.Header = make(Header, 0, usualFields)
	}
	h.Header = append(h.Header, Field{trimmed, strings.Trim(value, " \t")})
	return &h.Header[len(h.Header)-1]
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// isToken reports whether s is a token (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// parseStatusLine reads a status line as Chromium does: a version that is none
// is 1.0, and a status that is none 200.
func parseStatusLine(line string) (proto string, status int) {
	version, rest, _ := strings.Cut(line, " ")
	digits := strings.TrimLeft(rest, " ")
	digits = digits[:len(digits)-len(strings.TrimLeft(digits, "0123456789"))]
	status, err := strconv.Atoi(digits)
	if err != nil || status < 1 || status > 9999 {
		status = 200
	}
	return parseVersion(version), status
}

func parseVersion(version string) string {
	if len(version) < 8 || version[4] != '/' || !isDigit(version[5]) || version[6] != '.' || !isDigit(version[7]) {
		return "HTTP/1.0"
	}
	if n := version[5:8]; n >= "1.1" {
		return "HTTP/1.1"
	}
	return "HTTP/1.0"
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// check refuses what both browsers refuse.
func check(h Head) error {
	for _, f := range h.Header {
		if strings.ContainsRune(f.Value, 0) {
			return malformed("header line", f.Name+": "+f.Value)
		}
	}
	for _, name := range []string{"Location", "Content-Disposition"} {
		values := h.Header.Values(name)
		for _, v := range values {
			if v != values[0] {
				return &Error{Text: "several '" + name + "' fields that differ, '" + clip(values[0]) + "' and '" + clip(v) + "'"}
			}
		}
	}
	return nil
}
