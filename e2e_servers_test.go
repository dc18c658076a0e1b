//go:build servers

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// These tests run the program against servers as Debian ships them, each on
// ports 80 and 443 of a loopback address of its own: they need root. With
// TLSGATE_SERVERS=required, what is missing is a failure.

// A server is one of them: its program, and its configuration, which is a
// template over [setup].
type server struct {
	name, config string
	command      []string // {} stands for the configuration's file
	address      string
}

var servers = []server{
	{"nginx", "nginx.conf", []string{"nginx", "-c", "{}"}, "127.0.1.11"},
	{"haproxy", "haproxy.cfg", []string{"haproxy", "-db", "-f", "{}"}, "127.0.1.12"},
	{"apache", "apache2.conf", []string{"apache2", "-D", "FOREGROUND", "-f", "{}"}, "127.0.1.13"},
	{"caddy", "Caddyfile", []string{"caddy", "run", "--adapter", "caddyfile", "--config", "{}"}, "127.0.1.14"},
}

var ports = []string{"80", "443"}

// authorityAddress is where the CA of these tests has its web server.
const authorityAddress = "127.0.1.10"

// A setup is what a configuration is to say.
type setup struct {
	Host, Address   string
	Dir             string // for what the server writes
	Documents       string // a folder with Page as index.html
	Chain, Key      string // PEM files
	ChainAndKey     string // both in one
	Page            string
	HSTS            string // empty for none
	Content, ToHTTP bool   // port 80 serves the page; https redirects to http
	ClientCA        string // PEM file, where a client certificate is demanded
	certificate     func(*authority, string) tls.Certificate
	stopped         bool
	clientDemanded  bool
}

// cases are the deployments that each server is made to be.
var cases = []struct {
	name  string
	edit  func(*setup)
	rules []string // that fail, and no other
	code  int
}{
	{"good", func(*setup) {}, []string{}, 0},
	{"content on port 80", func(s *setup) { s.Content = true }, []string{"cleartext-content"}, 1},
	{"certificate of another CA", func(s *setup) { s.certificate = ofAnotherCA }, []string{"untrusted-root"}, 1},
	{"intermediate not sent", func(s *setup) { s.certificate = incomplete }, []string{"incomplete-chain"}, 1},
	{"no HSTS", func(s *setup) { s.HSTS = "" }, []string{"hsts-missing"}, 0},
	{"redirect to http", func(s *setup) { s.ToHTTP = true }, []string{"cleartext-redirect", "redirect-downgrade"}, 1},
	{"client certificate demanded", func(s *setup) { s.clientDemanded = true }, []string{}, 0},
	{"stopped", func(s *setup) { s.stopped = true }, []string{"target-not-verified"}, 3},
}

func TestServers(t *testing.T) {
	needs(t)
	ca := newAuthority(t)
	for _, srv := range servers {
		t.Run(srv.name, func(t *testing.T) {
			needs(t, srv.command[0])
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) { srv.judge(t, ca, c.edit, c.rules, c.code) })
			}
		})
	}
}

// missing skips the test, or fails it where it is required.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("TLSGATE_SERVERS") == "required" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// judge starts the server, as edited, and runs the program over it.
func (srv server) judge(t *testing.T, ca *authority, edit func(*setup), rules []string, code int) {
	host := srv.name + ".example"
	s := setup{
		Host: host, Address: srv.address, Dir: folder(t),
		Page: "<!doctype html><title>A page</title>", HSTS: deploytest.GoodHSTS, certificate: good,
	}
	edit(&s)
	ca.furnish(t, &s)
	stop := srv.start(t, s)
	if s.stopped {
		stop()
	}
	roots := filepath.Join(s.Dir, "roots.pem")
	writeFile(t, roots, string(ca.root.PEM()))
	got := gate(t, s, roots)
	if diff := cmp.Diff(rules, got.failed); diff != "" || got.code != code {
		t.Errorf("exit code %d, want %d; rules that failed (-want +got)\n%s%s", got.code, code, diff, got.table)
	}
}

// folder is a temporary one that servers can read without root's rights.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// start starts the server and waits until both its ports answer. Stop ends it
// and waits until it is gone.
func (srv server) start(t *testing.T, s setup) (stop func()) {
	t.Helper()
	config := filepath.Join(s.Dir, srv.config)
	fill(t, filepath.Join("testdata", "servers", srv.config), config, s)
	args := strings.Split(strings.ReplaceAll(strings.Join(srv.command, "\x00"), "{}", config), "\x00")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second // then it is killed
	for _, port := range ports {
		if c, err := net.Dial("tcp", net.JoinHostPort(s.Address, port)); err == nil {
			c.Close()
			t.Fatalf("something answers at %s:%s already", s.Address, port)
		}
	}
	output, err := os.Create(filepath.Join(s.Dir, "output.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { output.Close() })
	cmd.Stdout, cmd.Stderr = output, output
	cmd.Env = append(os.Environ(), "HOME="+s.Dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it was asked to end
	}()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	for _, port := range ports {
		at := net.JoinHostPort(s.Address, port)
		if err := poll(ended, func() error { return dialable(at) }); err != nil {
			stop()
			t.Fatalf("%s: %v\n%s", srv.name, err, readFile(t, output.Name()))
		}
	}
	return stop
}

// dialable reports why nothing answers at an address.
func dialable(at string) error {
	c, err := net.Dial("tcp", at)
	if err != nil {
		return err
	}
	return c.Close()
}

// fill writes a configuration.
func fill(t *testing.T, from, to string, s setup) {
	t.Helper()
	tmpl, err := template.ParseFiles(from)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := tmpl.Option("missingkey=error").Execute(&b, s); err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, b.String())
}

// An authority is the CA of these tests, with its web server.
type authority struct{ root, issuer *deploytest.CA }

const (
	issuerURL    = "http://" + authorityAddress + "/issuer.der"
	issuerCRLURL = "http://" + authorityAddress + "/issuer.crl"
	rootCRLURL   = "http://" + authorityAddress + "/root.crl"
)

// newAuthority makes the CA, and serves its certificate and CRLs.
func newAuthority(t *testing.T) *authority {
	t.Helper()
	root := deploytest.NewRoot(deploytest.Spec{Name: "Throwaway Root"})
	issuer := root.Intermediate(deploytest.Spec{Name: "Throwaway Issuing CA", Edit: func(c *x509.Certificate) {
		c.CRLDistributionPoints = []string{rootCRLURL}
	}})
	publish(t, authorityAddress, map[string][]byte{
		issuerURL:    issuer.Certificate.Raw,
		issuerCRLURL: issuer.CRL(deploytest.CRL{URL: issuerCRLURL}),
		rootCRLURL:   root.CRL(deploytest.CRL{URL: rootCRLURL}),
	})
	return &authority{root, issuer}
}

// The certificates that a server can be given.

func good(ca *authority, host string) tls.Certificate {
	return ca.issuer.Leaf(deploytest.Spec{Hosts: []string{host}, Edit: func(c *x509.Certificate) {
		c.IssuingCertificateURL = []string{issuerURL}
		c.CRLDistributionPoints = []string{issuerCRLURL}
	}})
}

func incomplete(ca *authority, host string) tls.Certificate {
	c := good(ca, host)
	c.Certificate = c.Certificate[:1]
	return c
}

func ofAnotherCA(_ *authority, host string) tls.Certificate {
	root := deploytest.NewRoot(deploytest.Spec{Name: "Another Root"})
	return root.Intermediate(deploytest.Spec{Name: "Another Issuing CA"}).Leaf(deploytest.Spec{Hosts: []string{host}})
}

// furnish writes the files that the setup needs, and names them in it.
func (ca *authority) furnish(t *testing.T, s *setup) {
	t.Helper()
	c := s.certificate(ca, s.Host)
	var chain strings.Builder
	for _, der := range c.Certificate {
		chain.WriteString(pemBlock("CERTIFICATE", der))
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	key := pemBlock("PRIVATE KEY", der)
	write := func(name, text string) string {
		file := filepath.Join(s.Dir, name)
		writeFile(t, file, text)
		return file
	}
	s.Chain, s.Key = write("chain.pem", chain.String()), write("key.pem", key)
	s.ChainAndKey = write("chain-and-key.pem", chain.String()+key)
	if s.clientDemanded {
		s.ClientCA = write("client-ca.pem", string(ca.root.PEM()))
	}
	s.Documents = filepath.Join(s.Dir, "documents")
	if err := os.Mkdir(s.Documents, 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(s.Documents, "index.html"), s.Page)
}

func pemBlock(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
