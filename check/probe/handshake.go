package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"slices"

	"github.com/tlsgate/tlsgate/check/fact"
)

// suites are all that crypto/tls can negotiate: the handshake has to show
// the certificate of a poor server too. What is poor is for rules to say.
var suites = func() (ids []uint16) {
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		ids = append(ids, s.ID)
	}
	return ids
}()

// handshake makes a TLS handshake with verification off and notes what it
// shows, also where it fails half way: a server that wants a client
// certificate has shown its own by then.
func handshake(ctx context.Context, conn net.Conn, host string, protocols []string, h *fact.Handshake) (*tls.Conn, error) {
	if _, err := netip.ParseAddr(host); err != nil {
		h.ServerName = host
	}
	tc := tls.Client(conn, &tls.Config{
		ServerName:         h.ServerName,
		InsecureSkipVerify: true, // pki.Judge verifies, with reasons
		MinVersion:         tls.VersionTLS10,
		CipherSuites:       suites,
		NextProtos:         protocols,
		VerifyPeerCertificate: func(chain [][]byte, _ [][]*x509.Certificate) error {
			h.Chain = chain
			return nil
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			h.ClientCertificate = true
			return new(tls.Certificate), nil
		},
	})
	err := tc.HandshakeContext(ctx)
	s := tc.ConnectionState()
	h.Version, h.Suite, h.ALPN = s.Version, s.CipherSuite, s.NegotiatedProtocol
	h.Staple, h.SCTs = s.OCSPResponse, s.SignedCertificateTimestamps
	h.Outcome, h.Error = outcome(err, true)
	if err != nil && h.ClientCertificate && len(h.Chain) > 0 {
		h.Outcome = fact.Answered
	}
	if err == nil {
		return tc, nil
	}
	return nil, err
}
