package clienthello

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/crypto/cryptobyte"
)

const (
	// maxFlight bounds what is read of a flight, in bytes. Reading holds at
	// most twice as much and a small buffer.
	maxFlight = 96 << 10
	// firstPart is how much memory is taken for a message of which nothing came.
	firstPart = 16 << 10
	// maxChain bounds the certificates of a chain.
	maxChain = 128
)

// The record types (RFC 8446 section 5.1).
const (
	recordAlert     uint8 = 21
	recordHandshake uint8 = 22
)

// The handshake messages (RFC 5246 section 7.4).
const (
	typeHelloRequest       uint8 = 0
	typeClientHello        uint8 = 1
	typeServerHello        uint8 = 2
	typeCertificate        uint8 = 11
	typeServerKeyExchange  uint8 = 12
	typeCertificateRequest uint8 = 13
	typeServerHelloDone    uint8 = 14
	typeCertificateStatus  uint8 = 22
	typeSupplementalData   uint8 = 23
)

// ErrMalformed is the answer of a peer that speaks something else, or breaks
// the protocol.
var ErrMalformed = errors.New("not an answer in TLS")

// A Flight is a server's answer to a ClientHello.
type Flight struct {
	// Server is the ServerHello, nil if none came.
	Server *ServerHello
	// Chain holds the certificates as sent, DER. TLS 1.3 encrypts them, so
	// there it is empty.
	Chain [][]byte
	// Complete is set when all came that the server sends before it waits
	// for the client: to ServerHelloDone, or in TLS 1.3 to the ServerHello
	// (what follows is encrypted).
	Complete bool
	// Alert is the fatal alert that ended the flight, if one did.
	Alert *Alert
	// NoCipher is set by an SSL 2 server that has no cipher kind in common
	// with the client.
	NoCipher bool
}

// A ServerHello is what a server chose.
type ServerHello struct {
	// Version is the one chosen, as on the wire.
	Version     uint16
	Random      [32]byte
	Suite       uint16
	Compression uint8
	// Retry is set in a HelloRetryRequest (RFC 8446 section 4.1.4), which
	// chooses version and suite too.
	Retry bool
}

// readers are buffers of answers that were read.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

// Read reads a server's first flight. The error is nil if the flight is
// complete, ended by a fatal alert, or SSL 2's refusal; it wraps ErrMalformed,
// or is the reader's ([io.EOF] where the peer closed between messages). What
// was read until then is in the flight.
func Read(r io.Reader) (Flight, error) {
	var f Flight
	limited := &io.LimitedReader{R: r, N: maxFlight}
	in := &records{r: readers.Get().(*bufio.Reader)}
	in.r.Reset(limited)
	err := f.read(in)
	in.r.Reset(nil)
	readers.Put(in.r)
	if limited.N <= 0 && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		err = malformed("more than %d bytes", maxFlight)
	}
	return f, err
}

func (f *Flight) read(in *records) error {
	first, err := in.r.Peek(1)
	if err != nil {
		return err
	}
	if first[0]&0x80 != 0 {
		return f.readSSL2(in.r)
	}
	for !f.Complete && f.Alert == nil {
		kind, err := in.next()
		if err != nil {
			return err
		}
		switch kind {
		case recordAlert:
			err = f.readAlert(in)
		case recordHandshake:
			err = f.readMessage(in)
		default:
			err = malformed("a record of type %d", kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readAlert reads an alert, and passes over warnings: a server may warn that
// it does not know the name and go on.
func (f *Flight) readAlert(in *records) error {
	var b [2]byte
	if err := in.read(recordAlert, b[:]); err != nil {
		return err
	}
	a := Alert{Level: b[0], Description: b[1]}
	switch {
	case a.Description == CloseNotify:
		return io.EOF
	case a.Level != levelWarning:
		f.Alert = &a
	}
	return nil
}

// readMessage reads a handshake message.
func (f *Flight) readMessage(in *records) error {
	var header [4]byte
	if err := in.read(recordHandshake, header[:]); err != nil {
		return err
	}
	kind, n := header[0], int(header[1])<<16|int(header[2])<<8|int(header[3])
	if n > maxFlight {
		return malformed("a message of %d bytes", n)
	}
	body := make([]byte, min(n, firstPart))
	for read := 0; ; { // what is announced takes no memory before half of it came
		if err := in.read(recordHandshake, body[read:]); err != nil {
			return err
		}
		if read = len(body); read == n {
			return f.take(kind, body)
		}
		body = append(make([]byte, 0, min(n, 2*read)), body...)
		body = body[:cap(body)]
	}
}

// take adds a message to the flight.
func (f *Flight) take(kind uint8, body cryptobyte.String) error {
	switch {
	case kind == typeHelloRequest:
		return nil // may come at any time, RFC 5246 section 7.4.1.1
	case kind == typeServerHello && f.Server == nil:
		s, _, _, err := ParseServerHello(body)
		if err != nil {
			return err
		}
		f.Server, f.Complete = s, s.Version >= TLS13
		return nil
	case f.Server == nil:
		return malformed("a message of type %d before the ServerHello", kind)
	}
	switch kind {
	case typeCertificate:
		return f.takeChain(body)
	case typeServerHelloDone:
		f.Complete = true
	case typeCertificateStatus, typeServerKeyExchange, typeCertificateRequest, typeSupplementalData:
	default:
		return malformed("a message of type %d after the ServerHello", kind)
	}
	return nil
}

// takeChain reads a Certificate message (RFC 5246 section 7.4.2).
func (f *Flight) takeChain(body cryptobyte.String) error {
	var list cryptobyte.String
	if f.Chain != nil || !body.ReadUint24LengthPrefixed(&list) || !body.Empty() {
		return malformed("a malformed Certificate message")
	}
	for !list.Empty() {
		var cert cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&cert) || cert.Empty() || len(f.Chain) == maxChain {
			return malformed("a malformed certificate list")
		}
		f.Chain = append(f.Chain, cert)
	}
	return nil
}

// retryRandom is the random value that makes a ServerHello a
// HelloRetryRequest (RFC 8446 section 4.1.3): SHA-256 of "HelloRetryRequest".
var retryRandom = [32]byte{
	0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
	0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
}

// ParseServerHello reads the body of a ServerHello, and gives its session ID
// and extensions too.
func ParseServerHello(body cryptobyte.String) (s *ServerHello, session []byte, extensions map[uint16][]byte, err error) {
	s, extensions = new(ServerHello), map[uint16][]byte{}
	var id, list cryptobyte.String
	ok := body.ReadUint16(&s.Version) && body.CopyBytes(s.Random[:]) &&
		body.ReadUint8LengthPrefixed(&id) && body.ReadUint16(&s.Suite) && body.ReadUint8(&s.Compression)
	if !ok || s.Version>>8 != 3 {
		return nil, nil, nil, malformed("a malformed ServerHello")
	}
	if !body.Empty() && (!body.ReadUint16LengthPrefixed(&list) || !body.Empty()) {
		return nil, nil, nil, malformed("malformed extensions of a ServerHello")
	}
	for !list.Empty() {
		var kind uint16
		var data cryptobyte.String
		if !list.ReadUint16(&kind) || !list.ReadUint16LengthPrefixed(&data) {
			return nil, nil, nil, malformed("a malformed extension of a ServerHello")
		}
		extensions[kind] = data
		if kind == extSupportedVersions && (!data.ReadUint16(&s.Version) || !data.Empty()) {
			return nil, nil, nil, malformed("a malformed supported_versions extension")
		}
	}
	s.Retry = s.Version >= TLS13 && s.Random == retryRandom
	return s, id, extensions, nil
}

// malformed says what of an answer is not TLS.
func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}
