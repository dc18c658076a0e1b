package input

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// A held value is what holds of an input, and where it comes from.
type held struct{ name, value, origin string }

// origin says in words where the value of an input comes from.
func (r *reader) origin(name, flag, where string) string {
	switch {
	case flag != "":
		return "flag"
	case r.explicit[name]:
		return "input"
	case where != name:
		return strings.TrimSuffix(where, ": "+name)
	}
	return "default"
}

// effective writes what holds as a configuration file, with where each value
// comes from in comments. Values of headers and credentials of a proxy are masked.
func (r *reader) effective() string {
	var b strings.Builder
	b.WriteString("defaults:\n")
	names := inputsOfDefaults()
	for _, h := range r.held {
		if slices.Contains(names, h.name) {
			fmt.Fprintf(&b, "  %s # %s\n", yamlPair(h.name, h.value), h.origin)
		}
	}
	b.WriteString("targets:\n")
	for _, t := range r.config.Targets {
		fmt.Fprintf(&b, "  - %s%s\n", yamlPair("url", t.URL()), from(t.Places))
		if t.Label != "" {
			fmt.Fprintf(&b, "    %s\n", yamlPair("label", t.Label))
		}
		own := r.own[t.URL()]
		for _, name := range inputsOfTargets {
			if s, found := own[name]; found && name != "label" && !r.explicit[name] {
				fmt.Fprintf(&b, "    %s\n", yamlPair(name, s.text))
			}
		}
	}
	return b.String()
}

// from is a comment with where a target was first declared.
func from(places []fact.Place) string {
	if len(places) == 0 {
		return ""
	}
	p := places[0]
	if p.File == "" {
		return " # " + p.Input
	}
	return fmt.Sprintf(" # %s: %s:%d", p.Input, clean(p.File), p.Line)
}

// plainScalar is text that YAML reads as it stands.
var plainScalar = text.Pattern(`^[A-Za-z0-9/][A-Za-z0-9/._@:%?=&-]*$`)

// yamlPair writes a key and its value.
func yamlPair(name, value string) string {
	if name == "header" {
		var lines []string
		for line := range strings.Lines(value) {
			field, _, _ := strings.Cut(line, ":")
			lines = append(lines, strings.TrimSpace(field)+": ***")
		}
		value = strings.Join(lines, "\n")
	}
	if name == "proxy" {
		value = fact.MaskUserInfo(value)
	}
	if plainScalar().MatchString(value) && !strings.HasSuffix(value, ":") {
		return name + ": " + value
	}
	return name + ": " + strconv.Quote(value)
}
