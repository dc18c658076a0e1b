package tlsclient

import (
	"crypto/rand"
	"errors"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

// The handshake messages (RFC 8446 section 4, RFC 5246 section 7.4).
const (
	typeHelloRequest        uint8 = 0
	typeServerHello         uint8 = 2
	typeNewSessionTicket    uint8 = 4
	typeEncryptedExtensions uint8 = 8
	typeCertificate         uint8 = 11
	typeServerKeyExchange   uint8 = 12
	typeCertificateRequest  uint8 = 13
	typeServerHelloDone     uint8 = 14
	typeCertificateVerify   uint8 = 15
	typeClientKeyExchange   uint8 = 16
	typeFinished            uint8 = 20
	typeCertificateStatus   uint8 = 22
	typeKeyUpdate           uint8 = 24
	typeMessageHash         uint8 = 254
)

// The extensions of a server's answers.
const (
	extStatusRequest        uint16 = 5
	extALPN                 uint16 = 16
	extSCT                  uint16 = 18
	extExtendedMasterSecret uint16 = 23
	extCookie               uint16 = 44
	extKeyShare             uint16 = 51
	extRenegotiationInfo    uint16 = 0xFF01
)

// A handshake is one that is being made.
type handshake struct {
	*Conn
	hello      clienthello.ClientHello
	shares     []share
	server     *clienthello.ServerHello
	extensions map[uint16][]byte // of the ServerHello
	transcript []byte            // the messages until now
	key        publicKey         // of the leaf
	proven     bool
	request    bool   // the server wants a client certificate
	context    []byte // of that request, in TLS 1.3
}

// handshake makes a handshake; both locks are held.
func (c *Conn) handshake() error {
	c.budget = handshakeBudget
	h := &handshake{Conn: c}
	err := h.run()
	if err == nil {
		c.budget = dataBudget
		return nil
	}
	if description, ours := alertFor(err); ours {
		const levelFatal = 2
		c.sendAlert(levelFatal, description) // the error is reported already
	}
	return err
}

// alertFor is the alert that tells the server why this client ends the
// handshake, if the reason is its own.
func alertFor(err error) (description uint8, ours bool) {
	const decryptError, illegalParameter = 51, 47
	var broken *ProtocolError
	switch {
	case errors.Is(err, ErrSignature):
		return decryptError, true
	case errors.As(err, &broken) && !broken.NotTLS:
		return illegalParameter, true
	}
	return 0, false
}

func (h *handshake) run() error {
	if err := h.sendHello(); err != nil {
		return err
	}
	if err := h.readHello(); err != nil {
		return err
	}
	if h.server.Retry {
		if err := h.retry(); err != nil {
			return err
		}
	}
	if h.server.Version >= clienthello.TLS13 {
		return h.finish13()
	}
	return h.finish12()
}

// sendHello sends the first hello. In a renegotiation it offers the version in
// force.
func (h *handshake) sendHello() error {
	c := h.config
	h.hello = clienthello.ClientHello{
		Version: slices.Max(c.Versions), Versions: c.Versions,
		Suites: c.Suites, ServerName: c.ServerName, Groups: c.Groups,
		Signatures: c.Signatures, CertificateSignatures: Signatures(),
		Protocols: append([]string{}, c.Protocols...), Status: true,
		Random: make([]byte, 32), Renegotiation: h.clientVerify,
	}
	rand.Read(h.hello.Random) // never fails, by its contract
	if h.established {
		h.hello.Version, h.hello.Versions = h.state.Version, nil
	}
	if h.hello.Version < clienthello.TLS13 {
		h.hello.Versions = nil
	} else {
		h.hello.Session = make([]byte, 32) // middlebox compatibility, RFC 8446 appendix D.4
		rand.Read(h.hello.Session)
		for _, group := range firstShares(c.Groups) {
			s, err := newShare(group)
			if err != nil {
				return err
			}
			h.shares = append(h.shares, s)
		}
	}
	if slices.Equal(c.Signatures, h.hello.CertificateSignatures) {
		h.hello.CertificateSignatures = nil // the one list serves for both
	}
	return h.send(h.hello)
}

// firstShares are the groups whose shares go with the first hello.
func firstShares(groups []uint16) (shares []uint16) {
	classic := ClassicGroups()
	for _, g := range groups {
		isClassic := slices.Contains(classic, g)
		if len(shares) == 0 || isClassic {
			shares = append(shares, g)
		}
		if isClassic {
			break
		}
	}
	return shares
}

func (h *handshake) send(hello clienthello.ClientHello) error {
	hello.Shares = nil
	for _, s := range h.shares {
		hello.Shares = append(hello.Shares, clienthello.KeyShare{Group: s.group, Public: s.public})
	}
	message, err := hello.Message()
	if err != nil {
		return err
	}
	h.transcript = append(h.transcript, message...)
	h.queue(recordHandshake, message)
	return h.flush()
}

// readHello reads a ServerHello and holds it to what was offered.
func (h *handshake) readHello() error {
	kind, body, whole, err := h.readMessage()
	for err == nil && kind == typeHelloRequest { // may come at any time, RFC 5246 section 7.4.1.1
		kind, body, whole, err = h.readMessage()
	}
	if err != nil {
		return err
	}
	if kind != typeServerHello {
		return broken("the server sent a handshake message of type %d before its ServerHello", kind)
	}
	server, _, extensions, err := clienthello.ParseServerHello(body)
	if err != nil {
		return broken("%v", err)
	}
	h.server, h.extensions = server, extensions
	h.note(func(s *State) { s.Version, s.Suite = server.Version, server.Suite })
	if err := h.checkHello(); err != nil {
		return err
	}
	h.write.version = server.Version
	if !server.Retry {
		h.transcript = append(h.transcript, whole...)
		return nil
	}
	// A HelloRetryRequest makes a hash stand for the first hello (RFC 8446
	// section 4.4.1).
	hash := sum(h.suite.hash, h.transcript)
	h.transcript = slices.Concat([]byte{typeMessageHash, 0, 0, byte(len(hash))}, hash, whole)
	return nil
}

func (h *handshake) checkHello() error {
	s := h.server
	suite := suiteByID(s.Suite)
	offered := h.hello.Versions
	if len(offered) == 0 {
		offered = h.config.Versions
	}
	switch {
	case !slices.Contains(offered, s.Version) || h.established && s.Version != h.state.Version:
		return broken("the server chose version 0x%04x, which was not offered", s.Version)
	case suite == nil || !slices.Contains(h.config.Suites, s.Suite) ||
		(suite.exchange == exchangeTLS13) != (s.Version >= clienthello.TLS13) ||
		suite.since12 && s.Version < clienthello.TLS12:
		return broken("the server chose cipher suite 0x%04x, which was not offered", s.Suite)
	case s.Compression != 0:
		return broken("the server chose a compression, which was not offered")
	case s.Downgraded() && s.Version < h.hello.Version:
		return broken("the server knows a higher version than the one that it chose (its ServerHello has the downgrade sentinel)")
	}
	h.Conn.suite = suite
	return nil
}

// takeALPN reads the protocol that the server chose. One that was not offered
// is taken as well, for there are clients that do.
func (h *handshake) takeALPN(data cryptobyte.String, present bool) error {
	var list, name cryptobyte.String
	if !present {
		return nil
	}
	if !data.ReadUint16LengthPrefixed(&list) || !list.ReadUint8LengthPrefixed(&name) {
		return broken("the server sent a malformed ALPN extension")
	}
	h.note(func(s *State) { s.ALPN = string(name) })
	return nil
}

// takeChain notes the certificates. In a renegotiation the server has to stay
// the one that it was.
func (h *handshake) takeChain(chain [][]byte) error {
	if len(chain) == 0 {
		return broken("the server sent no certificate")
	}
	if h.established {
		if !slices.Equal(chain[0], h.state.Chain[0]) {
			return broken("the server showed another certificate in the renegotiation")
		}
	} else {
		h.note(func(s *State) { s.Chain = chain })
	}
	key, err := leafKey(chain[0])
	if err == nil { // what cannot be read proves nothing
		h.key = key
	}
	return nil
}

// takeStaple reads a CertificateStatus (RFC 6066 section 8).
func (h *handshake) takeStaple(body cryptobyte.String) {
	var kind uint8
	var response cryptobyte.String
	if body.ReadUint8(&kind) && kind == 1 && body.ReadUint24LengthPrefixed(&response) && len(response) > 0 {
		h.note(func(s *State) { s.Staple = slices.Clone(response) })
	}
}

// takeSCTs reads a SignedCertificateTimestampList (RFC 6962 section 3.3).
func (h *handshake) takeSCTs(data cryptobyte.String) {
	var list cryptobyte.String
	var scts [][]byte
	if !data.ReadUint16LengthPrefixed(&list) {
		return
	}
	for !list.Empty() {
		var sct cryptobyte.String
		if !list.ReadUint16LengthPrefixed(&sct) || sct.Empty() {
			return
		}
		scts = append(scts, slices.Clone(sct))
	}
	h.note(func(s *State) { s.SCTs = scts })
}

// prove checks a signature of the server.
func (h *handshake) prove(scheme uint16, signed, signature []byte) error {
	h.note(func(s *State) { s.Signature = scheme })
	err := h.key.verify(h.server.Version, scheme, signed, signature)
	h.proven = err == nil
	if errors.Is(err, errUnverifiable) {
		return nil
	}
	return err
}

// message is a handshake message, in the transcript from now on.
func (h *handshake) message(kind uint8, body []byte) []byte {
	m := append([]byte{kind, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
	h.transcript = append(h.transcript, m...)
	return m
}
