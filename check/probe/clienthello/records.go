package clienthello

import (
	"bufio"
	"errors"
	"io"
)

// records reads what records carry: messages may be split over several
// records and share one (RFC 8446 section 5.1).
type records struct {
	r    *bufio.Reader
	kind uint8
	left int // bytes of the current record not read yet
	head [5]byte
}

// next gives the type of the record that what comes next is in. It fails with
// [io.EOF] if nothing does.
func (in *records) next() (kind uint8, err error) {
	for in.left == 0 { // an empty record says nothing
		if err := in.header(); err != nil {
			return 0, err
		}
	}
	return in.kind, nil
}

// read fills p from records of one type.
func (in *records) read(kind uint8, p []byte) error {
	for len(p) > 0 {
		have, err := in.next()
		if err != nil {
			return unexpected(err)
		}
		if have != kind {
			return malformed("a record of type %d inside a message", have)
		}
		n := min(in.left, len(p))
		if _, err := io.ReadFull(in.r, p[:n]); err != nil {
			return unexpected(err)
		}
		in.left -= n
		p = p[n:]
	}
	return nil
}

// unexpected makes an end inside a message tell from one between messages.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// header reads a record's header.
func (in *records) header() error {
	h := &in.head
	n, err := io.ReadFull(in.r, h[:])
	if n > 0 && (h[0] < 20 || h[0] > 24) || n > 1 && h[1] != 3 {
		return malformed("it begins with %q", h[:n])
	}
	if err != nil {
		return err
	}
	in.kind, in.left = h[0], int(h[3])<<8|int(h[4])
	if in.left > maxRecord+2048 {
		return malformed("a record of %d bytes", in.left)
	}
	return nil
}
