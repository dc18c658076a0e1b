package text

// IndexUnquoted is the index of the first separator outside of a quoted string
// (RFC 9110 section 5.6.4), -1 if there is none. Open tells that a quoted string
// does not end: it reaches to the end of s.
func IndexUnquoted(s string, separator byte) (index int, open bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case open && s[i] == '\\':
			i++
		case s[i] == '"':
			open = !open
		case s[i] == separator && !open:
			return i, false
		}
	}
	return -1, open
}
