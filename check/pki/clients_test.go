//go:build browsers

package pki

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
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
	"an empty DNS name beside":            "GnuTLS reads no list of names with an empty one",
	"explicit policy required and given":  "GnuTLS does not know the critical policy constraints",
	"explicit policy required and mapped": "GnuTLS does not know the critical policy constraints",
}

// rulesAlone are the chains that every client accepts and a rule minds, with the reason.
var rulesAlone = map[string]string{
	"a prime modulus":             "no client factors a modulus, and whoever does has the private key",
	"a modulus with the factor 3": "no client factors a modulus, and whoever does has the private key",
}

// TestFormsBeforeLibraries lays the chains of TestForms before OpenSSL and
// GnuTLS too. What any of the four refuses must have a fault, and what all of
// them accept must have none, unless it is named above.
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
	var agreed, reasoned atomic.Int32
	t.Run("chains", func(t *testing.T) {
		for _, c := range formCases() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				who := refusers(t, c, at)
				reason := librariesAlone[c.name]
				if len(who) == 0 {
					reason = rulesAlone[c.name]
				}
				switch faulty := len(c.want) > 0; {
				case (len(who) > 0) == faulty:
					agreed.Add(1)
				case reason != "" && !c.chromium && !c.firefox:
					reasoned.Add(1)
					t.Logf("refused by %q: %s", who, reason)
				default:
					t.Errorf("refused by %q, faults %q", who, c.want)
				}
			})
		}
	})
	fmt.Printf("browsers: chains: OpenSSL and GnuTLS: %d chains, %d agreements, %d reasoned exceptions; %.0f s\n",
		len(formCases()), agreed.Load(), reasoned.Load(), time.Since(start).Seconds())
}

// refusers are the clients that refuse the chain of a case: the browsers by the
// table, the libraries as they are asked now.
func refusers(t *testing.T, c formCase, at time.Time) []string {
	t.Helper()
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
	return who
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
