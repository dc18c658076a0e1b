package page

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check/text"
)

// HSTS is a Strict-Transport-Security policy (RFC 6797 section 6.1).
type HSTS struct {
	// MaxAge is how long it holds, in whole seconds; 0 ends it.
	MaxAge            time.Duration
	IncludeSubDomains bool
	// Preload asks for inclusion in the browsers' preload lists. It is no
	// directive of RFC 6797.
	Preload bool
}

// ParseHSTS reads the value of one Strict-Transport-Security header field. It
// gives an error for every value that browsers drop: RFC 6797 section 6.1
// makes them ignore a field that breaks the grammar, repeats a directive or
// lacks max-age. Like them it is lenient with directives it does not know,
// which may even be repeated.
func ParseHSTS(value string) (HSTS, error) {
	var policy HSTS
	seen := map[string]bool{}
	for value != "" {
		var d directive
		var err error
		if d, value, err = nextDirective(value); err != nil {
			return HSTS{}, err
		}
		switch d.name {
		case "max-age", "includesubdomains":
			if seen[d.name] {
				return HSTS{}, fmt.Errorf("the directive %s is repeated", d.name)
			}
			seen[d.name] = true
			err = policy.set(d)
		case "preload":
			policy.Preload = true
		}
		if err != nil {
			return HSTS{}, err
		}
	}
	if !seen["max-age"] {
		return HSTS{}, errors.New("the directive max-age is missing")
	}
	return policy, nil
}

// set takes a directive of RFC 6797 over.
func (p *HSTS) set(d directive) error {
	if d.name == "includesubdomains" {
		if d.hasValue {
			return errors.New("the directive includeSubDomains has a value")
		}
		p.IncludeSubDomains = true
		return nil
	}
	if d.value == "" || strings.Trim(d.value, "0123456789") != "" {
		return errors.New("max-age is not a number of seconds")
	}
	p.MaxAge = seconds(d.value)
	return nil
}

// seconds reads decimal digits; what a Duration cannot hold is its greatest value.
func seconds(digits string) time.Duration {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > int64(math.MaxInt64/time.Second) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Second
}

// A directive is a name in lower case, and a value without its quotes.
type directive struct {
	name, value string
	hasValue    bool
}

// nextDirective reads up to and with the next semicolon that is not quoted.
// The name is empty for an empty directive.
func nextDirective(s string) (d directive, rest string, err error) {
	var one string
	if one, rest, err = cutQuoted(s, ';'); err != nil {
		return d, "", err
	}
	name, value, hasValue := strings.Cut(one, "=")
	name = trimBlanks(name)
	value = trimBlanks(value)
	if name == "" && !hasValue {
		return d, rest, nil
	}
	if !isToken(name) {
		return d, "", errors.New("a directive's name is not a token")
	}
	if unquoted, ok := unquote(value); ok {
		value = unquoted
	} else if hasValue && !isToken(value) {
		return d, "", fmt.Errorf("the value of the directive %s is neither a token nor a quoted string", text.Clip(name, 40))
	}
	return directive{strings.ToLower(name), value, hasValue}, rest, nil
}

// cutQuoted splits s at the first separator outside of a quoted string (RFC
// 9110 section 5.6.4). A quoted string that does not end is an error.
func cutQuoted(s string, separator byte) (before, after string, err error) {
	i, open := text.IndexUnquoted(s, separator)
	switch {
	case open:
		return "", "", errors.New("a quoted string does not end")
	case i >= 0:
		return s[:i], s[i+1:], nil
	}
	return s, "", nil
}

// unquote gives the content of a quoted string, and whether s is one.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		switch {
		case s[i] == '"':
			return "", false
		case s[i] == '\\' && i+1 < len(s)-1:
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), true
}

// isToken reports whether s is a token (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7F || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}
