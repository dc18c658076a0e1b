package input

import (
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// quote shows a value in a message: on one line, clipped, in single quotes,
// without the user information a URL may hold.
func quote(s string) string {
	return "'" + clean(fact.MaskUserInfo(s)) + "'"
}

// clean makes text fit for one line of a log: clipped, without control and
// format characters, and without what GitHub reads as a command ("##[").
func clean(s string) string {
	s = text.Line(text.Clip(s, 400))
	return strings.ReplaceAll(s, "##[", "# #[")
}
