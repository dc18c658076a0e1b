// Package tlsclient is a TLS client for looking at servers. It finishes a
// handshake wherever any client in use does: it reads of a certificate its key
// alone, whatever else is in it, and knows the key exchanges and suites that
// crypto/tls has left or never had. It offers what it is configured to, so that it
// sees what other clients are shown.
//
// It judges no certificate. That the server holds the key of the one that it
// shows is verified all the same, as are all messages and records, so what is
// sent over a connection goes to the holder of that key.
//
// TLS 1.0 to 1.3 (RFC 2246, 4346, 5246, 8446), without resumption, early data
// or client certificates: a server that asks for one gets the answer that there is
// none.
package tlsclient

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

// A Config says what to offer. Its zero value offers all that the client
// knows, and no name.
type Config struct {
	// ServerName is sent as SNI (RFC 6066 section 3) unless it is empty.
	ServerName string
	// Versions are offered; nil for TLS 1.3 down to TLS 1.0.
	Versions []uint16
	// Suites are offered that the client knows; nil for all of these.
	Suites []uint16
	// Groups are offered, most wanted first, with key shares for the first
	// one and the first without a post-quantum part; nil for [Groups].
	Groups []uint16
	// Signatures are offered for what the server signs itself; nil for
	// [Signatures]. Its certificates may be signed by any of these.
	Signatures []uint16
	// Protocols are offered by ALPN (RFC 7301).
	Protocols []string
}

// A State is what the handshake showed until now, also where it failed.
type State struct {
	Version uint16 // as on the wire; zero before the ServerHello
	Suite   uint16 // IANA code point
	Group   uint16 // of the key exchange; zero for RSA and a group of the server's own
	// Signature is the scheme by which the server proved that it holds its
	// key; zero for RSA key exchange and below TLS 1.2.
	Signature uint16
	// Retried is set if the server asked for another key share.
	Retried bool
	// ALPN is what the server chose, empty for nothing.
	ALPN string
	// Chain holds the certificates as they were sent, DER or not.
	Chain [][]byte
	// Staple is the stapled OCSP response, and SCTs are the signed
	// certificate timestamps that came beside the certificate.
	Staple []byte
	SCTs   [][]byte
	// ClientCertificate is set if the server asked for a client certificate.
	ClientCertificate bool
	// EmptyCertificateTaken is set if the server went on after the answer that
	// there is no client certificate: with its Finished up to TLS 1.2, with a
	// session ticket in TLS 1.3.
	EmptyCertificateTaken bool
	// Proven is set if the handshake is finished and the server proved that
	// it holds the key of the chain's first certificate. A finished handshake
	// without it has a key of a kind that this client does not know.
	Proven bool
}

// A Conn is a connection to a server. Its methods may be called at the same
// time, but for Handshake, which comes first.
type Conn struct {
	conn   net.Conn
	config Config

	mu    sync.Mutex
	state State

	in       sync.Mutex // for all that concerns reading
	reader   *bufio.Reader
	begun    bool // a record came
	read     half
	messages []byte // of the handshake, not taken yet
	plain    []byte // for Read
	budget   int    // bytes that may come yet without data for Read
	readErr  error

	out      sync.Mutex // for all that concerns writing
	write    half
	pending  []byte // records not sent yet
	writeErr error
	closing  sync.Once

	established  bool
	renegotiated bool
	suite        *suite
	// verifyData of both sides' last handshake, and whether the server knows
	// secure renegotiation (RFC 5746).
	clientVerify, serverVerify []byte
	secure                     bool
}

// Client makes a client of an open connection.
func Client(conn net.Conn, config Config) *Conn {
	if config.Versions == nil {
		config.Versions = []uint16{clienthello.TLS13, clienthello.TLS12, clienthello.TLS11, clienthello.TLS10}
	}
	known := func(id uint16) bool { return suiteByID(id) == nil }
	if config.Suites == nil {
		config.Suites = allSuites
	} else {
		config.Suites = slices.DeleteFunc(slices.Clone(config.Suites), known)
	}
	if config.Groups == nil {
		config.Groups = Groups()
	}
	if config.Signatures == nil {
		config.Signatures = Signatures()
	}
	return &Conn{conn: conn, config: config, reader: bufio.NewReaderSize(conn, usualRecord)}
}

// State is what is known of the server.
func (c *Conn) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

func (c *Conn) note(change func(*State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.state)
}

// Handshake makes the handshake. It ends with the context or the connection's
// deadline. The error is one of reading or writing, an [AlertError], a
// [ProtocolError] or [ErrSignature].
func (c *Conn) Handshake(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })
	err := c.firstHandshake()
	if !stop() {
		return context.Cause(ctx)
	}
	return err
}

func (c *Conn) firstHandshake() error {
	c.in.Lock()
	defer c.in.Unlock()
	c.out.Lock()
	defer c.out.Unlock()
	err := c.handshake()
	if err != nil {
		c.readErr, c.writeErr = err, err
		return err
	}
	c.established = true
	return nil
}

// A ProtocolError tells how a server broke the protocol, or what it wants that
// was not offered.
type ProtocolError struct {
	// NotTLS is set if the first bytes that came are of another protocol.
	NotTLS bool
	Text   string
}

func (e *ProtocolError) Error() string { return e.Text }

func broken(format string, args ...any) error {
	return &ProtocolError{Text: fmt.Sprintf(format, args...)}
}

// An AlertError is the fatal alert by which a server ended the connection.
type AlertError clienthello.Alert

func (e AlertError) Error() string {
	return fmt.Sprintf("the server sent the alert '%s'", clienthello.Alert(e))
}

// LocalAddr is the connection's.
func (c *Conn) LocalAddr() net.Addr { return c.conn.LocalAddr() }

// RemoteAddr is the connection's.
func (c *Conn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

// SetDeadline is the connection's, for reading and writing.
func (c *Conn) SetDeadline(t time.Time) error { return c.conn.SetDeadline(t) }

// SetReadDeadline is the connection's.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.conn.SetReadDeadline(t) }

// SetWriteDeadline is the connection's.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.conn.SetWriteDeadline(t) }
