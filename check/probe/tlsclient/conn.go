package tlsclient

import (
	"errors"
	"net"
	"time"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

var errNoHandshake = errors.New("no handshake was made")

// Read reads data. It ends with [io.EOF] where the server closed the
// connection between records, with close_notify or without.
func (c *Conn) Read(b []byte) (int, error) {
	c.in.Lock()
	defer c.in.Unlock()
	for len(c.plain) == 0 && len(b) > 0 {
		if c.readErr != nil {
			return 0, c.readErr
		}
		if !c.established {
			return 0, errNoHandshake
		}
		if err := c.readMore(); err != nil {
			var ne net.Error
			if !errors.As(err, &ne) || !ne.Timeout() {
				c.readErr = err
			}
			return 0, err
		}
	}
	n := copy(b, c.plain)
	c.plain = c.plain[n:]
	return n, nil
}

// readMore reads a record after the handshake.
func (c *Conn) readMore() error {
	kind, text, err := c.readRecord()
	if err != nil {
		return err
	}
	switch {
	case kind == recordData:
		if len(text) > 0 {
			c.plain, c.budget = text, dataBudget
		}
		return nil
	case kind == recordAlert:
		return c.takeAlert(text)
	case kind == recordHandshake:
		c.messages = append(c.messages, text...)
		return c.takeMessages()
	}
	return broken("the server sent a record of type %d", kind)
}

// takeMessages takes the handshake messages that come after a handshake.
func (c *Conn) takeMessages() error {
	for {
		m, err := c.nextMessage()
		if m == nil || err != nil {
			return err
		}
		tls13 := c.read.version >= clienthello.TLS13
		switch {
		case tls13 && m[0] == typeNewSessionTicket:
			c.note(func(s *State) { s.EmptyCertificateTaken = s.ClientCertificate })
		case tls13 && m[0] == typeKeyUpdate && len(m) == 5:
			err = c.updateKeys(m[4] == 1)
		case !tls13 && m[0] == typeHelloRequest:
			err = c.renegotiate()
		default:
			err = broken("the server sent a handshake message of type %d after the handshake", m[0])
		}
		if err != nil {
			return err
		}
	}
}

// updateKeys answers a KeyUpdate (RFC 8446 section 4.6.3).
func (c *Conn) updateKeys(requested bool) error {
	next, err := c.read.next(c.suite)
	if err == nil {
		err = c.changeRead(next)
	}
	if err != nil || !requested {
		return err
	}
	c.out.Lock()
	defer c.out.Unlock()
	c.queue(recordHandshake, []byte{typeKeyUpdate, 0, 0, 1, 0})
	if err := c.flush(); err != nil {
		return err
	}
	c.write, err = c.write.next(c.suite)
	return err
}

// renegotiate makes another handshake over this connection, once: servers ask
// for it that want a client certificate at some paths only. HTTP/2 has none
// (RFC 9113 section 9.2.1), and where the server does not bind it to the first
// handshake, clients in use refuse (RFC 5746).
func (c *Conn) renegotiate() error {
	c.out.Lock()
	defer c.out.Unlock()
	const levelWarning, noRenegotiation = 1, 100
	if c.renegotiated || !c.secure || c.state.ALPN == "h2" {
		return c.sendAlert(levelWarning, noRenegotiation)
	}
	c.renegotiated = true
	err := c.handshake()
	if err != nil {
		c.writeErr = err
	}
	return err
}

// Write sends data.
func (c *Conn) Write(b []byte) (int, error) {
	c.out.Lock()
	defer c.out.Unlock()
	if c.writeErr != nil {
		return 0, c.writeErr
	}
	if !c.write.active() {
		return 0, errNoHandshake
	}
	sent := 0
	for sent < len(b) {
		n := min(len(b)-sent, maxPlain)
		c.queue(recordData, b[sent:sent+n])
		if err := c.flush(); err != nil {
			c.writeErr = err // a record may have gone in part
			return sent, err
		}
		sent += n
	}
	return sent, nil
}

// Close ends the connection, with close_notify if that can be sent at once.
func (c *Conn) Close() error {
	c.closing.Do(func() {
		if !c.out.TryLock() {
			return
		}
		defer c.out.Unlock()
		if c.writeErr != nil || !c.write.active() {
			return
		}
		const levelWarning = 1
		if c.conn.SetWriteDeadline(time.Now().Add(time.Second)) == nil {
			c.writeErr = c.sendAlert(levelWarning, clienthello.CloseNotify)
		}
		if c.writeErr == nil {
			c.writeErr = net.ErrClosed
		}
	})
	return c.conn.Close()
}
