package page

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A jsKind is the type of a token of JavaScript (ECMA-262 section 12).
type jsKind int

// The kinds that matter.
const (
	jsEnd      jsKind = iota
	jsBad             // what no script holds; nothing is read beyond it
	jsWord            // a name or a keyword
	jsPunct           // one punctuator; of those of several characters only jsPuncts are one token
	jsString          // a string literal, or a template without substitutions
	jsTemplate        // a part of a template, up to a substitution or to its end
	jsLiteral         // a number or a regular expression
)

// A jsToken is one token. Comments are none.
type jsToken struct {
	kind jsKind
	// value is a name as written, the punctuator, or the value of a string.
	value string
	at    int
	// newline is set where a line ends before it.
	newline bool
}

// is reports whether the token is that punctuator.
func (t jsToken) is(punct string) bool { return t.kind == jsPunct && t.value == punct }

// word reports whether the token is that word.
func (t jsToken) word(word string) bool { return t.kind == jsWord && t.value == word }

// A jsScanner reads JavaScript token by token. Whether a slash divides or begins
// a regular expression goes by the token before it, which is right but for
// slashes after the body of a function expression.
type jsScanner struct {
	text string
	at   int
	// classic is set for a script that is no module: it may hold comments of HTML.
	classic bool
	// last is the last token, before the one before it.
	last, before jsToken
	// member is set where the last token is the name of a property.
	member   bool
	brackets []jsBracket
	// operand is set where the bracket closed last ends an operand.
	operand bool
}

// A jsBracket is an open bracket; '$' stands for a substitution in a template.
type jsBracket struct {
	open byte
	// operand is set where it and what is in it are an operand.
	operand bool
}

// maxBrackets bounds the nesting that is followed.
const maxBrackets = 4096

// jsPuncts are the punctuators of several characters whose parts mean something else.
var jsPuncts = []string{"...", "=>", "++", "--", "?."}

// next reads a token.
func (s *jsScanner) next() jsToken {
	if s.last.kind == jsBad {
		return s.last
	}
	t := jsToken{}
	ok := s.skipBlank(&t.newline)
	t.at = s.at
	switch {
	case !ok:
		t.kind = jsBad
	case s.at == len(s.text):
		if len(s.brackets) > 0 {
			t.kind = jsBad
		}
	default:
		s.read(&t)
	}
	s.member = s.last.is(".") || s.last.is("?.")
	s.before, s.last = s.last, t
	return t
}

// skipBlank passes over white space and comments (sections 12.2 to 12.4), and
// reports false in a comment that does not end.
func (s *jsScanner) skipBlank(newline *bool) bool {
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case isLineEnd(r):
			*newline = true
			s.at += n
		case r == '\uFEFF', unicode.IsSpace(r):
			s.at += n
		case strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "#!") && s.at == 0,
			s.classic && (strings.HasPrefix(rest, "<!--") || strings.HasPrefix(rest, "-->") && (*newline || s.last.kind == jsEnd)):
			if n = strings.IndexFunc(rest, isLineEnd); n < 0 {
				n = len(rest)
			}
			s.at += n
		case strings.HasPrefix(rest, "/*"):
			n = strings.Index(rest[2:], "*/")
			if n < 0 {
				return false
			}
			*newline = *newline || strings.ContainsFunc(rest[:n+2], isLineEnd)
			s.at += n + 4
		default:
			return true
		}
	}
	return true
}

// isLineEnd reports whether r ends a line (section 12.3).
func isLineEnd(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }

// read reads the token that begins here.
func (s *jsScanner) read(t *jsToken) {
	switch c := s.text[s.at]; {
	case c == '"', c == '\'':
		s.quoted(t)
	case c == '`':
		s.template(t, jsString)
	case c == '}' && len(s.brackets) > 0 && s.brackets[len(s.brackets)-1].open == '$':
		s.brackets = s.brackets[:len(s.brackets)-1]
		s.template(t, jsTemplate)
	case isDigit(c), c == '.' && s.at+1 < len(s.text) && isDigit(s.text[s.at+1]):
		t.kind = jsLiteral
		s.skip(func(c byte) bool { return isWordByte(c) || c == '.' })
	case isWordByte(c), c == '#', c == '\\':
		s.name(t)
	case !s.classic && strings.HasPrefix(s.text[s.at:], "<!--"):
		t.kind = jsBad
	case c == '/' && !s.afterOperand():
		s.regexp(t)
	default:
		s.punct(t)
	}
}

// name reads a name or a keyword.
func (s *jsScanner) name(t *jsToken) {
	t.kind = jsWord
	for more := true; more; {
		if strings.HasPrefix(s.text[s.at:], `\u{`) {
			s.at += len(`\u{`)
			s.skip(func(c byte) bool { return isHex(c) })
		}
		s.at = min(s.at+1, len(s.text)) // "#", "\" or "}"
		s.skip(isWordByte)
		more = strings.HasPrefix(s.text[s.at:], `\u`)
	}
	if t.value = s.text[t.at:s.at]; t.value == "#" {
		t.kind = jsBad
	}
}

// skip passes over characters of a kind.
func (s *jsScanner) skip(kind func(byte) bool) {
	for s.at < len(s.text) && kind(s.text[s.at]) {
		s.at++
	}
}

// isWordByte reports what names are made of (section 12.7).
func isWordByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || isDigit(c) || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// punct reads a punctuator, and opens and closes brackets.
func (s *jsScanner) punct(t *jsToken) {
	t.kind, t.value = jsPunct, s.text[s.at:s.at+1]
	for _, several := range jsPuncts {
		if strings.HasPrefix(s.text[s.at:], several) {
			t.value = several
			break
		}
	}
	s.at += len(t.value)
	switch c := t.value[0]; c {
	case '(', '[', '{':
		if len(s.brackets) == maxBrackets {
			t.kind = jsBad
			return
		}
		s.brackets = append(s.brackets, jsBracket{c, s.bracketOperand(c)})
	case ')', ']', '}':
		n := len(s.brackets) - 1
		if n < 0 || s.brackets[n].open != "([{"[strings.IndexByte(")]}", c)] {
			t.kind = jsBad
			return
		}
		s.operand = s.brackets[n].operand
		s.brackets = s.brackets[:n]
	}
}

// bracketOperand reports whether a bracket that begins here ends an operand
// where it is closed: not that of a condition, and no block.
func (s *jsScanner) bracketOperand(open byte) bool {
	switch {
	case open == '(' && s.last.word("await"):
		return !s.before.word("for")
	case open == '(':
		return s.member || s.last.kind != jsWord || !conditions[s.last.value]
	case open == '[':
		return true
	}
	switch s.last.kind {
	case jsPunct:
		return s.last.value != ")" && s.last.value != ";" && s.last.value != "{" && s.last.value != "}" && s.last.value != "=>"
	case jsWord:
		return operators[s.last.value]
	}
	return s.last.kind != jsEnd
}

// conditions are the keywords whose parenthesis is followed by a statement;
// operators those that an operand follows.
var (
	conditions = setOf("if while for with")
	operators  = setOf("await case default delete in instanceof new of return throw typeof void yield")
	// starters are further keywords that an expression may follow.
	starters = setOf("do else extends")
)

// afterOperand reports whether an operand ends here, so that a slash divides it.
func (s *jsScanner) afterOperand() bool {
	switch s.last.kind {
	case jsWord:
		return s.member || !operators[s.last.value] && !starters[s.last.value]
	case jsPunct:
		switch s.last.value {
		case ")", "]", "}":
			return s.operand
		}
		return s.last.value == "++" || s.last.value == "--"
	case jsTemplate:
		return s.last.value == "`"
	}
	return s.last.kind != jsEnd
}

// regexp reads a regular expression (section 12.9.5).
func (s *jsScanner) regexp(t *jsToken) {
	class := false
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '\n', c == '\r':
			t.kind = jsBad
			return
		case c == '\\':
			s.at++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			s.at++
			t.kind = jsLiteral
			s.skip(isWordByte)
			return
		}
	}
	t.kind = jsBad
}

// template reads a part of a template (section 12.9.6), up to a substitution or
// to its end. Whole is its kind if it has no substitutions.
func (s *jsScanner) template(t *jsToken, whole jsKind) {
	begin := s.at + 1
	for s.at = begin; s.at < len(s.text); s.at++ {
		switch {
		case s.text[s.at] == '\\':
			s.at++
		case s.text[s.at] == '`':
			t.kind, t.value = whole, "`"
			s.at++
			if whole != jsString {
				return
			}
			switch value, ok := unescapeJS(s.text[begin : s.at-1]); {
			case ok:
				t.value = value
			case s.afterOperand(): // tagged: such escapes may stand in it
				t.kind = jsTemplate
			default:
				t.kind = jsBad
			}
			return
		case strings.HasPrefix(s.text[s.at:], "${"):
			s.at += len("${")
			t.kind, t.value = jsTemplate, "${"
			if len(s.brackets) == maxBrackets {
				t.kind = jsBad
				return
			}
			s.brackets = append(s.brackets, jsBracket{open: '$'})
			return
		}
	}
	t.kind = jsBad
}

// quoted reads a string (section 12.9.4).
func (s *jsScanner) quoted(t *jsToken) {
	quote := s.text[s.at]
	begin := s.at + 1
	for s.at = begin; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '\n', '\r':
			t.kind = jsBad
			return
		case quote:
			s.at++
			value, ok := unescapeJS(s.text[begin : s.at-1])
			t.kind, t.value = jsString, value
			if !ok {
				t.kind = jsBad
			}
			return
		}
	}
	t.kind = jsBad
}

// jsEscapes are the escapes of one character (section 12.9.4).
var jsEscapes = map[byte]string{'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v", '0': "\x00", '\n': ""}

// unescapeJS gives the value of a string by its text, and reports false for a
// malformed escape.
func unescapeJS(text string) (value string, ok bool) {
	if !strings.Contains(text, `\`) {
		return text, true
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, `\`)
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		if rest == "" {
			return "", false
		}
		text = rest[1:]
		digits := ""
		switch char, known := jsEscapes[rest[0]]; {
		case known:
			b.WriteString(char)
			continue
		case rest[0] == 'u' && strings.HasPrefix(text, "{"):
			digits, text, found = strings.Cut(text[1:], "}")
		case rest[0] == 'x', rest[0] == 'u':
			n := map[byte]int{'x': 2, 'u': 4}[rest[0]]
			if found = len(text) >= n; found {
				digits, text = text[:n], text[n:]
			}
		default:
			b.WriteByte(rest[0])
			continue
		}
		code, err := strconv.ParseUint(digits, 16, 32)
		if !found || err != nil || code > utf8.MaxRune {
			return "", false
		}
		b.WriteRune(rune(code))
	}
}
