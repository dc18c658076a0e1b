package page

import "strings"

// A selector is what a document must hold for a complex selector to fit
// anything: element names in lower case, ids ("#x"), classes (".x"), and
// generatedContent. That they stand where the selector wants them is not checked.
type selector []string

// generatedContent is what ::before and ::after need: a declaration that gives
// a box its content.
const generatedContent = "::content"

// A selectorParser reads a selector list.
type selectorParser struct {
	all     []selector
	current selector
	depth   int      // of brackets
	last    cssToken // before this one, space too
	colons  int      // that end there
	// compound is set within a compound selector, combined after a combinator.
	compound, combined bool
}

// parseSelectors reads a selector list. It gives none for one that is empty or
// malformed, or names a pseudo-class that no browser knows: browsers drop its
// rule. Nested tells that it may begin with a combinator.
func parseSelectors(tokens []cssToken, nested bool) []selector {
	p := selectorParser{current: selector{}}
	for _, t := range trimSpace(tokens) {
		if !p.token(t, nested) {
			return nil
		}
		p.last = t
	}
	if p.depth == 0 && (!p.compound || p.colons > 0) {
		return nil
	}
	return append(p.all, p.current)
}

// token takes one token. It reports false for one that cannot stand there.
func (p *selectorParser) token(t cssToken, nested bool) bool {
	colons := p.colons
	p.colons = 0
	switch {
	case colons > 0 && t.kind != cssIdent && t.kind != cssFunction && !t.is(":"):
		return false
	case t.kind == cssBad || t.is(";") || t.kind == cssAtKeyword:
		return false
	case t.is(")") || t.is("]"):
		p.depth--
		return p.depth >= 0
	case p.depth > 0:
		if t.kind == cssFunction || t.is("(") || t.is("[") {
			p.depth++
		}
		return true
	case t.kind == cssSpace:
		return true
	case t.is(","):
		p.all = append(p.all, p.current)
		p.current = selector{}
		ok := p.compound
		p.compound, p.combined = false, false
		return ok
	case t.is(">") || t.is("+") || t.is("~"):
		ok := p.compound || nested && !p.combined
		p.compound, p.combined = false, true
		return ok
	}
	p.compound = true
	switch t.kind {
	case cssFunction:
		p.depth++
		return colons > 0 && knownPseudo(t.value)
	case cssHash:
		p.current = append(p.current, "#"+t.value)
	case cssIdent:
		return p.ident(t.value, colons)
	case cssDelim:
		if t.is(":") {
			p.colons = colons + 1
		}
		if t.is("[") || t.is("(") {
			p.depth++
		}
		return strings.Contains(".:[|&*", t.value)
	default:
		return false
	}
	return true
}

// ident takes an identifier after so many colons.
func (p *selectorParser) ident(name string, colons int) bool {
	lower := strings.ToLower(name)
	switch {
	case colons > 0:
		if lower == "before" || lower == "after" {
			p.current = append(p.current, generatedContent)
		}
		return knownPseudo(lower)
	case p.last.is("."):
		p.current = append(p.current, "."+name)
	case !p.last.is("|"):
		p.current = append(p.current, lower)
	}
	return true
}

// knownPseudo reports whether a browser knows a pseudo-class or -element, as
// far as its name tells: those of vendors are many.
func knownPseudo(name string) bool {
	return strings.HasPrefix(name, "-") || pseudos[strings.ToLower(name)]
}

// pseudos are the pseudo-classes and -elements that a browser knows (W3C
// Selectors Level 4, CSS Pseudo-Elements Level 4, and their extensions).
var pseudos = setOf(`active active-view-transition active-view-transition-type after any-link autofill backdrop before
	buffering checked checkmark column cue cue-region current default defined details-content dir disabled empty enabled
	file-selector-button first first-child first-letter first-line first-of-type focus focus-visible focus-within fullscreen
	future grammar-error has has-slotted heading highlight host host-context hover in-range indeterminate interest-source
	interest-target invalid is lang last-child last-of-type left link local-link marker modal muted not nth-child
	nth-last-child nth-last-of-type nth-of-type only-child only-of-type open optional out-of-range part past paused picker
	picker-icon picture-in-picture placeholder placeholder-shown playing popover-open read-only read-write required right
	root scope scroll-button scroll-marker scroll-marker-group search-text seeking selection slotted spelling-error stalled
	state target target-after target-before target-current target-text target-within user-invalid user-valid valid
	view-transition view-transition-group view-transition-group-children view-transition-image-pair view-transition-new
	view-transition-old visited volume-locked where xr-overlay`)
