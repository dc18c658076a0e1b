package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// secure begins TLS with the proxy itself. Its certificate is verified, for
// credentials may go there.
func (p *Proxy) secure(ctx context.Context, conn net.Conn) (net.Conn, error) {
	c := tls.Client(conn, &tls.Config{ServerName: p.serverName, RootCAs: roots()})
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, p.handshakeError(err)
	}
	return c, nil
}

// roots are those that a proxy's certificate is verified against: the
// operating system's (or SSL_CERT_FILE's), Mozilla's where it has none, as in a
// container image without any file beside the program.
var roots = sync.OnceValue(func() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	return orPublic(pool)
})

// orPublic is the pool, or Mozilla's roots where it is empty.
func orPublic(pool *x509.CertPool) *x509.CertPool {
	if !pool.Equal(x509.NewCertPool()) {
		return pool
	}
	for root := range bundle.Roots() {
		cert, err := x509.ParseCertificate(root.Certificate)
		switch {
		case err != nil: // a root that Go cannot read verifies nothing
		case root.Constraint == nil:
			pool.AddCert(cert)
		default:
			pool.AddCertWithConstraint(cert, root.Constraint)
		}
	}
	return pool
}

// handshakeError says what is wrong with the proxy's TLS, and what to do.
func (p *Proxy) handshakeError(err error) error {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		noTLS   tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &unknown):
		return errors.New("its certificate is of no authority that this machine trusts: name the authority's PEM file in the environment variable SSL_CERT_FILE")
	case errors.As(err, &name):
		return fmt.Errorf("its certificate is not for '%s'", p.serverName)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return errors.New("its certificate has expired, or is not yet valid")
	case errors.As(err, &noTLS):
		return errors.New("it does not speak TLS: write 'http://' in its URL")
	}
	return err
}
