package check

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
)

// legacyVersions are deprecated by RFC 8996 (TLS 1.1, TLS 1.0), RFC 7568
// (SSL 3) and RFC 6176 (SSL 2).
var legacyVersions = []uint16{0x0302, 0x0301, 0x0300, 0x0002}

var legacyProtocol = Rule{
	ID: "legacy-protocol", Level: Error, Requirements: []Requirement{TLSOnly}, CWE: 327, Severity: "6.5",
	Sources: []Source{{Document: "RFC 8996", Since: "2021-03"}, {Document: "RFC 7568", Since: "2015-06"}, {Document: "RFC 6176", Since: "2011-03"}, {Document: "OWASP ASVS 5.0.0", Section: "V12.1.1"}},
	Short:   "The HTTPS port accepts a deprecated protocol version.",
	What:    "The HTTPS port answered a client of SSL 2, SSL 3, TLS 1.0 or TLS 1.1 with a ServerHello of that version. These versions are deprecated (RFC 8996, RFC 7568, RFC 6176), and every current client speaks TLS 1.2 or 1.3.",
	Why:     "The old versions rest on MD5 and SHA-1 and on ciphers with known attacks (POODLE, BEAST, DROWN). A client that still has one can be made to fall back to it, and what it sends can then be read or changed.",
	Remediation: Remediation{
		Text:   "Offer TLS 1.2 and TLS 1.3 and nothing older.",
		Nginx:  "ssl_protocols TLSv1.2 TLSv1.3;",
		Apache: "SSLProtocol -all +TLSv1.2 +TLSv1.3",
		Caddy: `# Caddy offers TLS 1.2 and 1.3 by default: remove any other
# line "protocols" of the site's tls block.
example.com {
    tls {
        protocols tls1.2 tls1.3
    }
}`,
		Cloud: "Choose a security policy whose minimum is TLS 1.2 (AWS: ELBSecurityPolicy-TLS13-1-2-2021-06 on the load balancer, TLSv1.2_2021 on CloudFront; Google Cloud: an SSL policy with minimum TLS 1.2; Azure Application Gateway: AppGwSslPolicy20220101; Cloudflare: Minimum TLS Version 1.2).",
	},
	Check: func(c *Evaluation) Verdict {
		return eachTLSPort(c, func(t *tally, at string, o fact.Capabilities) {
			var taken, open, refused []string
			for _, v := range legacyVersions {
				switch offer := o.Version(v); offer.Answer {
				case fact.Accepted:
					taken = append(taken, fact.VersionName(v))
				case fact.Declined:
					refused = append(refused, fmt.Sprintf("'%s' (%s)", fact.VersionName(v), offer.Detail))
				default:
					open = append(open, fmt.Sprintf("'%s' (%s)", fact.VersionName(v), notDetermined(offer)))
				}
			}
			switch {
			case len(taken) > 0:
				t.failItems(at, "", taken, "%s accepts '%s'.", httpsPort(c.Target), strings.Join(taken, "', '"))
			case len(open) > 0:
				t.unknown("whether the HTTPS port '%s' accepts %s is not known", at, strings.Join(open, ", "))
			default:
				t.pass(at, "%s refuses %s.", httpsPort(c.Target), strings.Join(refused, ", "))
			}
		})
	},
}

var downgradeUnprotected = Rule{
	ID: "downgrade-unprotected", Level: Warning, Requirements: []Requirement{TLSOnly}, CWE: 757,
	Sources: []Source{{Document: "RFC 8446", Section: "4.1.3"}, {Document: "RFC 7507"}},
	Short:   "Nothing protects the choice between protocol versions.",
	What:    "The HTTPS port offers several versions, but its ServerHello at a lower one has no downgrade sentinel (RFC 8446 section 4.1.3), and it does not honour TLS_FALLBACK_SCSV (RFC 7507).",
	Why:     "An attacker on the path who breaks off handshakes can make a client that tries again with a lower version stay there, and neither side notices.",
	Remediation: Remediation{
		Text:   "Update the server's TLS library: every maintained one writes the sentinel. A device between that ends TLS itself may need the update instead. Where that cannot be done, offer one version only.",
		Nginx:  "# with OpenSSL 1.1.1 or newer nothing has to be set; else\nssl_protocols TLSv1.2;",
		Apache: "# with OpenSSL 1.1.1 or newer nothing has to be set; else\nSSLProtocol -all +TLSv1.2",
		Cloud:  "Choose a current security policy of the load balancer; report the missing sentinel to its provider.",
	},
	Check: func(c *Evaluation) Verdict {
		return eachTLSPort(c, func(t *tally, at string, o fact.Capabilities) {
			taken, open := choices(o)
			switch {
			case o.Sentinel == fact.Present:
				t.pass(at, "%s sends the downgrade sentinel.", httpsPort(c.Target))
			case o.FallbackSCSV == fact.Present:
				t.pass(at, "%s honours TLS_FALLBACK_SCSV.", httpsPort(c.Target))
			case o.Sentinel == fact.Absent && o.FallbackSCSV == fact.Absent:
				t.fail(at, "", "%s offers '%s', but neither sends the downgrade sentinel nor honours TLS_FALLBACK_SCSV.", httpsPort(c.Target), strings.Join(taken, "', '"))
			case len(taken) == 1 && len(open) == 0:
				t.pass(at, "%s offers '%s' alone.", httpsPort(c.Target), taken[0])
			default:
				t.unknown("whether the HTTPS port '%s' protects the choice of version is not known", at)
			}
		})
	},
}

// choices are the names of the versions from SSL 3 up that the port takes,
// and of those where it is not known. SSL 2 has no part in the choice.
func choices(o fact.Capabilities) (taken, open []string) {
	for _, v := range o.Versions {
		switch {
		case v.Version < 0x0300:
		case v.Answer == fact.Accepted:
			taken = append(taken, fact.VersionName(v.Version))
		case v.Answer == "":
			open = append(open, fact.VersionName(v.Version))
		}
	}
	return taken, open
}

// eachTLSPort runs judge on what every TLS port offers.
func eachTLSPort(c *Evaluation, judge func(t *tally, at string, o fact.Capabilities)) Verdict {
	if c.intercepted != "" {
		return unknown("%s", c.intercepted)
	}
	var t tally
	for _, e := range c.judged() {
		at := fact.HostPort(e.IP, c.Target.Port)
		switch {
		case len(e.Capabilities.Versions) > 0:
			judge(&t, at, e.Capabilities)
		case e.TLS.Outcome == fact.Answered:
			t.unknown("what the HTTPS port '%s' accepts besides was not asked", at)
		default:
			t.unknown("%s", noHandshake(e.TLS))
		}
	}
	return t.verdict(c.noEndpointVerdict())
}

// notDetermined says why there is no answer.
func notDetermined(o fact.Offer) string {
	if o.Detail == "" {
		return "not asked"
	}
	return o.Detail
}
