package pki

import (
	"crypto/x509"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// clipAt is how many bytes of one remote text a message quotes.
const clipAt = 120

// show makes remote text fit to stand in a message: printable and clipped.
func show(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
	if len(s) <= clipAt {
		return s
	}
	cut := 0
	for i := range s {
		if i > clipAt-len("…") {
			break
		}
		cut = i
	}
	return s[:cut] + "…"
}

// Name names a certificate in messages, clipped and printable: by its common
// name, or else its subject, or else its first subject alternative name, or
// else its serial number.
func Name(c *x509.Certificate) string {
	switch {
	case c.Subject.CommonName != "":
		return show(c.Subject.CommonName)
	case len(c.Subject.Names) > 0:
		return show(c.Subject.String())
	}
	if names := altNames(c); len(names) > 0 {
		return show(names[0])
	}
	return "serial number " + show(c.SerialNumber.Text(16))
}

// issuer names a certificate's issuer to a reader.
func issuer(c *x509.Certificate) string {
	switch {
	case c.Issuer.CommonName != "":
		return show(c.Issuer.CommonName)
	case len(c.Issuer.Names) > 0:
		return show(c.Issuer.String())
	}
	return "(empty name)"
}

func day(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// list quotes up to five names, and says how many more there are.
func list(names []string) string {
	const most = 5
	if len(names) == 0 {
		return "none"
	}
	shown := make([]string, 0, most)
	for _, n := range names[:min(len(names), most)] {
		shown = append(shown, "'"+show(n)+"'")
	}
	s := strings.Join(shown, ", ")
	if more := len(names) - most; more > 0 {
		s += ", and " + plural(more, "more", "more")
	}
	return s
}

// plural writes a count with the word that fits it.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
