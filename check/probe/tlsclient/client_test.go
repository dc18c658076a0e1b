package tlsclient

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

// keys are made once: what they are is no matter here.
var (
	rsaKey   = sync.OnceValue(func() crypto.Signer { k, _ := rsa.GenerateKey(rand.Reader, 2048); return k })
	p256Key  = sync.OnceValue(func() crypto.Signer { k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader); return k })
	p521Key  = sync.OnceValue(func() crypto.Signer { k, _ := ecdsa.GenerateKey(elliptic.P521(), rand.Reader); return k })
	ed25Key  = sync.OnceValue(func() crypto.Signer { _, k, _ := ed25519.GenerateKey(rand.Reader); return k })
	otherKey = sync.OnceValue(func() crypto.Signer { k, _ := rsa.GenerateKey(rand.Reader, 2048); return k })
)

// certificate is one that signs itself.
func certificate(t testing.TB, key crypto.Signer) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1<<32, 0), DNSNames: []string{"a.test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: &x509.Certificate{PublicKey: key.Public()}}
}

// serve answers one connection as echo, and gives this client's end.
func serve(t testing.TB, config *tls.Config) net.Conn {
	t.Helper()
	return over(t, func(conn net.Conn) {
		server := tls.Server(conn, config)
		defer server.Close()
		io.Copy(server, server)
	})
}

// over gives one end of a connection, and the other to the server.
func over(t testing.TB, server func(net.Conn)) net.Conn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		listener.Close()
		if err == nil {
			conn.SetDeadline(time.Now().Add(20 * time.Second))
			server(conn)
			conn.Close()
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { conn.Close(); <-done })
	return conn
}

// echo sends data over a finished handshake, and waits until it is back.
func echo(t testing.TB, c *Conn) {
	t.Helper()
	data := make([]byte, 40<<10)
	rand.Read(data)
	go c.Write(data)
	back := make([]byte, len(data))
	if _, err := io.ReadFull(c, back); err != nil || !bytes.Equal(data, back) {
		t.Fatalf("echo: %v", err)
	}
}

// A server may send several tickets before any data, each in a record that is
// padded to its full length (RFC 8446 section 5.4).
func TestTicketsBeforeData(t *testing.T) {
	ticket := append([]byte{typeNewSessionTicket, 0, 0x3f, 0xfc}, make([]byte, maxPlain-4)...)
	client := Client(over(t, func(conn net.Conn) {
		server := half{version: clienthello.TLS12} // as on the wire
		for range 8 {
			conn.Write(server.seal(recordHandshake, ticket))
		}
		conn.Write(server.seal(recordData, []byte("data")))
	}), Config{})
	client.read.version, client.established, client.budget = clienthello.TLS13, true, dataBudget
	got := make([]byte, 4)
	if _, err := io.ReadFull(client, got); err != nil || string(got) != "data" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestHandshake(t *testing.T) {
	t.Setenv("GODEBUG", "tlsrsakex=1,tls3des=1")
	type offer struct {
		name   string
		server *tls.Config
		client Config
		key    func() crypto.Signer
		want   State
	}
	cases := []offer{
		{name: "all", want: State{Version: 0x0304, Suite: 0x1301, Group: X25519MLKEM768, Signature: 0x0403}},
		{name: "another group", server: &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP384}},
			want: State{Version: 0x0304, Suite: 0x1301, Group: P384, Signature: 0x0403, Retried: true}},
		{name: "P-521", server: &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP521}}, key: p521Key,
			want: State{Version: 0x0304, Suite: 0x1301, Group: P521, Signature: 0x0603, Retried: true}},
		{name: "P-256 with ML-KEM", server: &tls.Config{CurvePreferences: []tls.CurveID{tls.SecP256r1MLKEM768}},
			want: State{Version: 0x0304, Suite: 0x1301, Group: SecP256r1MLKEM768, Signature: 0x0403, Retried: true}},
		{name: "P-384 with ML-KEM", server: &tls.Config{CurvePreferences: []tls.CurveID{tls.SecP384r1MLKEM1024}},
			want: State{Version: 0x0304, Suite: 0x1301, Group: SecP384r1MLKEM1024, Signature: 0x0403, Retried: true}},
		{name: "AES-256", client: Config{Suites: []uint16{0x1302}, Groups: []uint16{X25519}}, key: rsaKey,
			want: State{Version: 0x0304, Suite: 0x1302, Group: X25519, Signature: 0x0804}},
		{name: "ChaCha20", client: Config{Suites: []uint16{0x1303}}, key: ed25Key,
			want: State{Version: 0x0304, Suite: 0x1303, Group: X25519MLKEM768, Signature: 0x0807}},
		{name: "a protocol", server: &tls.Config{NextProtos: []string{"h2"}}, client: Config{Protocols: []string{"h2", "http/1.1"}},
			want: State{Version: 0x0304, Suite: 0x1301, Group: X25519MLKEM768, Signature: 0x0403, ALPN: "h2"}},
		{name: "client certificate, TLS 1.3", server: &tls.Config{ClientAuth: tls.RequestClientCert},
			want: State{Version: 0x0304, Suite: 0x1301, Group: X25519MLKEM768, Signature: 0x0403, ClientCertificate: true}},
		{name: "client certificate, TLS 1.2", server: &tls.Config{ClientAuth: tls.RequestClientCert, MaxVersion: tls.VersionTLS12},
			want: State{Version: 0x0303, Suite: 0xC02B, Group: X25519, Signature: 0x0403, ClientCertificate: true, EmptyCertificateTaken: true}},
		{name: "protocol in TLS 1.2", server: &tls.Config{NextProtos: []string{"http/1.1"}, MaxVersion: tls.VersionTLS12}, key: rsaKey,
			client: Config{Protocols: []string{"h2", "http/1.1"}},
			want:   State{Version: 0x0303, Suite: 0xC02F, Group: X25519, Signature: 0x0804, ALPN: "http/1.1"}},
		{name: "Ed25519 in TLS 1.2", server: &tls.Config{MaxVersion: tls.VersionTLS12}, key: ed25Key,
			want: State{Version: 0x0303, Suite: 0xC02B, Group: X25519, Signature: 0x0807}},
		{name: "PKCS #1", server: &tls.Config{MaxVersion: tls.VersionTLS12}, key: rsaKey, client: Config{Signatures: []uint16{0x0501}},
			want: State{Version: 0x0303, Suite: 0xC02F, Group: X25519, Signature: 0x0501}},
	}
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		known := suiteByID(s.ID)
		if known == nil || known.exchange == exchangeTLS13 {
			continue
		}
		for _, version := range []uint16{0x0301, 0x0302, 0x0303} {
			if !slices.Contains(s.SupportedVersions, version) {
				continue
			}
			want := State{Version: version, Suite: s.ID, Group: P384, Signature: 0x0804}
			key := rsaKey
			if bytes.Contains([]byte(s.Name), []byte("ECDSA")) {
				key, want.Signature = p256Key, 0x0403
			}
			if known.exchange == exchangeRSA {
				want.Group, want.Signature = 0, 0
			}
			if version < 0x0303 {
				want.Signature = 0
			}
			cases = append(cases, offer{name: s.Name + " " + tls.VersionName(version), key: key, want: want,
				client: Config{Suites: []uint16{s.ID}, Groups: []uint16{P384}},
				server: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version, CipherSuites: []uint16{s.ID}}})
		}
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			key := p256Key
			if c.key != nil {
				key = c.key
			}
			if c.server == nil {
				c.server = new(tls.Config)
			}
			c.server.Certificates = []tls.Certificate{certificate(t, key())}
			c.server.Certificates[0].OCSPStaple = []byte("staple")
			c.server.Certificates[0].SignedCertificateTimestamps = [][]byte{[]byte("one"), []byte("two")}
			client := Client(serve(t, c.server), c.client)
			if err := client.Handshake(context.Background()); err != nil {
				t.Fatal(err)
			}
			c.want.Chain, c.want.Proven = c.server.Certificates[0].Certificate, true
			c.want.Staple, c.want.SCTs = []byte("staple"), c.server.Certificates[0].SignedCertificateTimestamps
			if d := cmp.Diff(c.want, client.State()); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			echo(t, client)
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
