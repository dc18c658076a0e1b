package pki

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	encodingasn1 "encoding/asn1"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// maxComparisons bounds the work on name constraints: names times subtrees, on
// all paths together. Public certificates need some hundreds; browsers draw the line at
// about a million too.
const maxComparisons = 1 << 20

// The forms of a general name (RFC 5280 section 4.2.1.6) that are told apart,
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
	// text is a DNS name, a mailbox's domain or a URI's host in lower case; of
	// a constraint the host that is meant.
	text  string
	local string   // of a mailbox
	parts []string // of a directory name
}

// constraints are the subtrees of one certificate (RFC 5280 section 4.2.1.10).
type constraints struct {
	permitted, excluded []generalName
}

var errConstraints = errors.New("its name constraints cannot be read")

// nameFault holds every name on a path to the constraints of the issuers above
// it, and returns the constraining certificate and what it refuses. Names of
// self-issued intermediates are exempt (RFC 5280 section 6.1.3 (b)). The
// comparisons come off what is left of maxComparisons.
func nameFault(certs []*x509.Certificate, left *int) (*x509.Certificate, string) {
	for i := 1; i < len(certs); i++ {
		value, ok := extension(certs[i], oidNameConstraints)
		if !ok {
			continue
		}
		set, err := parseConstraints(value)
		if err != nil {
			return certs[i], fmt.Sprintf("The certificate '%s' is not to be used: %s.", Name(certs[i]), err)
		}
		for k, c := range certs[:i] {
			if k > 0 && selfIssued(c) {
				continue
			}
			names, err := namesOf(c)
			if err != nil {
				return c, fmt.Sprintf("The names of '%s' cannot be held to the constraints of '%s': %s.", Name(c), Name(certs[i]), err)
			}
			if *left -= len(names) * (len(set.permitted) + len(set.excluded)); *left < 0 {
				return certs[i], fmt.Sprintf("The certificate '%s' has more name constraints than clients will compare with the names of '%s'.", Name(certs[i]), Name(c))
			}
			if detail := set.refuse(names); detail != "" {
				return certs[i], fmt.Sprintf("The name constraints of '%s' do not allow '%s' below it: %s.", Name(certs[i]), Name(c), detail)
			}
		}
	}
	return nil, ""
}

// parseConstraints reads a NameConstraints extension.
func parseConstraints(value []byte) (constraints, error) {
	input := cryptobyte.String(value)
	var seq, permitted, excluded cryptobyte.String
	var hasPermitted, hasExcluded bool
	if !input.ReadASN1(&seq, asn1.SEQUENCE) || !input.Empty() ||
		!seq.ReadOptionalASN1(&permitted, &hasPermitted, asn1.Tag(0).ContextSpecific().Constructed()) ||
		!seq.ReadOptionalASN1(&excluded, &hasExcluded, asn1.Tag(1).ContextSpecific().Constructed()) ||
		!seq.Empty() || permitted.Empty() && excluded.Empty() {
		return constraints{}, errConstraints
	}
	var c constraints
	var err error
	if c.permitted, err = parseSubtrees(permitted); err != nil {
		return c, err
	}
	c.excluded, err = parseSubtrees(excluded)
	return c, err
}

// parseSubtrees reads GeneralSubtrees. Minimum and maximum must be left at
// their defaults, as RFC 5280 says.
func parseSubtrees(input cryptobyte.String) ([]generalName, error) {
	var out []generalName
	for !input.Empty() {
		var tree cryptobyte.String
		if !input.ReadASN1(&tree, asn1.SEQUENCE) {
			return nil, errConstraints
		}
		n, ok := readGeneralName(&tree)
		if !ok || !tree.Empty() || !validSubtree(n) {
			return nil, errConstraints
		}
		out = append(out, n)
	}
	return out, nil
}

// validSubtree reports whether a subtree's base is well-formed.
func validSubtree(n generalName) bool {
	switch n.form {
	case formDNS, formURI, formMail:
		return len(n.value) == 0 || hostName(strings.TrimPrefix(n.text, "."))
	case formAddress:
		return len(n.value) == 8 || len(n.value) == 32
	}
	return true
}

// readGeneralName reads one GeneralName.
func readGeneralName(input *cryptobyte.String) (n generalName, ok bool) {
	var value cryptobyte.String
	var tag asn1.Tag
	if !input.ReadAnyASN1(&value, &tag) || tag&0xc0 != 0x80 || int(tag&0x1f) >= forms {
		return n, false
	}
	n = generalName{form: int(tag & 0x1f), value: value, text: lowerASCII(string(value))}
	ok = true
	switch n.form {
	case formDirectory:
		n.parts, ok = rdns(value)
	case formMail:
		if at := bytes.LastIndexByte(value, '@'); at >= 0 {
			n.local, n.text = string(value[:at]), n.text[at+1:]
		}
	}
	return n, ok
}

// namesOf lists the names a certificate claims: its subject alternative names,
// and its subject as a directory name.
func namesOf(c *x509.Certificate) ([]generalName, error) {
	var names []generalName
	if len(c.Subject.Names) > 0 {
		parts, ok := rdns(c.RawSubject)
		if !ok {
			return nil, errors.New("its subject cannot be read")
		}
		names = append(names, generalName{form: formDirectory, value: c.RawSubject, parts: parts})
	}
	value, ok := extension(c, oidSubjectAltName)
	if !ok {
		return names, nil
	}
	input := cryptobyte.String(value)
	var seq cryptobyte.String
	if !input.ReadASN1(&seq, asn1.SEQUENCE) || !input.Empty() {
		return nil, errors.New("its subject alternative names cannot be read")
	}
	for !seq.Empty() {
		n, ok := readGeneralName(&seq)
		if !ok || n.form == formDNS && strings.HasPrefix(string(n.value), ".") {
			return nil, errors.New("one of its subject alternative names cannot be read")
		}
		if n.form == formURI {
			n.text = ""
			if u, err := url.Parse(string(n.value)); err == nil {
				n.text = lowerASCII(u.Hostname())
			}
		}
		names = append(names, n)
	}
	return names, nil
}

// refuse says which name is not allowed: it lies in an excluded subtree, or in
// no permitted one while there are some of its form. A form that nothing here
// can compare is refused wherever it is constrained.
func (c constraints) refuse(names []generalName) string {
	for _, n := range names {
		sameForm := func(t generalName) bool { return t.form == n.form }
		in := func(t generalName) bool { return within(n, t, false) }
		overlaps := func(t generalName) bool { return within(n, t, true) }
		switch {
		case !compared(n.form):
			if slices.ContainsFunc(c.permitted, sameForm) || slices.ContainsFunc(c.excluded, sameForm) {
				return "a name of a form that clients cannot compare"
			}
		case slices.ContainsFunc(c.permitted, sameForm) && !slices.ContainsFunc(c.permitted, in):
			return fmt.Sprintf("'%s' is not permitted", n)
		case slices.ContainsFunc(c.excluded, overlaps):
			return fmt.Sprintf("'%s' is excluded", n)
		}
	}
	return ""
}

func compared(form int) bool {
	return slices.Contains([]int{formMail, formDNS, formDirectory, formURI, formAddress}, form)
}

// String is the name as people write it.
func (n generalName) String() string {
	switch n.form {
	case formDirectory:
		var name pkix.RDNSequence
		if _, err := encodingasn1.Unmarshal(n.value, &name); err == nil {
			return show(name.String())
		}
	case formAddress:
		if ip, ok := netip.AddrFromSlice(n.value); ok {
			return ip.String()
		}
	}
	return show(string(n.value))
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
	case formURI:
		return hostWithin(n.text, tree.text, overlap)
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

// hostWithin compares a host as constraints on URIs and mailboxes do: with a leading period any
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
