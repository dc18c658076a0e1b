package probe

import (
	"bytes"
	"errors"
	"io"
	"net"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/neterr"
)

// frameHeader is the length of an HTTP/2 frame header (RFC 9113 section 4.1).
const frameHeader = 9

// A recordingConn remembers the first bytes that came from the peer.
type recordingConn struct {
	net.Conn
	head  []byte
	ended bool // by the peer
}

func (l *recordingConn) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if l.head == nil {
		l.head = make([]byte, 0, frameHeader)
	}
	l.head = append(l.head, b[:min(n, frameHeader-len(l.head))]...)
	l.ended = l.ended || errors.Is(err, io.EOF) || neterr.IsReset(err)
	return n, err
}

// outcome tells what a failed exchange was by the peer's first bytes.
func (l *recordingConn) outcome(a requestOptions, otherwise fact.Outcome) fact.Outcome {
	const settings = 4
	switch {
	case len(l.head) == 0 && l.ended:
		return fact.BrokenOff
	case len(l.head) == 0:
		return otherwise
	case otherProtocol(l.head):
		return fact.OtherProtocol
	case !a.h2c:
		return otherwise
	case len(l.head) == frameHeader && l.head[3] == settings:
		// A peer that knows HTTP/2 begins with a SETTINGS frame (RFC 9113
		// section 3.4), and has then ended it.
		return fact.BrokenOff
	}
	return fact.Malformed
}

// otherProtocol reports whether an answer begins as one of a protocol that is
// certainly not HTTP: a TLS record (an alert, mostly), or an SSH banner.
func otherProtocol(head []byte) bool {
	tlsRecord := len(head) > 2 && head[0] >= 20 && head[0] <= 23 && head[1] == 3
	return tlsRecord || bytes.HasPrefix(head, []byte("SSH-"))
}
