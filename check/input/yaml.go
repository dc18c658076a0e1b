package input

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// A yamlFile is a YAML file while it is read, with what is wrong in it.
type yamlFile struct {
	name     string // as messages show it
	place    string // relative to the workspace; empty outside of it
	problems []error
}

func (r *reader) newYAMLFile(name string) yamlFile {
	return yamlFile{name: clean(filepath.ToSlash(name)), place: r.env.inWorkspace(name)}
}

// failAt notes what is wrong at a line and a column, both from 1.
func (f *yamlFile) failAt(line, column int, format string, args ...any) {
	f.problems = append(f.problems, fmt.Errorf("%s:%d:%d: %s", f.name, line, column, fmt.Sprintf(format, args...)))
}

// fail notes what is wrong at a node.
func (f *yamlFile) fail(n ast.Node, format string, args ...any) {
	at := position(n)
	f.failAt(at.Line, at.Column, format, args...)
}

// position is where a node begins; the library gives a mapping the position
// of its first colon.
func position(n ast.Node) *token.Position {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	return n.GetToken().Position
}

// parse gives the file's only document; nil where there is none, which is then
// noted with what to write instead.
func (f *yamlFile) parse(text []byte, instead string) ast.Node {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if !utf8.Valid(text) {
		line, column := firstInvalid(text)
		f.failAt(line, column, "is not UTF-8 text")
		return nil
	}
	if len(text) > maxYAMLBytes {
		f.failAt(1, 1, "the file has %d bytes: at most %d are read", len(text), maxYAMLBytes)
		return nil
	}
	tokens := lexer.Tokenize(string(text))
	if at, why := tooComplex(tokens); why != "" {
		f.failAt(at.Position.Line, at.Position.Column, "%s", why)
		return nil
	}
	file, err := parser.Parse(tokens, 0)
	var wrong yaml.Error
	switch {
	case errors.As(err, &wrong):
		at := wrong.GetToken().Position
		f.failAt(at.Line, at.Column, "%s", invalidYAML(wrong.GetMessage()))
	case err != nil:
		f.failAt(1, 1, "invalid YAML")
	case len(file.Docs) > 1:
		f.failAt(firstLine(file.Docs[1]), 1, "a second YAML document starts here: write all in one document")
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		f.failAt(1, 1, "the file is empty: %s", instead)
	default:
		return file.Docs[0].Body
	}
	return nil
}

// firstLine is where a document begins: at its "---", which may be missing after
// a "..." that ends the one before.
func firstLine(d *ast.DocumentNode) int {
	if d.Start != nil {
		return d.Start.Position.Line
	}
	return position(d.Body).Line
}

// yamlMistakes are what the parser's messages mean to who wrote the file.
var yamlMistakes = []struct{ message, meaning string }{
	{"already defined at", "the key is there twice: remove one"},
	{"character '\t'", "a tab: indent with spaces"},
	{"end character of", "a quotation mark is not closed"},
	{"end token", "a bracket or brace is not closed"},
	{"not allowed in this context", "the indentation does not fit, or text with ':' needs quotes"},
	{"cannot start any token", "text that starts with this character needs quotes"},
	{"reserved character", "text that starts with this character needs quotes"},
}

// invalidYAML says what is wrong with a file that the parser refuses, and what
// to do about it.
func invalidYAML(message string) string {
	for _, m := range yamlMistakes {
		if strings.Contains(message, m.message) {
			return "invalid YAML: " + m.meaning
		}
	}
	return "invalid YAML: check the indentation, and put text with special characters in quotes"
}

// firstInvalid is the line and column of the first byte that is not UTF-8.
func firstInvalid(text []byte) (line, column int) {
	valid := text[:0]
	for rest := text; ; {
		c, size := utf8.DecodeRune(rest)
		if c == utf8.RuneError && size <= 1 {
			break
		}
		valid, rest = text[:len(valid)+size], rest[size:]
	}
	last := valid[bytes.LastIndexByte(valid, '\n')+1:]
	return bytes.Count(valid, []byte("\n")) + 1, utf8.RuneCount(last) + 1
}

// scalar is the text of a node, on one line.
func scalar(n ast.Node) (string, error) {
	var text string
	switch n := n.(type) {
	case *ast.StringNode:
		text = n.Value
	case *ast.LiteralNode:
		text = n.Value.Value
	case *ast.NullNode:
	case *ast.AliasNode:
		return "", errors.New("starts with '*', which names an alias in YAML: write it in quotes")
	default:
		return "", fmt.Errorf("is %s: write text, in quotes if needed", kind(n))
	}
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return "", errors.New("is empty")
	}
	if strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return "", fmt.Errorf("%s has a non-printable character", quote(text))
	}
	return text, nil
}

// kind says in words what a node is.
func kind(n ast.Node) string {
	switch n.Type() {
	case ast.NullType:
		return "empty"
	case ast.IntegerType, ast.FloatType, ast.InfinityType, ast.NanType:
		return "a number"
	case ast.BoolType:
		return "a boolean"
	case ast.StringType, ast.LiteralType:
		return "text"
	case ast.SequenceType:
		return "a list"
	case ast.MappingType:
		return "a mapping"
	}
	return "an alias, an anchor, a tag or a directive"
}
