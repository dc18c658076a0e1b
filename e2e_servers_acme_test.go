//go:build servers

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/acme"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

const (
	pebbleDirectory = "https://127.0.2.20:14000/dir"
	pebbleRoot      = "https://127.0.2.20:15000/roots/0"
)

// Certificates that Pebble, an ACME server for tests, has issued are judged as
// nginx serves them.
func TestACME(t *testing.T) {
	needs(t, "pebble", "nginx")
	client := startPebble(t)
	root, err := get(client.HTTPClient, pebbleRoot)
	if err != nil {
		t.Fatal(err)
	}
	roots := filepath.Join(folder(t), "roots.pem")
	writeFile(t, roots, string(root))
	for _, c := range []struct {
		name    string
		options []acme.OrderOption
		rules   []string
		code    int
	}{
		{"for 90 days", []acme.OrderOption{acme.WithOrderNotAfter(time.Now().AddDate(0, 0, 90))}, []string{}, 0},
		{"for the five years of Pebble's choice", nil, []string{}, 0}, // a user's own authority may
	} {
		t.Run(c.name, func(t *testing.T) {
			s := setup{Host: "shop.example", Address: "127.0.2.21", Dir: folder(t), HSTS: deploytest.GoodHSTS, Page: "A page"}
			s.certificate = func(*authority, string) tls.Certificate { return order(t, client, s.Host, c.options...) }
			(*authority)(nil).furnish(t, &s)
			server{"nginx", "nginx.conf", []string{"nginx", "-c", "{}"}, s.Address}.start(t, s)
			got := gate(t, s, roots)
			if diff := cmp.Diff(c.rules, got.failed); diff != "" || got.code != c.code {
				t.Errorf("exit code %d, want %d; rules that failed (-want +got)\n%s%s", got.code, c.code, diff, got.table)
			}
		})
	}
}

// startPebble starts Pebble, set to take every challenge for met, and gives a
// client with an account there.
func startPebble(t *testing.T) *acme.Client {
	t.Helper()
	dir := folder(t)
	api := deploytest.NewRoot(deploytest.Spec{Name: "Pebble's own"})
	c := api.Leaf(deploytest.Spec{Hosts: []string{"127.0.2.20"}})
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key, config := filepath.Join(dir, "api.pem"), filepath.Join(dir, "api.key"), filepath.Join(dir, "config.json")
	writeFile(t, certificate, pemBlock("CERTIFICATE", c.Certificate[0]))
	writeFile(t, key, pemBlock("PRIVATE KEY", der))
	text, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": "127.0.2.20:14000", "managementListenAddress": "127.0.2.20:15000",
		"certificate": certificate, "privateKey": key, "httpPort": 80, "tlsPort": 443,
	}})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, config, string(text))
	for name, value := range map[string]string{"VA_ALWAYS_VALID": "1", "VA_NOSLEEP": "1", "WFE_NONCEREJECT": "0", "AUTHZREUSE": "0"} {
		t.Setenv("PEBBLE_"+name, value)
	}
	launch(t, "pebble", "-config", config)
	trusting := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: api.Pool()}}}
	eventually(t, func() error {
		_, err := get(trusting, pebbleDirectory)
		return err
	})
	account, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	client := &acme.Client{DirectoryURL: pebbleDirectory, HTTPClient: trusting, Key: account}
	if _, err := client.Register(t.Context(), new(acme.Account), acme.AcceptTOS); err != nil {
		t.Fatal(err)
	}
	return client
}

// get reads what is at a URL.
func get(c *http.Client, url string) ([]byte, error) {
	resp, err := c.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// order has a certificate issued for a host, with the chain to send.
func order(t *testing.T, c *acme.Client, host string, options ...acme.OrderOption) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{host}}, key)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	o, err := c.AuthorizeOrder(ctx, acme.DomainIDs(host), options...)
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range o.AuthzURLs {
		if err := authorize(ctx, c, url); err != nil {
			t.Fatal(err)
		}
	}
	chain, _, err := c.CreateOrderCert(ctx, o.FinalizeURL, request, true)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: chain, PrivateKey: key}
}

// authorize meets the first challenge of an authorization (RFC 8555 section 7.5).
func authorize(ctx context.Context, c *acme.Client, url string) error {
	z, err := c.GetAuthorization(ctx, url)
	if err != nil {
		return err
	}
	if _, err := c.Accept(ctx, z.Challenges[0]); err != nil {
		return err
	}
	_, err = c.WaitAuthorization(ctx, url)
	return err
}
