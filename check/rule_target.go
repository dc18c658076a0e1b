package check

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
)

// notVerifiedID is the rule that speaks for facts that could not be had.
const notVerifiedID = "target-not-verified"

func both() []Requirement { return Requirements() }

var targetNotVerified = Rule{
	ID: notVerifiedID, Level: Warning, Requirements: both(),
	Short:       "A requirement could not be verified at the deployment.",
	What:        "The facts for a requirement could not be had: the name does not resolve, every address is unreachable, the handshake failed, or time ran out. It is no pass, and tlsgate ends with exit code 3.",
	Why:         "A check that passes what it could not see protects nobody.",
	Remediation: Remediation{Text: "Fix the cause above. Check whether the deployment is up and reachable from where tlsgate runs (DNS, firewall), and whether a rate limit or a firewall ended tlsgate's connections (let it through). Raise the input timeout for a slow deployment, close an HTTP port that takes connections and never answers, and drop a target that is gone."},
	Check: func(c *Evaluation) Verdict {
		if c.Target.Host == "" {
			return unknown("no URL was declared")
		}
		var t tally
		var names, reasons []string
		for _, q := range Requirements() {
			v := c.requirement(q)
			if v.State == Unknown {
				names = append(names, string(q))
				for _, reason := range v.Reasons {
					reasons = appendNew(reasons, reason)
				}
				continue
			}
			t.pass("", "'%s' has a verdict.", q)
		}
		if len(names) > 0 {
			t.fail("", "", "'%s' could not be verified at '%s': %s.", strings.Join(names, "' and '"), c.Target.URL(), strings.Join(reasons, "; "))
		}
		return t.verdict(Verdict{})
	},
}

var addressNotVerified = Rule{
	ID: "address-not-verified", Level: Note, Requirements: both(),
	Short:       "One of several addresses could not be reached.",
	What:        "The host has several addresses, and one of them could not be reached from where tlsgate ran, or the lookup of one address family (A or AAAA records) failed each time, while other addresses were reached and are judged.",
	Why:         "What clients are shown at that address is not known. Often the runner's own network has no IPv6; then the deployment is not at fault.",
	Remediation: Remediation{Text: "Check whether the address still belongs to the deployment and is up; take it out of DNS if not. Run tlsgate where both address families are routed to have it judged."},
	Check: func(c *Evaluation) Verdict {
		var t tally
		judged := map[string]bool{}
		for _, e := range c.judged() {
			judged[e.IP] = true
			if e.Reached() {
				t.pass(e.IP, "The address was reached.")
			}
		}
		if len(t.evidence) == 0 {
			return notApplicable("no address was reached")
		}
		for _, e := range c.Endpoints {
			if !judged[e.IP] && e.NotExternal == "" {
				t.fail(e.IP, "", "An address of '%s' could not be reached: %s.", c.Target.Host, unreached(e))
			}
		}
		for _, l := range c.Resolution.Lookups {
			if l.Failed() && !c.Resolution.ByProxy {
				t.fail("", l.Type, "The lookup of the %s records of '%s' failed, so addresses may be missing: %s.", l.Type, c.Target.Host, why(l.Outcome, l.Error))
			}
		}
		return t.verdict(Verdict{})
	},
}

// unreached says in words why an address was unreachable; without the
// address, so that several read as one.
func unreached(e fact.Endpoint) string {
	return fmt.Sprintf("HTTPS port: %s; HTTP port: %s", why(e.TLS.Outcome, ""), why(e.Cleartext.Outcome, ""))
}

var targetNotExternal = Rule{
	ID: "target-not-external", Level: Error, Requirements: both(), CWE: 0, Severity: "5.0",
	Sources:     []Source{{Document: "RFC 6890", Section: "2.2"}},
	Short:       "The host resolves to an address that is not external facing.",
	What:        "The host resolves to a private, loopback or link-local address. It is not external facing, and nothing was sent to that address.",
	Why:         "The requirements speak of external facing services, and no public certificate authority vouches for private addresses. A public name that resolves to one is often a mistake, and a checker that follows it would send requests into its own network.",
	Remediation: Remediation{Text: "Check the deployment's DNS records. To check a deployment on a private network on purpose, set the input allow-private to true (and roots, if its certificates come from a private authority)."},
	Check: func(c *Evaluation) Verdict {
		var t tally
		for _, e := range c.Endpoints {
			if e.NotExternal != "" {
				t.fail(e.IP, "", "'%s' resolves to an address that is %s; nothing was sent to it.", c.Target.Host, e.NotExternal)
			} else {
				t.pass(e.IP, "The address may be checked.")
			}
		}
		return t.verdict(c.noEndpointVerdict())
	},
}
