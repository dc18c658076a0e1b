package pki

import (
	"bufio"
	"errors"
	"hash"
	"io"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// A derStream reads DER from a stream, element by element, into one buffer,
// and hashes what it reads between two points.
type derStream struct {
	r   *bufio.Reader
	buf []byte // the element read last, header included
	pos int64  // bytes read
	// sum hashes every byte read while it is set. Until the algorithm is known
	// the bytes are kept instead, while keep is set.
	sum  hash.Hash
	keep bool
	kept []byte
}

// maxElement bounds an element that is read whole: all but the list of
// entries, one of which has some forty bytes.
const maxElement = 64 << 10

var (
	errDER     = errors.New("it is not well-formed")
	errCut     = errors.New("it is cut short")
	errElement = errors.New("a part of it is longer than any sound list's")
)

func newDERStream(r io.Reader) *derStream {
	return &derStream{r: bufio.NewReaderSize(r, 32<<10), buf: make([]byte, 0, 512)}
}

// peek returns the tag that comes next.
func (s *derStream) peek() (asn1.Tag, error) {
	b, err := s.r.Peek(1)
	if err != nil {
		return 0, cutShort(err)
	}
	return asn1.Tag(b[0]), nil
}

// enter reads the header of a constructed element and returns the position at
// which it ends.
func (s *derStream) enter(tag asn1.Tag) (end int64, err error) {
	s.buf = s.buf[:0]
	length, err := s.header(tag)
	if err != nil {
		return 0, err
	}
	s.note()
	return s.pos + length, nil
}

// element reads an element whole: its header and content are then in buf, of
// which the content is returned. It is valid until the next read.
func (s *derStream) element(tag asn1.Tag) (content []byte, err error) {
	s.buf = s.buf[:0]
	length, err := s.header(tag)
	if err != nil {
		return nil, err
	}
	if length > maxElement {
		return nil, errElement
	}
	head := len(s.buf)
	total := head + int(length)
	if cap(s.buf) < total {
		s.buf = append(make([]byte, 0, total), s.buf...)
	}
	s.buf = s.buf[:total]
	if _, err := io.ReadFull(s.r, s.buf[head:]); err != nil {
		return nil, cutShort(err)
	}
	s.pos += length
	s.note()
	return s.buf[head:], nil
}

// header reads a tag and a definite length in its shortest form onto buf.
func (s *derStream) header(tag asn1.Tag) (int64, error) {
	got, err := s.octet()
	if err != nil {
		return 0, err
	}
	first, err := s.octet()
	if err != nil {
		return 0, err
	}
	if asn1.Tag(got) != tag {
		return 0, errDER
	}
	if first < 0x80 {
		return int64(first), nil
	}
	n := int(first & 0x7f)
	if n == 0 || n > 4 {
		return 0, errDER
	}
	var length int64
	for range n {
		b, err := s.octet()
		if err != nil {
			return 0, err
		}
		length = length<<8 | int64(b)
	}
	if length < 0x80 || length>>(8*(n-1)) == 0 {
		return 0, errDER
	}
	return length, nil
}

func (s *derStream) octet() (byte, error) {
	b, err := s.r.ReadByte()
	if err != nil {
		return 0, cutShort(err)
	}
	s.pos++
	s.buf = append(s.buf, b)
	return b, nil
}

// note hashes what was read, or keeps it for later.
func (s *derStream) note() {
	if s.sum != nil {
		s.sum.Write(s.buf)
	} else if s.keep {
		s.kept = append(s.kept, s.buf...)
	}
}

// hashWith begins to hash, with what was kept first.
func (s *derStream) hashWith(h hash.Hash) {
	h.Write(s.kept)
	s.sum, s.keep, s.kept = h, false, nil
}

// cutShort names the end of the stream in the middle of an element.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}
	return err
}
