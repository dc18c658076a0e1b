package tlsclient

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

// finish12 makes the rest of a handshake up to TLS 1.2 (RFC 5246 section 7.3).
func (h *handshake) finish12() error {
	if err := h.checkRenegotiation(); err != nil {
		return err
	}
	protocol, has := h.extensions[extALPN]
	if err := h.takeALPN(protocol, has); err != nil {
		return err
	}
	h.takeSCTs(h.extensions[extSCT])
	exchange, err := h.readFlight12()
	if err != nil {
		return err
	}
	var premaster, public []byte
	if h.suite.exchange == exchangeRSA {
		premaster, public, err = h.encryptPremaster()
	} else {
		premaster, public, err = h.agree(exchange)
	}
	if err != nil {
		return err
	}
	return h.sendFlight12(premaster, public)
}

// checkRenegotiation holds that a renegotiation follows the handshake that
// this client made (RFC 5746 sections 3.4 and 3.5).
func (h *handshake) checkRenegotiation() error {
	info, has := h.extensions[extRenegotiationInfo]
	if !h.established {
		h.secure = has
	}
	want := slices.Concat(h.clientVerify, h.serverVerify)
	if h.established && !has || has && (len(info) == 0 || !bytes.Equal(info[1:], want)) {
		return broken("the server's renegotiation is not bound to the handshake before")
	}
	return nil
}

// readFlight12 reads to the ServerHelloDone, and gives the ServerKeyExchange.
func (h *handshake) readFlight12() (exchange cryptobyte.String, err error) {
	const none = -1
	order := map[uint8]int{
		typeCertificate: 0, typeCertificateStatus: 1, typeServerKeyExchange: 2,
		typeCertificateRequest: 3, typeServerHelloDone: 4,
	}
	last := none
	for last != order[typeServerHelloDone] {
		kind, body, whole, err := h.readMessage()
		if err != nil {
			return nil, err
		}
		if kind == typeHelloRequest {
			continue
		}
		at, known := order[kind]
		if !known || at <= last || last == none && kind != typeCertificate {
			return nil, broken("the server sent a handshake message of type %d where it does not belong", kind)
		}
		last = at
		h.transcript = append(h.transcript, whole...)
		switch kind {
		case typeCertificate:
			err = h.takeCertificate12(body)
		case typeCertificateStatus:
			h.takeStaple(body)
		case typeServerKeyExchange:
			exchange = body
		case typeCertificateRequest:
			h.request = true
			h.note(func(s *State) { s.ClientCertificate = true })
		}
		if err != nil {
			return nil, err
		}
	}
	return exchange, nil
}

// takeCertificate12 reads a Certificate message (RFC 5246 section 7.4.2).
func (h *handshake) takeCertificate12(body cryptobyte.String) error {
	var list cryptobyte.String
	if !body.ReadUint24LengthPrefixed(&list) {
		return broken("the server sent a malformed Certificate message")
	}
	var chain [][]byte
	for !list.Empty() {
		var certificate cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&certificate) || len(chain) == maxChain {
			return broken("the server sent a malformed Certificate message")
		}
		chain = append(chain, slices.Clone(certificate))
	}
	return h.takeChain(chain)
}

// agree reads a ServerKeyExchange of ECDHE (RFC 8422 section 5.4) or DHE (RFC
// 5246 section 7.4.3), checks its signature, and agrees on a premaster secret.
func (h *handshake) agree(exchange cryptobyte.String) (premaster, public []byte, err error) {
	all := exchange
	var ours share
	var peer cryptobyte.String
	if h.suite.exchange == exchangeECDHE {
		ours, peer, err = h.readECDHE(&exchange)
	} else {
		ours, peer, err = h.readDHE(&exchange)
	}
	if err != nil {
		return nil, nil, err
	}
	parameters := all[:len(all)-len(exchange)]
	var scheme uint16
	var signature cryptobyte.String
	if h.server.Version >= clienthello.TLS12 && !exchange.ReadUint16(&scheme) || !exchange.ReadUint16LengthPrefixed(&signature) {
		return nil, nil, broken("the server sent a malformed ServerKeyExchange")
	}
	signed := slices.Concat(h.hello.Random, h.server.Random[:], parameters)
	if err := h.prove(scheme, signed, signature); err != nil {
		return nil, nil, err
	}
	premaster, err = ours.agree(peer)
	if err != nil {
		return nil, nil, broken("%v", err)
	}
	if h.suite.exchange == exchangeECDHE {
		return premaster, append([]byte{byte(len(ours.public))}, ours.public...), nil
	}
	// Leading zeros of the secret do not count (RFC 5246 section 8.1.2).
	return bytes.TrimLeft(premaster, "\x00"), append(binary.BigEndian.AppendUint16(nil, uint16(len(ours.public))), ours.public...), nil
}

func (h *handshake) readECDHE(in *cryptobyte.String) (ours share, peer cryptobyte.String, err error) {
	const namedCurve = 3
	var kind uint8
	var group uint16
	if !in.ReadUint8(&kind) || kind != namedCurve || !in.ReadUint16(&group) || !in.ReadUint8LengthPrefixed(&peer) ||
		!slices.Contains([]uint16{X25519, P256, P384, P521, X448}, group) || !slices.Contains(h.config.Groups, group) {
		return share{}, nil, broken("the server chose a curve that was not offered")
	}
	h.note(func(s *State) { s.Group = group })
	ours, err = newShare(group)
	return ours, peer, err
}

func (h *handshake) readDHE(in *cryptobyte.String) (ours share, peer cryptobyte.String, err error) {
	var p, g cryptobyte.String
	if !in.ReadUint16LengthPrefixed(&p) || !in.ReadUint16LengthPrefixed(&g) || !in.ReadUint16LengthPrefixed(&peer) {
		return share{}, nil, broken("the server sent a malformed ServerKeyExchange")
	}
	ours, err = ownGroupShare(p, g)
	if err != nil {
		return share{}, nil, broken("%v", err)
	}
	return ours, peer, nil
}

// encryptPremaster makes a premaster secret and encrypts it to the server's
// key (RFC 5246 section 7.4.7.1, RFC 8017 section 7.2.1).
func (h *handshake) encryptPremaster() (premaster, public []byte, err error) {
	if h.key.kind != kindRSA || h.key.size() < 48+11 {
		return nil, nil, broken("the server's certificate has no key that the key exchange could use")
	}
	h.proven = true // once its Finished message is right
	premaster = make([]byte, 48)
	rand.Read(premaster) // never fails, by its contract
	binary.BigEndian.PutUint16(premaster, min(slices.Max(h.config.Versions), clienthello.TLS12))
	if h.established {
		binary.BigEndian.PutUint16(premaster, h.hello.Version)
	}
	size := h.key.size()
	block := make([]byte, size)
	padding := block[2 : size-49]
	rand.Read(padding)
	for i := range padding {
		for padding[i] == 0 {
			rand.Read(padding[i : i+1])
		}
	}
	block[1] = 2
	copy(block[size-48:], premaster)
	m := new(big.Int).SetBytes(block)
	encrypted := m.Exp(m, h.key.e, h.key.n).FillBytes(make([]byte, size))
	return premaster, append(binary.BigEndian.AppendUint16(nil, uint16(size)), encrypted...), nil
}

// sendFlight12 answers the server's flight, and waits for its Finished.
func (h *handshake) sendFlight12(premaster, public []byte) error {
	version, suite := h.server.Version, h.suite
	if h.request {
		h.queue(recordHandshake, h.message(typeCertificate, []byte{0, 0, 0}))
	}
	h.queue(recordHandshake, h.message(typeClientKeyExchange, public))
	label, seed := "master secret", slices.Concat(h.hello.Random, h.server.Random[:])
	if _, extended := h.extensions[extExtendedMasterSecret]; extended { // RFC 7627
		label, seed = "extended master secret", digest(version, suite.hash, h.transcript)
	}
	master := prf(version, suite.hash, premaster, label, seed, 48)
	client, server, err := keys(version, suite, master, h.hello.Random, h.server.Random[:])
	if err != nil {
		return err
	}
	verify := func(label string) []byte {
		return prf(version, suite.hash, master, label, digest(version, suite.hash, h.transcript), 12)
	}
	h.queue(recordChangeCipherSpec, []byte{1})
	h.write = client
	h.clientVerify = verify("client finished")
	h.queue(recordHandshake, h.message(typeFinished, h.clientVerify))
	if err := h.flush(); err != nil {
		return err
	}
	if err := h.readChangeCipherSpec(server); err != nil {
		return err
	}
	h.serverVerify = verify("server finished")
	kind, body, _, err := h.readMessage()
	if err != nil {
		return err
	}
	if kind != typeFinished || !hmac.Equal(body, h.serverVerify) {
		return broken("the server's Finished message is wrong")
	}
	h.note(func(s *State) { s.Proven, s.EmptyCertificateTaken = h.proven, s.ClientCertificate })
	return nil
}
