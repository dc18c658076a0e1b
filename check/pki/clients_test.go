//go:build browsers

package pki

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A client is a program that connects to a TLS server and verifies its chain.
type client struct {
	program string
	// args are the command line for a port, a host name and a file of roots.
	args func(port, host, roots string) []string
}

var clients = []client{
	{"openssl", func(port, host, roots string) []string {
		verify := "-verify_hostname"
		if net.ParseIP(host) != nil {
			verify = "-verify_ip"
		}
		return []string{"s_client", "-connect", "127.0.0.1:" + port, verify, host, "-CAfile", roots, "-no-CApath", "-verify_return_error"}
	}},
	{"gnutls-cli", func(port, host, roots string) []string {
		return []string{"--x509cafile", roots, "--verify-hostname", host, "-p", port, "127.0.0.1"}
	}},
}

// librariesAlone are the chains that a library refuses, both browsers accept and
// no rule minds, with the reason.
var librariesAlone = map[string]string{
	"VisibleString in a serial number":    "OpenSSL decodes every string of a name",
	"UTF8String that is none":             "OpenSSL decodes every string of a name",
	"CRL distribution points of garbage":  "OpenSSL decodes extensions that it does not need",
	"explicit policy required and given":  "GnuTLS does not know the critical policy constraints",
	"explicit policy required and mapped": "GnuTLS does not know the critical policy constraints",
}

// TestFormsBeforeLibraries lays the chains of TestForms before OpenSSL and
// GnuTLS too. What any of the four refuses must have a fault, unless it is named above;
// what all of them accept must have none.
func TestFormsBeforeLibraries(t *testing.T) {
	start := time.Now()
	for _, c := range clients {
		if _, err := exec.LookPath(c.program); err != nil {
			if os.Getenv("TLSGATE_BROWSERS") == "required" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	at := time.Now()
	agreed, reasoned := 0, 0
	for _, c := range formCases() {
		t.Run(c.name, func(t *testing.T) {
			var who []string
			for name, refused := range map[string]bool{"Chromium": c.chromium, "Firefox": c.firefox} {
				if refused {
					who = append(who, name)
				}
			}
			for _, program := range clients {
				if clientRefuses(t, program, c, at) {
					who = append(who, program.program)
				}
			}
			switch faulty := len(c.want) > 0; {
			case (len(who) > 0) == faulty:
				agreed++
			case librariesAlone[c.name] != "" && !faulty && !c.chromium && !c.firefox:
				reasoned++
				t.Logf("refused by %q: %s", who, librariesAlone[c.name])
			default:
				t.Errorf("refused by %q, faults %q", who, c.want)
			}
		})
	}
	t.Logf("%d chains, %d agreements, %d reasoned exceptions; %.0f s", len(formCases()), agreed, reasoned, time.Since(start).Seconds())
}

// clientRefuses reports whether a client refuses the chain of a case.
func clientRefuses(t *testing.T, program client, c formCase, at time.Time) bool {
	t.Helper()
	chain, root, key := c.build(t, at)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: chain, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go answer(l)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}), 0o600); err != nil {
		t.Fatal(err)
	}
	name := c.host
	if name == "" {
		name = host
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program.program, program.args(port, name, roots)...)
	cmd.Stdin = strings.NewReader("")
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatal(ctx.Err())
	}
	if program.program == "openssl" && err == nil {
		return !bytes.Contains(out, []byte("Verify return code: 0 (ok)"))
	}
	return err != nil
}

// answer finishes handshakes and says nothing more.
func answer(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // the listener is closed
		}
		go func() {
			defer c.Close()
			_ = c.(*tls.Conn).Handshake() // the client may refuse
			_, _ = c.Read(make([]byte, 1))
		}()
	}
}
