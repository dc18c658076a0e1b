// Package http3 makes the handshake that HTTP/3 clients make (RFC 9114
// section 3.2, over QUIC, RFC 9001), to see the certificate that they are
// shown. No request is sent.
package http3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"

	"golang.org/x/net/quic"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe/neterr"
)

// Handshake makes a QUIC handshake from a socket with the server at an
// address, and gives what it showed, with verification off. It closes the
// socket. No answer at all is [fact.TimedOut]: UDP that is blocked on the way
// looks the same as a server that is not there.
func Handshake(ctx context.Context, socket net.PacketConn, at netip.AddrPort, serverName string) fact.Handshake {
	h := fact.Handshake{Address: at.String(), ServerName: serverName}
	endpoint, err := quic.NewEndpoint(socket, nil)
	if err != nil {
		h.Outcome, h.Error = fact.Failed, fact.Clip(err.Error(), 200)
		return h
	}
	defer func() {
		// The verdict does not wait for the peer to acknowledge the close.
		over, cancel := context.WithCancel(context.Background())
		cancel()
		_ = endpoint.Close(over)
	}()
	var chain atomic.Pointer[[][]byte] // the handshake can go on when the time is over
	conn, err := endpoint.Dial(ctx, "udp", at.String(), &quic.Config{TLSConfig: config(serverName, &chain)})
	if shown := chain.Load(); shown != nil {
		h.Chain = *shown
	}
	if err != nil {
		h.Outcome, h.Error = outcome(err)
		return h
	}
	s := conn.ConnectionState()
	h.Outcome, h.Connected = fact.Answered, true
	h.Version, h.Suite, h.Group, h.ALPN = s.Version, s.CipherSuite, uint16(s.CurveID), s.NegotiatedProtocol
	h.Staple, h.SCTs = s.OCSPResponse, s.SignedCertificateTimestamps
	conn.Abort(nil)
	return h
}

// config is that of a client that keeps the chain that it is shown.
func config(serverName string, keep *atomic.Pointer[[][]byte]) *tls.Config {
	return &tls.Config{
		ServerName:         serverName,
		InsecureSkipVerify: true, // the rules judge the chain, with reasons
		MinVersion:         tls.VersionTLS13,
		NextProtos:         []string{"h3"},
		VerifyPeerCertificate: func(chain [][]byte, _ [][]*x509.Certificate) error {
			keep.Store(&chain)
			return nil
		},
	}
}

// outcome says how far a handshake that failed got.
func outcome(err error) (fact.Outcome, string) {
	text := fact.Clip(neterr.Text(err), 200)
	switch {
	case neterr.IsTimeout(err), errors.Is(err, context.Canceled):
		return fact.TimedOut, text
	case neterr.IsReset(err):
		return fact.BrokenOff, text
	}
	return fact.Failed, text
}
