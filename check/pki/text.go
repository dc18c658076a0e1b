package pki

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check/text"
)

// clipAt is how many bytes of one remote text a message quotes.
const clipAt = 120

// show makes remote text fit to stand in a message: printable and clipped.
func show(s string) string { return text.Clip(text.Line(s), clipAt) }

// Name names a certificate in messages, clipped and printable: by its common
// name, or else its subject, or else its first subject alternative name, or
// else its serial number.
func Name(c *Certificate) string {
	switch {
	case c.Subject.CommonName != "":
		return show(c.Subject.CommonName)
	case !c.Subject.Empty():
		return show(c.Subject.String())
	}
	if names := altNames(c); len(names) > 0 {
		return show(names[0])
	}
	return "serial number " + show(hex.EncodeToString(c.rawSerial))
}

// issuer names a certificate's issuer to a reader.
func issuer(c *Certificate) string {
	switch {
	case c.Issuer.CommonName != "":
		return show(c.Issuer.CommonName)
	case !c.Issuer.Empty():
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
		s += ", and " + strconv.Itoa(more) + " more"
	}
	return s
}
