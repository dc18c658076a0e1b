package pki

import (
	"fmt"
	"time"
)

// A Status is what one source, an OCSP response or a CRL, says of one
// certificate. It is plain data that survives JSON.
type Status struct {
	// State is what it says; empty if it was never asked.
	State RevocationState `json:"state,omitempty"`
	// Detail says in full sentences why it says so, or why it says nothing.
	Detail string `json:"detail,omitempty"`
	// Reason is the reason for a revocation by its name in RFC 5280 section
	// 5.3.1; empty where none is given.
	Reason string `json:"reason,omitempty"`
	// RevokedAt is since when the certificate is revoked (UTC).
	RevokedAt time.Time `json:"revokedAt,omitzero"`
	// ThisUpdate and NextUpdate bound when the source is current (UTC);
	// NextUpdate may be missing in an OCSP response.
	ThisUpdate time.Time `json:"thisUpdate,omitzero"`
	NextUpdate time.Time `json:"nextUpdate,omitzero"`
}

// A RevocationState is what a source says of a certificate.
type RevocationState string

// The states. Only the first two are answers.
const (
	StatusGood    RevocationState = "good"
	StatusRevoked RevocationState = "revoked"
	// StatusUnknown is a valid OCSP response that does not know the certificate.
	StatusUnknown RevocationState = "unknown"
	// StatusInvalid is a source that must not be believed, or says nothing of
	// the certificate.
	StatusInvalid RevocationState = "invalid"
)

// invalid is the status of a source that must not be believed.
func invalid(format string, args ...any) Status {
	return Status{State: StatusInvalid, Detail: fmt.Sprintf(format, args...)}
}

// clockSkew is how far into the future a source may be dated: responders date
// their answers at the moment, on clocks of their own.
const clockSkew = 10 * time.Minute

// current says why a source is not current; next may be zero.
func current(this, next, at time.Time) string {
	switch {
	case this.After(at.Add(clockSkew)):
		return fmt.Sprintf("it is dated '%s', in the future of '%s'", day(this), day(at))
	case !next.IsZero() && at.After(next):
		return fmt.Sprintf("it is out of date: its next update was due on '%s'", day(next))
	}
	return ""
}

// reasonNames are the names of RFC 5280 section 5.3.1; 7 is not used.
var reasonNames = map[int]string{
	0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded",
	5: "cessationOfOperation", 6: "certificateHold", 8: "removeFromCRL", 9: "privilegeWithdrawn", 10: "aACompromise",
}

// revoked is the status of a revoked certificate; reason is a code of RFC 5280
// section 5.3.1, or -1 for none.
func revoked(source string, reason int, since, this, next time.Time) Status {
	s := Status{State: StatusRevoked, Reason: reasonNames[reason], RevokedAt: since.UTC(), ThisUpdate: this.UTC(), NextUpdate: next.UTC()}
	s.Detail = fmt.Sprintf("%s says that it is revoked since '%s'", source, day(since))
	if s.Reason != "" {
		s.Detail += fmt.Sprintf(" for the reason '%s'", s.Reason)
	}
	s.Detail += "."
	return s
}
