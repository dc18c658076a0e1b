package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// authority is the one that the machine of these tests trusts.
var authority = deploytest.NewRoot(deploytest.Spec{Name: "Company Root"})

// The roots of the system are read once in a process, so they are set here.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "roots")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "roots.pem"), authority.PEM(), 0o600)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		os.Setenv("SSL_CERT_FILE", filepath.Join(dir, "roots.pem"))
		os.Setenv("SSL_CERT_DIR", dir)
		return m.Run()
	}())
}

// secureProxy serves an https proxy on loopback that answers each CONNECT with
// success and then with what it got. It gives the proxy's port, and what it
// was asked.
func secureProxy(t *testing.T, cert tls.Certificate) (port string, asked <-chan *http.Request) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	requests := make(chan *http.Request, 1)
	answer := deploytest.Raw(func(c net.Conn) {
		in := bufio.NewReader(c)
		r, err := http.ReadRequest(in)
		if err != nil { // refused by the client, the first connection, which asks nothing, or TLS
			fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			return
		}
		requests <- r
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n")
		_, _ = io.Copy(c, in)
	})
	if cert.Certificate != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})
	}
	go func() { _ = answer.Serve(l) }() // until it is closed
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, requests
}

// An https proxy is reached by TLS, and gets its credentials only if its
// certificate is trusted and its own.
func TestSecureProxy(t *testing.T) {
	now := time.Now()
	for name, tc := range map[string]struct {
		cert tls.Certificate
		err  string // empty for none
	}{
		"trusted":                 {authority.Leaf(deploytest.Spec{Hosts: []string{"localhost"}}), ""},
		"of another authority":    {deploytest.NewRoot(deploytest.Spec{Name: "Other"}).Leaf(deploytest.Spec{Hosts: []string{"localhost"}}), "its certificate is of no authority that this machine trusts: name the authority's PEM file in the environment variable SSL_CERT_FILE"},
		"of another name":         {authority.Leaf(deploytest.Spec{Hosts: []string{"proxy.example"}}), "its certificate is not for 'localhost'"},
		"expired":                 {authority.Leaf(deploytest.Spec{Hosts: []string{"localhost"}, NotBefore: now.AddDate(0, 0, -30), NotAfter: now.AddDate(0, 0, -1)}), "its certificate has expired, or is not yet valid"},
		"a proxy that has no TLS": {tls.Certificate{}, "it does not speak TLS: write 'http://' in its URL"},
	} {
		t.Run(name, func(t *testing.T) {
			port, asked := secureProxy(t, tc.cert)
			u, err := url.Parse("https://user:hunter2%40x@localhost:" + port)
			if err != nil {
				t.Fatal(err)
			}
			p := New(u, Options{Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", strings.Replace(address, "localhost", "127.0.0.1", 1))
			}, Timeout: 10 * time.Second, UserAgent: "tlsgate"})
			conn, err := p.Connect(t.Context(), "203.0.113.10:443")
			if tc.err != "" {
				if want := "the proxy https://localhost:" + port + " cannot be reached (" + tc.err + ")"; err == nil || err.Error() != want {
					t.Errorf("%v, want %s", err, want)
				}
				select {
				case r := <-asked:
					if r.Header.Get("Proxy-Authorization") != "" {
						t.Error("the proxy got the credentials")
					}
				default:
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			r := <-asked
			user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
			if r.Method != http.MethodConnect || r.Host != "203.0.113.10:443" || user != "user" || password != "hunter2@x" {
				t.Errorf("%s %s by %s:%s", r.Method, r.Host, user, password)
			}
			if _, err := io.WriteString(conn, "ping"); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 4)
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != "ping" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// A machine without roots, such as the image, has Mozilla's.
func TestRootsOfProxy(t *testing.T) {
	one := x509.NewCertPool()
	one.AddCert(authority.Certificate)
	if !orPublic(one).Equal(one) {
		t.Error("roots of the machine are replaced")
	}
	if empty := x509.NewCertPool(); orPublic(empty).Equal(x509.NewCertPool()) {
		t.Error("no roots")
	}
}
