package page

import "strings"

// A selector is what a document must hold for a complex selector to fit
// anything: element names, ids ("#x") and classes (".x"), in lower case. That
// they stand where the selector wants them is not checked.
type selector []string

// parseSelectors reads a selector list. It gives none for one that is empty or
// malformed.
func parseSelectors(tokens []cssToken) []selector {
	tokens = trimSpace(tokens)
	if len(tokens) == 0 {
		return nil
	}
	var all []selector
	current := selector{}
	depth := 0
	var last cssToken
	for _, t := range tokens {
		switch {
		case t.kind == cssBad || t.is(";") || t.kind == cssAtKeyword:
			return nil
		case t.kind == cssFunction || t.is("(") || t.is("["):
			depth++
		case t.is(")") || t.is("]"):
			depth--
		case depth > 0:
		case t.is(","):
			all = append(all, current)
			current = selector{}
		case t.kind == cssHash:
			current = append(current, "#"+strings.ToLower(t.value))
		case t.kind == cssIdent && last.is("."):
			current = append(current, "."+strings.ToLower(t.value))
		case t.kind == cssIdent && !last.is(":") && !last.is("|"):
			current = append(current, strings.ToLower(t.value))
		}
		last = t
	}
	return append(all, current)
}
