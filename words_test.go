package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// retired are words and phrases that texts, comments and names had once: the
// terms of the field replaced them. Words match whole, in any case.
var retired = []string{
	// metaphors and words of this project's own
	"mend", "mends", "mended", "mending", "twin", "twins", "looked at", "could not be looked at",
	"knock", "knocks", "door", "doors", "hunt", "hunts", "moody", "asker",
	"the gate", "least level", "had a bad moment", "bars plain http", "whoever is on the path", "as he likes",
	"born anew", "issued anew", "broke off", "out of reach", "by way of", "for want of room", "would pass unseen",
	"what must not be", "nothing to judge", "cannot be had", "nobody is asked", "says it back", "taken for no secret",
	"told apart", "worth telling", "is told", "are told", "a URL a line", "one a line", "targets at a time",
	// error texts of Go's own
	"first path segment in URL cannot contain colon", "malformed MIME header",
}

var retiredWords = regexp.MustCompile(`(?i)\b(` + strings.Join(retired, "|") + `)\b`)

// No text that a user or a reader sees has a retired word: string literals and
// comments of Go, and every Markdown, YAML and shell file.
func TestWords(t *testing.T) {
	read := 0
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name() == ".git" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || name == "words_test.go": // this list
			return nil
		}
		switch filepath.Ext(name) {
		case ".go":
			read++
			checkGo(t, name)
		case ".md", ".yml", ".yaml", ".txt":
			read++
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			for i, line := range strings.Split(string(text), "\n") {
				checkWords(t, name, i+1, line)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 60 {
		t.Errorf("only %d files were read", read)
	}
}

// checkGo checks the comments and string literals of a Go file. Comments of
// several lines are joined, so that a phrase is found across them.
func checkGo(t *testing.T, name string) {
	t.Helper()
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range f.Comments {
		checkWords(t, name, files.Position(group.Pos()).Line, strings.Join(strings.Fields(group.Text()), " "))
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			checkWords(t, name, files.Position(l.Pos()).Line, l.Value)
		}
		return true
	})
}

func checkWords(t *testing.T, name string, line int, text string) {
	t.Helper()
	text = strings.ReplaceAll(text, "Front Door", "") // a product of Azure
	for _, word := range retiredWords.FindAllString(text, -1) {
		t.Errorf("%s:%d: %q is a retired word", name, line, word)
	}
}
