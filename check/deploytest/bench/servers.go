//go:build linux

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// servers are the deployments of a bench, in a folder with their
// certificates.
type servers struct {
	dir    string
	root   *deploytest.CA
	issuer *deploytest.CA
	issued int
	mu     sync.Mutex
	parsed map[string]*tls.Certificate // of the Go server
}

// newServers makes the certification authority of the deployments. Their
// certificates name no source of revocation: what is fetched once for all
// targets belongs to no target's price.
func newServers(dir string) (*servers, error) {
	s := &servers{dir: dir, root: deploytest.NewRoot(deploytest.Spec{Name: "Bench Root"}), parsed: map[string]*tls.Certificate{}}
	s.issuer = s.root.Intermediate(deploytest.Spec{Name: "Bench Issuing CA"})
	return s, os.WriteFile(s.roots(), s.root.PEM(), 0o644)
}

// roots is the file with the root to trust.
func (s *servers) roots() string { return filepath.Join(s.dir, "roots.pem") }

// issue makes the certificates of the first n deployments, each with a key of
// its own.
func (s *servers) issue(n int) error {
	for ; s.issued < n; s.issued++ {
		leaf := s.issuer.Leaf(deploytest.Spec{Hosts: []string{hostName(s.issued)}, Edit: func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{deploytest.SCTList(deploytest.SCT(1, c.NotBefore), deploytest.SCT(2, c.NotBefore))}
		}})
		key, err := x509.MarshalECPrivateKey(leaf.PrivateKey.(*ecdsa.PrivateKey))
		if err != nil {
			return err
		}
		var b bytes.Buffer
		for _, der := range leaf.Certificate {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}) // a bytes.Buffer refuses nothing
		}
		_ = pem.Encode(&b, &pem.Block{Type: "EC PRIVATE KEY", Bytes: key})
		if err := os.WriteFile(filepath.Join(s.dir, hostName(s.issued)), b.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// start lets the deployments, the resolver's name server and the silent hosts
// answer, from the calling thread's namespace. It gives a name with the
// version of the server, and what ends it.
func (s *servers) start(silent int) (name string, stop func(), err error) {
	names, err := net.ListenPacket("udp4", nameServer+":53")
	if err != nil {
		return "", nil, err
	}
	go serveNames(names)
	for i := range silent {
		for _, port := range []string{"80", "443"} {
			l, err := listen(silentHost(i) + ":" + port)
			if err != nil {
				return "", nil, err
			}
			go acceptAndIgnore(l)
		}
	}
	if path, err := exec.LookPath("nginx"); err == nil {
		return s.nginx(path)
	}
	return s.web()
}

// silentHost is the address of a host that accepts connections and says
// nothing.
func silentHost(i int) string { return fmt.Sprintf("10.126.0.%d", i+1) }

// listen opens a port at one address beside a server that has it at all.
func listen(at string) (net.Listener, error) {
	c := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
		return errors.Join(err, failed)
	}}
	return c.Listen(background, "tcp4", at)
}

// acceptAndIgnore takes connections and keeps them until the client goes.
func acceptAndIgnore(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(io.Discard, c) // how it ends is the client's
			c.Close()
		}()
	}
}

const nginxConfiguration = `
user root;
daemon off;
worker_processes 2;
worker_rlimit_nofile 60000;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
events { worker_connections 25000; multi_accept on; }
http {
  access_log off;
  server_tokens off;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
  ssl_session_tickets off;
  server {
    listen 80 reuseport backlog=4096;
    return 301 https://$host$request_uri;
  }
  server {
    listen 443 ssl http2 reuseport backlog=4096;
    ssl_certificate %[1]s/$ssl_server_name;
    ssl_certificate_key %[1]s/$ssl_server_name;
    add_header Strict-Transport-Security "%[2]s" always;
    default_type text/html;
    location / { return 200 "%[3]s"; }
  }
}
`

// nginx starts it as the server of every deployment.
func (s *servers) nginx(path string) (string, func(), error) {
	page := strings.NewReplacer("\n", "", `"`, `'`).Replace(deploytest.GoodPage)
	conf := filepath.Join(s.dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConfiguration, s.dir, deploytest.GoodHSTS, page), 0o644); err != nil {
		return "", nil, err
	}
	version, err := exec.Command(path, "-v").CombinedOutput()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(path, "-c", conf, "-e", filepath.Join(s.dir, "error.log"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop := func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // Wait tells if it is gone already
		_ = cmd.Wait()
	}
	if err := awaitPort(address(0).String() + ":443"); err != nil {
		stop()
		return "", nil, err
	}
	_, number, _ := strings.Cut(strings.TrimSpace(string(version)), ": ")
	return strings.Replace(strings.TrimPrefix(number, "nginx version: "), "/", " ", 1), stop, nil
}

// awaitPort waits until a port accepts connections.
func awaitPort(at string) error {
	var err error
	for range 100 {
		var c net.Conn
		if c, err = net.Dial("tcp4", at); err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// web starts net/http as the server of every deployment.
func (s *servers) web() (string, func(), error) {
	plain, err := listen("0.0.0.0:80")
	if err != nil {
		return "", nil, err
	}
	secure, err := listen("0.0.0.0:443")
	if err != nil {
		return "", nil, err
	}
	quiet := log.New(io.Discard, "", 0)
	redirect := &http.Server{ErrorLog: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusMovedPermanently)
	})}
	site := &http.Server{ErrorLog: quiet, TLSConfig: &tls.Config{GetCertificate: s.certificate}, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Strict-Transport-Security", deploytest.GoodHSTS)
		_, _ = io.WriteString(w, deploytest.GoodPage) // a client that has gone is no matter
	})}
	// Both end with stop alone.
	go func() { _ = redirect.Serve(plain) }()
	go func() { _ = site.ServeTLS(secure, "", "") }()
	return "net/http", func() { redirect.Close(); site.Close() }, nil
}

// certificate is that of the deployment that a client names.
func (s *servers) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := hello.ServerName
	if s.parsed[name] == nil {
		if !strings.HasSuffix(name, "."+zone) || strings.Contains(name, "/") {
			return nil, errors.New("no such deployment")
		}
		file := filepath.Join(s.dir, name)
		c, err := tls.LoadX509KeyPair(file, file)
		if err != nil {
			return nil, err
		}
		s.parsed[name] = &c
	}
	return s.parsed[name], nil
}
