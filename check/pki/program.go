package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A program is a root program whose refusal alone is a fault: those of the
// two browsers that verdicts go by.
type program string

const (
	chromeProgram  program = "Chrome"
	mozillaProgram program = "Firefox"
)

// programFaults is what the public root programs hold against a path that
// ends at one of their roots, for a certificate issued at that time and judged
// at another: a removal or a cut-off of Chrome's, a distrust date or a name
// constraint of Mozilla's, or that Chrome's table does not have the root.
func programFaults(p path, issued, at time.Time) []Fault {
	return append(mozillaFaults(p, issued), chromeFaults(p.anchor, issued, at)...)
}

func mozillaFaults(p path, issued time.Time) []Fault {
	c := p.anchor.cert()
	var faults []Fault
	if p.anchor.constraint != nil {
		// The bundle's own function judges by notBefore; it is shown the date
		// that the rule goes by.
		if err := p.anchor.constraint([]*x509.Certificate{{NotBefore: issued}}); err != nil {
			faults = append(faults, Fault{Kind: DistrustedRoot, Cert: c, by: mozillaProgram, Detail: fmt.Sprintf(
				"Mozilla does not trust what '%s' issues any more: '%s'; this one is of '%s'.", Name(c), show(err.Error()), day(issued))})
		}
	}
	if name := outside(p.anchor.names, p.certs[0].DNSNames); name != "" {
		faults = append(faults, Fault{Kind: DistrustedRoot, Cert: c, by: mozillaProgram, Detail: fmt.Sprintf(
			"Mozilla trusts '%s' for names under '%s' only; the certificate names '%s'.", Name(c), strings.Join(p.anchor.names, "', '"), show(name))})
	}
	return faults
}

// outside is the first name that is under none of the domains, where there
// are any.
func outside(domains, names []string) string {
	for _, name := range names {
		under := func(domain string) bool { return strings.HasSuffix(strings.ToLower(name), "."+domain) }
		if len(domains) > 0 && !slices.ContainsFunc(domains, under) {
			return name
		}
	}
	return ""
}

func chromeFaults(a *anchor, issued, at time.Time) []Fault {
	c, table := a.cert(), a.chrome
	fault := Fault{Kind: DistrustedRoot, Cert: c, by: chromeProgram}
	root, known := table.Lookup(sha256.Sum256(a.der))
	switch {
	case known && root.Removed > 0:
		fault.Detail = fmt.Sprintf("Chrome does not trust '%s' any more: version %d of its root store no longer holds it.", Name(c), root.Removed)
	case known && !root.Cutoff.IsZero() && issued.After(root.Cutoff):
		fault.Detail = fmt.Sprintf("Chrome does not trust what '%s' issues after '%s'; this one is of '%s'.", Name(c), day(root.Cutoff), day(issued))
	case known:
		return nil
	case table.Aged(at):
		fault.unsure = true
		fault.Detail = fmt.Sprintf("The root '%s' is not in the Chrome Root Store as this tlsgate knows it (version %d of '%s'), which was more than %d days old: Chrome may have added it since. Update tlsgate.",
			Name(c), table.Version, table.Date.Format("2006-01"), MaxChromeAge/daySpan)
	default:
		fault.Detail = fmt.Sprintf("Chrome does not trust '%s': version %d of its root store, of '%s', does not hold it, though Mozilla's bundle does.",
			Name(c), table.Version, table.Date.Format("2006-01"))
	}
	return []Fault{fault}
}

// reconcile strikes out what one program holds against the best path where
// that program's browser has another one: Chrome and Firefox need not take the
// same. What the other path lacks is then told in its place.
func (s *search) reconcile(best []Fault) []Fault {
	var out []Fault
	for _, f := range best {
		if f.by == "" {
			out = append(out, f)
			continue
		}
		other, found := s.accepted(f.by, f.unsure)
		if !found {
			out = append(out, f)
			continue
		}
		for _, o := range other {
			if !slices.Contains(out, o) && !slices.Contains(best, o) {
				out = append(out, o)
			}
		}
	}
	return out
}

// accepted finds a path that a program's browser accepts, and what remains to
// be told of it: certificates that the server does not send, or that the
// program's table is too old to know the root. Where the best path is unsure
// already, another unsure one is no better.
func (s *search) accepted(by program, unsure bool) (rest []Fault, found bool) {
	var second []Fault
	for _, faults := range s.judged {
		var own []Fault
		usable, open := true, false
		for _, f := range faults {
			switch {
			case f.by == by && f.unsure && !unsure:
				own, open = append(own, f), true
			case f.by == by, f.by == "" && f.Kind != IncompleteChain:
				usable = false
			case f.by == "":
				own = append(own, f)
			}
		}
		switch {
		case usable && !open && (!found || len(own) < len(rest)):
			rest, found = own, true
		case usable && open && second == nil:
			second = own
		}
	}
	if !found && second != nil {
		return second, true
	}
	return rest, found
}

// settle parts the faults from what the tables are too old to say.
func settle(faults []Fault) (certain, unknown []Fault) {
	for _, f := range faults {
		if f.unsure {
			unknown = append(unknown, f)
		} else {
			certain = append(certain, f)
		}
	}
	return certain, unknown
}
