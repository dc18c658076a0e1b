package check

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check/page"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

const hstsField = "Strict-Transport-Security"

// hstsLeast is the max-age below which HSTS is weak (OWASP ASVS 5.0.0, V3.4.1).
const hstsLeast = 365 * 24 * time.Hour

var remediationHSTS = Remediation{
	Text: "Send 'Strict-Transport-Security: max-age=31536000; includeSubDomains' with every https response, " +
		"errors and redirects included, exactly once, and from one place. Leave 'includeSubDomains' out while a " +
		"subdomain still needs cleartext, and begin with a short max-age if in doubt.",
	Nginx:  `add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;`,
	Apache: `Header always set Strict-Transport-Security "max-age=31536000; includeSubDomains"`,
	Caddy:  `header Strict-Transport-Security "max-age=31536000; includeSubDomains"`,
	Cloud: "CloudFront: a response headers policy with Strict-Transport-Security. Cloudflare: SSL/TLS, Edge Certificates, " +
		"HSTS. AWS ALB: the listener attribute routing.http.response.strict_transport_security.header_value. " +
		"Azure Front Door: a rule set that overwrites the response header. Google Cloud load balancers: a custom response header on the backend service.",
}

var hstsMissing = Rule{
	ID: "hsts-missing", Level: Warning, Requirements: []Requirement{TLSOnly}, CWE: 523,
	Sources: []Source{{Document: "RFC 6797", Section: "7.1"}, {Document: "OWASP ASVS 5.0.0", Section: "V3.4.1"}},
	Short:   "The deployment does not tell browsers to use TLS only (no Strict-Transport-Security).",
	What: "An https response of the deployment carries no Strict-Transport-Security header field (RFC 6797). " +
		"The first response of the deployment's own host is judged at each address, and the page of its own site (the same registrable domain) that its redirects end at, whatever the status: browsers heed the field on redirects and errors too. " +
		"IP addresses, hosts under a top-level domain that browsers preload as a whole (.dev, .app and others), WebSockets and gRPC servers need none.",
	Why: "Without HSTS a browser that is given the host's bare name or an old http link asks in cleartext first. " +
		"An on-path attacker answers that request in place of the deployment, and the browser never sees the redirect to https.",
	Remediation: remediationHSTS,
	Check:       checkHSTSMissing,
}

var hstsWeak = Rule{
	ID: "hsts-weak", Level: Warning, Requirements: []Requirement{TLSOnly}, CWE: 523,
	Sources: []Source{{Document: "RFC 6797", Section: "6.1"}, {Document: "OWASP ASVS 5.0.0", Section: "V3.4.1"}},
	Short:   "The deployment's Strict-Transport-Security is invalid, ends the policy, or holds for less than a year.",
	What: "The first Strict-Transport-Security header field of an https response breaks the grammar of RFC 6797 section 6.1, so that browsers drop it, " +
		"or its max-age is 0 or under 31536000 seconds. Further fields are ignored, as browsers ignore them.",
	Why: "A browser that has dropped the policy, or whose policy has run out between two visits, asks in cleartext again, " +
		"and an on-path attacker can answer in place of the deployment.",
	Remediation: remediationHSTS,
	Check:       checkHSTSWeak,
}

// checkHSTSMissing judges whether there is a policy.
func checkHSTSMissing(c *Evaluation) Verdict {
	return judgeHSTS(c, func(t *tally, x fact.Exchange, field string, present bool) {
		if !present {
			t.fail(x.Address, "", "The https response of '%s' (status %d) has no Strict-Transport-Security header field.", shownURL(x.URL), x.Status)
			return
		}
		t.pass(x.Address, "'%s' sends '%s: %s'.", shownURL(x.URL), hstsField, text.Clip(field, 200))
	})
}

// checkHSTSWeak judges the policy that there is.
func checkHSTSWeak(c *Evaluation) Verdict {
	return judgeHSTS(c, func(t *tally, x fact.Exchange, field string, present bool) {
		if !present {
			return
		}
		policy, err := page.ParseHSTS(field)
		switch quoted := text.Clip(field, 200); {
		case err != nil:
			t.fail(x.Address, "", "Browsers drop the Strict-Transport-Security header field '%s' of '%s': %v.", quoted, shownURL(x.URL), err)
		case policy.MaxAge == 0:
			t.fail(x.Address, "", "The Strict-Transport-Security header field '%s' of '%s' ends the policy: its max-age is 0.", quoted, shownURL(x.URL))
		case policy.MaxAge < hstsLeast:
			t.fail(x.Address, "", "The Strict-Transport-Security header field '%s' of '%s' holds for %s, which is less than a year: its max-age is %d, and a year is 31536000 seconds.",
				quoted, shownURL(x.URL), days(policy.MaxAge), policy.MaxAge/time.Second)
		default:
			t.pass(x.Address, "The policy of '%s' holds for %s.", shownURL(x.URL), days(policy.MaxAge))
		}
	})
}

// judgeHSTS gives the first https response of each address to judge, and the
// response of the deployment's own site that its redirects end at, each with its
// first Strict-Transport-Security field.
func judgeHSTS(c *Evaluation, judge func(t *tally, x fact.Exchange, field string, present bool)) Verdict {
	var t tally
	otherwise := c.noEndpointVerdict()
	for _, e := range c.judged() {
		_, end, _ := c.RedirectChain(e.HTTPS)
		switch {
		case e.HTTPS.Outcome != fact.Answered && e.ClientCertificateOnly():
			otherwise = notApplicable("the deployment answers only clients that show a certificate")
		case withoutHSTS(e.HTTPS) != "":
			otherwise = notApplicable("%s", withoutHSTS(e.HTTPS))
		case e.HTTPS.Outcome != fact.Answered:
			t.unknown("%s", noAnswer(c.Target, e))
		case c.notSeen(end) != "":
			t.unknown("%s", c.notSeen(end))
		default:
			otherwise = notApplicable("the deployment sends no Strict-Transport-Security")
			field, present := e.HTTPS.Get(hstsField)
			judge(&t, e.HTTPS, field, present)
			last := end.Outcome == fact.Answered && end.URL != e.HTTPS.URL && strings.HasPrefix(end.URL, "https:")
			if last && c.ownSite(end.URL) && withoutHSTS(end) == "" {
				field, present := end.Get(hstsField)
				judge(&t, end, field, present)
			}
		}
	}
	return t.verdict(otherwise)
}

// withoutHSTS says why the clients of an exchange need no
// Strict-Transport-Security, or know none; empty where they do.
func withoutHSTS(x fact.Exchange) string {
	host := fact.HostOf(x.URL)
	_, err := netip.ParseAddr(host)
	switch tld := preloadedTLD(host); {
	case err == nil:
		return fmt.Sprintf("'%s' is an IP address, and HSTS holds for names only (RFC 6797 section 8.1.1)", host)
	case tld != "":
		return fmt.Sprintf("browsers preload the whole top-level domain '.%s', so that they ask '%s' by https only whatever it sends", tld, host)
	case x.Outcome == fact.Answered && x.Status == 101:
		return "the deployment is a WebSocket, whose clients know no HSTS"
	case x.Outcome == fact.Answered && x.GRPC():
		return "the deployment is a gRPC server, whose clients know no HSTS"
	}
	return ""
}
