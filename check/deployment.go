package check

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/tlsgate/tlsgate/check/fact"
)

// notSeen says why an answer is not the deployment's own, so that nothing can
// be judged by it; empty where it is.
func (e *Evaluation) notSeen(x fact.Exchange) string {
	expected := e.Policy.ExpectStatus
	if len(expected) == 0 && e.HeaderGiven && x.Outcome == fact.Answered && (x.Status == 401 || x.Status == 403) {
		return fmt.Sprintf("'%s' answers %d although the input header was given: check its value and that the certificate is trusted, for it is sent to the declared origin only, over trusted TLS", x.URL, x.Status)
	}
	return x.NotDeployment(expected)
}

// ownSite reports whether a URL belongs to the deployment's site: its host has
// the registrable domain of the target's (HTML, "schemelessly same site").
func (e *Evaluation) ownSite(url string) bool {
	return site(fact.HostOf(url)) == site(e.Target.Host)
}

// site is the registrable domain of a host; the host itself where it has none,
// as an IP address or a public suffix.
func site(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return domain
}

// otherSite is the verdict where redirects lead to a page of another site.
func (e *Evaluation) otherSite(end fact.Exchange) Verdict {
	v := notApplicable("the redirects lead to '%s', a page of another site, so the deployment's own page was not seen: declare a URL of '%s' that answers without signing in, or '%s' itself if that is the deployment's page",
		shownURL(end.URL), e.Target.Host, shownURL(fact.WithoutQuery(end.URL)))
	v.Evidence = []Evidence{{end.Address, strings.ToUpper(v.Reasons[0][:1]) + v.Reasons[0][1:] + "."}}
	return v
}
