package tlsclient

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

// replayed is a connection on which the peer's bytes are known beforehand.
type replayed struct{ io.Reader }

func (replayed) Write(b []byte) (int, error)      { return len(b), nil }
func (replayed) Close() error                     { return nil }
func (replayed) LocalAddr() net.Addr              { return nil }
func (replayed) RemoteAddr() net.Addr             { return nil }
func (replayed) SetDeadline(time.Time) error      { return nil }
func (replayed) SetReadDeadline(time.Time) error  { return nil }
func (replayed) SetWriteDeadline(time.Time) error { return nil }

// FuzzHandshake holds that no bytes in the clear finish a handshake, and that
// each gives an error of the kinds that are documented.
func FuzzHandshake(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	f.Add([]byte{21, 3, 3, 0, 2, 2, 40})
	for _, config := range []*tls.Config{{}, {MaxVersion: tls.VersionTLS12}, {CurvePreferences: []tls.CurveID{tls.CurveP384}}} {
		config.Certificates = []tls.Certificate{certificate(f, p256Key())}
		f.Add(recorded(f, config))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		c := Client(replayed{bytes.NewReader(in)}, Config{Groups: []uint16{X25519, P384}})
		err := c.Handshake(context.Background())
		var alert AlertError
		var broken *ProtocolError
		if !errors.As(err, &alert) && !errors.As(err, &broken) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, ErrSignature) {
			t.Fatalf("error %v", err)
		}
		if c.State().Proven {
			t.Fatal("proven")
		}
	})
}

// recorded is what a server sends to a client.
func recorded(f *testing.F, config *tls.Config) []byte {
	var sent bytes.Buffer
	conn := serve(f, config)
	Client(overheard{conn, io.TeeReader(conn, &sent)}, Config{Groups: []uint16{X25519, P384}}).Handshake(context.Background())
	return sent.Bytes()
}

// overheard is a connection whose peer is listened to.
type overheard struct {
	net.Conn
	peer io.Reader
}

func (o overheard) Read(b []byte) (int, error) { return o.peer.Read(b) }

// FuzzMessages gives bodies to the readers of all messages, those that are
// encrypted on the wire too.
func FuzzMessages(f *testing.F) {
	for kind := range uint8(25) {
		f.Add(kind, []byte{0, 0, 0})
	}
	f.Add(typeServerKeyExchange, []byte{3, 0, 29, 1, 9, 4, 3, 0, 1, 7})
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		for _, version := range []uint16{clienthello.TLS12, clienthello.TLS13} {
			h := &handshake{Conn: Client(replayed{bytes.NewReader(nil)}, Config{})}
			h.server = &clienthello.ServerHello{Version: version}
			h.suite = suiteByID(0x009E)
			h.extensions = map[uint16][]byte{extKeyShare: body, extCookie: body, extRenegotiationInfo: body}
			switch kind {
			case typeCertificate:
				if version == clienthello.TLS13 {
					h.takeCertificate13(body)
				} else {
					h.takeCertificate12(body)
				}
			case typeServerKeyExchange:
				h.agree(body)
				h.suite = suiteByID(0xC02F)
				h.agree(body)
			case typeEncryptedExtensions:
				h.takeEncryptedExtensions(body)
			case typeCertificateRequest:
				h.takeRequest13(body)
			case typeCertificateVerify:
				h.takeCertificateVerify(body)
			case typeCertificateStatus:
				h.takeStaple(body)
			case typeServerHello:
				h.sharedSecret13()
				h.retry()
				h.checkRenegotiation()
				h.takeSCTs(body)
			}
			size := 0
			for _, part := range append(h.state.Chain, append(h.state.SCTs, h.state.Staple)...) {
				size += len(part)
			}
			if h.proven || size > 2*len(body) || len(h.state.Chain) > maxChain {
				t.Fatalf("proven %v, %d bytes of %d", h.proven, size, len(body))
			}
		}
	})
}

// FuzzLeafKey holds that keys are read of all certificates that crypto/x509
// reads, and that they are the same.
func FuzzLeafKey(f *testing.F) {
	f.Add(certificate(f, rsaKey()).Certificate[0])
	f.Add(certificate(f, p256Key()).Certificate[0])
	f.Add(certificate(f, ed25Key()).Certificate[0])
	f.Fuzz(func(t *testing.T, der []byte) {
		key, err := leafKey(der)
		parsed, refused := x509.ParseCertificate(der)
		if err == nil && key.kind != kindUnknown {
			key.verify(clienthello.TLS13, 0x0804, der, der)
			key.verify(clienthello.TLS12, 0x0401, der, der)
			key.verify(clienthello.TLS11, 0, der, der)
		}
		if refused != nil || parsed.PublicKey == nil {
			return
		}
		if k, ok := parsed.PublicKey.(*rsa.PublicKey); ok && (k.Size() > maxKey/8 || k.N.BitLen() < 128) {
			return // nothing to reckon with
		}
		same := map[keyKind]x509.PublicKeyAlgorithm{kindRSA: x509.RSA, kindECDSA: x509.ECDSA, kindEd25519: x509.Ed25519}
		if err != nil || key.kind != kindUnknown && same[key.kind] != parsed.PublicKeyAlgorithm {
			t.Fatalf("key of kind %d, %v; crypto/x509 has %v", key.kind, err, parsed.PublicKeyAlgorithm)
		}
	})
}
