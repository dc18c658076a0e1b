package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"time"
)

// programFaults says what the public root programs hold against an anchor for
// a certificate issued at that time: a distrust date in Mozilla's bundle, a
// cut-off in Chrome's table, or that Chrome does not know it.
func programFaults(a *anchor, chrome *ChromeRoots, at time.Time) []Fault {
	c := a.cert()
	var faults []Fault
	distrusted := func(detail string) {
		faults = append(faults, Fault{Kind: DistrustedRoot, Cert: c, Detail: detail})
	}
	if a.constraint != nil {
		// The bundle's own function judges by notBefore; it is shown the date
		// that the rule goes by.
		if err := a.constraint([]*x509.Certificate{{NotBefore: at}}); err != nil {
			distrusted(fmt.Sprintf("Mozilla does not trust what '%s' issues any more: '%s'; this one is of '%s'.", Name(c), show(err.Error()), day(at)))
		}
	}
	cutoff, known := chrome.Lookup(sha256.Sum256(a.der))
	switch {
	case !known:
		faults = append(faults, Fault{Kind: NotUniversal, Cert: c, Detail: fmt.Sprintf(
			"The root '%s' is in Mozilla's bundle but not in Chrome's (version %d).", Name(c), chrome.Version)})
	case !cutoff.IsZero() && at.After(cutoff):
		distrusted(fmt.Sprintf("Chrome does not trust what '%s' issues after '%s'; this one is of '%s'.", Name(c), day(cutoff), day(at)))
	}
	return faults
}
