package deploytest_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// network is a network that ends with the test.
func network(t testing.TB) *deploytest.Network {
	t.Helper()
	n := deploytest.NewNetwork()
	t.Cleanup(n.Close)
	return n
}

// client is an ordinary HTTP client on the network. It trusts the network's
// root, and follows redirects only where told to.
func client(n *deploytest.Network, follow bool) *http.Client {
	c := &http.Client{Transport: &http.Transport{
		DialContext:       n.DialContext,
		TLSClientConfig:   &tls.Config{RootCAs: n.Root().Pool()},
		ForceAttemptHTTP2: true,
		DisableKeepAlives: true,
	}}
	if !follow {
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return c
}

// get asks for a URL, without following redirects, and reads the body.
func get(t *testing.T, n *deploytest.Network, url string) (*http.Response, string) {
	t.Helper()
	res, err := client(n, false).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// dial connects to an address:port or fails the test.
func dial(t *testing.T, n *deploytest.Network, at string) net.Conn {
	t.Helper()
	c, err := n.DialContext(t.Context(), "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// handshake speaks TLS with the deployment's first address.
func handshake(t *testing.T, n *deploytest.Network, d deploytest.Deployment, c *tls.Config) (*tls.Conn, error) {
	t.Helper()
	if c.ServerName == "" {
		c.ServerName = d.Host
	}
	if c.RootCAs == nil {
		c.RootCAs = n.Root().Pool()
	}
	conn := tls.Client(dial(t, n, net.JoinHostPort(d.Addresses[0], "443")), c)
	return conn, conn.HandshakeContext(t.Context())
}
