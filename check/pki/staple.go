package pki

import (
	"fmt"
	"time"

	"golang.org/x/crypto/ocsp"
)

// How Firefox takes the dates of a response (mozilla::pkix): a day of slack
// for clocks and late responders, and no trust in one older than ten days.
const (
	stapleSlack   = 24 * time.Hour
	maxStapleLife = 10 * 24 * time.Hour
)

// StapleFault says why Firefox answers a stapled OCSP response with an error
// page; empty if it does not. A response that says revoked is no fault of the
// staple. Chromium reads staples only to find revocations.
func StapleFault(der []byte, cert, issuer *Certificate, at time.Time) string {
	resp, wrong := verifiedOCSP(der, cert, issuer, at)
	if wrong != "" {
		return wrong
	}
	end := resp.this.Add(undatedLife)
	if !resp.next.IsZero() {
		end = resp.next
	}
	if limit := resp.this.Add(maxStapleLife); end.After(limit) {
		end = limit
	}
	switch {
	case resp.status == ocsp.Revoked:
		return ""
	case resp.status != ocsp.Good:
		return "The OCSP response says that the responder does not know the certificate."
	case resp.this.After(at.Add(stapleSlack)):
		return fmt.Sprintf("The OCSP response is dated '%s', more than a day in the future of '%s'.", day(resp.this), day(at))
	case at.After(end.Add(stapleSlack)):
		return fmt.Sprintf("The OCSP response of '%s' was to be used until '%s' at the latest, and a day of slack has passed too.", day(resp.this), day(end))
	}
	return ""
}
