package report

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/page"
	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

var checked = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// testRules are fixed, so that the golden files do not change with the words
// of the real rules. Their ids and levels are real.
var testRules = []check.Rule{
	{
		ID: "cleartext-content", Level: check.Error, Requirements: []check.Requirement{check.TLSOnly}, CWE: 319, Severity: "7.5",
		Short: "HTTP port 80 serves content.", What: "HTTP port 80 answered with content.", Why: "It can be read and changed on the way.",
		Remediation: check.Remediation{Text: "Redirect to https.", Nginx: "return 308 https://$host$request_uri;", Apache: `Redirect permanent "/" "https://example.com/"`, Caddy: "example.com {\n}", Cloud: "Set the listener to redirect."},
	},
	{
		ID: "redirect-downgrade", Level: check.Error, Requirements: []check.Requirement{check.TLSOnly}, CWE: 319, Severity: "7.5",
		Short: "A redirect leads from https to http.", What: "An answer sends the client to a cleartext URL, by Location or <meta http-equiv=refresh>.", Why: "The request goes out in cleartext.",
		Remediation: check.Remediation{Text: "Let every redirect name an https URL."},
	},
	{
		ID: "hsts-missing", Level: check.Warning, Requirements: []check.Requirement{check.TLSOnly}, CWE: 523,
		Short: "There is no Strict-Transport-Security header.", What: "An https response has no Strict-Transport-Security header.", Why: "A first visit can be kept in cleartext.",
		Remediation: check.Remediation{Text: "Send the header.", Nginx: `add_header Strict-Transport-Security "max-age=31536000" always;`},
	},
	{
		ID: "untrusted-root", Level: check.Error, Requirements: []check.Requirement{check.PubliclyTrusted}, CWE: 296, Severity: "7.4",
		Short: "The certificate chain reaches no trusted root.", What: "No chain reaches a trusted root.", Why: "Clients refuse it, or learn to ignore warnings.",
		Remediation: check.Remediation{Text: "Have a publicly trusted authority issue the certificate."},
	},
	{
		ID: "target-not-verified", Level: check.Warning, Requirements: check.Requirements(),
		Short: "A requirement could not be verified.", What: "The facts for a requirement could not be had.", Why: "It is no pass.",
		Remediation: check.Remediation{Text: "Let tlsgate reach the deployment."},
	},
	{
		ID: "address-not-verified", Level: check.Note, Requirements: check.Requirements(),
		Short: "An address could not be reached.", What: "One address of several could not be reached.", Why: "It may show something else.",
		Remediation: check.Remediation{Text: "Check from a network that reaches it."},
	},
}

var leafKey = sync.OnceValue(func() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
})

// leaf makes the same certificate for the same arguments: Ed25519 signatures
// have no randomness.
func leaf(t testing.TB, host string, from, to time.Time) []byte {
	t.Helper()
	key := leafKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "leaf"}, DNSNames: []string{host},
		NotBefore: from, NotAfter: to,
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// userRoots is a user's bundle of one root.
func userRoots(t testing.TB) *pki.Roots {
	t.Helper()
	der := leaf(t, "ca.example", checked.AddDate(-1, 0, 0), checked.AddDate(9, 0, 0))
	roots, err := pki.ParseRoots(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	return roots
}

func target(host string) fact.Target {
	return fact.Target{Scheme: "https", Host: host, Port: 443, CleartextPort: 80, Path: "/"}
}

// newReport is a report of the results at a fixed time.
func newReport(results ...check.Result) *check.Report {
	return &check.Report{Version: "1.2.3", Started: checked, Ended: checked.Add(1500 * time.Millisecond), Results: results}
}

// goodResult is the result of a deployment with nothing wrong.
func goodResult(t testing.TB, tg fact.Target, ip string) check.Result {
	o := fact.Observation{Target: tg, At: checked, Endpoints: []fact.Endpoint{{
		IP: ip,
		Cleartext: fact.Exchange{
			URL: tg.HTTP(), Address: fact.HostPort(ip, tg.CleartextPort), Outcome: fact.Answered, Connected: true,
			Status: 308, Headers: []fact.Header{{Name: "Location", Value: tg.HTTPS()}},
		},
		TLS: fact.Handshake{
			Address: fact.HostPort(ip, tg.Port), ServerName: tg.Host, Outcome: fact.Answered, Connected: true, Version: 0x0304,
			Chain: [][]byte{leaf(t, tg.Host, checked.AddDate(0, -1, 0), checked.AddDate(0, 2, 0))},
		},
		HTTPS: fact.Exchange{URL: tg.HTTPS(), Address: fact.HostPort(ip, tg.Port), Outcome: fact.Answered, Connected: true, Status: 200},
	}}}
	pass := func(rule, port, text string) check.RuleVerdict {
		return check.RuleVerdict{Rule: rule, Verdict: check.Verdict{State: check.Pass, Evidence: []check.Evidence{{Address: ip + port, Text: text}}}}
	}
	return check.Result{
		Observation: o,
		Verdicts: []check.RuleVerdict{
			pass("cleartext-content", ":80", "HTTP port 80 answered with status '308' and no content."),
			{Rule: "redirect-downgrade", Verdict: check.Verdict{State: check.NotApplicable, Reasons: []string{"there is no redirect"}}},
			pass("hsts-missing", ":443", "The header is 'max-age=31536000'."),
			pass("untrusted-root", ":443", "The chain ends at 'Example Root'."),
		},
		Requirements: requirementStates(check.Pass, check.Pass),
	}
}

func requirementStates(tlsOnly, trusted check.State) []check.RequirementVerdict {
	return []check.RequirementVerdict{{Requirement: check.TLSOnly, State: tlsOnly}, {Requirement: check.PubliclyTrusted, State: trusted}}
}

// fail gives a rule's verdict on a result its findings.
func fail(r *check.Result, rule string, findings ...check.Finding) {
	v := check.Verdict{State: check.Fail, Findings: findings}
	for i := range r.Verdicts {
		if r.Verdicts[i].Rule == rule {
			r.Verdicts[i].Verdict = v
			return
		}
	}
	r.Verdicts = append(r.Verdicts, check.RuleVerdict{Rule: rule, Verdict: v})
}

// cleanReport has two good deployments.
func cleanReport(t testing.TB) *check.Report {
	return newReport(goodResult(t, target("example.com"), "192.0.2.1"), goodResult(t, target("www.example.com"), "192.0.2.2"))
}

// violatedReport has findings of every level, two paths of one origin with the
// same finding, a redirect to cleartext, and custom roots.
func violatedReport(t testing.TB) *check.Report {
	a, b := target("shop.example"), target("shop.example")
	a.Places = []fact.Place{{Input: "urls-file", File: "deploy/urls.txt", Line: 3}}
	b.Path = "/cart"
	b.Places = []fact.Place{{Input: "urls-file", File: "deploy/urls.txt", Line: 4}, {Input: "urls"}}
	ra, rb := goodResult(t, a, "192.0.2.10"), goodResult(t, b, "192.0.2.10")
	for _, r := range []*check.Result{&ra, &rb} {
		e := &r.Observation.Endpoints[0]
		e.Cleartext.Status, e.Cleartext.Headers = 200, nil
		e.TLS.Chain = [][]byte{leaf(t, "shop.example", checked.AddDate(0, -3, 0), checked.AddDate(0, 0, 5))}
		fail(r, "cleartext-content", check.Finding{
			Message:   fmt.Sprintf("HTTP port 80 answered 'GET %s' with content (status '200'). Seen at '192.0.2.10:80'.", r.Observation.Target.HTTP()),
			Addresses: []string{"192.0.2.10:80"},
		})
		r.Requirements = requirementStates(check.Fail, check.Pass)
	}
	fail(&ra, "hsts-missing", check.Finding{Message: "'https://shop.example/' has no Strict-Transport-Security header. Seen at '192.0.2.10:443'.", Addresses: []string{"192.0.2.10:443"}})
	fail(&ra, "address-not-verified", check.Finding{Message: "An address of 'shop.example' could not be reached: TLS port: no answer in time. Seen at '2001:db8::10'.", Addresses: []string{"2001:db8::10"}})

	c := goodResult(t, target("old.example"), "192.0.2.20")
	e := &c.Observation.Endpoints[0]
	e.HTTPS.Status, e.HTTPS.Headers = 302, []fact.Header{{Name: "Location", Value: "http://legacy.example/start"}}
	e.TLS.Chain = [][]byte{leaf(t, "old.example", checked.AddDate(-2, 0, 0), checked.AddDate(-1, 0, 0))}
	c.Observation.Hops = []fact.Hop{{Exchange: fact.Exchange{URL: "http://legacy.example/start", Address: "192.0.2.21:80", Outcome: fact.Answered, Status: 200, Page: &page.Page{}}}}
	fail(&c, "redirect-downgrade",
		check.Finding{Message: "'https://old.example/' redirects to 'http://legacy.example/start', which is cleartext. Seen at '192.0.2.20:443'.", Addresses: []string{"192.0.2.20:443"}, Distinct: "http://legacy.example/start"})
	fail(&c, "untrusted-root", check.Finding{Message: "The chain ends at 'CN=Private CA', which is no trusted root. Seen at '192.0.2.20:443'.", Addresses: []string{"192.0.2.20:443"}})
	c.Requirements = requirementStates(check.Fail, check.Fail)
	r := newReport(ra, rb, c)
	r.Policy.Roots = userRoots(t)
	return r
}

// unverifiedReport has a good deployment and one that could not be checked.
func unverifiedReport(t testing.TB) *check.Report {
	gone := target("gone.example")
	gone.Places = []fact.Place{{Input: "argument"}}
	r := check.Result{
		Observation: fact.Observation{Target: gone, At: checked, Resolution: fact.Resolution{Outcome: fact.NoSuchName}},
		Requirements: []check.RequirementVerdict{
			{Requirement: check.TLSOnly, Reasons: []string{"the name 'gone.example' does not resolve"}},
			{Requirement: check.PubliclyTrusted, Reasons: []string{"the name 'gone.example' does not resolve"}},
		},
	}
	for _, rule := range []string{"cleartext-content", "untrusted-root"} {
		r.Verdicts = append(r.Verdicts, check.RuleVerdict{Rule: rule, Verdict: check.Verdict{Reasons: []string{"the name 'gone.example' does not resolve"}}})
	}
	fail(&r, "target-not-verified", check.Finding{Message: "'V12.2.1' and 'V12.2.2' could not be verified: the name 'gone.example' does not resolve."})
	return newReport(goodResult(t, target("example.com"), "192.0.2.1"), r)
}

// hostile is remote text that tries to break out of every medium.
const hostile = "\n::error::owned ##[group]x %0A\r\n::set-output name=a::b \x1b[31mred\x1b[0m \u202Eevil\u2066 " +
	"| cell | <script>alert(1)</script> <img src=x onerror=y> [link](https://evil.example) [declared here](1) ![i](//evil.example/p) " +
	"`code` ``` \\[ **b** _i_ ~~s~~ # h https://evil.example www.evil.example @octocat a@evil.example &lt; $x$ -->\"] --> x end; " +
	"%% subgraph\xff\x00"

// hostileReport has hostile text wherever remote text can stand.
func hostileReport(t testing.TB) *check.Report {
	text := text.Clip(hostile, len(hostile)) // as an observer does
	tg := target("hostile.example")
	tg.Path = "/a%5Bb%5D?q=" + "<x>"
	tg.Places = []fact.Place{{Input: "urls-file", File: "a dir/ur,l:s%.txt", Line: 1}, {Input: "urls-file", File: "../outside.txt", Line: 1}}
	r := goodResult(t, tg, "192.0.2.66")
	e := &r.Observation.Endpoints[0]
	e.Cleartext.Outcome, e.Cleartext.Error = fact.Malformed, text
	e.HTTPS.Status, e.HTTPS.Headers = 301, []fact.Header{{Name: "Location", Value: "http://evil\"]-->x.example/`;<b>|end"}}
	fail(&r, "redirect-downgrade", check.Finding{Message: "'https://hostile.example/' redirects to '" + text + "'.", Addresses: []string{"192.0.2.66:443"}, Distinct: text})
	r.Verdicts[0].Evidence[0].Text = text
	r.Verdicts[2].State, r.Verdicts[2].Reasons = check.Unknown, []string{text}
	r.Requirements = requirementStates(check.Fail, check.Pass)
	return newReport(r)
}

// labelledReport has a preview under a label at an IPv6 address and another
// port, and one at an IPv6 address alone.
func labelledReport(t testing.TB) *check.Report {
	preview := target("2001:db8::1")
	preview.Port, preview.CleartextPort, preview.Label = 8443, 8080, "pr preview/1"
	plainV6 := target("2001:db8::2")
	a, b := goodResult(t, preview, "2001:db8::1"), goodResult(t, plainV6, "2001:db8::2")
	for _, r := range []*check.Result{&a, &b} {
		fail(r, "untrusted-root", check.Finding{Message: "The chain ends at 'CN=Private CA'. Seen at '[2001:db8::1]:443'.", Addresses: []string{"[2001:db8::1]:443"}})
		r.Requirements = requirementStates(check.Pass, check.Fail)
	}
	return newReport(a, b)
}

// acceptedReport is the report of one share of a list, with risks that a
// waiver accepts, a finding that the policy raises to an error, notices, and
// side ports that stand open.
func acceptedReport(t testing.TB) *check.Report {
	w := check.Waiver{
		Rule: "cleartext-content", Target: "*.legacy.example", Reason: "the |device| speaks no TLS; replaced in 2027", Owner: "ops@legacy.example",
		Expires: "2027-03-31", Place: fact.Place{Input: "waivers", File: "deploy/waivers.yml", Line: 2},
	}
	var results []check.Result
	for i := range shownUnfolded + 2 {
		r := goodResult(t, target(fmt.Sprintf("d%02d.legacy.example", i)), "192.0.2.30")
		r.Observation.Endpoints[0].Cleartext.Status = 200
		fail(&r, "cleartext-content", check.Finding{Message: "HTTP port 80 answered with content. Seen at '192.0.2.30:80'.", Addresses: []string{"192.0.2.30:80"}, Waived: &w})
		r.Requirements = requirementStates(check.Fail, check.Pass)
		r.Requirements[0].Waived = true
		results = append(results, r)
	}
	raised := goodResult(t, target("shop.example"), "192.0.2.31")
	e := &raised.Observation.Endpoints[0]
	e.H2C = fact.Exchange{URL: "http://shop.example/", Outcome: fact.Answered, Status: 200}
	e.WebSocket = fact.Exchange{URL: "http://shop.example/", Outcome: fact.Answered, Status: 101}
	e.CleartextOnTLS = fact.Exchange{URL: "http://shop.example:443/", Outcome: fact.Answered, Status: 400}
	fail(&raised, "address-not-verified", check.Finding{Message: "An address could not be reached.", Level: check.Error})
	fail(&raised, "redirect-downgrade", check.Finding{Message: "'https://shop.example/' redirects to 'http://shop.example/'.", Distinct: "a"},
		check.Finding{Message: "It does so at '/old' too.", Distinct: "b", Waived: &check.Waiver{Rule: "redirect-downgrade", Target: "shop.example", Reason: "until the move", Owner: "web", Expires: "2026-12-01"}})
	raised.Requirements = requirementStates(check.Fail, check.Pass)
	r := newReport(append(results, raised)...)
	r.Shard = check.Shard{Index: 2, Count: 8, List: "0123456789abcdef"}
	r.Notices = []check.Notice{
		{Place: fact.Place{Input: "waivers", File: "deploy/waivers.yml", Line: 9}, Text: "The waiver of 'hsts-weak' for 'a.example' ended on '2026-10-31' and counts no more."},
		{Text: "The embedded copy of '[roots](1)' is {0} years old."},
	}
	return r
}

// shareReport is the report of a share that no target falls to.
func shareReport(testing.TB) *check.Report {
	r := newReport()
	r.Shard = check.Shard{Index: 3, Count: 8, List: "0123456789abcdef"}
	return r
}

// manyReport has 500 targets, each with findings.
func manyReport(t testing.TB, n int) *check.Report {
	var results []check.Result
	for i := range n {
		tg := target(fmt.Sprintf("host%04d.example", i))
		r := goodResult(t, tg, "192.0.2.1")
		if i%3 > 0 {
			fail(&r, "cleartext-content", check.Finding{Message: "HTTP port 80 answered with '" + hostile + "'."})
			fail(&r, "hsts-missing", check.Finding{Message: "There is no header."}, check.Finding{Message: "There is none here either.", Distinct: "2"})
			r.Requirements = requirementStates(check.Fail, check.Pass)
		}
		results = append(results, r)
	}
	return newReport(results...)
}

// everythingFails is a report in which every real rule fails, at the first
// targets, and says the words; what else is of any length holds them too.
func everythingFails(targets int, words string) *check.Report {
	var results []check.Result
	for i := range targets {
		tg := target(fmt.Sprintf("host%04d.example", i))
		tg.Path, tg.Label = "/"+words, words
		tg.Places = []fact.Place{{File: words, Line: 1}, {File: words, Line: 2}}
		r := check.Result{Observation: fact.Observation{Target: tg, At: checked}}
		for j := range 5 {
			x := fact.Exchange{URL: fmt.Sprintf("http://h%d.example/%s", j, strings.Repeat(":", 100)), Outcome: fact.Answered, Status: 302,
				Headers: []fact.Header{{Name: "Location", Value: "http://[2001:db8::1]/" + strings.Repeat(":", 100)}}}
			r.Observation.Endpoints = append(r.Observation.Endpoints, fact.Endpoint{Cleartext: x, HTTPS: x})
		}
		for _, rule := range check.Rules() {
			if i >= 10 {
				break
			}
			reason := fmt.Sprint(i, rule.ID, words)
			w := check.Waiver{Rule: rule.ID, Target: words, Reason: words, Owner: words, Expires: "2027-01-01", Place: tg.Places[0]}
			r.Verdicts = append(r.Verdicts,
				check.RuleVerdict{Rule: rule.ID, Verdict: check.Verdict{
					State: check.Fail, Findings: []check.Finding{{Message: reason}, {Message: reason, Distinct: "a", Waived: &w}},
					Evidence: []check.Evidence{{Address: words, Text: reason}},
				}},
				check.RuleVerdict{Rule: rule.ID, Verdict: check.Verdict{Reasons: []string{reason}}})
		}
		results = append(results, r)
	}
	r := newReport(results...)
	for range targets {
		r.Notices = append(r.Notices, check.Notice{Text: words, Place: results[0].Observation.Target.Places[0]})
	}
	return r
}

// JSON is the JSON report in one piece.
func (v *View) JSON() ([]byte, error) {
	var b bytes.Buffer
	err := v.WriteJSON(&b)
	return b.Bytes(), err
}

// JUnit is the JUnit report in one piece.
func (v *View) JUnit() ([]byte, error) {
	var b bytes.Buffer
	err := v.WriteJUnit(&b)
	return b.Bytes(), err
}

// SARIF is the SARIF log in one piece.
func (v *View) SARIF(category string) ([]byte, error) {
	var b bytes.Buffer
	err := v.WriteSARIF(&b, category)
	return b.Bytes(), err
}
