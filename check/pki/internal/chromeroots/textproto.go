package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A field is one field of a message in protocol buffers' text format.
type field struct {
	name    string
	value   string // of a scalar, unquoted
	fields  fields // of a message
	subject string // in the lines of comment right before it
}

type fields []field

// value is the first scalar of the name.
func (fs fields) value(name string) (string, bool) {
	for _, f := range fs {
		if f.name == name {
			return f.value, true
		}
	}
	return "", false
}

// token matches a comment, a string, a brace, a colon or a word, after space.
var token = regexp.MustCompile(`^\s*(#[^\n]*|"(?:[^"\\\n]|\\.)*"|[{}:]|[A-Za-z0-9_.+-]+)`)

// A parser holds the text that is left.
type parser struct{ rest string }

// parse reads the part of the text format that the root store uses.
func parse(text []byte) (fields, error) {
	p := &parser{string(text)}
	fs, err := p.message(false)
	if err != nil {
		line := strings.Count(string(text[:len(text)-len(p.rest)]), "\n") + 1
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	return fs, nil
}

// next returns the next token, empty at the end.
func (p *parser) next() (string, error) {
	m := token.FindStringSubmatch(p.rest)
	if m == nil {
		if strings.TrimSpace(p.rest) != "" {
			return "", fmt.Errorf("unexpected text")
		}
		return "", nil
	}
	p.rest = p.rest[len(m[0]):]
	return m[1], nil
}

// message reads fields up to the end, or up to the closing brace.
func (p *parser) message(inner bool) (fields, error) {
	var fs fields
	subject := ""
	for {
		t, err := p.next()
		switch {
		case err != nil:
			return nil, err
		case t == "" && !inner, t == "}" && inner:
			return fs, nil
		case strings.HasPrefix(t, "#"):
			if line := strings.TrimSpace(t[1:]); isSubject(line) {
				subject = line
			}
			continue
		case t == "", strings.ContainsAny(t[:1], "{}:\""):
			return nil, fmt.Errorf("a field name is wanted, not %q", t)
		}
		f := field{name: t, subject: subject}
		subject = ""
		if err := p.content(&f); err != nil {
			return nil, err
		}
		fs = append(fs, f)
	}
}

// content reads what follows a field's name.
func (p *parser) content(f *field) error {
	t, err := p.next()
	if err != nil {
		return err
	}
	if t == ":" {
		if t, err = p.next(); err != nil {
			return err
		}
	} else if t != "{" {
		return fmt.Errorf("a value of %s is wanted, not %q", f.name, t)
	}
	switch {
	case t == "{":
		f.fields, err = p.message(true)
	case strings.HasPrefix(t, `"`):
		f.value, err = strconv.Unquote(t)
	case t == "" || strings.ContainsAny(t[:1], "}:#"):
		err = fmt.Errorf("a value of %s is wanted, not %q", f.name, t)
	default:
		f.value = t
	}
	return err
}

// attribute begins a distinguished name as Chromium's comments write it.
var attribute = regexp.MustCompile(`^(CN|OU|O|C|L|ST|DC|serialNumber|organizationIdentifier|emailAddress) ?= ?`)

// isSubject tells the comment with a root's subject from remarks, which stand
// between it and the root as well.
func isSubject(line string) bool { return attribute.MatchString(line) }
