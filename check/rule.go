package check

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/text"
)

// A Level ranks a rule, as in SARIF 2.1.0 section 3.27.10.
type Level string

// The levels. An error violates the requirement; a warning says that it holds
// today but a client can be made to fall back, or trust is about to end; a
// note is worth knowing.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Note    Level = "note"
)

// Rank orders levels: 3 for an error, 2 for a warning, 1 for a note, 0 for
// anything else.
func (l Level) Rank() int {
	switch l {
	case Error:
		return 3
	case Warning:
		return 2
	case Note:
		return 1
	}
	return 0
}

// A Requirement is one of the two requirements of OWASP ASVS 5.0.0 that
// tlsgate verifies.
type Requirement string

// The requirements.
const (
	TLSOnly         Requirement = "V12.2.1"
	PubliclyTrusted Requirement = "V12.2.2"
)

// Requirements lists both, in the order every report uses.
func Requirements() []Requirement { return []Requirement{TLSOnly, PubliclyTrusted} }

// Title is the requirement in three words.
func (r Requirement) Title() string {
	if r == TLSOnly {
		return "TLS only"
	}
	return "Publicly trusted"
}

// Text is the requirement in the standard's own words (OWASP ASVS 5.0.0, CC
// BY-SA 4.0).
func (r Requirement) Text() string {
	if r == TLSOnly {
		return "Verify that TLS is used for all connectivity between a client and external facing, HTTP-based services, and does not fall back to insecure or unencrypted communications."
	}
	return "Verify that external facing services use publicly trusted TLS certificates."
}

// A State is the outcome of judging. Its zero value is Unknown, so that
// whatever was never judged is never a pass.
type State int

// The states.
const (
	Unknown State = iota // the facts are missing
	Pass
	Fail
	NotApplicable
)

var stateNames = [...]string{"unknown", "pass", "fail", "not-applicable"}

func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return stateNames[Unknown]
	}
	return stateNames[s]
}

// MarshalText gives the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a state's name.
func (s *State) UnmarshalText(b []byte) error {
	for i, n := range stateNames {
		if n == string(b) {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("no such state: %q", text.Clip(string(b), 40))
}

// A Rule is one thing that is checked of every target.
type Rule struct {
	// ID is a contract: waivers, dashboards and alerts key on it.
	ID    string
	Level Level
	// Requirements are those that a failure speaks against.
	Requirements []Requirement
	// CWE is the weakness's number in the Common Weakness Enumeration, 0 for none.
	CWE int
	// Fault is the kind of fault of a certificate chain that fails the rule;
	// empty for rules that judge something else.
	Fault pki.Kind
	// Sources are the documents that the rule follows.
	Sources []Source
	// Severity is code scanning's security-severity (CVSS-like, "7.5"); empty below error.
	Severity string
	// Short says in one sentence what a failure means; What, in full, when the rule fails.
	Short, What string
	// Why says what an attacker or a client makes of it.
	Why string
	// Remediation says how to fix it.
	Remediation Remediation
	// Check judges the facts. It must be pure, and must answer Unknown or
	// NotApplicable where it has none.
	Check func(*Evaluation) Verdict `json:"-"`
}

// A Source is a place in a published document that a rule follows.
type Source struct {
	Document string // such as "RFC 6797"
	// Section is a number, or the title of a section; empty for the whole
	// document.
	Section string
	// Since is the date from which it applies (2006-01-02, or 2006-01 where no
	// day is given); empty where the document names none that still matters.
	Since string
}

// String cites the source: "RFC 6797 section 7.2".
func (s Source) String() string {
	cite := s.Document
	switch {
	case s.Section == "":
	case strings.Trim(s.Section, "0123456789.") == "":
		cite += " section " + s.Section
	default:
		cite += " " + s.Section
	}
	if s.Since != "" {
		cite += " (since " + s.Since + ")"
	}
	return cite
}

// Remediation says how to fix a finding: in general, and by server where that
// helps. Server texts are configuration lines.
type Remediation struct {
	Text  string
	Nginx string
	// Apache is for httpd 2.4.
	Apache string
	Caddy  string
	// Cloud speaks of managed load balancers and content delivery networks.
	Cloud string
}

// Citations cites the sources in one line: "RFC 6797 section 7.2; RFC 9773". A
// place that is cited for several dates is named once.
func (r Rule) Citations() string {
	var cites []string
	for i, s := range r.Sources {
		if i > 0 && s.Document == r.Sources[i-1].Document && s.Section == r.Sources[i-1].Section {
			last := &cites[len(cites)-1]
			*last = strings.TrimSuffix(*last, ")") + ", " + s.Since + ")"
			continue
		}
		cites = append(cites, s.String())
	}
	return strings.Join(cites, "; ")
}

// Speaks reports whether the rule belongs to the requirement.
func (r Rule) Speaks(q Requirement) bool {
	for _, have := range r.Requirements {
		if have == q {
			return true
		}
	}
	return false
}

// A Verdict is what a rule says of one target.
type Verdict struct {
	State State `json:"state"`
	// Reasons say why a rule is unknown or not applicable, and what could not be
	// checked besides a failure.
	Reasons []string `json:"reasons,omitempty"`
	// Findings are the failures; not empty exactly if State is Fail.
	Findings []Finding `json:"findings,omitempty"`
	// Evidence says what was seen where, for a pass and for the passing part of a failure.
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Reason is the reasons in one line.
func (v Verdict) Reason() string { return strings.Join(v.Reasons, "; ") }

// A Finding is one failure of a rule at a target.
type Finding struct {
	// Message is full sentences: what was seen and where, dynamic parts in
	// single quotes. How to fix it is in the rule.
	Message string `json:"message"`
	// Addresses are the ip:port pairs it was seen at.
	Addresses []string `json:"addresses,omitempty"`
	// Distinct tells two findings of one rule at one origin apart; the same
	// from run to run, so never an IP, a serial number or a date.
	Distinct string `json:"distinct,omitempty"`
	// Items are the parts of the finding that can grow in number, such as
	// versions, suites and URLs; the same from run to run.
	Items []string `json:"items,omitempty"`
	// Level replaces the rule's level where the policy says so.
	Level Level `json:"level,omitempty"`
	// Waived is the waiver that accepts the finding, nil for none.
	Waived *Waiver `json:"waived,omitempty"`
	// Baseline says how the finding stands to the policy's baseline; nil without
	// one, and for what no baseline holds.
	Baseline *Standing `json:"baseline,omitempty"`
}

// Counts reports whether the finding counts for the verdict: it is neither
// waived nor known by the baseline.
func (f Finding) Counts() bool { return f.Waived == nil && !f.Baseline.Known() }

// errors reports on the findings of level error, by their own level or else
// the rule's: whether any counts, whether any is waived, and whether any is
// known by the baseline.
func (v Verdict) errors(level Level) (count, waived, known bool) {
	for _, f := range v.Findings {
		if cmp.Or(f.Level, level) == Error {
			count = count || f.Counts()
			waived = waived || f.Waived != nil
			known = known || f.Waived == nil && f.Baseline.Known()
		}
	}
	return count, waived, known
}

// Evidence is one thing seen at one address.
type Evidence struct {
	Address string `json:"address,omitempty"` // ip:port, or a URL for what is not an address's
	Text    string `json:"text"`
}

// unknown is the verdict of a rule that lacks its facts.
func unknown(format string, args ...any) Verdict {
	return Verdict{State: Unknown, Reasons: []string{fmt.Sprintf(format, args...)}}
}

// notApplicable is the verdict of a rule that does not apply.
func notApplicable(format string, args ...any) Verdict {
	return Verdict{State: NotApplicable, Reasons: []string{fmt.Sprintf(format, args...)}}
}

// A tally gathers what a rule sees at each address into one verdict.
type tally struct {
	findings []Finding
	at       map[string]int // in findings, by Distinct and message
	more     bool           // there were more than maxFindings
	evidence []Evidence
	unknowns []string
}

// maxFindings bounds the findings of a rule about one target. A last one
// stands for all others, which no waiver of a single name covers.
const maxFindings = 200

// fail notes a failure. Failures with the same text and Distinct at several
// addresses become one finding.
func (t *tally) fail(address, distinct, format string, args ...any) {
	t.failItems(address, distinct, nil, format, args...)
}

// failItems is fail for a finding with items.
func (t *tally) failItems(address, distinct string, items []string, format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	key := distinct + "\x00" + msg
	if i, known := t.at[key]; known {
		f := &t.findings[i]
		f.Addresses = appendNew(f.Addresses, address)
		f.addItems(items)
		return
	}
	if len(t.findings) >= maxFindings {
		t.more = true
		return
	}
	f := Finding{Message: msg, Distinct: distinct, Addresses: appendNew(nil, address)}
	f.addItems(items)
	if t.at == nil {
		t.at = map[string]int{}
	}
	t.at[key] = len(t.findings)
	t.findings = append(t.findings, f)
}

// addItems adds the items that the finding lacks.
func (f *Finding) addItems(items []string) {
	for _, item := range items {
		f.Items = appendNew(f.Items, item)
	}
}

// pass notes something seen to be right.
func (t *tally) pass(address, format string, args ...any) {
	t.note(Evidence{address, fmt.Sprintf(format, args...)})
}

// note takes evidence that is not there yet.
func (t *tally) note(e Evidence) {
	for _, have := range t.evidence {
		if have == e {
			return
		}
	}
	t.evidence = append(t.evidence, e)
}

// unknown notes a fact that could not be had.
func (t *tally) unknown(format string, args ...any) {
	t.unknowns = appendNew(t.unknowns, fmt.Sprintf(format, args...))
}

// verdict concludes: any failure fails; then anything missing makes it
// unknown, whatever else was seen to be right; then what was seen passes; and
// with nothing at all it is otherwise.
func (t *tally) verdict(otherwise Verdict) Verdict {
	if t.more {
		t.findings = append(t.findings, Finding{Message: "More was found of the same kind than is listed.", Distinct: "more than is listed"})
	}
	switch {
	case len(t.findings) > 0:
		return Verdict{State: Fail, Reasons: t.unknowns, Findings: merge(t.findings), Evidence: t.evidence}
	case len(t.unknowns) > 0:
		return Verdict{State: Unknown, Reasons: t.unknowns, Evidence: t.evidence}
	case len(t.evidence) > 0:
		return Verdict{State: Pass, Evidence: t.evidence}
	}
	return otherwise
}

// merge joins findings that differ in text only: a rule has one finding for
// each Distinct, so that fingerprints are unique.
func merge(fs []Finding) []Finding {
	var out []Finding
	at := map[string]int{}
	for _, f := range fs {
		f.Message += seenAt(f.Addresses)
		i, ok := at[f.Distinct]
		if !ok {
			at[f.Distinct] = len(out)
			out = append(out, f)
			continue
		}
		out[i].Message += " " + f.Message
		out[i].addItems(f.Items)
		for _, a := range f.Addresses {
			out[i].Addresses = appendNew(out[i].Addresses, a)
		}
	}
	return out
}

// seenAt is the closing sentence of a message that names addresses.
func seenAt(addresses []string) string {
	if len(addresses) == 0 {
		return ""
	}
	return " Seen at '" + strings.Join(addresses, "', '") + "'."
}

// appendNew appends s unless it is empty or there already.
func appendNew(list []string, s string) []string {
	if s == "" {
		return list
	}
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
