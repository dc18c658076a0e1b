package page

import "strings"

// An importScan goes through the text of a <style> as browsers do ahead of the
// parser: they ask for the @import rules that its beginning seems to hold, and
// the CSS parser may then drop them.
type importScan struct {
	text string
	at   int
	// found takes a URL as written, and where its rule begins.
	found func(ref string, at int)
}

// space passes over white space.
func (s *importScan) space() {
	for s.at < len(s.text) && isHTMLSpace(rune(s.text[s.at])) {
		s.at++
	}
}

// until passes over text up to one of the characters, which it gives, and
// gives what stands before; 0 at the end of the text.
func (s *importScan) until(chars string) (before string, char byte) {
	begin := s.at
	n := strings.IndexAny(s.text[begin:], chars)
	if n < 0 {
		s.at = len(s.text)
		return s.text[begin:], 0
	}
	s.at = begin + n + 1
	return s.text[begin : begin+n], s.text[begin+n]
}

// skippedRules are the at-rules that may stand before an @import.
var skippedRules = setOf("charset layer")

// firefox scans as Firefox does: a URL ends at its delimiter, whatever stands
// in it, and white space must follow the name of a rule.
func (s *importScan) firefox() {
	for {
		s.space()
		begin := s.at
		switch {
		case strings.HasPrefix(s.text[s.at:], "/*"):
			s.at += len("/*")
			if !s.firefoxComment() {
				return
			}
			continue
		case !strings.HasPrefix(s.text[s.at:], "@"):
			return
		}
		s.at++
		name, _ := s.until(htmlSpace)
		ref, ok := "", skippedRules[strings.ToLower(name)]
		if strings.EqualFold(name, "import") {
			ref, ok = s.firefoxURL()
		}
		if !ok {
			return
		}
		conditions, end := s.until(";{")
		switch {
		case end == '{', end == 0 && ref == "":
			return
		case ref != "" && !strings.Contains(strings.ToLower(conditions), "supports("): // those are left to the parser
			s.found(ref, begin)
		}
	}
}

// firefoxComment passes over a comment. What follows an asterisk is passed over
// with it, so that "**/" ends none.
func (s *importScan) firefoxComment() bool {
	for {
		if _, char := s.until("*"); char == 0 || s.at == len(s.text) {
			return false
		}
		s.at++
		if s.text[s.at-1] == '/' {
			return true
		}
	}
}

// firefoxURL reads the URL of an @import.
func (s *importScan) firefoxURL() (ref string, ok bool) {
	s.space()
	rest := s.text[s.at:]
	switch {
	case rest == "":
		return "", false
	case rest[0] == '"', rest[0] == '\'':
		s.at++
		ref, closing := s.until(rest[:1])
		return ref, closing != 0
	case len(rest) < 2 || !strings.EqualFold(rest[:2], "ur"):
		return "", false
	}
	s.at += len("ur")
	if s.until("lL"); !strings.HasPrefix(s.text[s.at:], "(") { // "ur" and anything up to an "l" does
		return "", false
	}
	s.at++
	s.space()
	if rest = s.text[s.at:]; rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		s.at++
		ref, closing := s.until(rest[:1])
		return ref, closing != 0
	}
	ref, closing := s.until(")")
	return strings.TrimRight(ref, htmlSpace), closing != 0
}

// chromium scans as Chromium does: white space ends a URL, which needs neither
// quotes nor url(), and a stray character may stand before the next rule.
func (s *importScan) chromium() {
	for {
		s.space()
		begin := s.at
		rest := s.text[s.at:]
		switch {
		case strings.HasPrefix(rest, "/*"):
			_, after, ended := strings.Cut(rest[len("/*"):], "*/")
			if !ended {
				return
			}
			s.at = len(s.text) - len(after)
			continue
		case len(rest) < 2 || rest[0] != '/' && rest[0] != '@':
			return
		case rest[0] == '/', !isLetter(rest[1]):
			s.at += 2
			continue
		}
		s.at++
		name, end := s.until(htmlSpace + ";")
		if end == ';' {
			continue
		}
		isImport := strings.EqualFold(name, "import")
		ref, block := s.chromiumRule(isImport)
		switch {
		case block, !isImport && !skippedRules[strings.ToLower(name)]:
			return
		case isImport && ref != "":
			s.found(ref, begin)
		}
	}
}

// chromiumRule reads what follows the name of a rule: the URL, unless Chromium
// leaves it to the parser, and whether it is a block that ends the rule.
func (s *importScan) chromiumRule(isImport bool) (ref string, block bool) {
	s.space()
	begin := s.at
	if rest := s.text[begin:]; rest == "" || rest[0] == '{' || rest[0] == ';' {
		s.at = min(begin+1, len(s.text))
		return "", rest != "" && rest[0] == '{'
	}
	var end byte
	for {
		_, end = s.until(htmlSpace + ";")
		if end != ';' || !isImport || delimited(s.text[begin:s.at-1]) {
			break
		}
	}
	ref = s.text[begin:s.at]
	if end != 0 {
		ref = ref[:len(ref)-1]
	}
	if end == 0 || end == ';' {
		return importURL(ref), false
	}
	conditions, end := s.until(";{")
	words := strings.FieldsFunc(conditions, isHTMLSpace)
	switch {
	case end == '{':
		return "", true
	case len(words) == 0:
		return importURL(ref), false
	case len(words) > 1, end == 0 && strings.HasSuffix(conditions, words[0]), !isLayer(words[0]):
		return "", false
	}
	return importURL(ref), false
}

// isLayer reports whether a word is the layer of an @import.
func isLayer(word string) bool {
	word = strings.ToLower(word)
	return word == "layer" || len(word) > len("layer()") && strings.HasPrefix(word, "layer(") && strings.HasSuffix(word, ")")
}

// delimited reports whether a semicolon after the value of an @import ends it.
func delimited(value string) bool {
	if len(value) < 2 || value[len(value)-2] == '\\' {
		return false
	}
	first, last := value[0], value[len(value)-1]
	if first == '"' || first == '\'' {
		return first == last
	}
	return last == ')'
}

// importURL takes url() and quotes off.
func importURL(value string) string {
	if n := len(value); n >= len("url()") && strings.EqualFold(value[:4], "url(") && value[n-1] == ')' {
		value = value[4 : n-1]
	}
	if n := len(value); n >= 2 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
		value = value[1 : n-1]
	}
	return value
}

// isLetter reports whether c is an ASCII letter.
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
