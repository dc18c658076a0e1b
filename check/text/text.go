// Package text makes text fit for messages: clipped, printable, wrapped, and
// with the right plural. It finds the ends of quoted strings, and the nearest of
// several words. It is pure.
package text

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const ellipsis = "…"

// Clip shortens text to at most n bytes, but no fewer than an ellipsis takes, at
// a rune boundary; an ellipsis stands where something was cut. The result is
// valid UTF-8.
func Clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:max(n-len(ellipsis), 0)], "") + ellipsis
}

// Few joins at most so many items with commas, and says how many more there are.
func Few(items []string, most int) string {
	s := strings.Join(items[:min(len(items), most)], ", ")
	if more := len(items) - most; more > 0 {
		s += " and " + strconv.Itoa(more) + " more"
	}
	return s
}

// Line makes remote text printable on one line: line breaks and tabs become
// spaces; control and format characters (the escape character, bidirectional
// overrides, zero-width characters) and invalid UTF-8 become U+FFFD.
func Line(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// Count is a number with the noun it counts: "1 target", "2 targets", "2
// addresses".
func Count(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "s"):
		noun += "es"
	default:
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// Seconds is a time span as people say it: "10 s", "1.5 s", "2 min", "1 min 30 s".
func Seconds(s float64) string {
	if s < 60 {
		return strconv.FormatFloat(math.Round(s*10)/10, 'f', -1, 64) + " s"
	}
	whole := int(math.Round(s))
	if whole%60 == 0 {
		return strconv.Itoa(whole/60) + " min"
	}
	return strconv.Itoa(whole/60) + " min " + strconv.Itoa(whole%60) + " s"
}

// Wrap breaks text at spaces into lines of at most width columns, each behind
// the indent; a width of 0 wraps nothing. A word longer than a line stays
// whole, for it is to be copied.
func Wrap(s, indent string, width int) string {
	if width <= 0 {
		return indent + s
	}
	var lines []string
	line := indent
	for word := range strings.FieldsSeq(s) {
		if line != indent && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}

// Pattern is a regular expression that is compiled when it is first used: a
// run matches few of the program's patterns, and would compile them all before
// it begins. It panics then, if the expression is none.
func Pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
