package pki

import (
	"fmt"
	"math"
	"time"

	"github.com/tlsgate/tlsgate/check/text"
)

// daySpan is a day as the Baseline Requirements count it: "measured as
// 86,400 seconds" (section 6.3.2).
const daySpan = 86400 * time.Second

// A LifetimeLimit is the longest lifetime of a public TLS server's certificate
// that is issued from a day on, in days.
type LifetimeLimit struct {
	From time.Time // zero for the oldest that is in force
	Days int
}

// LifetimeLimits lists the limits of the Baseline Requirements (section 6.3.2)
// by the day that they begin, the newest first.
func LifetimeLimits() []LifetimeLimit {
	return []LifetimeLimit{
		{time.Date(2029, 3, 15, 0, 0, 0, 0, time.UTC), 47},
		{time.Date(2027, 3, 15, 0, 0, 0, 0, time.UTC), 100},
		{time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC), 200},
		{time.Time{}, 398},
	}
}

// Lifetime is how long a certificate is valid: from notBefore through
// notAfter, both seconds included, as RFC 5280 section 4.1.2.5 and with it the
// Baseline Requirements count.
// More than 290 years count as that.
func Lifetime(c *Certificate) time.Duration {
	return min(c.NotAfter.Sub(c.NotBefore), math.MaxInt64-time.Second) + time.Second
}

// ShortLived reports whether a certificate lives at most 7 days: such a one
// needs no revocation (Baseline Requirements sections 1.6.1 and 4.9.7).
func ShortLived(c *Certificate) bool {
	return Lifetime(c) <= 7*daySpan
}

// lifetimeFault says by how much a certificate's lifetime is above the limit
// of its day.
func lifetimeFault(c *Certificate) string {
	for _, limit := range LifetimeLimits() {
		if c.NotBefore.Before(limit.From) {
			continue
		}
		over := Lifetime(c) - time.Duration(limit.Days)*daySpan
		if over <= 0 {
			return ""
		}
		return fmt.Sprintf("The certificate '%s', valid from '%s' through '%s', lives %s longer than the %d days that are allowed for one issued then.",
			Name(c), day(c.NotBefore), day(c.NotAfter), excess(over), limit.Days)
	}
	return ""
}

// excess words a duration in whole days, below one day in seconds or minutes.
func excess(d time.Duration) string {
	if d < daySpan {
		return text.Seconds(d.Seconds())
	}
	return text.Count(int(d/daySpan), "day")
}
