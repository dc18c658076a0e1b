package pki

// The bounds of the lenient reader.
const (
	maxNesting    = 32 // indefinite lengths inside each other
	maxDepartures = 64 // kept for one certificate
)

// The ASN.1 tags that certificates use, as identifier octets (X.690 section
// 8.1.2): class, constructed bit and number in one.
const (
	tagBoolean     = 0x01
	tagInteger     = 0x02
	tagBitString   = 0x03
	tagOctetString = 0x04
	tagNull        = 0x05
	tagOID         = 0x06
	tagUTF8        = 0x0c
	tagNumeric     = 0x12
	tagPrintable   = 0x13
	tagTeletex     = 0x14
	tagIA5         = 0x16
	tagUTCTime     = 0x17
	tagTime        = 0x18
	tagVisible     = 0x1a
	tagUniversal   = 0x1c
	tagBMP         = 0x1e
	tagSequence    = 0x30
	tagSet         = 0x31
	tagContext     = 0x80 // plus the number
	constructed    = 0x20
)

// The departures that any element can show.
const (
	departLength     = "a length is not in its shortest form"
	departIndefinite = "a length is indefinite"
	departLong       = "an element is longer than 65535 octets"
	departTruncated  = "it is cut off"
	departTag        = "an element has another tag than the form prescribes"
	departMissing    = "an element is missing"
	departTrailing   = "something follows its end"
)

// An element is one BER element.
type element struct {
	tag     byte
	content []byte
	// raw is the whole element with its header (and end-of-contents octets).
	raw []byte
}

// A berReader reads the elements of one constructed encoding, in order. It
// takes what DER forbids but what has one meaning only, and notes it as a
// departure; what is cut off is read as far as it goes.
type berReader struct {
	rest   []byte
	depart func(what string)
}

func (r *berReader) empty() bool { return len(r.rest) == 0 }

// peek reports whether the next element has the tag.
func (r *berReader) peek(tag byte) bool { return len(r.rest) > 0 && r.rest[0] == tag }

// next reads the next element, whatever it is; ok is false at the end, and
// where there is no readable header.
func (r *berReader) next() (e element, ok bool) {
	if r.empty() {
		return e, false
	}
	tag, header, length, kind := berHeader(r.rest)
	switch kind {
	case lengthBad:
		r.depart(departTruncated)
		r.rest = nil
		return e, false
	case lengthLong:
		r.depart(departLength)
	case lengthIndefinite:
		r.depart(departIndefinite)
		end, ok := endOfContents(r.rest[header:], 0)
		if !ok {
			r.depart(departTruncated)
			e = element{tag, r.rest[header:], r.rest}
			r.rest = nil
			return e, true
		}
		e = element{tag, r.rest[header : header+end], r.rest[:header+end+2]}
		r.rest = r.rest[header+end+2:]
		return e, true
	}
	if length > len(r.rest)-header {
		r.depart(departTruncated)
		length = len(r.rest) - header
	}
	if length > 0xffff {
		r.depart(departLong)
	}
	e = element{tag, r.rest[header : header+length], r.rest[:header+length]}
	r.rest = r.rest[header+length:]
	return e, true
}

// read reads the next element, which must have the tag.
func (r *berReader) read(tag byte) (content []byte, ok bool) {
	if r.empty() {
		r.depart(departMissing)
		return nil, false
	}
	if !r.peek(tag) {
		r.depart(departTag)
		return nil, false
	}
	e, ok := r.next()
	return e.content, ok
}

// optional reads the next element if it has the tag.
func (r *berReader) optional(tag byte) (content []byte, there bool) {
	if !r.peek(tag) {
		return nil, false
	}
	e, ok := r.next()
	return e.content, ok
}

// enter reads the next element, which must have the tag, as a reader of what
// is in it.
func (r *berReader) enter(tag byte) (*berReader, bool) {
	content, ok := r.read(tag)
	return &berReader{content, r.depart}, ok
}

// end notes what is left over.
func (r *berReader) end() {
	if !r.empty() {
		r.depart(departTrailing)
	}
}

// How a length is written.
type lengthKind int

const (
	lengthDER lengthKind = iota
	lengthLong
	lengthIndefinite
	lengthBad
)

// berHeader reads an identifier octet and a length. High tag numbers, which no
// certificate has a use for, are read as the tag 0x1f with what follows.
func berHeader(b []byte) (tag byte, header, length int, kind lengthKind) {
	tag, header = b[0], 1
	if tag&0x1f == 0x1f {
		for header < len(b) && b[header]&0x80 != 0 {
			header++
		}
		header++
	}
	if header >= len(b) {
		return tag, header, 0, lengthBad
	}
	first := b[header]
	header++
	switch {
	case first < 0x80:
		return tag, header, int(first), lengthDER
	case first == 0x80 && tag&constructed != 0:
		return tag, header, 0, lengthIndefinite
	case first == 0x80 || first == 0xff || int(first&0x7f) > len(b)-header:
		return tag, header, 0, lengthBad
	}
	octets := b[header : header+int(first&0x7f)]
	header += len(octets)
	minimal := octets[0] != 0 && (len(octets) > 1 || octets[0] >= 0x80)
	for _, o := range octets {
		if length > 1<<32 {
			break // cut off anyway
		}
		length = length<<8 | int(o)
	}
	if !minimal {
		kind = lengthLong
	}
	return tag, header, length, kind
}

// endOfContents finds the end-of-contents octets (X.690 section 8.1.5) of an
// element of indefinite length.
func endOfContents(b []byte, depth int) (at int, ok bool) {
	pos := 0
	for pos+1 < len(b) && depth < maxNesting {
		if b[pos] == 0 && b[pos+1] == 0 {
			return pos, true
		}
		_, header, length, kind := berHeader(b[pos:])
		switch kind {
		case lengthBad:
			return 0, false
		case lengthIndefinite:
			inner, ok := endOfContents(b[pos+header:], depth+1)
			if !ok {
				return 0, false
			}
			length = inner + 2
		}
		if length > len(b)-pos-header {
			return 0, false
		}
		pos += header + length
	}
	return 0, false
}
