package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tlsgate/tlsgate/check/text"
)

// Line makes any text fit for one line of a terminal or of a runner's log,
// which obeys none of it.
func Line(s string) string { return defuse(text.Line(s)) }

// defuse breaks up what a GitHub runner would take for a command in a log:
// "::" where a line starts, white space aside, and "##[" anywhere.
func defuse(log string) string {
	lines := strings.Split(strings.ReplaceAll(log, "##[", "## ["), "\n")
	for i, line := range lines {
		text := strings.TrimLeftFunc(line, unicode.IsSpace)
		if strings.HasPrefix(text, "::") {
			lines[i] = line[:len(line)-len(text)] + ": " + text[1:]
		}
	}
	return strings.Join(lines, "\n")
}

// inertJSON escapes, in JSON that may go to a terminal or a runner's log, what
// does not print, and "##[". Outside strings JSON has neither, so that the
// value stays the same.
func inertJSON(json []byte) []byte {
	i := activeInJSON(json)
	if i < 0 {
		return json
	}
	out := make([]byte, 0, len(json)+64)
	for ; i >= 0; i = activeInJSON(json) {
		out = append(out, json[:i]...)
		if json[i] == '#' {
			out, json = append(out, `#\u0023[`...), json[i+len(workflowCommand):]
			continue
		}
		r, size := utf8.DecodeRune(json[i:])
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
		json = json[i+size:]
	}
	return append(out, json...)
}

// workflowCommand begins a command to a runner, anywhere in a line.
const workflowCommand = "##["

// activeInJSON is where the first thing is that [inertJSON] escapes; -1 for none.
func activeInJSON(json []byte) int {
	for i := 0; i < len(json); {
		switch c := json[i]; {
		case c == '#' && bytes.HasPrefix(json[i:], []byte(workflowCommand)):
			return i
		case c == '\n' || ' ' <= c && c <= '~':
			i++
		default:
			r, size := utf8.DecodeRune(json[i:])
			if !unicode.IsPrint(r) {
				return i
			}
			i += size
		}
	}
	return -1
}

// An inertWriter writes JSON that [inertJSON] has escaped. No string may be
// split between two writes.
type inertWriter struct{ io.Writer }

func (w inertWriter) Write(json []byte) (int, error) {
	_, err := w.Writer.Write(inertJSON(json))
	return len(json), err
}

// markdownReplacer writes every character that is active in GitHub Flavored
// Markdown or in HTML as a character reference, which both read as text.
var markdownReplacer = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;",
	"`", "&#96;", "*", "&#42;", "_", "&#95;", "~", "&#126;", `\`, "&#92;",
	"[", "&#91;", "]", "&#93;", "!", "&#33;", "|", "&#124;", "#", "&#35;",
	"$", "&#36;", ":", "&#58;", "www.", "www&#46;",
	// An address becomes a link even when written by reference, unless
	// something stands between its parts.
	"@", "&#64;<!-- -->",
)

// markdown escapes remote text for a line of Markdown, table cells and HTML
// content included. The result must not open the line.
func markdown(s string) string { return markdownReplacer.Replace(text.Line(s)) }

// code is remote text in a Markdown code font.
func code(s string) string { return "<code>" + markdown(s) + "</code>" }

// mermaid escapes remote text for a quoted Mermaid label and for the name of a
// Gantt task: letters and digits of ASCII and a few harmless marks stay, those
// that URLs need become entity codes, and all else becomes "_".
func mermaid(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)), strings.ContainsRune(" ./-_", r):
			b.WriteRune(r)
		case strings.ContainsRune(":[]", r):
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

var sarifReplacer = strings.NewReplacer("](", "] (", "{", "{{", "}", "}}")

// sarifText escapes remote text for a plain text message: braces, which make
// placeholders, are doubled (SARIF 2.1.0 section 3.11.5), and what would make a
// link is broken up (section 3.11.6). Brackets stay otherwise: outside links
// they stand for themselves, as in the URL of an IPv6 address.
func sarifText(s string) string { return sarifReplacer.Replace(text.Line(s)) }

var braceReplacer = strings.NewReplacer("{", "{{", "}", "}}")

// sarifMarkdown escapes remote text for a Markdown message: braces as in plain
// text, and what is active in Markdown.
func sarifMarkdown(s string) string { return braceReplacer.Replace(markdown(s)) }
