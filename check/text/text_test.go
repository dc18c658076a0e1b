package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClip(t *testing.T) {
	for _, tc := range []struct {
		s    string
		n    int
		want string
	}{
		{"short", 5, "short"}, {"longer", 5, "lo…"}, {"größer", 6, "gr…"}, {"größer", 7, "grö…"},
		{"a\xffb", 10, "a\uFFFDb"}, {"longer", 3, "…"}, {"longer", 0, "…"}, {"", 0, ""},
	} {
		if got := Clip(tc.s, tc.n); got != tc.want {
			t.Errorf("%q to %d: %q, want %q", tc.s, tc.n, got, tc.want)
		}
	}
}

func TestLine(t *testing.T) {
	for s, want := range map[string]string{
		"a b": "a b", "a\r\n\tb": "a   b", "\x1b[31m": "\uFFFD[31m", "a\u202Eb\u200Bc": "a\uFFFDb\uFFFDc", "a\xffb": "a\uFFFDb", "größer": "größer",
	} {
		if got := Line(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"0 targets": Count(0, "target"), "1 target": Count(1, "target"), "2 targets": Count(2, "target"),
		"1 address": Count(1, "address"), "2 addresses": Count(2, "address"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tc := range []struct {
		s, indent string
		width     int
		want      string
	}{
		{"a b c", "  ", 0, "  a b c"},
		{"", "  ", 10, "  "},
		{"aa bb cc", "", 5, "aa bb\ncc"},
		{"aa bb cc", " ", 5, " aa\n bb\n cc"},
		{"a https://long.example/ b", "", 6, "a\nhttps://long.example/\nb"},
		{"ää öö", "", 5, "ää öö"},
	} {
		if got := Wrap(tc.s, tc.indent, tc.width); got != tc.want {
			t.Errorf("%q, indent %q, width %d: %q, want %q", tc.s, tc.indent, tc.width, got, tc.want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("aa bb cc", 5)
	f.Add("a\u202E\xff\n", 1)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if clipped := Clip(s, n); !utf8.ValidString(clipped) || len(clipped) > max(n, len(ellipsis)) {
			t.Errorf("%q clipped to %d: %q", s, n, clipped)
		}
		if line := Line(s); strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) && r != unicode.ReplacementChar }) {
			t.Errorf("%q on a line: %q", s, line)
		}
		got := Wrap(s, "  ", n)
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(s), " ") {
			t.Errorf("%q became %q: words were lost", s, got)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if n > 0 && utf8.RuneCountInString(line) > n && len(strings.Fields(line)) > 1 {
				t.Errorf("%q is wider than %d", line, n)
			}
		}
	})
}

func TestPattern(t *testing.T) {
	broken := Pattern("(") // compiled by nobody yet
	if digits := Pattern(`^\d+$`); !digits().MatchString("42") || digits().MatchString("4 2") {
		t.Error("the pattern matches something else")
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	broken()
}

func TestFew(t *testing.T) {
	for want, items := range map[string][]string{"": nil, "a": {"a"}, "a, b": {"a", "b"}, "a, b and 2 more": {"a", "b", "c", "d"}} {
		if got := Few(items, 2); got != want {
			t.Errorf("%q: %q, want %q", items, got, want)
		}
	}
}
