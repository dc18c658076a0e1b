package clienthello

import (
	"io"

	"golang.org/x/crypto/cryptobyte"
)

// The messages of SSL 2 (draft-hickman-netscape-ssl-00 section C.1).
const (
	ssl2Error       uint8 = 0
	ssl2ClientHello uint8 = 1
	ssl2ServerHello uint8 = 4
)

// readSSL2 reads the answer of an SSL 2 server: a SERVER-HELLO or an ERROR,
// in a record of the two-byte form.
func (f *Flight) readSSL2(r io.Reader) error {
	var header [2]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return err
	}
	body := make(cryptobyte.String, int(header[0]&0x7F)<<8|int(header[1]))
	if _, err := io.ReadFull(r, body); err != nil {
		return err
	}
	var kind uint8
	switch {
	case !body.ReadUint8(&kind):
	case kind == ssl2Error && len(body) == 2:
		f.NoCipher = true
		return nil
	case kind == ssl2ServerHello:
		return f.takeSSL2Hello(body)
	}
	return malformed("it begins with %q", header[:])
}

// takeSSL2Hello reads a SERVER-HELLO (section 2.6).
func (f *Flight) takeSSL2Hello(body cryptobyte.String) error {
	var version, cert, kinds, id uint16
	const flags = 2 // session id hit, certificate type
	ok := body.Skip(flags) && body.ReadUint16(&version) &&
		body.ReadUint16(&cert) && body.ReadUint16(&kinds) && body.ReadUint16(&id)
	if !ok || version != SSL2 || len(body) != int(cert)+int(kinds)+int(id) || kinds%3 != 0 {
		return malformed("a malformed SERVER-HELLO of SSL 2")
	}
	if kinds == 0 {
		f.NoCipher = true
		return nil
	}
	f.Server, f.Complete = &ServerHello{Version: SSL2}, true
	return nil
}
