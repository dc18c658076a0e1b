package page

import (
	"strings"

	"github.com/tlsgate/tlsgate/check/text"
)

// requiresIntegrity reports whether an Integrity-Policy forbids scripts that say
// nothing of their integrity (W3C Subresource Integrity Level 2, section 3.9). The
// values of the field are one dictionary (RFC 9651 section 3.2), of whose equal
// members the last counts; a malformed one is none.
func requiresIntegrity(values []string) bool {
	blocked, sources := "", "(inline)"
	rest := strings.Join(values, ",")
	if !dictionary().MatchString(rest) {
		return false
	}
	for rest != "" {
		var member string
		member, rest = cutOutsideQuotes(rest, ',')
		name, value, _ := strings.Cut(trimBlanks(member), "=")
		switch name {
		case "blocked-destinations":
			blocked = value
		case "sources":
			sources = value
		}
	}
	return innerList(blocked)["script"] && innerList(sources)["inline"]
}

// The grammar of structured fields (RFC 9651 section 4.2) as regular expressions.
// Dates and display strings, which RFC 8941 has not, are no items: a browser may not
// know them, and has no policy then.
const (
	sfKey        = `[a-z*][a-z0-9_.*-]*`
	sfNumber     = `-?(?:[0-9]{1,15}|[0-9]{1,12}\.[0-9]{1,3})`
	sfString     = `"(?:[ !#-\[\]-~]|\\["\\])*"`
	sfToken      = "[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*"
	sfItem       = `(?:` + sfNumber + `|` + sfString + `|` + sfToken + `|:[A-Za-z0-9+/=]*:|\?[01])`
	sfParameters = `(?:; *` + sfKey + `(?:=` + sfItem + `)?)*`
	sfInnerList  = `\( *(?:` + sfItem + sfParameters + `(?: +` + sfItem + sfParameters + `)*)? *\)`
	sfMember     = sfKey + `(?:=(?:` + sfInnerList + `|` + sfItem + `))?` + sfParameters
)

// dictionary matches a whole dictionary.
var dictionary = text.Pattern(`^ *(?:` + sfMember + `(?:[ \t]*,[ \t]*` + sfMember + `)*)? *$`)

// innerList is the tokens of an inner list (RFC 9651 section 3.1.1) without its
// parameters, nil for what is none.
func innerList(s string) map[string]bool {
	inside, after, closed := strings.Cut(strings.TrimPrefix(s, "("), ")")
	if !strings.HasPrefix(s, "(") || !closed || after != "" && !strings.HasPrefix(after, ";") {
		return nil
	}
	return setOf(inside)
}

// lacksIntegrity reports whether a script is requested without a hash of what it is
// to be, or in a way that hides its content from the check: modules are always
// requested with CORS.
func (el element) lacksIntegrity() bool {
	module := el.name == "script" && scriptType(el) == "module" || el.keyword("rel") == "modulepreload"
	if !module && !el.has("crossorigin") {
		return true
	}
	for item := range strings.FieldsFuncSeq(el.get("integrity"), isHTMLSpace) {
		algorithm, _, _ := strings.Cut(item, "-")
		if algorithm == "sha256" || algorithm == "sha384" || algorithm == "sha512" {
			return false
		}
	}
	return true
}
