package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/fact"
)

// A Notice is a remark about the run that is no finding.
type Notice struct {
	Place fact.Place `json:"place,omitzero"`
	Text  string     `json:"text"` // full sentences, dynamic parts in single quotes
}

// notices are the remarks about a run besides its findings. By is the proxy that
// intercepted TLS, nil for none.
func (r *Report) notices(by *interceptor) []Notice {
	out := r.waiverNotices()
	for _, res := range r.Results {
		if o := res.Observation; o.ClockBefore != "" {
			out = append(out, Notice{Text: fmt.Sprintf("The clock of the machine that tlsgate ran on is wrong: it said '%s', which is before the day of the data in tlsgate, '%s'. No certificate was judged. Set the clock.", o.At.Format(time.DateOnly), o.ClockBefore)})
			break
		}
	}
	if by != nil {
		out = append(out, Notice{Text: by.notice()})
	}
	all := r.Policy.AllRoots()
	for _, roots := range all {
		if roots == nil {
			continue
		}
		for _, block := range roots.Unreadable() {
			out = append(out, Notice{Text: fmt.Sprintf("The bundle of roots holds one that was left out: %s.", block)})
		}
	}
	if !slices.ContainsFunc(all, func(roots *pki.Roots) bool { return roots == nil || roots.Public() }) {
		return out
	}
	out = append(out, oldTable("Mozilla's root bundle", pki.Embedded().Date(), r.Started, pki.MaxBundleAge)...)
	out = append(out, oldTable("the Chrome Root Store", pki.Chrome().Date, r.Started, pki.MaxChromeAge)...)
	if by != nil || r.Policy.Roots != nil && r.Policy.Roots.Custom() {
		return out
	}
	return append(out, r.interception()...)
}

// veryOld is an age of a table at which the clock may be wrong as well.
const veryOld = 3 * 365 * day

// oldTable tells of a table that was embedded long before the run.
func oldTable(what string, of, at time.Time, most time.Duration) []Notice {
	if at.Sub(of) <= most {
		return nil
	}
	if at.Sub(of) > veryOld {
		return []Notice{{Text: fmt.Sprintf("The embedded copy of %s is of '%s', and the clock of this machine says '%s': set the clock if that is wrong, for certificates are then taken for expired, or else update tlsgate.", what, of.Format(time.DateOnly), at.Format(time.DateOnly))}}
	}
	return []Notice{{Text: fmt.Sprintf("The embedded copy of %s is of '%s', more than %d days old: update tlsgate, or verdicts on trust miss what has changed since.", what, of.Format(time.DateOnly), int(most/day))}}
}

// interception tells of a network that intercepts TLS: targets of different
// registrable domains all end at one issuer that is no public root, and none
// at a public one. Their untrusted-root findings then blame the wrong side.
func (r *Report) interception() []Notice {
	issuer := ""
	domains := map[string]bool{}
	for _, res := range r.Results {
		for _, chain := range res.Observation.Chains(r.Policy.For(res.Observation.Target).Roots) {
			if chain.Client != "" {
				continue
			}
			if chain.UnknownIssuer == "" || issuer != "" && issuer != chain.UnknownIssuer {
				return nil
			}
			issuer = chain.UnknownIssuer
			domain, err := publicsuffix.EffectiveTLDPlusOne(chain.Host)
			if err != nil {
				domain = chain.Host
			}
			domains[domain] = true
		}
	}
	if len(domains) < 3 {
		return nil
	}
	return []Notice{{Text: fmt.Sprintf("The network that tlsgate ran in seems to intercept TLS: %d unrelated domains ('%s') all showed certificates that end at one issuer, '%s', which is no public root. The findings about their certificates are then about this network (a proxy, a firewall), not about the deployments; run tlsgate where it reaches them directly.",
		len(domains), strings.Join(firstOf(domains, 3), "', '"), issuer)}}
}

// firstOf gives up to n keys in alphabetical order.
func firstOf(set map[string]bool, n int) []string {
	keys := slices.Sorted(maps.Keys(set))
	return keys[:min(n, len(keys))]
}
