package deploytest_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// has reports whether a header has the line, or one that goes on from it; no
// value means that it must not be there.
func has(t *testing.T, h http.Header, line string) {
	t.Helper()
	name, value, _ := strings.Cut(line, ": ")
	if got := h.Get(name); !strings.HasPrefix(got, value) || value == "" && got != "" {
		t.Errorf("%s is %q, want %q", name, got, value)
	}
}

func cleartext(status int, line string) shows {
	return func(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
		res, _ := get(t, n, "http://"+d.Host+"/")
		if res.StatusCode != status {
			t.Errorf("status is %s", res.Status)
		}
		has(t, res.Header, line)
	}
}

func header(line string) shows {
	return func(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
		res, _ := get(t, n, d.URL())
		has(t, res.Header, line)
	}
}

func page(part string) shows {
	return func(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
		if _, body := get(t, n, d.URL()); !strings.Contains(body, part) {
			t.Errorf("page is %q", body)
		}
	}
}

func priorKnowledge(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
	cleartext(301, "Location: https://prior.example/")(t, n, d)
	transport := &http.Transport{DialContext: n.DialContext, Protocols: new(http.Protocols), DisableKeepAlives: true}
	transport.Protocols.SetUnencryptedHTTP2(true)
	res, err := (&http.Client{Transport: transport}).Get("http://prior.example/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 || res.ProtoMajor != 2 {
		t.Errorf("%s %s", res.Proto, res.Status)
	}
}

func webSocket(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
	cleartext(301, "Location: https://socket.example/")(t, n, d)
	c := dial(t, n, "socket.example:80")
	// The handshake of RFC 6455 section 1.3.
	io.WriteString(c, "GET /chat HTTP/1.1\r\nHost: socket.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	want := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
}

func sniffed(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
	header("Strict-Transport-Security: "+deploytest.GoodHSTS)(t, n, d)
	a, err := ask(dial(t, n, "sniff.example:443"))
	if err != nil || !strings.HasPrefix(a, "HTTP/1.1 200 OK\r\n") {
		t.Errorf("%q, %v", a, err)
	}
}

func refused(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
	cleartext(200, "")(t, n, d)
	if _, err := n.DialContext(t.Context(), "tcp", d.Host+":443"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
}

func noTLS(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
	var record tls.RecordHeaderError
	if _, err := handshake(t, n, d, &tls.Config{}); !errors.As(err, &record) {
		t.Error(err)
	}
}

func accepts(version, suite uint16) shows {
	return func(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
		c, err := handshake(t, n, d, &tls.Config{MinVersion: version, MaxVersion: version, CipherSuites: []uint16{suite}})
		if err != nil {
			t.Fatal(err)
		}
		if s := c.ConnectionState(); s.Version != version || s.CipherSuite != suite {
			t.Errorf("%s %s", tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite))
		}
	}
}

// distrusted wants an ordinary client's refusal, and a chain of this length.
func distrusted(want string, sent int) shows {
	return func(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
		_, err := handshake(t, n, d, &tls.Config{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		chain := presented(t, n, d).PeerCertificates
		if len(chain) != sent {
			t.Errorf("%d certificates are sent, want %d", len(chain), sent)
		}
	}
}

// presented is what a client without verification sees.
func presented(t *testing.T, n *deploytest.Network, d deploytest.Deployment) tls.ConnectionState {
	t.Helper()
	c, err := handshake(t, n, d, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	return c.ConnectionState()
}

func completable(url string) shows {
	return func(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
		distrusted("signed by unknown authority", 1)(t, n, d)
		leaf := presented(t, n, d).PeerCertificates[0]
		if len(leaf.IssuingCertificateURL) != 1 || leaf.IssuingCertificateURL[0] != url {
			t.Fatalf("AIA is %v", leaf.IssuingCertificateURL)
		}
		issuer := n.Issuer().Certificate
		if err := leaf.CheckSignatureFrom(issuer); err != nil {
			t.Error(err)
		}
		_, body := get(t, n, url)
		if !strings.Contains(body, string(issuer.Raw)) {
			t.Error("the issuer is not published there")
		}
	}
}

// leaf wants a certificate that an ordinary client trusts, with a property.
func leaf(property func(*x509.Certificate) bool) shows {
	return func(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
		c, err := handshake(t, n, d, &tls.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if !property(c.ConnectionState().PeerCertificates[0]) {
			t.Error("the certificate does not show the fault")
		}
		if c.OCSPResponse() != nil {
			t.Error("a staple came")
		}
	}
}

func stapled(t *testing.T, n *deploytest.Network, d deploytest.Deployment) {
	c, err := handshake(t, n, d, &tls.Config{})
	if err != nil {
		t.Fatal(err)
	}
	leaf := c.ConnectionState().PeerCertificates[0]
	res, err := ocsp.ParseResponseForCert(c.OCSPResponse(), leaf, n.Issuer().Certificate)
	if err != nil || res.Status != ocsp.Revoked {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestPresent(t *testing.T) {
	n := network(t)
	made := n.Issuer().Leaf(deploytest.Spec{Hosts: []string{"shop.example"}})
	for _, address := range []string{"203.0.113.10", "203.0.113.11"} {
		d := n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{address},
			Certificate: deploytest.Present(made)})
		if !presented(t, n, d).PeerCertificates[0].Equal(made.Leaf) {
			t.Errorf("another certificate at %s", address)
		}
	}
}

func TestExpiredCrossSign(t *testing.T) {
	n := network(t)
	d := n.Deploy(deploytest.Deployment{Host: "cross.example", Certificate: deploytest.ExpiredCrossSign})
	c, err := handshake(t, n, d, &tls.Config{})
	if err != nil {
		t.Fatal(err)
	}
	chain := c.ConnectionState().PeerCertificates
	if len(chain) != 3 || time.Now().Before(chain[1].NotAfter) || chain[1].Subject.String() != chain[2].Subject.String() {
		t.Errorf("chain is %v", chain)
	}
}

func TestHostileText(t *testing.T) {
	n := network(t)
	d := n.Deploy(deploytest.HostileText("evil.example"))
	c, err := handshake(t, n, d, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.ConnectionState().PeerCertificates[0].Subject.CommonName; got != deploytest.Hostile {
		t.Errorf("common name is %q", got)
	}
	overTLS, err := ask(c)
	if err != nil {
		t.Fatal(err)
	}
	clear, err := ask(dial(t, n, net.JoinHostPort("evil.example", "80")))
	if err != nil {
		t.Fatal(err)
	}
	for answer, headers := range map[string][]string{
		overTLS: {"Refresh: 0; url=http://evil.example/", "Strict-Transport-Security: ", "Server: ", "Set-Cookie: a="},
		clear:   {"Location: http://evil.example/", "Server: "},
	} {
		for _, h := range headers {
			if !strings.Contains(answer, h+deploytest.Hostile) {
				t.Errorf("no %s in %q", h, answer)
			}
		}
	}
}
