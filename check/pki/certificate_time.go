package pki

import (
	"strconv"
	"strings"
	"time"
)

// readTimeText reads the content of a UTCTime or GeneralizedTime in every form
// that X.680 sections 46 and 47 know: seconds, minutes and fractions may be
// missing, and an offset may stand for the Z. It returns the departure from
// the form of RFC 5280 section 4.1.2.5, and the zero time for what is no time.
// A day that does not exist counts from the end of the month before it.
func readTimeText(s string, utc bool) (time.Time, string) {
	yearDigits := 4
	if utc {
		yearDigits = 2
	}
	strict := len(s) == yearDigits+11 && s[len(s)-1] == 'Z'
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits < yearDigits+6 || digits > yearDigits+10 || (digits-yearDigits)%2 != 0 {
		return time.Time{}, departTime
	}
	field := func(from, to int) int {
		if to > digits {
			return 0
		}
		n, _ := strconv.Atoi(s[from:to]) // digits alone
		return n
	}
	at := yearDigits
	year := field(0, at)
	if utc {
		year += 1900
		if year < 1950 {
			year += 100
		}
	}
	month, day := field(at, at+2), field(at+2, at+4)
	hour, minute, second := field(at+4, at+6), field(at+6, at+8), field(at+8, at+10)
	offset, ok := readOffset(s[digits:])
	if !ok || month < 1 || month > 12 || hour > 24 || minute > 60 || second > 60 {
		return time.Time{}, departTime
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC).Add(-offset)
	switch {
	case !strict || t.Day() != day && second < 60 || hour > 23 || minute > 59:
		return t, departTime
	case second == 60:
		return t, departLeapSecond
	}
	return t, ""
}

// readOffset reads what follows the digits of a time: a fraction, and Z or an
// offset, or nothing.
func readOffset(s string) (time.Duration, bool) {
	if s != "" && (s[0] == '.' || s[0] == ',') {
		s = strings.TrimLeft(s[1:], "0123456789")
	}
	if s == "" || s == "Z" {
		return 0, true
	}
	n, err := strconv.Atoi(s[1:])
	if err != nil || len(s) != 5 || s[0] != '+' && s[0] != '-' || s[1] == '+' || s[1] == '-' {
		return 0, false
	}
	d := time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if s[0] == '-' {
		d = -d
	}
	return d, true
}
