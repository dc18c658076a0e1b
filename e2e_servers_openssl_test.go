//go:build servers

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// An opensslCA is an authority kept by `openssl ca`.
type opensslCA struct {
	dir string // its folder
	crl string // the URL of its revocation list
}

// newOpensslCA makes an authority, certified by another one or, where that is
// nil, a root.
func newOpensslCA(t *testing.T, name, crl string, by *opensslCA) *opensslCA {
	t.Helper()
	ca := &opensslCA{folder(t), crl}
	writeFile(t, ca.file("index.txt"), "")
	writeFile(t, ca.file("crlnumber"), "01\n")
	usage := []string{"basicConstraints = critical, CA:true", "keyUsage = critical, keyCertSign, cRLSign"}
	if by != nil {
		by.certify(t, name, ca.file("ca"), append(usage, "crlDistributionPoints = URI:"+by.crl)...)
		return ca
	}
	ca.openssl(t, "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90", "-subj", "/CN="+name,
		"-addext", usage[0], "-addext", usage[1], "-keyout", ca.file("ca.key"), "-out", ca.file("ca.pem"))
	return ca
}

// file is the path of a file in the authority's folder.
func (ca *opensslCA) file(name string) string { return filepath.Join(ca.dir, name) }

// openssl runs a command for the authority. The command is split at spaces,
// the arguments are not.
func (ca *opensslCA) openssl(t *testing.T, command string, args ...string) {
	t.Helper()
	if err := ca.try(t, command, args...); err != nil {
		t.Fatal(err)
	}
}

func (ca *opensslCA) try(t *testing.T, command string, args ...string) error {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", append(strings.Fields(command), args...)...)
	cmd.Env = append(os.Environ(), "OPENSSL_CONF="+filepath.Join("testdata", "servers", "openssl.cnf"),
		"AUTHORITY="+ca.dir, "CRL="+ca.crl)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("openssl %s: %w\n%s", command, err, output)
	}
	return nil
}

// certify has the authority issue a certificate with these extensions, to the
// file with .pem added, for a new key, in the one with .key.
func (ca *opensslCA) certify(t *testing.T, name, file string, extensions ...string) {
	t.Helper()
	ca.openssl(t, "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes", "-subj", "/CN="+name,
		"-keyout", file+".key", "-out", file+".csr")
	writeFile(t, file+".ext", strings.Join(extensions, "\n"))
	ca.openssl(t, "ca -batch -notext", "-in", file+".csr", "-extfile", file+".ext", "-out", file+".pem")
}

// revoke revokes a certificate, given by its file.
func (ca *opensslCA) revoke(t *testing.T, certificate string) {
	t.Helper()
	ca.openssl(t, "ca -crl_reason keyCompromise", "-revoke", certificate)
}

// list is the authority's revocation list as it stands (DER), for a URL.
func (ca *opensslCA) list(t *testing.T, url string, args ...string) []byte {
	t.Helper()
	as := opensslCA{ca.dir, url}
	as.openssl(t, "ca -gencrl", append(args, "-out", ca.file("list.pem"))...)
	as.openssl(t, "crl -outform DER", "-in", ca.file("list.pem"), "-out", ca.file("list.der"))
	return readFile(t, ca.file("list.der"))
}

// respond runs `openssl ocsp` as the authority's responder, with a certificate
// of its own, on a port of all addresses. It is asked until it answers: a
// connection without a request would keep it busy for ever.
func (ca *opensslCA) respond(t *testing.T, port string) {
	t.Helper()
	ca.certify(t, "OCSP Responder", ca.file("responder"), "keyUsage = critical, digitalSignature", "extendedKeyUsage = OCSPSigning")
	launch(t, "openssl", "ocsp", "-port", port, "-index", ca.file("index.txt"), "-CA", ca.file("ca.pem"),
		"-rsigner", ca.file("responder.pem"), "-rkey", ca.file("responder.key"), "-ndays", "1", "-ignore_err")
	eventually(t, func() error {
		return ca.ask(t, ca.file("responder.pem"), "http://127.0.0.1:"+port+"/", ca.file("response"))
	})
}

// ask asks a responder for the status of a certificate, given by its file, and
// writes what it says to a file (DER).
func (ca *opensslCA) ask(t *testing.T, certificate, responder, response string) error {
	return ca.try(t, "ocsp -noverify -no_nonce", "-issuer", ca.file("ca.pem"), "-cert", certificate, "-url", responder, "-respout", response)
}
