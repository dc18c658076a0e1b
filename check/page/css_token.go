package page

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A cssKind is the type of a CSS token (W3C CSS Syntax Level 3, section 4).
type cssKind int

// The kinds that matter; all others are cssOther.
const (
	cssEnd cssKind = iota
	cssSpace
	cssIdent
	cssFunction // its name, the parenthesis read
	cssAtKeyword
	cssHash
	cssString
	cssURL
	cssBad   // a bad string or URL
	cssDelim // one character: punctuation, a colon, a comma, a bracket
	cssCDO   // "<!--" or "-->"
	cssOther // a number
)

// A cssToken is one token. Comments are none.
type cssToken struct {
	kind cssKind
	// value is the text without escapes: a name, the content of a string, a
	// URL, or the character.
	value string
	at    int // where it begins
}

// is reports whether the token is that character.
func (t cssToken) is(char string) bool { return t.kind == cssDelim && t.value == char }

// A cssScanner reads CSS token by token.
type cssScanner struct {
	text string
	at   int
}

// next reads a token.
func (s *cssScanner) next() cssToken {
	for strings.HasPrefix(s.text[s.at:], "/*") {
		end := strings.Index(s.text[s.at+2:], "*/")
		if end < 0 {
			s.at = len(s.text)
		} else {
			s.at += 2 + end + 2
		}
	}
	t := cssToken{kind: cssDelim, at: s.at}
	if s.at >= len(s.text) {
		t.kind = cssEnd
		return t
	}
	rest := s.text[s.at:]
	switch c := rest[0]; {
	case isHTMLSpace(rune(c)):
		t.kind = cssSpace
		s.skipSpace()
	case c == '"' || c == '\'':
		t.value, t.kind = s.quoted()
	case c == '#' && len(rest) > 1 && (isName(rest[1]) || startsEscape(rest[1:])):
		s.at++
		t.kind, t.value = cssHash, s.name()
	case c == '@' && startsIdent(rest[1:]):
		s.at++
		t.kind, t.value = cssAtKeyword, s.name()
	case strings.HasPrefix(rest, "<!--"):
		t.kind = cssCDO
		s.at += len("<!--")
	case strings.HasPrefix(rest, "-->"):
		t.kind = cssCDO
		s.at += len("-->")
	case startsNumber(rest):
		t.kind = cssOther
		s.number()
	case startsIdent(rest):
		s.identLike(&t)
	default:
		t.value = rest[:1]
		s.at++
	}
	return t
}

// identLike reads an identifier, function or unquoted URL (section 4.3.4).
func (s *cssScanner) identLike(t *cssToken) {
	t.kind, t.value = cssIdent, s.name()
	if s.at >= len(s.text) || s.text[s.at] != '(' {
		return
	}
	s.at++
	t.kind = cssFunction
	if !strings.EqualFold(t.value, "url") {
		return
	}
	begin := s.at
	s.skipSpace()
	if s.at < len(s.text) && (s.text[s.at] == '"' || s.text[s.at] == '\'') {
		s.at = begin
		return
	}
	t.value, t.kind = s.unquotedURL()
}

// unquotedURL reads to the closing parenthesis (sections 4.3.6 and 4.3.14).
func (s *cssScanner) unquotedURL() (string, cssKind) {
	begin := s.at
	kind := cssURL
	end := -1
	for ; s.at < len(s.text) && s.text[s.at] != ')'; s.at++ {
		switch c := s.text[s.at]; {
		case c == '\\':
			if !startsEscape(s.text[s.at:]) {
				kind = cssBad
				continue
			}
			_, n := readEscape(s.text[s.at:])
			s.at += n - 1
		case isHTMLSpace(rune(c)):
			if end < 0 {
				end = s.at
			}
			continue
		case c == '"' || c == '\'' || c == '(' || c < ' ' || c == 0x7F:
			kind = cssBad
		}
		if end >= 0 {
			kind = cssBad // something after white space
		}
	}
	if end < 0 {
		end = s.at
	}
	value := unescapeCSS(s.text[begin:end])
	s.at = min(s.at+1, len(s.text))
	return value, kind
}

// quoted reads a string; one that a line break ends is bad (section 4.3.5).
func (s *cssScanner) quoted() (string, cssKind) {
	quote := s.text[s.at]
	s.at++
	begin := s.at
	for ; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case quote:
			s.at++
			return unescapeCSS(s.text[begin : s.at-1]), cssString
		case '\n', '\r', '\f':
			return "", cssBad
		}
	}
	s.at = len(s.text)
	return unescapeCSS(s.text[begin:]), cssString
}

// name reads a name with its escapes (section 4.3.11).
func (s *cssScanner) name() string {
	begin, escaped := s.at, false
	for s.at < len(s.text) {
		if startsEscape(s.text[s.at:]) {
			_, n := readEscape(s.text[s.at:])
			s.at += n
			escaped = true
			continue
		}
		if !isName(s.text[s.at]) {
			break
		}
		s.at++
	}
	if !escaped {
		return s.text[begin:s.at]
	}
	return unescapeCSS(s.text[begin:s.at])
}

// number reads a number with its unit; what it is does not matter.
func (s *cssScanner) number() {
	s.at++
	for s.at < len(s.text) && (isDigit(s.text[s.at]) || s.text[s.at] == '.' || s.text[s.at] == '%') {
		s.at++
	}
	if startsIdent(s.text[s.at:]) {
		s.name()
	}
}

func (s *cssScanner) skipSpace() {
	for s.at < len(s.text) && isHTMLSpace(rune(s.text[s.at])) {
		s.at++
	}
}

// isName reports what a name is made of.
func isName(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || isDigit(c) || c == '-' || c == '_' || c >= 0x80
}

// startsIdent reports whether an identifier begins here (section 4.3.9).
func startsIdent(s string) bool {
	if s != "" && s[0] == '-' {
		s = s[1:]
		if s != "" && s[0] == '-' {
			return true
		}
	}
	return s != "" && (isName(s[0]) && !isDigit(s[0]) && s[0] != '-' || startsEscape(s))
}

// startsNumber reports whether a number begins here (section 4.3.10).
func startsNumber(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	return s != "" && (isDigit(s[0]) || s[0] == '.' && len(s) > 1 && isDigit(s[1]))
}

// startsEscape reports whether a valid escape begins here (section 4.3.8).
func startsEscape(s string) bool {
	return s != "" && s[0] == '\\' && (len(s) == 1 || s[1] != '\n' && s[1] != '\r' && s[1] != '\f')
}

// unescapeCSS resolves escapes.
func unescapeCSS(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for {
		before, _, found := strings.Cut(s, `\`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		char, n := readEscape(s[len(before):])
		b.WriteString(char)
		s = s[len(before)+n:]
	}
}

// readEscape reads the escape that s begins with: what it stands for, and how
// long it is (section 4.3.7).
func readEscape(s string) (char string, n int) {
	digits := 0
	for digits < 6 && 1+digits < len(s) && isHex(s[1+digits]) {
		digits++
	}
	if digits == 0 {
		n = min(2, len(s))
		if char = s[1:n]; char == "\n" || char == "\r" || char == "\f" {
			char = "" // an escaped line break is nothing
		}
		return char, n
	}
	code, err := strconv.ParseUint(s[1:1+digits], 16, 32)
	if err != nil || code == 0 || code > utf8.MaxRune {
		code = utf8.RuneError
	}
	n = 1 + digits
	if strings.HasPrefix(s[n:], "\r\n") {
		n++
	}
	if n < len(s) && isHTMLSpace(rune(s[n])) {
		n++
	}
	return string(rune(code)), n
}
