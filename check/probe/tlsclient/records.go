package tlsclient

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

const (
	// handshakeBudget bounds what is read in a handshake, dataBudget what is
	// read after it between two pieces of data, in bytes with the records'
	// headers.
	handshakeBudget = 512 << 10
	dataBudget      = 256 << 10
	// usualRecord has room for most records of handshakes and small pages, in bytes.
	usualRecord = 5 << 10
	// maxChainMessage and maxMessage bound handshake messages.
	maxChainMessage = 400 << 10
	maxMessage      = 64 << 10
)

// readRecord reads one record. A deadline that passes loses nothing: reading
// may go on after it.
func (c *Conn) readRecord() (kind uint8, text []byte, err error) {
	start, err := c.reader.Peek(recordHeader)
	if len(start) > 0 && !c.begun && notTLS(start) {
		return 0, nil, &ProtocolError{NotTLS: true, Text: fmt.Sprintf("not an answer in TLS: it begins with %q", start)}
	}
	if err != nil {
		return 0, nil, c.ended(err)
	}
	header := [recordHeader]byte(start)
	n := int(header[3])<<8 | int(header[4])
	if notTLS(start) || n > maxSealed {
		return 0, nil, broken("the server sent a malformed record")
	}
	c.begun = true
	if c.budget -= recordHeader + n; c.budget < 0 {
		return 0, nil, broken("the server sent too much without data")
	}
	if recordHeader+n > c.reader.Size() {
		c.reader = bufio.NewReaderSize(c.reader, recordHeader+maxSealed)
	}
	whole, err := c.reader.Peek(recordHeader + n)
	if err != nil {
		c.budget += recordHeader + n
		return 0, nil, c.ended(err)
	}
	fragment := bytes.Clone(whole[recordHeader:])
	if _, err := c.reader.Discard(len(whole)); err != nil {
		return 0, nil, err
	}
	kind, text, err = c.read.open(header, fragment)
	if err != nil {
		return 0, nil, broken("the server sent a record that cannot be read: %v", err)
	}
	if len(text) > maxPlain {
		return 0, nil, broken("the server sent a record of %d bytes", len(text))
	}
	return kind, text, nil
}

// notTLS reports whether a record cannot begin so.
func notTLS(b []byte) bool {
	return b[0] < recordChangeCipherSpec || b[0] > recordData || len(b) > 1 && b[1] != 3
}

// ended makes an end inside a record tell from one between records.
func (c *Conn) ended(err error) error {
	if errors.Is(err, io.EOF) && c.reader.Buffered() > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

// takeAlert reads the alerts of a record. It fails with [io.EOF] for
// close_notify, and with an [AlertError] for fatal ones.
func (c *Conn) takeAlert(text []byte) error {
	if len(text)%2 != 0 {
		return broken("the server sent a malformed alert")
	}
	const levelWarning = 1
	for ; len(text) > 0; text = text[2:] {
		a := clienthello.Alert{Level: text[0], Description: text[1]}
		switch {
		case a.Description == clienthello.CloseNotify:
			return io.EOF
		case a.Description == clienthello.UserCanceled:
		case c.read.version >= clienthello.TLS13 || a.Level != levelWarning:
			return AlertError(a)
		}
	}
	return nil
}

// nextMessage gives the next handshake message that came as a whole, with its
// header; nil if there is none yet.
func (c *Conn) nextMessage() ([]byte, error) {
	if len(c.messages) < 4 {
		return nil, nil
	}
	n := int(c.messages[1])<<16 | int(c.messages[2])<<8 | int(c.messages[3])
	limit := maxMessage
	if c.messages[0] == typeCertificate {
		limit = maxChainMessage
	}
	if n > limit {
		return nil, broken("the server sent a handshake message of %d bytes", n)
	}
	if n += 4; len(c.messages) < n {
		return nil, nil
	}
	whole := c.messages[:n:n]
	if c.messages = c.messages[n:]; len(c.messages) == 0 {
		c.messages = nil // else what was read stays in memory
	}
	return whole, nil
}

// readMessage reads a handshake message: its type, its body, and the whole
// of it.
func (c *Conn) readMessage() (kind uint8, body cryptobyte.String, whole []byte, err error) {
	for {
		if whole, err = c.nextMessage(); err != nil {
			return 0, nil, nil, err
		}
		if whole != nil {
			return whole[0], cryptobyte.String(whole[4:]), whole, nil
		}
		kind, text, err := c.readRecord()
		if err == nil {
			err = c.takeInHandshake(kind, text)
		}
		if err != nil {
			return 0, nil, nil, err
		}
	}
}

func (c *Conn) takeInHandshake(kind uint8, text []byte) error {
	switch {
	case kind == recordHandshake:
		c.messages = append(c.messages, text...)
		return nil
	case kind == recordAlert:
		return c.takeAlert(text)
	case kind == recordChangeCipherSpec && c.state.Version >= clienthello.TLS13:
		return nil // RFC 8446 appendix D.4
	case kind == recordData && c.established:
		c.plain = append(c.plain, text...) // sent before it read our hello
		return nil
	}
	return broken("the server sent a record of type %d in the handshake", kind)
}

// readChangeCipherSpec reads the signal that the keys change, up to TLS 1.2,
// and changes them.
func (c *Conn) readChangeCipherSpec(next half) error {
	for {
		if len(c.messages) > 0 {
			return broken("the server sent a handshake message before its ChangeCipherSpec")
		}
		kind, text, err := c.readRecord()
		switch {
		case err != nil:
			return err
		case kind == recordChangeCipherSpec:
			c.read = next
			return nil
		}
		if err := c.takeInHandshake(kind, text); err != nil {
			return err
		}
	}
}

// changeRead puts new keys of TLS 1.3 in force for reading. They change
// between messages only (RFC 8446 section 5.1).
func (c *Conn) changeRead(next half) error {
	if len(c.messages) > 0 {
		return broken("the server sent a handshake message across a change of keys")
	}
	c.read = next
	return nil
}

// queue adds what is to be sent, as records.
func (c *Conn) queue(kind uint8, data []byte) {
	for {
		n := min(len(data), maxPlain)
		c.pending = append(c.pending, c.write.seal(kind, data[:n])...)
		if data = data[n:]; len(data) == 0 {
			return
		}
	}
}

// flush sends what is queued.
func (c *Conn) flush() error {
	b := c.pending
	c.pending = nil
	_, err := c.conn.Write(b)
	return err
}

// sendAlert tells the server what is wrong, if it still listens.
func (c *Conn) sendAlert(level, description uint8) error {
	c.queue(recordAlert, []byte{level, description})
	return c.flush()
}
