package page

import "strings"

// A cssValue is a URL in a declaration, with what must hold for it to be loaded.
type cssValue struct {
	ref string
	at  int // where in the text
	// fallback is the custom property whose absence lets the URL count.
	fallback string
}

// A declaration is what matters of one.
type declaration struct {
	property string
	urls     []cssValue
	// variables are the custom properties that the value takes, names the
	// identifiers and strings in it, for fonts and animations.
	variables, names []string
	// plain is set for a value that replaces earlier ones whatever it holds:
	// one keyword, or one URL; color for one color.
	plain, color bool
}

// A cssRule is what a declaration stands in.
type cssRule struct {
	// at is the at-keyword whose block this is; empty for a style rule.
	at string
	// name is that of a @keyframes or @property.
	name string
	// selectors are those of the style rules around, outermost first; any
	// of a list must hold.
	selectors [][]selector
	print     bool // for paper only
}

// A sheet is CSS being read (W3C CSS Syntax Level 3, section 5).
type sheet struct {
	scan cssScanner
	tok  cssToken
	late bool // @import is not heeded any more
	// imported takes an @import; block the declarations of a block, at its end.
	imported func(ref string, at int)
	block    func(rule cssRule, declarations []declaration)
	ended    func() bool // reports whether to stop
	overlong func()      // notes that something is too long to be read
	count    int         // of tokens
}

const (
	// maxBlocks bounds the nesting that is followed.
	maxBlocks = 64
	// maxTokens bounds the tokens of a prelude and of a declaration, and
	// maxDeclarations the declarations of a block: they take many times their
	// size to read.
	maxTokens       = 1 << 16
	maxDeclarations = 1 << 16
)

// giveUp ends the reading at something too long.
func (s *sheet) giveUp() {
	s.overlong()
	s.scan.at = len(s.scan.text)
	s.tok = cssToken{kind: cssEnd}
}

// advance reads on.
func (s *sheet) advance() {
	if s.count++; s.count%checkEvery == 0 && s.ended() {
		s.scan.at = len(s.scan.text)
	}
	s.tok = s.scan.next()
}

// readSheet reads a style sheet.
func (s *sheet) readSheet(around cssRule) {
	s.advance()
	s.rules(around, 0)
}

// readDeclarations reads a style attribute.
func (s *sheet) readDeclarations() {
	s.advance()
	s.late = true
	s.contents(cssRule{}, maxBlocks)
}

// rules reads rules up to the end of their block.
func (s *sheet) rules(around cssRule, depth int) {
	for s.tok.kind != cssEnd {
		switch {
		case s.tok.kind == cssSpace, s.tok.kind == cssCDO && depth == 0:
			s.advance()
		case s.tok.is("}") && depth > 0:
			s.advance()
			return
		case s.tok.kind == cssAtKeyword:
			s.atRule(around, depth)
		default:
			s.styleRule(around, depth, s.prelude(nil, depth > 0))
		}
	}
}

// prelude collects tokens up to a block, or to what ends a rule without one.
// Nested tells that "}" and ";" end it.
func (s *sheet) prelude(tokens []cssToken, nested bool) []cssToken {
	depth := 0
	for s.tok.kind != cssEnd {
		switch {
		case depth == 0 && (s.tok.is("{") || nested && (s.tok.is("}") || s.tok.is(";"))):
			return tokens
		case s.tok.kind == cssFunction || s.tok.is("(") || s.tok.is("["):
			depth++
		case (s.tok.is(")") || s.tok.is("]")) && depth > 0:
			depth--
		}
		if tokens = append(tokens, s.tok); len(tokens) > maxTokens {
			s.giveUp()
			return nil
		}
		s.advance()
	}
	return tokens
}

// styleRule reads the block of a rule whose selectors are the prelude.
func (s *sheet) styleRule(around cssRule, depth int, prelude []cssToken) {
	if !s.tok.is("{") {
		if s.tok.is(";") {
			s.advance()
		}
		return
	}
	selectors := []selector{{}} // of keyframes they are percentages
	if !strings.HasSuffix(around.at, "keyframes") {
		selectors = parseSelectors(prelude, len(around.selectors) > 0)
	}
	if len(selectors) == 0 {
		s.skipBlock()
		return
	}
	s.late = true
	s.advance()
	inner := around
	inner.selectors = append(around.selectors[:len(around.selectors):len(around.selectors)], selectors)
	s.contents(inner, depth+1)
}

// atRule reads an at-rule.
func (s *sheet) atRule(around cssRule, depth int) {
	name, at := strings.ToLower(s.tok.value), s.tok.at
	s.advance()
	prelude := s.prelude(nil, true)
	if !s.tok.is("{") {
		if s.tok.is(";") {
			s.advance()
		}
		if name == "import" && depth == 0 && !s.late {
			s.importRule(prelude, at)
		}
		s.late = s.late || name == "namespace"
		return
	}
	inner := around
	switch name {
	case "media", "supports", "layer", "scope", "container", "starting-style", "document", "-moz-document":
		s.late = true
		inner.print = around.print || name == "media" && printOnly(prelude)
	case "font-face", "property", "keyframes", "-webkit-keyframes":
		s.late = true
		inner.at, inner.name = name, preludeName(prelude)
	default:
		s.skipBlock() // no declaration in it is of an element
		return
	}
	s.advance()
	switch name {
	case "font-face", "property":
		s.contents(inner, depth+1)
	default:
		if len(around.selectors) > 0 && inner.at == "" {
			s.contents(inner, depth+1)
			return
		}
		s.blockRules(inner, depth+1)
	}
}

// blockRules reads the rules of a block, unless it is nested too deep.
func (s *sheet) blockRules(inner cssRule, depth int) {
	if depth > maxBlocks {
		s.skipRest()
		return
	}
	s.rules(inner, depth)
}

// skipRest passes over all that follows within too many blocks.
func (s *sheet) skipRest() {
	s.scan.at = len(s.scan.text)
	s.advance()
}

// skipBlock passes over a block.
func (s *sheet) skipBlock() {
	depth := 0
	for s.tok.kind != cssEnd {
		switch {
		case s.tok.is("{"):
			depth++
		case s.tok.is("}"):
			if depth--; depth == 0 {
				s.advance()
				return
			}
		}
		s.advance()
	}
}

// contents reads declarations and the rules nested among them (CSS Nesting
// Level 1), up to the end of their block.
func (s *sheet) contents(rule cssRule, depth int) {
	var declarations []declaration
	for s.tok.kind != cssEnd && !s.tok.is("}") {
		switch {
		case s.tok.kind == cssSpace || s.tok.is(";"):
			s.advance()
		case s.tok.kind == cssAtKeyword && depth < maxBlocks:
			s.atRule(rule, depth)
		default:
			d, ok, tokens := s.declaration()
			switch {
			case ok:
				if declarations = append(declarations, d); len(declarations) > maxDeclarations {
					s.giveUp()
				}
			case s.tok.is("{") && depth < maxBlocks && rule.at == "":
				s.styleRule(rule, depth, tokens)
			case s.tok.is("{"):
				s.skipBlock()
			}
		}
	}
	s.advance()
	s.block(rule, declarations)
}

// declaration reads a declaration up to its semicolon. Where it turns out to be
// a nested rule, its tokens up to the brace are given instead.
func (s *sheet) declaration() (d declaration, ok bool, tokens []cssToken) {
	if s.tok.kind != cssIdent {
		return d, false, s.prelude(nil, true)
	}
	name := s.tok
	tokens = append(tokens, s.tok)
	s.advance()
	for s.tok.kind == cssSpace {
		tokens = append(tokens, s.tok)
		s.advance()
	}
	if !s.tok.is(":") {
		return d, false, s.prelude(tokens, true)
	}
	tokens = append(tokens, s.tok)
	s.advance()
	value := len(tokens)
	custom := strings.HasPrefix(name.value, "--")
	depth := 0
	for s.tok.kind != cssEnd && (depth > 0 || !s.tok.is(";") && !s.tok.is("}")) {
		switch {
		case s.tok.is("{") && depth == 0 && !custom:
			return d, false, tokens
		case s.tok.kind == cssFunction || s.tok.is("(") || s.tok.is("[") || s.tok.is("{"):
			depth++
		case s.tok.is(")") || s.tok.is("]") || s.tok.is("}"):
			depth = max(depth-1, 0)
		}
		if tokens = append(tokens, s.tok); len(tokens) > maxTokens {
			s.giveUp()
			return d, false, nil
		}
		s.advance()
	}
	property := name.value
	if !custom {
		property = strings.ToLower(property)
	}
	d, ok = readValue(property, tokens[value:])
	return d, ok, tokens
}

// importRule takes an @import (W3C CSS Cascade Level 5, section 2): its URL
// first, and no supports() that cannot hold.
func (s *sheet) importRule(prelude []cssToken, at int) {
	prelude = trimSpace(prelude)
	if len(prelude) == 0 {
		return
	}
	first := prelude[0]
	switch {
	case first.kind == cssString, first.kind == cssURL:
		s.imported(first.value, at)
	case first.kind == cssFunction && strings.EqualFold(first.value, "url"):
		if ref, n := quotedURL(prelude); n > 0 {
			s.imported(ref, at)
		}
	}
}

// quotedURL reads the url("...") that tokens begin with: its URL, and how many
// tokens it is. With modifiers browsers refuse it.
func quotedURL(tokens []cssToken) (ref string, n int) {
	i := 1
	skip := func() {
		for i < len(tokens) && tokens[i].kind == cssSpace {
			i++
		}
	}
	skip()
	if i == len(tokens) || tokens[i].kind != cssString {
		return "", 0
	}
	ref = tokens[i].value
	i++
	skip()
	if i < len(tokens) && !tokens[i].is(")") {
		return "", 0
	}
	return ref, min(i+1, len(tokens))
}

// trimSpace drops space around tokens.
func trimSpace(tokens []cssToken) []cssToken {
	for len(tokens) > 0 && tokens[0].kind == cssSpace {
		tokens = tokens[1:]
	}
	for len(tokens) > 0 && tokens[len(tokens)-1].kind == cssSpace {
		tokens = tokens[:len(tokens)-1]
	}
	return tokens
}

// preludeName is the name that an at-rule gives.
func preludeName(prelude []cssToken) string {
	for _, t := range prelude {
		if t.kind == cssIdent || t.kind == cssString {
			return t.value
		}
	}
	return ""
}

// printOnly reports whether media queries hold for paper only, or for nothing.
func printOnly(prelude []cssToken) bool {
	prelude = trimSpace(prelude)
	if len(prelude) == 3 && strings.EqualFold(prelude[0].value, "not") {
		return strings.EqualFold(prelude[2].value, "all")
	}
	return len(prelude) == 1 && strings.EqualFold(prelude[0].value, "print")
}
