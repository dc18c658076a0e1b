package pki

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// maxComparisons bounds the work on name constraints: names times subtrees, on
// all paths together. Public certificates need some hundreds; browsers draw the line at
// about a million too.
const maxComparisons = 1 << 20

// The forms of a general name (RFC 5280 section 4.2.1.6) that are distinguished,
// by context-specific tag number.
const (
	formMail      = 1
	formDNS       = 2
	formDirectory = 4
	formURI       = 6
	formAddress   = 7
	forms         = 9
)

// A generalName is one GeneralName: its form and content octets, and what is
// compared of it, worked out once.
type generalName struct {
	form  int
	value []byte // of a directory name the whole Name
	// text is a DNS name, or a mailbox's domain, in lower case; of a constraint
	// the host that is meant.
	text  string
	local string // of a mailbox
	// parts are the relative distinguished names of a directory name in the form
	// that is compared, exact are they in the form that Firefox compares.
	parts, exact []string
}

// constraints are the subtrees of one certificate (RFC 5280 section 4.2.1.10).
type constraints struct {
	permitted, excluded []generalName
}

// nameFaults hold every name on a path to the constraints of the issuers above
// it. Names of self-issued intermediates are exempt (RFC 5280 section 6.1.3
// (b)). The comparisons come off what is left of maxComparisons.
func nameFaults(certs []*Certificate, left *int) []Fault {
	var faults []Fault
	for i := 1; i < len(certs); i++ {
		value, ok := extension(certs[i], oidNameConstraints)
		if !ok {
			continue
		}
		set, _ := parseConstraints(value) // a malformed one is refused for its form
		for k, c := range certs[:i] {
			if k > 0 && selfIssued(c) {
				continue
			}
			names := namesOf(c)
			if *left -= len(names) * (len(set.permitted) + len(set.excluded)); *left < 0 {
				return append(faults, refusal(certs[i], []Verifier{Chromium}, fmt.Sprintf(
					"it has more name constraints than can be compared with the names of '%s'", Name(c))))
			}
			for _, r := range set.refuse(names, critical(certs[i], oidNameConstraints)) {
				faults = append(faults, refusal(c, r.by, fmt.Sprintf("the name constraints of '%s' do not allow it: %s", Name(certs[i]), r.why)))
			}
		}
	}
	return faults
}

// parseConstraints reads a NameConstraints extension, as far as it can be
// read, and says how it departs from its form.
func parseConstraints(value []byte) (c constraints, wrong string) {
	note := func(what string) { wrong = cmp.Or(wrong, what) }
	outer := &berReader{value, note}
	seq, _ := outer.enter(tagSequence)
	outer.end()
	permitted, hasPermitted := seq.optional(tagContext | constructed)
	excluded, hasExcluded := seq.optional(tagContext | constructed | 1)
	seq.end()
	if !hasPermitted && !hasExcluded || hasPermitted && len(permitted) == 0 || hasExcluded && len(excluded) == 0 {
		note(departEmpty)
	}
	c.permitted = parseSubtrees(permitted, note)
	c.excluded = parseSubtrees(excluded, note)
	return c, wrong
}

// parseSubtrees reads GeneralSubtrees. Minimum and maximum must be left at
// their defaults, as RFC 5280 says.
func parseSubtrees(content []byte, note func(string)) []generalName {
	var out []generalName
	for r := (&berReader{content, note}); !r.empty(); {
		tree, ok := r.enter(tagSequence)
		if !ok {
			return out
		}
		base, ok := tree.next()
		tree.end()
		if !ok {
			note(departMissing)
			continue
		}
		n, wrong := readGeneralName(base)
		if wrong == "" {
			wrong = subtreeFault(n)
		}
		if wrong != "" {
			note(wrong)
			if wrong == departTag {
				continue
			}
		}
		out = append(out, n)
	}
	return out
}

// subtreeFault is how a subtree's base departs from its form.
func subtreeFault(n generalName) string {
	switch {
	case n.form == formDNS && len(n.value) > 0 && !hostName(strings.TrimPrefix(n.text, ".")):
		return departDNSName
	case n.form == formAddress && len(n.value) != 8 && len(n.value) != 32:
		return departAddress
	case n.form == formAddress && maskHasGaps(n.value[len(n.value)/2:]):
		return departMask
	}
	return ""
}

// maskHasGaps reports whether a mask is no run of ones and then zeros.
func maskHasGaps(mask []byte) bool {
	ended := false
	for _, b := range mask {
		if ended && b != 0 || !leadingOnes(b) {
			return true
		}
		ended = ended || b != 0xff
	}
	return false
}

// leadingOnes reports whether an octet is a run of ones and then zeros.
func leadingOnes(b byte) bool { return ^b&(^b+1) == 0 }

// readGeneralName reads one GeneralName, and says how it departs from its form.
func readGeneralName(e element) (n generalName, wrong string) {
	form := int(e.tag & 0x1f)
	structured := form == 0 || form == 3 || form == formDirectory || form == 5
	if e.tag&0xc0 != tagContext || form >= forms || structured != (e.tag&constructed != 0) {
		return n, departTag
	}
	n = generalName{form: form, value: e.content}
	switch form {
	case formDNS, formMail, formURI:
		if !ascii(e.content) {
			wrong = departASCII
		}
		n.text = lowerASCII(string(e.content))
		if at := bytes.LastIndexByte(e.content, '@'); form == formMail && at >= 0 {
			n.local, n.text = string(e.content[:at]), n.text[at+1:]
		}
	case formDirectory:
		if len(e.content) == 0 || e.content[0] != tagSequence {
			return n, departNameForm
		}
		n.parts, n.exact, _ = canonicalParts(e.content)
	}
	return n, wrong
}

// namesOf lists the names a certificate claims: its subject alternative names,
// its subject as a directory name, and where there are no alternative names the
// mailboxes in its subject.
func namesOf(c *Certificate) []generalName {
	names := c.names
	if parts, exact, ok := canonicalParts(c.RawSubject); ok && len(parts) > 0 {
		names = append(slices.Clip(names), generalName{form: formDirectory, value: c.RawSubject, parts: parts, exact: exact})
	}
	if !has(c, oidSubjectAltName) {
		names = append(slices.Clip(names), mailboxes(c.RawSubject)...)
	}
	return names
}

// oidMailbox is emailAddress (RFC 5280 appendix A.1), content octets.
const oidMailbox = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"

func mailboxes(subject []byte) []generalName {
	var out []generalName
	rdns, _ := nameAttributes(subject, func(string) {})
	for _, rdn := range rdns {
		for _, a := range rdn {
			if a.oid == oidMailbox {
				n, _ := readGeneralName(element{tag: tagContext | formMail, content: a.value})
				out = append(out, n)
			}
		}
	}
	return out
}

// A nameRefusal is a name that constraints do not allow, for some clients.
type nameRefusal struct {
	by  []Verifier
	why string
}

// refuse says which name is not allowed: it lies in an excluded subtree, or in
// no permitted one while there are some of its form. Browsers compare no other
// forms than those of hosts, addresses, mailboxes and directory names: Firefox
// refuses a name of another form that is constrained, Chromium where the
// extension is critical.
func (c constraints) refuse(names []generalName, isCritical bool) []nameRefusal {
	for _, n := range names {
		sameForm := func(t generalName) bool { return t.form == n.form }
		in := func(t generalName) bool { return within(n, t, false) }
		overlaps := func(t generalName) bool { return within(n, t, true) }
		constrained := slices.ContainsFunc(c.permitted, sameForm)
		switch {
		case !compared(n.form):
			if constrained || slices.ContainsFunc(c.excluded, sameForm) {
				by := []Verifier{Firefox}
				if isCritical {
					by = []Verifier{Chromium, Firefox}
				}
				return []nameRefusal{{by, fmt.Sprintf("it has a name ('%s') of a form that cannot be compared", n)}}
			}
		case n.form == formDNS && (constrained || slices.ContainsFunc(c.excluded, sameForm)) && !presentable(n.text):
			return []nameRefusal{{[]Verifier{Firefox}, fmt.Sprintf("'%s' is no DNS name that can be compared", n)}}
		case constrained && !slices.ContainsFunc(c.permitted, in):
			return []nameRefusal{{[]Verifier{Chromium, Firefox}, fmt.Sprintf("'%s' is not permitted", n)}}
		case slices.ContainsFunc(c.excluded, overlaps):
			return []nameRefusal{{[]Verifier{Chromium, Firefox}, fmt.Sprintf("'%s' is excluded", n)}}
		case n.form == formDirectory && slices.ContainsFunc(c.excluded, sameForm):
			return []nameRefusal{{[]Verifier{Firefox}, "it has directory names, and some are excluded, whichever"}}
		case n.form == formDirectory && constrained && !slices.ContainsFunc(c.permitted, func(t generalName) bool {
			return t.form == n.form && len(n.exact) >= len(t.exact) && slices.Equal(n.exact[:len(t.exact)], t.exact)
		}):
			return []nameRefusal{{[]Verifier{Firefox}, fmt.Sprintf("'%s' is permitted only if string types and letter case do not count", n)}}
		}
	}
	return nil
}

// presentable reports whether Firefox takes a DNS name of a certificate for one.
func presentable(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return hostName(strings.TrimPrefix(name, "*.")) && strings.Trim(last, "0123456789") != ""
}

func compared(form int) bool {
	return form == formMail || form == formDNS || form == formDirectory || form == formAddress
}

// String is the name as people write it.
func (n generalName) String() string {
	switch n.form {
	case formDirectory:
		return show(readName(n.value).Text)
	case formAddress:
		if ip, ok := netip.AddrFromSlice(n.value); ok {
			return ip.String()
		}
	}
	return show(strings.ToValidUTF8(string(n.value), "\ufffd"))
}

// within reports whether a name lies in a subtree; with overlap, for excluded
// subtrees, also whether a wildcard name could stand for one that does.
func within(n, tree generalName, overlap bool) bool {
	if n.form != tree.form {
		return false
	}
	switch n.form {
	case formDNS:
		if parent, wild := strings.CutPrefix(n.text, "*."); wild && overlap {
			if label, rest, _ := strings.Cut(tree.text, "."); label != "" && rest == parent {
				return true
			}
		}
		return belowDomain(n.text, tree.text)
	case formMail:
		if tree.local != "" {
			return n.local == tree.local && n.text == tree.text
		}
		return hostWithin(n.text, tree.text, overlap)
	case formAddress:
		return addressWithin(n.value, tree.value)
	}
	return len(n.parts) >= len(tree.parts) && slices.Equal(n.parts[:len(tree.parts)], tree.parts)
}

// belowDomain reports whether a name is the base or below it. A base with a
// leading period, which many authorities write, leaves out the base itself.
func belowDomain(name, base string) bool {
	if base == "" {
		return true
	}
	above, below := strings.CutSuffix(name, base)
	return below && (above == "" || base[0] == '.' || strings.HasSuffix(above, "."))
}

// hostWithin compares a host as constraints on mailboxes do: with a leading period any
// host below the base, without one the base alone. A host that is missing
// cannot be compared, and so is in every excluded subtree and no permitted one.
func hostWithin(host, base string, overlap bool) bool {
	if host == "" {
		return overlap
	}
	if base == "" || strings.HasPrefix(base, ".") {
		return strings.HasSuffix(host, base)
	}
	return host == base
}

// addressWithin compares an address with an address and mask of its family.
func addressWithin(address, tree []byte) bool {
	if len(tree) != 2*len(address) {
		return false
	}
	base, mask := tree[:len(address)], tree[len(address):]
	for i := range address {
		if address[i]&mask[i] != base[i]&mask[i] {
			return false
		}
	}
	return true
}
