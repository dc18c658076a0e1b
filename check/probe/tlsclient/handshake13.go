package tlsclient

import (
	"crypto/hmac"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// retry answers a HelloRetryRequest (RFC 8446 section 4.1.4).
func (h *handshake) retry() error {
	first := h.server
	h.note(func(s *State) { s.Retried = true })
	selected, has := h.extensions[extKeyShare]
	cookie, hasCookie := h.extensions[extCookie]
	if !has && !hasCookie {
		return broken("the server sent a HelloRetryRequest that asks for nothing")
	}
	if has {
		var group uint16
		data := cryptobyte.String(selected)
		if !data.ReadUint16(&group) || !slices.Contains(h.config.Groups, group) {
			return broken("the server asked for a key share of a group that was not offered")
		}
		s, err := newShare(group)
		if err != nil {
			return err
		}
		h.shares = []share{s}
	}
	if hasCookie {
		var value cryptobyte.String
		data := cryptobyte.String(cookie)
		if !data.ReadUint16LengthPrefixed(&value) {
			return broken("the server sent a malformed cookie")
		}
		h.hello.Cookie = value
	}
	h.queue(recordChangeCipherSpec, []byte{1})
	if err := h.send(h.hello); err != nil {
		return err
	}
	if err := h.readHello(); err != nil {
		return err
	}
	if h.server.Retry || h.server.Version != first.Version || h.server.Suite != first.Suite {
		return broken("the server went on after its HelloRetryRequest with something else")
	}
	return nil
}

// finish13 makes the rest of a TLS 1.3 handshake.
func (h *handshake) finish13() error {
	secret, err := h.sharedSecret13()
	if err != nil {
		return err
	}
	schedule, err := newSchedule13(h.suite)
	if err == nil {
		err = schedule.advance(secret)
	}
	if err != nil {
		return err
	}
	hellos := sum(h.suite.hash, h.transcript)
	client, err := schedule.traffic("c hs traffic", true, hellos)
	if err != nil {
		return err
	}
	server, err := schedule.traffic("s hs traffic", false, hellos)
	if err != nil {
		return err
	}
	if err := h.changeRead(server); err != nil {
		return err
	}
	if !h.state.Retried {
		h.queue(recordChangeCipherSpec, []byte{1})
	}
	h.write = client
	if err := h.readFlight13(); err != nil {
		return err
	}
	return h.sendFlight13(schedule)
}

// sharedSecret13 agrees on a secret by the server's key share.
func (h *handshake) sharedSecret13() ([]byte, error) {
	var group uint16
	var public cryptobyte.String
	data := cryptobyte.String(h.extensions[extKeyShare])
	if !data.ReadUint16(&group) || !data.ReadUint16LengthPrefixed(&public) {
		return nil, broken("the server sent no key share")
	}
	h.note(func(s *State) { s.Group = group })
	for _, s := range h.shares {
		if s.group == group {
			secret, err := s.agree(public)
			if err != nil {
				return nil, broken("%v", err)
			}
			return secret, nil
		}
	}
	return nil, broken("the server chose a group that no key share was sent for")
}

// readFlight13 reads what the server sends encrypted, to its Finished.
func (h *handshake) readFlight13() error {
	for _, want := range []uint8{typeEncryptedExtensions, typeCertificate, typeCertificateVerify, typeFinished} {
		kind, body, whole, err := h.readMessage()
		if err == nil && want == typeCertificate && kind == typeCertificateRequest {
			if err := h.takeRequest13(body); err != nil {
				return err
			}
			h.transcript = append(h.transcript, whole...)
			kind, body, whole, err = h.readMessage()
		}
		if err != nil {
			return err
		}
		if kind != want {
			return broken("the server sent a handshake message of type %d where type %d belongs", kind, want)
		}
		switch kind {
		case typeEncryptedExtensions:
			err = h.takeEncryptedExtensions(body)
		case typeCertificate:
			err = h.takeCertificate13(body)
		case typeCertificateVerify:
			err = h.takeCertificateVerify(body)
		case typeFinished:
			err = h.takeFinished13(body)
		}
		if err != nil {
			return err
		}
		h.transcript = append(h.transcript, whole...)
	}
	return nil
}

func (h *handshake) takeEncryptedExtensions(body cryptobyte.String) error {
	var list cryptobyte.String
	if !body.ReadUint16LengthPrefixed(&list) {
		return broken("the server sent malformed EncryptedExtensions")
	}
	extensions, err := readExtensions(list)
	if err != nil {
		return err
	}
	data, has := extensions[extALPN]
	return h.takeALPN(data, has)
}

// readExtensions reads a list of extensions.
func readExtensions(list cryptobyte.String) (map[uint16][]byte, error) {
	all := map[uint16][]byte{}
	for !list.Empty() {
		var id uint16
		var data cryptobyte.String
		if !list.ReadUint16(&id) || !list.ReadUint16LengthPrefixed(&data) {
			return nil, broken("the server sent malformed extensions")
		}
		all[id] = data
	}
	return all, nil
}

func (h *handshake) takeRequest13(body cryptobyte.String) error {
	var context cryptobyte.String
	if !body.ReadUint8LengthPrefixed(&context) {
		return broken("the server sent a malformed CertificateRequest")
	}
	h.request, h.context = true, context
	h.note(func(s *State) { s.ClientCertificate = true })
	return nil
}

// takeCertificate13 reads a Certificate message (RFC 8446 section 4.4.2).
func (h *handshake) takeCertificate13(body cryptobyte.String) error {
	var context, list cryptobyte.String
	if !body.ReadUint8LengthPrefixed(&context) || !body.ReadUint24LengthPrefixed(&list) {
		return broken("the server sent a malformed Certificate message")
	}
	var chain [][]byte
	for !list.Empty() {
		var certificate, extensions cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&certificate) || !list.ReadUint16LengthPrefixed(&extensions) || len(chain) == maxChain {
			return broken("the server sent a malformed Certificate message")
		}
		chain = append(chain, slices.Clone(certificate))
		if len(chain) > 1 {
			continue
		}
		of, err := readExtensions(extensions)
		if err != nil {
			return err
		}
		h.takeStaple(of[extStatusRequest])
		h.takeSCTs(of[extSCT])
	}
	return h.takeChain(chain)
}

// takeCertificateVerify checks the server's signature (RFC 8446 section 4.4.3).
func (h *handshake) takeCertificateVerify(body cryptobyte.String) error {
	var scheme uint16
	var signature cryptobyte.String
	if !body.ReadUint16(&scheme) || !body.ReadUint16LengthPrefixed(&signature) {
		return broken("the server sent a malformed CertificateVerify message")
	}
	const spaces = 64
	signed := append(slices.Repeat([]byte{' '}, spaces), "TLS 1.3, server CertificateVerify\x00"...)
	return h.prove(scheme, append(signed, sum(h.suite.hash, h.transcript)...), signature)
}

func (h *handshake) takeFinished13(body []byte) error {
	if !hmac.Equal(finished13(h.suite, h.read.secret, h.transcript), body) {
		return broken("the server's Finished message is wrong")
	}
	return nil
}

// sendFlight13 answers the server's flight, and puts the last keys in force.
func (h *handshake) sendFlight13(schedule schedule13) error {
	if err := schedule.advance(nil); err != nil {
		return err
	}
	handshake := sum(h.suite.hash, h.transcript)
	client, err := schedule.traffic("c ap traffic", true, handshake)
	if err != nil {
		return err
	}
	server, err := schedule.traffic("s ap traffic", false, handshake)
	if err != nil {
		return err
	}
	var flight []byte
	if h.request {
		none := append(append([]byte{byte(len(h.context))}, h.context...), 0, 0, 0)
		flight = append(flight, h.message(typeCertificate, none)...)
	}
	verify := finished13(h.suite, h.write.secret, h.transcript)
	h.queue(recordHandshake, append(flight, h.message(typeFinished, verify)...))
	if err := h.flush(); err != nil {
		return err
	}
	h.write = client
	h.note(func(s *State) { s.Proven = h.proven })
	return h.changeRead(server)
}

// maxChain bounds the certificates of a chain.
const maxChain = 128
