package input

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
)

const waiverFiles = "../../testdata/waivers/"

// readWaivers reads a file of testdata/waivers as w.yml.
func readWaivers(t *testing.T, file string) ([]check.Waiver, error) {
	t.Helper()
	text, err := os.ReadFile(waiverFiles + file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read([]string{"-waivers", "w.yml", "a.example"}, world(nil, map[string]string{"w.yml": string(text)}))
	return got.Policy.Waivers, err
}

// waiver is the waiver of most files, where they say nothing else.
func waiver(line int, edit func(*check.Waiver)) check.Waiver {
	w := check.Waiver{
		Rule: "hsts-missing", Target: "a.example.com", Reason: "a reason", Owner: "platform", Expires: "2027-01-31",
		Place: fact.Place{Input: "waivers", File: "w.yml", Line: line},
	}
	if edit != nil {
		edit(&w)
	}
	return w
}

// at is the waiver of another target.
func at(line int, target string) check.Waiver {
	return waiver(line, func(w *check.Waiver) { w.Target = target })
}

func legacy(w *check.Waiver) {
	w.Rule, w.Target, w.Reason = "cleartext-content", "legacy.example.com", "the old status page moves to TLS in January"
}

var goodWaivers = map[string][]check.Waiver{
	"good-one.yml":          {waiver(3, legacy)},
	"good-none.yml":         nil,
	"good-windows.yml":      {waiver(2, legacy), waiver(7, nil)},
	"good-same-rule.yml":    {waiver(2, nil), at(7, "b.example.com"), waiver(12, func(w *check.Waiver) { w.Rule = "hsts-weak" })},
	"good-expired.yml":      {waiver(2, func(w *check.Waiver) { w.Expires = "2020-02-29" })},
	"good-a-year-ahead.yml": {waiver(2, func(w *check.Waiver) { w.Expires = "2027-11-23" })},
	"good-detail.yml": {
		waiver(2, func(w *check.Waiver) { w.Rule, w.Detail = "insecure-cookie", "lang" }),
		waiver(8, func(w *check.Waiver) { w.Rule, w.Detail = "insecure-cookie", "theme-*" }),
	},
	"good-hosts.yml": {at(2, "xn--bcher-kva.example"), at(7, "2001:db8::1"), at(12, "2001:db8::2"), at(17, "192.0.2.1"),
		at(22, "preview-7"), at(27, "https://a.example.com/x"), at(32, "*.staging.example.com")},
	"good-forms.yml": {
		waiver(3, func(w *check.Waiver) {
			w.Rule, w.Target, w.Reason, w.Owner, w.Expires = "hsts-weak", "*", "everywhere", "@org/platform", "2026-11-23"
		}),
		waiver(5, func(w *check.Waiver) {
			w.Rule, w.Target, w.Reason = "certificate-expired", "https://*.example.com:8443/status", "renewed by hand until March"
			w.Owner, w.Expires = "platform@example.com", "2027-03-01"
		}),
	},
}

func TestReadWaivers(t *testing.T) {
	for file, want := range goodWaivers {
		t.Run(file, func(t *testing.T) {
			got, err := readWaivers(t, file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("waivers (-want +got):\n%s", diff)
			}
		})
	}
}

// Each line of an error goes on after "waivers: w.yml:".
var waiverErrors = map[string][]string{
	"bad-anchor.yml":            {"5:12: owner is an alias, an anchor, a tag or a directive: write text, in quotes if needed"},
	"bad-at-sign.yml":           {"5:12: invalid YAML: text that starts with this character needs quotes"},
	"bad-boolean.yml":           {"5:12: owner is a boolean: write text, in quotes if needed"},
	"bad-colon-in-text.yml":     {"4:13: invalid YAML: the indentation does not fit, or text with ':' needs quotes"},
	"bad-control-character.yml": {"4:13: reason 'ends\uFFFD[2J here' has a non-printable character"},
	"bad-date-too-far.yml":      {"6:14: expires '2027-11-24' is more than a year ahead: the latest possible date is 2027-11-23"},
	"bad-date.yml": {
		"6:14: expires '2027-02-29' is not a date: expected YYYY-MM-DD",
		"11:14: expires '31.01.2027' is not a date: expected YYYY-MM-DD",
		"16:14: expires 'never' is not a date: expected YYYY-MM-DD",
		"21:14: expires '2027-01-31T00:00:00Z' is not a date: expected YYYY-MM-DD",
	},
	"bad-duplicate.yml":     {"12:5: duplicate: 'hsts-missing' at 'a.example.com' is already waived above"},
	"bad-empty-mapping.yml": {"1:1: found a mapping: write a list under 'waivers:'"},
	"bad-empty-values.yml": {
		"3:13: target is empty",
		"4:13: reason is empty",
		"5:11: owner is empty",
	},
	"bad-empty.yml":       {"1:1: the file is empty: write a list under 'waivers:'"},
	"bad-indentation.yml": {"3:4: invalid YAML: the indentation does not fit, or text with ':' needs quotes"},
	"bad-key-twice.yml":   {"7:5: invalid YAML: the key is there twice: remove one"},
	"bad-key.yml": {
		"6:5: unknown key 'host': expected rule, target, detail, reason, owner, expires",
		"2:5: the waiver lacks target",
	},
	"bad-list-for-text.yml": {
		"2:12: rule is a mapping: write text, in quotes if needed",
		"3:13: target is a list: write text, in quotes if needed",
	},
	"bad-list-on-top.yml":      {"1:1: found a list: write a list under 'waivers:'"},
	"bad-mapping-for-list.yml": {"2:3: waivers is a mapping: write a list, '[]' for none"},
	"bad-merge-key.yml": {
		"2:5: unknown key '<<': expected rule, target, detail, reason, owner, expires",
		"2:5: the waiver lacks target, reason, owner, expires",
	},
	"bad-missing-keys.yml": {
		"2:5: the waiver lacks target, reason, owner, expires",
		"3:5: the waiver lacks reason",
	},
	"bad-no-list.yml":           {"1:10: waivers is empty: write a list, '[]' for none"},
	"bad-nothing-for-entry.yml": {"2:4: a waiver is empty: write a mapping of rule, target, detail, reason, owner, expires"},
	"bad-number.yml": {
		"4:13: reason is a number: write text, in quotes if needed",
		"6:14: expires is a number: write text, in quotes if needed",
	},
	"bad-only-comments.yml":     {"1:1: the file is empty: write a list under 'waivers:'"},
	"bad-open-list.yml":         {"1:10: invalid YAML: a bracket or brace is not closed"},
	"bad-open-quote.yml":        {"2:11: invalid YAML: a quotation mark is not closed"},
	"bad-rule-not-verified.yml": {"2:11: rule 'target-not-verified' cannot be waived: fix what could not be checked, or remove the target"},
	"bad-rule.yml":              {"2:11: rule 'hsts-mising' does not exist: did you mean hsts-missing? (tlsgate -rules lists all)"},
	"bad-star-unquoted.yml":     {"3:13: target starts with '*', which names an alias in YAML: write it in quotes"},
	"bad-tab.yml":               {"2:1: invalid YAML: a tab: indent with spaces"},
	"bad-tag.yml":               {"6:14: expires is an alias, an anchor, a tag or a directive: write text, in quotes if needed"},
	"bad-target.yml": {
		"3:13: target 'a.example.com/login' is neither a host nor a URL: start a URL with its scheme, such as 'https://'",
		"8:13: target 'a.example.com:8443' has a port: write a URL that starts with 'https://'",
		"13:13: target 'ftp://a.example.com': the scheme 'ftp' is not supported: expected https, http, wss or ws",
		"18:13: target 'a.example.com b.example.com' contains white space",
		"23:13: target '*.b\u00fccher.example' combines '*' with non-ASCII letters: write host names in their xn-- form, and percent-encode paths",
		"28:13: target 'a..example.com': host 'a..example.com' is not a valid domain name",
		"33:13: target 'https://***@a.example.com': invalid URL: write a scheme such as 'https://' before user information, and percent-encode its special characters",
	},
	"bad-text-for-entry.yml":          {"2:5: a waiver is text: write a mapping of rule, target, detail, reason, owner, expires"},
	"bad-text-on-top.yml":             {"1:1: found text: write a list under 'waivers:'"},
	"bad-top-key.yml":                 {"1:1: unknown key 'version': expected 'waivers'"},
	"bad-two-documents-by-an-end.yml": {"3:1: a second YAML document starts here: write all in one document"},
	"bad-two-documents.yml":           {"7:1: a second YAML document starts here: write all in one document"},
	"bad-two-entries.yml": {
		"2:11: rule 'x' does not exist (tlsgate -rules lists all)",
		"15:14: expires 'soon' is not a date: expected YYYY-MM-DD",
		"12:5: the waiver lacks owner",
	},
	"bad-utf-8.yml": {"3:15: is not UTF-8 text"},
}

func TestReadWaiverErrors(t *testing.T) {
	for file, want := range waiverErrors {
		t.Run(file, func(t *testing.T) {
			_, err := readWaivers(t, file)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff("waivers: w.yml:"+strings.Join(want, "\nwaivers: w.yml:"), err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// No file may lie there untested.
func TestWaiverFilesAreListed(t *testing.T) {
	files, err := filepath.Glob(waiverFiles + "*")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		_, good := goodWaivers[name]
		_, bad := waiverErrors[name]
		if good == bad {
			t.Errorf("%s is good: %v, bad: %v", name, good, bad)
		}
	}
}

// A waiver outside the workspace has no place that an annotation could name.
func TestWaiversOutsideTheWorkspace(t *testing.T) {
	text, err := os.ReadFile(waiverFiles + "good-one.yml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read([]string{"-waivers", "/etc/w.yml", "a.example"}, world(nil, map[string]string{"/etc/w.yml": string(text)}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fact.Place{Input: "waivers"}, got.Policy.Waivers[0].Place); diff != "" {
		t.Errorf("place (-want +got):\n%s", diff)
	}
}

func FuzzReadWaivers(f *testing.F) {
	files, err := filepath.Glob(waiverFiles + "*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Read([]string{"-waivers", "w.yml", "a.example"}, world(nil, map[string]string{"w.yml": text}))
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "waivers: w.yml:") && !strings.HasSuffix(line, " more") {
					t.Errorf("error %q", line)
				}
			}
			return
		}
		for _, w := range got.Policy.Waivers {
			if w.Rule == "" || w.Target == "" || w.Reason == "" || w.Owner == "" || w.Expires > "2027-11-23" || w.Place.Line < 1 {
				t.Errorf("%+v", w)
			}
		}
	})
}
