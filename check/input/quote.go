package input

import (
	"strings"
	"unicode"

	"github.com/tlsgate/tlsgate/check/fact"
)

// quote shows a value in a message: on one line, clipped, in single quotes,
// without the user information a URL may hold.
func quote(s string) string {
	return "'" + clean(fact.MaskUserInfo(s)) + "'"
}

// clean makes text fit for one line of a log: clipped, without control and
// format characters, and without what GitHub reads as a command ("##[").
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, fact.Clip(s, 400))
	return strings.ReplaceAll(s, "##[", "# #[")
}
