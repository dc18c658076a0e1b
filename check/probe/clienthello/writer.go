package clienthello

import (
	"crypto/rand"
	"encoding/binary"
)

// A writer writes in the presentation language of TLS (RFC 8446 section 3).
type writer struct {
	bytes   []byte
	tooLong bool // a vector was longer than its length can say
}

func (w *writer) add(b []byte)    { w.bytes = append(w.bytes, b...) }
func (w *writer) uint8(v uint8)   { w.bytes = append(w.bytes, v) }
func (w *writer) uint16(v uint16) { w.bytes = binary.BigEndian.AppendUint16(w.bytes, v) }

func (w *writer) uint16s(vs []uint16) {
	for _, v := range vs {
		w.uint16(v)
	}
}

// random writes n random bytes.
func (w *writer) random(n int) {
	w.add(make([]byte, n))
	rand.Read(w.bytes[len(w.bytes)-n:]) // never fails, by its contract
}

// vector writes what the function writes, with its length in so many bytes
// before it.
func (w *writer) vector(size int, content func()) {
	at := len(w.bytes)
	w.add(make([]byte, size))
	content()
	length := len(w.bytes) - at - size
	w.tooLong = w.tooLong || length>>(8*size) != 0
	for i := range size {
		w.bytes[at+i] = byte(length >> (8 * (size - 1 - i)))
	}
}

func (w *writer) extension(id uint16, data func()) {
	w.uint16(id)
	w.vector(2, data)
}

// listExtension writes an extension that is a list, unless the list is empty.
func (w *writer) listExtension(id uint16, vs []uint16) {
	if len(vs) > 0 {
		w.extension(id, func() { w.vector(2, func() { w.uint16s(vs) }) })
	}
}

func (w *writer) protocols(names []string) {
	w.vector(2, func() {
		for _, name := range names {
			w.vector(1, func() { w.bytes = append(w.bytes, name...) })
		}
	})
}

// pad adds the padding extension to a hello of 256 to 511 bytes, on which some
// load balancers hang (RFC 7685). Nothing is written yet but the hello.
func (w *writer) pad() {
	if missing := 512 - len(w.bytes); missing > 0 && missing <= 256 {
		w.extension(extPadding, func() { w.add(make([]byte, max(missing-4, 0))) })
	}
}
