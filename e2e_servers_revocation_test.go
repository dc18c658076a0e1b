//go:build servers

package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
)

// These tests run the program against an authority made with OpenSSL: `openssl
// ca` issues, revokes and makes the revocation lists, `openssl ocsp` answers,
// and nginx serves the certificates and staples.

// Where the certificates say that their status can be read.
const (
	listAddress  = "127.0.2.10"
	rootList     = "http://" + listAddress + "/root.crl"
	issuingList  = "http://" + listAddress + "/issuing.crl"
	staleList    = "http://" + listAddress + "/stale.crl"
	anothersList = "http://" + listAddress + "/another.crl" // is the list of issuingList
	noList       = "http://" + listAddress + "/none.crl"
	refusedList  = "http://127.0.2.19/refused.crl" // nothing listens there
	responder    = "http://127.0.0.1:" + responderPort + "/"

	responderPort = "2560"
)

// The extensions with which they say it.
const (
	listAt      = "crlDistributionPoints = URI:"
	byResponder = "authorityInfoAccess = OCSP;URI:" + responder
	mustStaple  = "tlsfeature = status_request"
)

// The ways of nginx to staple: lines of its configuration, where {} is its folder.
const (
	asResponded = "ssl_stapling on;" // it asks the responder, and keeps to itself what is not good
	fromFile    = "ssl_stapling on; ssl_stapling_file {}/response;"
)

var stapler = server{"nginx", "nginx-stapling.conf", []string{"nginx", "-c", "{}"}, "127.0.2.11"}

// Parts of what is to be said; T stands for any time.
const (
	revoked   = " is revoked since 'T' for the reason 'keyCompromise'."
	knownFrom = "revocation-unknown: 'shop.example': its status is known from "
	noSource  = "revocation-unknown: No source could be read that tells whether the certificate 'shop.example' is revoked: the revocation list '"
)

// A revocationCase is a certificate, how nginx serves it, and what is found.
type revocationCase struct {
	name       string
	extensions string // of the certificate, separated by |
	revoked    bool
	withdrawn  bool // its issuer is revoked
	stapling   string
	policy     string // of revocation
	rule       string // that fails, and no other
	code       int
	says       []string // texts of the verdicts, after the rule's name
}

var revocationCases = []revocationCase{
	{name: "good by staple", extensions: byResponder, stapling: asResponded,
		says: []string{knownFrom + "the stapled OCSP response.", "certificate-revoked: 'shop.example': The OCSP response of 'T' says that it is good."}},
	{name: "good by responder", extensions: byResponder,
		says: []string{knownFrom + "the OCSP responder '" + responder + "'.", "certificate-revoked: 'shop.example': The OCSP response of 'T' says that it is good."}},
	{name: "good by list", extensions: listAt + issuingList,
		says: []string{knownFrom + "the revocation list '" + issuingList + "'.",
			"certificate-revoked: 'shop.example': The revocation list of '" + issuingList + "', dated 'T', does not name it.",
			"certificate-revoked: 'Issuing CA': The revocation list of '" + rootList + "', dated 'T', does not name it."}},

	{name: "revoked by staple", extensions: byResponder, revoked: true, stapling: fromFile, rule: "certificate-revoked", code: 1,
		says: []string{knownFrom + "the stapled OCSP response.",
			"certificate-revoked: The certificate 'shop.example' is revoked. The OCSP response of 'T' says that it" + revoked}},
	{name: "revoked by responder", extensions: byResponder, revoked: true, rule: "certificate-revoked", code: 1,
		says: []string{knownFrom + "the OCSP responder '" + responder + "'.",
			"certificate-revoked: The certificate 'shop.example' is revoked. The OCSP response of 'T' says that it" + revoked}},
	{name: "revoked by list", extensions: listAt + issuingList, revoked: true, rule: "certificate-revoked", code: 1,
		says: []string{"certificate-revoked: The certificate 'shop.example' is revoked. The revocation list of '" + issuingList + "' says that it" + revoked}},
	{name: "issuer revoked by the root's list", withdrawn: true, rule: "certificate-revoked", code: 1,
		says: []string{"certificate-revoked: The certificate 'Withdrawn CA' is revoked. The revocation list of '" + rootList + "' says that it" + revoked}},
	{name: "revoked, looking switched off", extensions: listAt + issuingList, revoked: true, policy: "off",
		says: []string{"certificate-revoked: revocation is switched off", "revocation-unknown: revocation is switched off"}},

	{name: "stale list", extensions: listAt + staleList, rule: "revocation-unknown",
		says: []string{noSource + staleList + "': The revocation list of '" + staleList + "' is not to be believed: it is out of date: its next update was due on 'T'."}},
	{name: "stale list, good by responder", extensions: listAt + staleList + "|" + byResponder,
		says: []string{knownFrom + "the OCSP responder '" + responder + "'."}},
	{name: "list of another distribution point", extensions: listAt + anothersList, revoked: true, rule: "revocation-unknown",
		says: []string{noSource + anothersList + "': The revocation list of '" + anothersList + "' is not to be believed: it was made for another distribution point than '" + anothersList + "'."}},
	{name: "no list", extensions: listAt + noList, rule: "revocation-unknown",
		says: []string{noSource + noList + "': failed ('answered with status 404')."}},
	{name: "unreachable list", extensions: listAt + refusedList, rule: "revocation-unknown",
		says: []string{noSource + refusedList + "': connection refused ('connection refused')."}},
	{name: "unreachable list, hard", extensions: listAt + refusedList, policy: "hard", rule: "revocation-unknown", code: 1,
		says: []string{noSource + refusedList + "': connection refused ('connection refused')."}},
	{name: "unreachable list, off", extensions: listAt + refusedList, policy: "off",
		says: []string{"certificate-revoked: revocation is switched off", "revocation-unknown: revocation is switched off"}},

	{name: "must-staple, stapled", extensions: mustStaple + "|" + byResponder, stapling: asResponded,
		says: []string{"staple-missing: The certificate 'shop.example' requires stapling. The OCSP response of 'T' says that it is good."}},
	{name: "must-staple, not stapled", extensions: mustStaple + "|" + byResponder, rule: "staple-missing", code: 1,
		says: []string{"staple-missing: The certificate 'shop.example' requires stapling (must-staple), but no OCSP response was stapled."}},
}

func TestRevocation(t *testing.T) {
	needs(t, "openssl", "nginx")
	root := newOpensslCA(t, "OpenSSL Root", rootList, nil)
	issuing := newOpensslCA(t, "Issuing CA", issuingList, root)
	withdrawn := newOpensslCA(t, "Withdrawn CA", "", root)
	root.revoke(t, withdrawn.file("ca.pem"))
	setups := make([]setup, len(revocationCases))
	for i, c := range revocationCases {
		by := issuing
		if c.withdrawn {
			by = withdrawn
		}
		setups[i] = c.issue(t, by)
	}
	issuing.respond(t, responderPort)
	publish(t, listAddress, map[string][]byte{
		rootList:     root.list(t, rootList),
		issuingList:  issuing.list(t, issuingList),
		anothersList: issuing.list(t, issuingList),
		staleList:    issuing.list(t, staleList, "-crl_lastupdate", "20260101000000Z", "-crl_nextupdate", "20260108000000Z"),
	})
	for i, c := range revocationCases {
		t.Run(c.name, func(t *testing.T) {
			c.staple(t, setups[i], issuing)
			stapler.start(t, setups[i])
			if c.stapling == asResponded {
				awaitStaple(t, setups[i])
			}
			c.judge(t, setups[i], root)
		})
	}
}

// issue has the certificate issued, and revoked, and says how to serve it.
func (c revocationCase) issue(t *testing.T, by *opensslCA) setup {
	t.Helper()
	dir := folder(t)
	leaf := filepath.Join(dir, "leaf")
	by.certify(t, "shop.example", leaf, append([]string{
		"subjectAltName = DNS:shop.example", "keyUsage = critical, digitalSignature", "extendedKeyUsage = serverAuth",
	}, strings.Split(c.extensions, "|")...)...)
	if c.revoked {
		by.revoke(t, leaf+".pem")
	}
	chain := filepath.Join(dir, "chain.pem")
	writeFile(t, chain, string(readFile(t, leaf+".pem"))+string(readFile(t, by.file("ca.pem"))))
	return setup{Host: "shop.example", Address: stapler.address, Dir: dir, Chain: chain, Key: leaf + ".key",
		Page: "<!doctype html><title>A page</title>", HSTS: deploytest.GoodHSTS}
}

// staple tells nginx how to staple, and gets it what it needs for that.
func (c revocationCase) staple(t *testing.T, s setup, ca *opensslCA) {
	t.Helper()
	writeFile(t, filepath.Join(s.Dir, "stapling.conf"), strings.ReplaceAll(c.stapling, "{}", s.Dir))
	if c.stapling == fromFile {
		if err := ca.ask(t, filepath.Join(s.Dir, "leaf.pem"), responder, filepath.Join(s.Dir, "response")); err != nil {
			t.Fatal(err)
		}
	}
}

// awaitStaple makes handshakes until one brings a staple: nginx asks the
// responder when the first client has come.
func awaitStaple(t *testing.T, s setup) {
	t.Helper()
	eventually(t, func() error {
		c, err := tls.Dial("tcp", s.Address+":443", &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return err
		}
		defer c.Close()
		if len(c.OCSPResponse()) == 0 {
			return errors.New("no staple")
		}
		return nil
	})
}

// judge runs the program over what nginx serves.
func (c revocationCase) judge(t *testing.T, s setup, root *opensslCA) {
	got := gate(t, s, root.file("ca.pem"), "-revocation", cmp.Or(c.policy, "soft"))
	if failed := strings.Join(got.failed, " "); failed != c.rule || got.code != c.code {
		t.Errorf("%q failed and exit code %d, want %q and %d\n%s", failed, got.code, c.rule, c.code, got.table)
	}
	found := texts(t, got.report)
	for _, text := range c.says {
		if !slices.Contains(found, text) {
			t.Errorf("missing: %s\nfound:\n%s", text, strings.Join(found, "\n"))
		}
	}
}

// Times, and the places that a finding was seen at, differ from run to run.
var (
	timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	places    = regexp.MustCompile(` Seen at '[^']*'\.$`)
)

// texts lists what a JSON report says of revocation, each text after the name
// of its rule, without places and with T for every time.
func texts(t *testing.T, data []byte) (out []string) {
	t.Helper()
	var r check.Report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	say := func(rule, text string) {
		if text != "" {
			out = append(out, rule+": "+timestamp.ReplaceAllString(places.ReplaceAllString(text, ""), "T"))
		}
	}
	for _, v := range r.Results[0].Verdicts {
		if !slices.Contains([]string{"certificate-revoked", "revocation-unknown", "staple-missing"}, v.Rule) {
			continue
		}
		say(v.Rule, v.Reason())
		for _, f := range v.Findings {
			say(v.Rule, f.Message)
		}
		for _, e := range v.Evidence {
			say(v.Rule, e.Text)
		}
	}
	return out
}

// A revocation list at a private address is not asked for, unless private
// addresses are allowed.
func TestPrivateRevocationList(t *testing.T) {
	const address, list = "10.9.8.7:80", "http://10.9.8.7/issuing.crl"
	w := newWorld(t, deploytest.Deployment{Host: "shop.example", Certificate: deploytest.Issued(deploytest.Spec{
		Edit: func(c *x509.Certificate) { c.CRLDistributionPoints, c.OCSPServer = []string{list}, nil },
	})})
	w.network.Serve(address, deploytest.Answer(http.StatusOK, string(w.network.Issuer().CRL(deploytest.CRL{URL: list}))))
	for _, c := range []struct {
		args  []string
		asked int
		says  string
	}{
		{nil, 0, noSource + list + "': failed (''10.9.8.7' is at an address that is private (RFC 1918); nothing was sent')."},
		{[]string{"-allow-private"}, 1, knownFrom + "the revocation list '" + list + "'."},
	} {
		got := w.run(t, append(c.args, "-roots", "roots.pem", "-report-file", "-", "shop.example")...)
		if found := texts(t, []byte(got.stdout)); !slices.Contains(found, c.says) {
			t.Errorf("%q: missing: %s\nfound:\n%s", c.args, c.says, strings.Join(found, "\n"))
		}
		if asked, _ := w.network.Connections(address); asked != c.asked || got.code != 0 {
			t.Errorf("%q: %d connections and exit code %d, want %d and 0", c.args, asked, got.code, c.asked)
		}
	}
}
