//go:build servers

package main

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

const (
	sServer     = "openssl s_server -accept 127.0.0.1:{port} -WWW "
	legacy      = " -cipher ALL:COMPLEMENTOFALL@SECLEVEL=0 "
	rsaKey      = "-cert {rsa} -cert_chain {rsa} -key {rsa} "
	ecdsaKey    = "-cert {ecdsa} -cert_chain {ecdsa} -key {ecdsa} "
	gnutlsServe = "gnutls-serv --quiet --disable-client-cert --http -p {port} --x509certfile {rsa} --x509keyfile {rsa} --priority "
)

// tlsServers are TLS stacks that crypto/tls does not finish a handshake with,
// or that show other clients another certificate, and the rules that each
// breaks. In a command {port} and names of files stand for these.
var tlsServers = []struct {
	name, command, config string
	rules                 []string
}{
	{name: "TLS 1.3, ECDSA expired, RSA good", command: sServer + "-tls1_3 -cert {expired} -key {expired} -cert_chain {expired} -dcert {rsa} -dkey {rsa} -dcert_chain {rsa}", rules: []string{"certificate-expired"}},
	{name: "TLS 1.3, RSA good, ECDSA expired", command: sServer + "-tls1_3 -dcert {expired} -dkey {expired} -dcert_chain {expired} " + rsaKey, rules: []string{"certificate-expired"}},
	{name: "TLS 1.2, ECDSA expired, RSA good", command: sServer + "-tls1_2 -cert {expired} -key {expired} -cert_chain {expired} -dcert {rsa} -dkey {rsa} -dcert_chain {rsa}", rules: []string{"certificate-expired"}},
	{name: "RSA-PSS key, TLS 1.3", command: sServer + "-tls1_3 -cert {pss} -key {pss}", rules: []string{"weak-key"}},
	{name: "RSA-PSS key, TLS 1.2", command: sServer + "-tls1_2 -cert {pss} -key {pss}", rules: []string{"weak-key"}},
	{name: "group ffdhe2048", command: sServer + "-tls1_3 -groups ffdhe2048 " + rsaKey},
	{name: "group ffdhe3072", command: sServer + "-tls1_3 -groups ffdhe3072 " + ecdsaKey},
	{name: "group ffdhe8192", command: sServer + "-tls1_3 -groups ffdhe8192 " + ecdsaKey},
	{name: "group X448", command: sServer + "-tls1_3 -groups X448 " + ecdsaKey},
	{name: "group P-521", command: sServer + "-groups P-521 " + ecdsaKey},
	{name: "DHE of 2048 bits", command: sServer + "-tls1_2 -cipher DHE-RSA-AES256-GCM-SHA384 -dhparam {dh2048} " + rsaKey},
	{name: "DHE with CHACHA20", command: sServer + "-tls1_2 -cipher DHE-RSA-CHACHA20-POLY1305 -dhparam {dh2048} " + rsaKey},
	{name: "DHE with CCM", command: sServer + "-tls1_2 -cipher DHE-RSA-AES256-CCM -dhparam {dh2048} " + rsaKey},
	{name: "CBC with SHA-384", command: sServer + "-tls1_2 -cipher ECDHE-RSA-AES256-SHA384 " + rsaKey},
	{name: "CCM in TLS 1.3", command: sServer + "-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256 " + ecdsaKey},
	{name: "RSA key exchange", command: sServer + "-tls1_2 -cipher AES256-SHA256 " + rsaKey},
	{name: "tiny records", command: sServer + "-max_send_frag 512 -split_send_frag 512 " + rsaKey},
	{name: "all versions", command: sServer + "-min_protocol TLSv1" + legacy + rsaKey, rules: []string{"legacy-protocol", "unauthenticated-cipher", "unencrypted-cipher"}},
	{name: "GnuTLS", command: gnutlsServe + "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
	{name: "GnuTLS, old versions too", command: gnutlsServe + "NORMAL:+VERS-TLS1.0:+VERS-TLS1.1", rules: []string{"legacy-protocol"}},
	{name: "null", command: sServer + "-tls1_2 -cipher NULL-SHA256:NULL-SHA:ECDHE-RSA-NULL-SHA@SECLEVEL=0 " + rsaKey, rules: []string{"target-not-verified", "unencrypted-cipher"}},
	{name: "null beside others", command: sServer + "-tls1_2 -cipher NULL-SHA256:ECDHE-RSA-AES128-GCM-SHA256@SECLEVEL=0 " + rsaKey, rules: []string{"unencrypted-cipher"}},
	{name: "rc4-md5", command: gnutlsServe + "NONE:+VERS-TLS1.2:+MD5:+SIGN-ALL:+RSA:+ARCFOUR-128:+COMP-NULL", rules: []string{"broken-cipher"}},
	{name: "rsa8192", command: sServer + "-cert {rsa8192} -key {rsa8192}"},
	{name: "dh2048", command: sServer + "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256 -dhparam {dh2048} " + rsaKey},
	{name: "dh1024", command: sServer + "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256@SECLEVEL=0 -dhparam {dh1024} " + rsaKey},
	{name: "dh-small-subgroup", command: sServer + "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256 -dhparam {dh-small-subgroup} " + rsaKey},
	{name: "dh-composite", command: sServer + "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256 -dhparam {dh-composite} " + rsaKey},
	{name: "GnuTLS, groups of RFC 7919 in TLS 1.2", command: gnutlsServe + "NONE:+VERS-TLS1.2:+MAC-ALL:+SIGN-ALL:+DHE-RSA:+AES-128-GCM:+GROUP-FFDHE3072"},
	{name: "Apache, client certificate by renegotiation", command: "apache2 -D FOREGROUND -f {config}",
		config: "SSLProtocol TLSv1.2\nSSLCACertificateFile {rsa}\n<Location />\nSSLVerifyClient optional_no_ca\n</Location>\n"},
	{name: "Apache, client certificate demanded by renegotiation", command: "apache2 -D FOREGROUND -f {config}",
		config: "SSLProtocol TLSv1.2\nSSLCACertificateFile {rsa}\n<Location />\nSSLVerifyClient require\n</Location>\n"},
	{name: "Apache, client certificate in TLS 1.3 after the handshake", command: "apache2 -D FOREGROUND -f {config}",
		config: "SSLProtocol TLSv1.3\nSSLCACertificateFile {rsa}\n<Location />\nSSLVerifyClient optional_no_ca\n</Location>\n"},
}

const apacheOfOne = `ServerRoot {dir}
PidFile {dir}/pid
ErrorLog {dir}/error.log
ServerName x.example
Listen 127.0.0.1:{port}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
SSLEngine on
SSLCertificateFile {rsa}
SSLCertificateKeyFile {rsa}
DocumentRoot {dir}
Header always set Strict-Transport-Security max-age=63072000
`

// What every client in use gets through is judged, over whatever TLS.
func TestTLSServers(t *testing.T) {
	for _, program := range []string{"openssl", "gnutls-serv", "apache2"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, err.Error())
		}
	}
	files := tlsFiles(t)
	for _, s := range tlsServers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir, port := folder(t), freePort(t)
			fill := strings.NewReplacer(append([]string{"{port}", port, "{dir}", dir, "{config}", filepath.Join(dir, "config")}, files...)...)
			writeFile(t, filepath.Join(dir, "config"), fill.Replace(apacheOfOne+s.config))
			command := strings.Fields(fill.Replace(s.command))
			launch(t, command[0], command[1:]...)
			eventually(t, func() error {
				c, err := net.Dial("tcp", "127.0.0.1:"+port)
				if err == nil {
					c.Close()
				}
				return err
			})
			code, rules, table := gateAt(t, files, dir, port)
			want := append([]string{}, s.rules...)
			if diff := cmp.Diff(want, withoutHSTS(rules)); diff != "" || (code == 3) != slices.Equal(want, []string{"target-not-verified"}) {
				t.Errorf("code %d, rules broken (-want +got)\n%s\n%s", code, diff, table)
			}
		})
	}
}

// An alert after some seconds is an answer where the user gives time for it.
func TestLateAlertToOldHellos(t *testing.T) {
	files := tlsFiles(t)
	dir, port := folder(t), freePort(t)
	old := serveLateAlert(t, port, strings.NewReplacer(files...).Replace("{ecdsa}"), 7*time.Second)
	code, rules, table := gateAt(t, files, dir, port, "-timeout", "20s")
	if got := withoutHSTS(rules); len(got) > 0 || code != 0 || old.Load() == 0 {
		t.Errorf("code %d, rules %q, %d old hellos\n%s", code, got, old.Load(), table)
	}
}

// withoutHSTS leaves out the rule that servers without header fields of ours
// break.
func withoutHSTS(rules []string) []string {
	out := []string{}
	for _, rule := range rules {
		if rule != "hsts-missing" {
			out = append(out, rule)
		}
	}
	return out
}

// gateAt runs the program over x.example at a port of loopback.
func gateAt(t *testing.T, files []string, dir, port string, more ...string) (code int, rules []string, table string) {
	t.Helper()
	sarif := filepath.Join(dir, "tlsgate.sarif")
	p, out := onMachine(nil)
	code = p.run(t.Context(), append([]string{
		"-roots", strings.NewReplacer(files...).Replace("{root}"), "-allow-private", "-revocation", "off",
		"-resolve", "x.example:" + port + ":127.0.0.1", "-sarif-file", sarif, "https://x.example:" + port + "/",
	}, more...))
	return code, found(t, readFile(t, sarif)), out.String()
}

// freePort gives a port that is free now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// tlsFiles makes a root, and certificates for x.example with their keys, and
// gives their names and paths for [strings.NewReplacer].
func tlsFiles(t *testing.T) []string {
	t.Helper()
	dir := folder(t)
	var pairs []string
	add := func(name string, blocks ...*pem.Block) string {
		file := filepath.Join(dir, name)
		pairs = append(pairs, "{"+name+"}", file)
		var text strings.Builder
		for _, b := range blocks {
			text.Write(pem.EncodeToMemory(b))
		}
		writeFile(t, file, text.String())
		return file
	}
	private := func(key crypto.PrivateKey) *pem.Block {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return &pem.Block{Type: "PRIVATE KEY", Bytes: der}
	}
	root := deploytest.NewRoot(deploytest.Spec{Name: "Root"})
	add("root", &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate.Raw})
	ca := add("ca", &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate.Raw}, private(root.Key))
	hosts := []string{"x.example"}
	day := 24 * time.Hour
	for name, group := range map[string][2]*big.Int{
		"dh1024": primeGroup(t, 1024), "dh2048": primeGroup(t, 2048),
		"dh-composite": compositeGroup(t), "dh-small-subgroup": smallSubgroup(t),
	} {
		der, err := asn1.Marshal(struct{ P, G *big.Int }{group[0], group[1]}) // PKCS #3
		if err != nil {
			t.Fatal(err)
		}
		add(name, &pem.Block{Type: "DH PARAMETERS", Bytes: der})
	}
	for name, spec := range map[string]deploytest.Spec{
		"rsa":     {Hosts: hosts, Key: deploytest.RSA(2048), Edit: func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyEncipherment }},
		"ecdsa":   {Hosts: hosts},
		"expired": {Hosts: hosts, NotBefore: time.Now().Add(-40 * day), NotAfter: time.Now().Add(-day)},
	} {
		c := root.Leaf(spec)
		add(name, &pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}, private(c.PrivateKey))
	}
	pss := add("pss")
	writeFile(t, pss+".ext", "subjectAltName=DNS:x.example\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nbasicConstraints=critical,CA:false\n")
	for _, command := range []string{
		"openssl req -new -newkey rsa-pss -pkeyopt rsa_keygen_bits:2048 -nodes -subj /CN=x.example -keyout " + pss + ".key -out " + pss + ".csr",
		"openssl x509 -req -days 30 -in " + pss + ".csr -CA " + ca + " -CAkey " + ca + " -CAcreateserial -extfile " + pss + ".ext -out " + pss + ".pem",
		"openssl req -new -newkey rsa:8192 -pkeyopt rsa_keygen_primes:5 -nodes -subj /CN=x.example -keyout " + pss + "8.key -out " + pss + "8.csr",
		"openssl x509 -req -days 30 -in " + pss + "8.csr -CA " + ca + " -CAkey " + ca + " -CAcreateserial -extfile " + pss + ".ext -out " + pss + "8.pem",
	} {
		args := strings.Fields(command)
		if output, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, output)
		}
	}
	writeFile(t, add("rsa8192"), string(readFile(t, pss+"8.pem"))+string(readFile(t, pss+"8.key")))
	writeFile(t, pss, string(readFile(t, pss+".pem"))+string(readFile(t, pss+".key")))
	return pairs
}

// primeGroup is a group of Diffie-Hellman with a modulus of so many bits.
func primeGroup(t *testing.T, bits int) [2]*big.Int {
	t.Helper()
	p, err := rand.Prime(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return [2]*big.Int{p, big.NewInt(2)}
}

// compositeGroup is a group of Diffie-Hellman whose modulus is no prime.
func compositeGroup(t *testing.T) [2]*big.Int {
	t.Helper()
	var p [2]*big.Int
	for i := range p {
		var err error
		if p[i], err = rand.Prime(rand.Reader, 1024); err != nil {
			t.Fatal(err)
		}
	}
	return [2]*big.Int{new(big.Int).Mul(p[0], p[1]), big.NewInt(2)}
}

// smallSubgroup is a group of Diffie-Hellman whose generator has an order of 32
// bits only.
func smallSubgroup(t *testing.T) [2]*big.Int {
	t.Helper()
	order, err := rand.Prime(rand.Reader, 32)
	if err != nil {
		t.Fatal(err)
	}
	one, top := big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), 2047)
	step := new(big.Int).Lsh(order, 1)
	for {
		random, err := rand.Int(rand.Reader, top)
		if err != nil {
			t.Fatal(err)
		}
		p := random.Add(random, top)
		p.Sub(p, new(big.Int).Mod(p, step)).Add(p, one) // 1 modulo twice the order
		if !p.ProbablyPrime(10) {
			continue
		}
		cofactor := new(big.Int).Div(new(big.Int).Sub(p, one), order)
		return [2]*big.Int{p, new(big.Int).Exp(big.NewInt(2), cofactor, p)}
	}
}
