package page

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// styleSheet takes what CSS makes a browser load: the text of a <style>, or
// the declarations of a style attribute. Whether a rule fits any element, or a
// font is used, is not checked.
func (r *parser) styleSheet(element, attr, text string) {
	counted, lines := 0, 0
	s := sheet{text: text, statement: -1}
	if attr != "" {
		s.outermost = 1
		s.blocks = []block{plain}
	}
	s.load = func(k Kind, ref string) {
		if attr == "" {
			lines += strings.Count(text[counted:s.at], "\n")
			counted = s.at
		}
		r.add(k, element, attr, ref, lines)
	}
	s.read()
}

// A sheet is CSS being read: a lenient scan that knows comments, strings,
// blocks, declarations and at-rules (W3C CSS Syntax Level 3).
type sheet struct {
	text string
	at   int // what is read next
	load func(k Kind, ref string)
	// blocks are those open; the first outermost ones are never closed.
	blocks    []block
	outermost int
	statement int    // where the current statement begins; negative before it does
	property  string // of the current declaration, in lower case; empty before its colon
	late      bool   // @import is not heeded any more
}

// A block is what is between braces.
type block int

const (
	plain block = iota
	fontFace
)

// maxBlocks bounds the nesting that is followed.
const maxBlocks = 64

// imageProperties are those whose url() is an image that is loaded. With
// others, and with custom properties, a browser loads nothing by itself.
var imageProperties = map[string]bool{
	"background": true, "background-image": true, "border-image": true, "border-image-source": true,
	"-webkit-border-image": true, "content": true, "cursor": true, "list-style": true, "list-style-image": true,
	"mask": true, "mask-image": true, "-webkit-mask": true, "-webkit-mask-image": true,
	"-webkit-mask-box-image": true, "-webkit-mask-box-image-source": true, "mask-border": true,
	"mask-border-source": true, "shape-outside": true,
}

// read scans to the end, or to where blocks nest too deep.
func (s *sheet) read() {
	for s.at < len(s.text) && len(s.blocks) <= maxBlocks {
		rest := s.text[s.at:]
		switch c := rest[0]; {
		case strings.IndexByte(htmlSpace, c) >= 0:
			s.at++
		case strings.HasPrefix(rest, "/*"):
			s.skipComment()
		case len(s.blocks) == 0 && strings.HasPrefix(rest, "<!--"):
			s.at += len("<!--")
		case len(s.blocks) == 0 && strings.HasPrefix(rest, "-->"):
			s.at += len("-->")
		case c == '{' || c == '}' || c == ';':
			s.punctuation(c)
		default:
			s.token(c)
		}
	}
}

// punctuation takes what begins or ends a block or a statement.
func (s *sheet) punctuation(c byte) {
	begun := ""
	if s.statement >= 0 {
		begun = strings.ToLower(s.text[s.statement:min(s.at, s.statement+len("@font-face "))])
	}
	top := len(s.blocks) == 0
	switch {
	case c == '{':
		kind := plain
		if strings.TrimRight(begun, htmlSpace) == "@font-face" {
			kind = fontFace
		}
		s.blocks = append(s.blocks, kind)
		s.late = true
	case c == '}' && len(s.blocks) > s.outermost:
		s.blocks = s.blocks[:len(s.blocks)-1]
	case c == ';' && top && begun != "":
		// Only these may stand before an @import (W3C CSS Cascade, section 2).
		s.late = s.late || !strings.HasPrefix(begun, "@import") && !strings.HasPrefix(begun, "@charset") &&
			!strings.HasPrefix(begun, "@layer")
	}
	s.statement, s.property = -1, ""
	s.at++
}

// token takes a token of a statement.
func (s *sheet) token(c byte) {
	if s.statement < 0 {
		s.statement = s.at
	}
	switch {
	case c == '"' || c == '\'':
		s.quoted()
	case c == ':':
		if s.property == "" {
			s.property = strings.ToLower(strings.TrimRight(s.text[s.statement:s.at], htmlSpace))
		}
		s.at++
	case c == '@':
		first := s.at == s.statement
		s.at++
		if strings.EqualFold(s.word(), "import") && first && len(s.blocks) == 0 && !s.late {
			s.imported()
		}
	case isWord(c):
		word := s.word()
		if strings.EqualFold(word, "url") && s.at < len(s.text) && s.text[s.at] == '(' {
			if ref, ok := s.url(); ok {
				s.declared(ref)
			}
		}
	case c == '\\':
		s.at = min(s.at+2, len(s.text))
	default:
		s.at++
	}
}

// imported takes what follows "@import".
func (s *sheet) imported() {
	for s.at < len(s.text) {
		switch rest := s.text[s.at:]; {
		case strings.IndexByte(htmlSpace, rest[0]) >= 0:
			s.at++
			continue
		case strings.HasPrefix(rest, "/*"):
			s.skipComment()
			continue
		case rest[0] == '"' || rest[0] == '\'':
			if ref, ok := s.quoted(); ok {
				s.load(Blockable, ref)
			}
		case len(rest) > 3 && strings.EqualFold(rest[:4], "url("):
			s.at += len("url")
			if ref, ok := s.url(); ok {
				s.load(Blockable, ref)
			}
		}
		return
	}
}

// declared takes the url() of a declaration.
func (s *sheet) declared(ref string) {
	switch {
	case len(s.blocks) == 0:
	case s.blocks[len(s.blocks)-1] == fontFace:
		if s.property == "src" {
			s.load(Blockable, ref)
		}
	case imageProperties[s.property]:
		s.load(Passive, ref)
	}
}

// url reads from the parenthesis of a url(). It reports false for what
// browsers refuse.
func (s *sheet) url() (string, bool) {
	s.at++
	s.skipSpace()
	if s.at < len(s.text) && (s.text[s.at] == '"' || s.text[s.at] == '\'') {
		return s.quoted()
	}
	begin, ok := s.at, true
	for ; s.at < len(s.text) && s.text[s.at] != ')' && strings.IndexByte(htmlSpace, s.text[s.at]) < 0; s.at++ {
		switch s.text[s.at] {
		case '\\':
			_, n := readEscape(s.text[s.at:])
			s.at += n - 1
		case '"', '\'', '(':
			ok = false
		}
	}
	ref := s.text[begin:s.at]
	s.skipSpace()
	return unescapeCSS(ref), ok && (s.at == len(s.text) || s.text[s.at] == ')')
}

// quoted reads a string. It reports false for one that a line break ends.
func (s *sheet) quoted() (string, bool) {
	quote := s.text[s.at]
	s.at++
	begin := s.at
	for ; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case quote:
			s.at++
			return unescapeCSS(s.text[begin : s.at-1]), true
		case '\n', '\r', '\f':
			return "", false
		}
	}
	s.at = len(s.text)
	return unescapeCSS(s.text[begin:]), true
}

// word reads letters, digits, hyphens and what else a name is made of.
func (s *sheet) word() string {
	begin := s.at
	for s.at < len(s.text) && isWord(s.text[s.at]) {
		s.at++
	}
	return s.text[begin:s.at]
}

func isWord(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c >= 0x80
}

func (s *sheet) skipSpace() {
	for s.at < len(s.text) && strings.IndexByte(htmlSpace, s.text[s.at]) >= 0 {
		s.at++
	}
}

func (s *sheet) skipComment() {
	end := strings.Index(s.text[s.at+2:], "*/")
	if end < 0 {
		s.at = len(s.text)
		return
	}
	s.at += len("/**/") + end
}

// unescapeCSS resolves escapes.
func unescapeCSS(s string) string {
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
// long it is (W3C CSS Syntax Level 3, section 4.3.7).
func readEscape(s string) (char string, n int) {
	digits := 0
	for digits < 6 && 1+digits < len(s) && isHex(s[1+digits]) {
		digits++
	}
	if digits == 0 {
		n = min(2, len(s))
		if char = s[1:n]; char == "\n" {
			char = "" // an escaped line break is nothing
		}
		return char, n
	}
	code, err := strconv.ParseUint(s[1:1+digits], 16, 32)
	if err != nil || code == 0 || code > utf8.MaxRune {
		code = utf8.RuneError
	}
	n = 1 + digits
	if n < len(s) && strings.IndexByte(htmlSpace, s[n]) >= 0 {
		n++
	}
	return string(rune(code)), n
}
