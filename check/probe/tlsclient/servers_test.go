//go:build servers

package tlsclient

import (
	"bufio"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A realServer is one of Debian's servers in one configuration, and what the
// handshake and a request are to find. In its command {port}, {dir}, {rsa},
// {ecdsa}, {pss}, {config} and more stand for a free port and for files.
type realServer struct {
	name    string
	command string
	config  string
	client  Config
	want    State  // of it Version, Suite, Group, Retried and ClientCertificate
	fails   string // part of the handshake's error
}

const (
	sServer = "openssl s_server -accept 127.0.0.1:{port} -www -cert {rsa} "
	gnutls  = "gnutls-serv --quiet --disable-client-cert --http -p {port} --x509certfile {rsa} --x509keyfile {rsa} --priority "
	apache  = "apache2 -D FOREGROUND -f {config}"
	nginx   = "nginx -c {config} -e {dir}/error.log"
	old     = " -cipher ALL@SECLEVEL=0 "
)

func openSSL12(suite string) string { return sServer + "-tls1_2 -cipher " + suite + "@SECLEVEL=0" }

func gnuTLS(rest string) string { return gnutls + "NONE:+VERS-ALL:+MAC-ALL:+SIGN-ALL:" + rest }

func apacheConfig(lines string) string {
	return `ServerRoot {dir}
PidFile {dir}/pid
ErrorLog {dir}/error.log
ServerName a.example
Listen 127.0.0.1:{port}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
SSLEngine on
SSLCertificateFile {rsa}
SSLCertificateKeyFile {rsa}
DocumentRoot {dir}
` + lines
}

func nginxConfig(lines string) string {
	return `daemon off; pid {dir}/pid; error_log {dir}/error.log info;
events {}
http {
    access_log off;
    server {
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {rsa}; ssl_certificate_key {rsa};
        return 200;
        ` + lines + `
    }
}`
}

var realServers = []realServer{
	{name: "OpenSSL as it comes", command: sServer, want: State{Version: 0x0304, Suite: 0x1301, Group: X25519}},
	{name: "OpenSSL TLS 1.0", command: sServer + "-tls1" + old, want: State{Version: 0x0301, Suite: 0xC013, Group: X25519}},
	{name: "OpenSSL TLS 1.1", command: sServer + "-tls1_1" + old, want: State{Version: 0x0302, Suite: 0xC013, Group: X25519}},
	{name: "OpenSSL asks for a certificate", command: sServer + "-verify 1", want: State{Version: 0x0304, Suite: 0x1301, Group: X25519, ClientCertificate: true}},
	{name: "OpenSSL TLS 1.2 asks for a certificate", command: sServer + "-tls1_2 -verify 1", want: State{Version: 0x0303, Suite: 0xC02F, Group: X25519, ClientCertificate: true}},
	{name: "OpenSSL PSS key", command: strings.Replace(sServer, "{rsa}", "{pss}", 1) + "-tls1_3", want: State{Version: 0x0304, Suite: 0x1301, Group: X25519}},
	{name: "OpenSSL PSS key in TLS 1.2", command: strings.Replace(sServer, "{rsa}", "{pss}", 1) + "-tls1_2", want: State{Version: 0x0303, Suite: 0xC02F, Group: X25519}},
	{name: "OpenSSL Ed448 key", command: strings.Replace(sServer, "{rsa}", "{ed448}", 1), want: State{Version: 0x0304, Suite: 0x1301, Group: X25519}},
	{name: "OpenSSL small key", command: strings.Replace(sServer, "{rsa}", "{rsa512}", 1) + "-tls1_2" + old, want: State{Version: 0x0303, Suite: 0xC02F, Group: X25519}},
	{name: "OpenSSL middlebox compatibility off", command: sServer + "-no_middlebox", want: State{Version: 0x0304, Suite: 0x1301, Group: X25519}},
	{name: "OpenSSL tiny records", command: sServer + "-split_send_frag 512 -max_send_frag 512", want: State{Version: 0x0304, Suite: 0x1301, Group: X25519}},
	{name: "OpenSSL padded records", command: sServer + "-tls1_3 -record_padding 16384", want: State{Version: 0x0304, Suite: 0x1301, Group: X25519}},
	{name: "OpenSSL CCM in TLS 1.3", command: sServer + "-ciphersuites TLS_AES_128_CCM_SHA256", want: State{Version: 0x0304, Suite: 0x1304, Group: X25519}},
	{name: "OpenSSL both keys, RSA asked", command: sServer + "-tls1_3 -dcert {ecdsa}", client: Config{Signatures: RSASignatures()}, want: State{Version: 0x0304, Suite: 0x1301, Group: X25519, Signature: 0x0804}},
	{name: "OpenSSL both keys, ECDSA asked", command: sServer + "-tls1_3 -dcert {ecdsa}", client: Config{Signatures: ECDSASignatures()}, want: State{Version: 0x0304, Suite: 0x1301, Group: X25519, Signature: 0x0403}},
	{name: "OpenSSL without ECDSA, ECDSA asked", command: sServer + "-tls1_3", client: Config{Signatures: ECDSASignatures()}, fails: "handshake_failure"},
	{name: "OpenSSL DHE 1024", command: openSSL12("DHE-RSA-AES256-GCM-SHA384") + " -dhparam {dh1024}", want: State{Version: 0x0303, Suite: 0x009F}},
	{name: "GnuTLS", command: gnutls + "NORMAL", want: State{Version: 0x0304, Suite: 0x1301, Group: X25519}},
	{name: "GnuTLS with CCM", command: gnuTLS("+ECDHE-ECDSA:+ECDHE-RSA:+AES-128-CCM:+GROUP-ALL:+DHE-RSA:-VERS-TLS1.3"), want: State{Version: 0x0303, Suite: 0xC09E}},
	{name: "GnuTLS with CCM-8", command: strings.ReplaceAll(gnuTLS("+ECDHE-ECDSA:+AES-256-CCM-8:+GROUP-ALL:-VERS-TLS1.3"), "{rsa}", "{ecdsa}"), want: State{Version: 0x0303, Suite: 0xC0AF, Group: X25519}},
	{name: "GnuTLS, groups of RFC 7919 in TLS 1.2", command: gnuTLS("+DHE-RSA:+AES-128-GCM:+GROUP-FFDHE3072:-VERS-TLS1.3"), want: State{Version: 0x0303, Suite: 0x009E}},
	{name: "GnuTLS asks for a certificate", command: strings.Replace(gnutls, "--disable-client-cert ", "", 1) + "NORMAL", want: State{Version: 0x0304, Suite: 0x1301, Group: X25519, ClientCertificate: true}},
	{name: "GnuTLS with 3DES", command: gnuTLS("+RSA:+3DES-CBC:-VERS-TLS1.3"), want: State{Version: 0x0303, Suite: 0x000A}},
	{name: "GnuTLS with ARCFOUR and MD5", command: gnuTLS("+RSA:+ARCFOUR-128:-VERS-TLS1.3:-SHA1:-MAC-ALL:+MD5"), want: State{Version: 0x0303, Suite: 0x0004}},
	{name: "Apache asks for a certificate by renegotiation", command: apache,
		config: apacheConfig("SSLProtocol TLSv1.2\nSSLCACertificateFile {rsa}\n<Location />\nSSLVerifyClient optional_no_ca\n</Location>\n"),
		want:   State{Version: 0x0303, Suite: 0xC02F, Group: X25519, ClientCertificate: true}},
	{name: "nginx", command: nginx, config: nginxConfig(""), want: State{Version: 0x0303, Suite: 0xC02F, Group: X25519}},
	{name: "nginx asks for a certificate", command: nginx, config: nginxConfig("ssl_verify_client optional_no_ca; ssl_protocols TLSv1.3;"), want: State{Version: 0x0304, Suite: 0x1301, Group: X25519, ClientCertificate: true}},
}

func init() {
	for group, name := range map[uint16]string{
		P256: "P-256", P384: "P-384", P521: "P-521", X25519: "X25519", X448: "X448",
		FFDHE2048: "ffdhe2048", FFDHE3072: "ffdhe3072", FFDHE4096: "ffdhe4096", FFDHE6144: "ffdhe6144", FFDHE8192: "ffdhe8192",
	} {
		realServers = append(realServers, realServer{name: "OpenSSL group " + name, command: sServer + "-tls1_3 -groups " + name,
			want: State{Version: 0x0304, Suite: 0x1301, Group: group, Retried: group != X25519}})
		if group < FFDHE2048 {
			realServers = append(realServers, realServer{name: "OpenSSL curve " + name, command: openSSL12("ECDHE+AESGCM") + " -groups " + name,
				want: State{Version: 0x0303, Suite: 0xC02F, Group: group}})
		}
	}
	for name, id := range map[string]uint16{
		"DHE-RSA-AES256-GCM-SHA384": 0x009F, "DHE-RSA-CHACHA20-POLY1305": 0xCCAA, "DHE-RSA-AES128-CCM": 0xC09E, "DHE-RSA-AES256-CCM": 0xC09F,
		"DHE-RSA-AES128-SHA256": 0x0067, "DHE-RSA-AES256-SHA256": 0x006B, "DHE-RSA-AES128-SHA": 0x0033, "DHE-RSA-AES256-SHA": 0x0039,
		"AES128-CCM": 0xC09C, "AES256-CCM": 0xC09D, "AES256-SHA256": 0x003D, "AES256-SHA": 0x0035,
	} {
		realServers = append(realServers, realServer{name: "OpenSSL " + name, command: openSSL12(name), want: State{Version: 0x0303, Suite: id}})
	}
	for name, id := range map[string]uint16{"ECDHE-RSA-AES256-SHA384": 0xC028, "ECDHE-RSA-AES256-SHA": 0xC014} {
		realServers = append(realServers, realServer{name: "OpenSSL " + name, command: openSSL12(name), want: State{Version: 0x0303, Suite: id, Group: X25519}})
	}
}

func TestRealServers(t *testing.T) {
	files := testFiles(t)
	for _, s := range realServers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, s.start(t, files))
			client := Client(conn, s.client)
			err := client.Handshake(t.Context())
			if s.fails != "" {
				if err == nil || !strings.Contains(err.Error(), s.fails) {
					t.Fatalf("error %v, want %s", err, s.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			status, err := request(client)
			if err != nil || !strings.Contains(status, " 200 ") && !strings.Contains(status, " 404 ") && !strings.Contains(status, " 403 ") {
				t.Errorf("answer %q, %v", status, err)
			}
			got := client.State()
			if got.Version != s.want.Version || got.Suite != s.want.Suite || got.Group != s.want.Group || got.Retried != s.want.Retried ||
				got.ClientCertificate != s.want.ClientCertificate || s.want.Signature != 0 && got.Signature != s.want.Signature {
				got.Chain = nil
				t.Errorf("got %+v", got)
			}
			if !got.Proven && !strings.Contains(s.name, "Ed448") {
				t.Error("not proven")
			}
		})
	}
}

// request asks for / and reads the answer to its end.
func request(c *Conn) (status string, err error) {
	if _, err := fmt.Fprintf(c, "GET / HTTP/1.0\r\nHost: a.example\r\n\r\n"); err != nil {
		return "", err
	}
	in := bufio.NewReader(c)
	if status, err = in.ReadString('\n'); err != nil {
		return status, err
	}
	_, err = io.Copy(io.Discard, in)
	return status, err
}

// testFiles makes what the servers need.
func testFiles(t *testing.T) *strings.Replacer {
	t.Helper()
	dir := t.TempDir()
	var pairs []string
	add := func(name string) string {
		file := filepath.Join(dir, name)
		pairs = append(pairs, "{"+name+"}", file)
		return file
	}
	for name, key := range map[string]crypto.Signer{"rsa": rsaKey(), "ecdsa": p256Key()} {
		c := certificate(t, key)
		der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}),
			pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
		if err := os.WriteFile(add(name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, key := range map[string]string{
		"pss": "rsa-pss -pkeyopt rsa_keygen_bits:2048", "ed448": "ed448", "rsa512": "rsa:512",
	} {
		run(t, "openssl req -x509 -nodes -subj /CN=a.example -days 30 -newkey "+key+" -keyout "+add(name)+" -out "+filepath.Join(dir, name+".pem"))
		text, err := os.ReadFile(filepath.Join(dir, name+".pem"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = f.Write(text)
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run(t, "openssl genpkey -genparam -algorithm DH -pkeyopt dh_paramgen_prime_len:1024 -out "+add("dh1024"))
	return strings.NewReplacer(pairs...)
}

func run(t *testing.T, command string) {
	t.Helper()
	args := strings.Fields(command)
	need(t, args[0])
	if output, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, output)
	}
}

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("TLSGATE_SERVERS") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// lastPort is the port that freePort gave last.
var lastPort atomic.Int32

// freePort gives a port below those that the system hands out by itself, so
// that nobody takes it before the server does.
func freePort(t *testing.T) string {
	t.Helper()
	for range 5000 {
		port := strconv.Itoa(20000 + int(lastPort.Add(1)))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return ""
}

// start starts the server and waits until its port answers.
func (s realServer) start(t *testing.T, files *strings.Replacer) (address string) {
	t.Helper()
	port := freePort(t)
	address = "127.0.0.1:" + port
	dir := t.TempDir()
	config := filepath.Join(dir, "config")
	fill := strings.NewReplacer("{port}", port, "{dir}", dir, "{config}", config)
	if err := os.WriteFile(config, []byte(fill.Replace(files.Replace(s.config))), 0o600); err != nil {
		t.Fatal(err)
	}
	args := strings.Fields(fill.Replace(files.Replace(s.command)))
	need(t, args[0])
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second // then it is killed
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("the server said:\n%s", &output)
		}
	})
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for range 2000 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return address
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("it does not start: %v", err)
		case <-again.C:
		}
	}
	t.Fatal("it does not answer")
	return ""
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { conn.Close() })
	return conn
}
