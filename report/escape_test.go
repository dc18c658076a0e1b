package report

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tlsgate/tlsgate/check/text"
)

// seeds are what the escapers are fuzzed from.
var seeds = []string{
	"", "plain words", hostile, "::error::x", " \t::error::x", "x\n::error::x", "##[error]x", "###[", "#\n#[", "##\x00[",
	"a|b", "`", "```", "<b>", "&lt;", "[a](b)", `\[a](1)`, `\`, "http://x.example", "www.x.example", "a@b.example",
	"\x1b[31m", "\u202E", "\u200B", "\u2028", "\u0085", "\xff\xfe", "%0A", "%", "a,b:c\r\n", "\u00a0::x", "\U000E0001", "#58;", `"];click a href "x"`, "[::1](1) {0}",
}

func fuzz(f *testing.F, check func(t *testing.T, s string)) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(check)
}

// noControl fails for anything that does not print on one line.
func noControl(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			t.Fatalf("%q holds %U", s, r)
		}
	}
}

func FuzzPlain(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		got := text.Line(s)
		noControl(t, got)
		if utf8.RuneCountInString(got) != utf8.RuneCountInString(s) {
			t.Fatalf("%q became %q: characters were lost", s, got)
		}
	})
}

func FuzzDefuse(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		got := defuse(s)
		if strings.Contains(got, "##[") {
			t.Fatalf("%q holds a runner's command", got)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Fatalf("%q holds a runner's command", got)
			}
		}
	})
}

// markdownActive is all that may make markup of a text: what is left of it may
// be nothing but character references and the separator of addresses.
var markdownActive = regexp.MustCompile("[<>`*_\\[\\]\\\\~|!$:@\"'#]|www\\.")

var markdownInert = regexp.MustCompile(`&(amp|lt|gt|quot|#[0-9]+);|<!-- -->`)

func FuzzMarkdown(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		got := markdown(s)
		noControl(t, got)
		rest := markdownInert.ReplaceAllString(got, " ")
		if bad := markdownActive.FindString(rest); bad != "" || strings.Contains(rest, "&") {
			t.Fatalf("%q: %q is active in it", got, bad)
		}
	})
}

var mermaidInert = regexp.MustCompile(`^([A-Za-z0-9 ./_-]|#(58|91|93);)*$`)

func FuzzMermaid(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		if got := mermaid(s); !mermaidInert.MatchString(got) {
			t.Fatalf("%q holds more than inert characters", got)
		}
	})
}

func FuzzSARIFText(f *testing.F) {
	f.Add("x](1)")
	f.Add("{0} {{1}}")
	fuzz(f, func(t *testing.T, s string) {
		got := sarifText(s)
		noControl(t, got)
		if strings.Contains(got, "](") {
			t.Fatalf("%q holds a link", got)
		}
		if rest := strings.NewReplacer("{{", "", "}}", "").Replace(got); strings.ContainsAny(rest, "{}") {
			t.Fatalf("%q holds a placeholder", got)
		}
		back := strings.NewReplacer("{{", "{", "}}", "}", "] (", "](").Replace(got)
		if want := strings.ReplaceAll(text.Line(s), "] (", "]("); back != want {
			t.Fatalf("%q reads as %q, want %q", got, back, want)
		}
	})
}

// What is escaped is the same value still.
func FuzzInertJSON(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		data, err := json.Marshal(map[string]string{s: s})
		if err != nil {
			t.Skip()
		}
		got := inertJSON(data)
		noControl(t, string(got))
		if strings.Contains(string(got), "##[") {
			t.Fatalf("%q holds a runner's command", got)
		}
		var want, back map[string]string
		if json.Unmarshal(data, &want) != nil || json.Unmarshal(got, &back) != nil {
			t.Fatalf("%q does not read back", got)
		}
		for k, v := range want {
			if back[k] != v {
				t.Fatalf("%q reads as %q, want %q", got, back[k], v)
			}
		}
	})
}

// No form of a report lets remote text drive a runner or a terminal.
func FuzzReports(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		r := hostileReport(t)
		res := &r.Results[0]
		for i := range res.Verdicts {
			v := &res.Verdicts[i].Verdict
			v.Reasons = []string{s}
			for j := range v.Evidence {
				v.Evidence[j].Text, v.Evidence[j].Address = s, s
			}
			for j := range v.Findings {
				v.Findings[j].Message, v.Findings[j].Addresses = s, []string{s}
			}
		}
		res.Observation.Endpoints[0].HTTPS.Headers[0].Value = s
		res.Observation.Target.Label = s
		for suffix, out := range formats(t, r, "") {
			text := string(out)
			if strings.Contains(text, "##[") {
				t.Errorf("%s holds a runner's command: %q", suffix, text)
			}
			for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
				noControl(t, line)
				if strings.HasPrefix(strings.TrimSpace(line), "::") {
					t.Errorf("%s holds a runner's command: %q", suffix, line)
				}
			}
		}
	})
}
