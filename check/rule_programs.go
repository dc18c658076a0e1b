package check

import "github.com/tlsgate/tlsgate/check/pki"

// programRule completes a rule that speaks of the public root programs: it is
// not applicable to chains that end at the user's own roots.
func programRule(r Rule) Rule {
	r = trustRule(r)
	kind := r.Fault
	r.Check = func(c *Evaluation) Verdict {
		return eachPublicChain(c, func(t *tally, s presentedChain) { s.tellFaults(t, c, kind) })
	}
	return r
}

// eachPublicChain runs judge on the chains that are not of the user's own
// roots. A bundle that holds public roots besides switches nothing off for
// chains that end at these.
func eachPublicChain(c *Evaluation, judge func(*tally, presentedChain)) Verdict {
	roots := c.Policy.Roots
	if roots == nil || !roots.Custom() {
		return eachChain(c, judge)
	}
	own := notApplicable("the roots are not the public ones, but '%s'", roots.Name())
	if !roots.Public() {
		return own
	}
	skipped := false
	v := eachChain(c, func(t *tally, s presentedChain) {
		if !s.Public {
			skipped = true
			return
		}
		judge(t, s)
	})
	if skipped && v.State == NotApplicable {
		return own
	}
	return v
}

var distrustedRoot = programRule(Rule{
	ID: "distrusted-root", Fault: pki.DistrustedRoot, CWE: 295,
	Sources:     []Source{{Document: "Chrome Root Program Policy"}, {Document: "Mozilla Root Store Policy"}},
	Short:       "Chrome or Firefox does not trust the certificate's root, or no longer for certificates as new as this one.",
	What:        "Chrome or Firefox refuses every path to a root: it is not, or no longer, in the Chrome Root Store, or the program trusts it only for certificates up to a date, and this one is newer (by its earliest signed certificate timestamp, or else by notBefore). A root that the embedded table never held counts as refused only while the table is at most 70 days old.",
	Why:         "The browser shows an error page instead of the deployment.",
	Remediation: Remediation{Text: "Have another authority issue the certificate, one that all root programs trust without a cut-off date; or send the cross-signed intermediate that leads to such a root."},
})

var rootNotUniversal = programRule(Rule{
	ID: "root-not-universal", Fault: pki.NotUniversal, Level: Warning, CWE: 295,
	Sources:     []Source{{Document: "Chrome Root Program Policy"}},
	Short:       "The certificate's root is not trusted by every major client.",
	What:        "Chrome and Firefox accept the chain, but the current release of another root store (Apple, Windows or Android), by a list at most 180 days old, holds no root that it reaches.",
	Why:         "Applications and browsers on such devices refuse the connection.",
	Remediation: Remediation{Text: "Send the cross-signed intermediate that leads to an older root, as the authority offers it; or have an authority issue the certificate that all root programs trust."},
})

var sctMissing = programRule(Rule{
	ID: "sct-missing", Fault: pki.SCTMissing, CWE: 295,
	Sources:     []Source{{Document: "RFC 6962", Section: "3.3"}, {Document: "Chrome Certificate Transparency Policy"}},
	Short:       "The certificate was not logged: it has no signed certificate timestamp.",
	What:        "Neither the certificate nor the handshake holds a signed certificate timestamp (RFC 6962). Timestamps in a stapled OCSP response do not count any more.",
	Why:         "Chrome, Safari and Firefox refuse publicly trusted certificates that are not in public logs.",
	Remediation: Remediation{Text: "Have the certificate reissued without asking for it to be kept out of the logs; every public authority embeds timestamps by default."},
})

var sctFew = programRule(Rule{
	ID: "sct-few", Fault: pki.SCTFew, Level: Warning, CWE: 295,
	Sources:     []Source{{Document: "RFC 6962", Section: "3.3"}, {Document: "Chrome Certificate Transparency Policy"}},
	Short:       "The certificate has timestamps of fewer logs than browsers want.",
	What:        "The browsers' policies want signed certificate timestamps of 2 distinct logs for a lifetime of up to 180 days, and of 3 above.",
	Why:         "Browsers that enforce the policy refuse the connection.",
	Remediation: Remediation{Text: "Have the certificate reissued; if the timestamps come with the handshake, configure more of them."},
})

// withoutHandshake are the kinds of fault that cannot be told of a chain that
// was seen without the rest of its handshake: timestamps may come there.
var withoutHandshake = map[pki.Kind]bool{pki.SCTMissing: true, pki.SCTFew: true}
