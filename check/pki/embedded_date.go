package pki

import "time"

// EmbeddedDate is the day of the newest embedded table (UTC): no clock is before
// it that is right.
func EmbeddedDate() time.Time {
	date := Embedded().Date()
	if chrome := Chrome().Date; chrome.After(date) {
		date = chrome
	}
	return date
}
