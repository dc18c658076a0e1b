package input

import (
	"io/fs"
	"net/netip"
	"path"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/report"

	"github.com/tlsgate/tlsgate/check/fact"
)

// world is an Env made of tables.
func world(vars, files map[string]string) Env {
	return Env{
		Getenv: func(name string) string { return vars[name] },
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
		Glob: func(pattern string) (found []string, err error) {
			for name := range files {
				match, err := path.Match(pattern, name)
				if err != nil {
					return nil, err
				}
				if match {
					found = append(found, name)
				}
			}
			return found, nil
		},
		SameFile:  func(a, b string) bool { return "link-to-"+a == b || "link-to-"+b == a },
		Now:       func() time.Time { return time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC) },
		Workspace: "/github/workspace",
	}
}

// target is a plain https target as Read gives it.
func target(host, path string, places ...fact.Place) fact.Target {
	return fact.Target{Scheme: "https", Host: host, Port: 443, CleartextPort: 80, Path: path, Places: places}
}

// numbered gives targets the positions of a list.
func numbered(targets ...fact.Target) []fact.Target {
	for i := range targets {
		targets[i].Position = i + 1
	}
	return targets
}

// defaults is what Read gives for one argument and nothing else; the tests of
// single inputs say what is different from it.
func defaults(t *testing.T) Config {
	t.Helper()
	c, err := Read([]string{"a.example"}, world(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestReadDefaults(t *testing.T) {
	got := defaults(t)
	if d := cmp.Diff(numbered(target("a.example", "/", fact.Place{Input: "argument"})), got.Targets, byValue); d != "" {
		t.Errorf("targets (-want +got)\n%s", d)
	}
	if d := cmp.Diff(check.Policy{FailOn: check.Error, Revocation: fact.RevocationSoft}, got.Policy, byValue); d != "" {
		t.Errorf("policy (-want +got)\n%s", d)
	}
	if got.Timeout != 10*time.Second || got.Retries != 2 || got.Wait != 0 || len(got.Files) != 0 {
		t.Errorf("%+v", got)
	}
}

// byValue compares Configs: Override is called by a test of its own.
var byValue = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmpopts.IgnoreFields(Config{}, "Override"),
}

func TestReadConfig(t *testing.T) {
	days := func(n int) *int { return &n }
	tests := []struct {
		name string
		args []string
		vars map[string]string
		want func(*Config)
	}{
		{"empty inputs are unset", []string{"a.example"},
			map[string]string{"INPUT_URLS": "", "INPUT_TIMEOUT": "", "INPUT_ALLOW-PRIVATE": " ", "INPUT_MIN-DAYS": ""}, func(*Config) {}},
		{"an empty flag is unset", []string{"-timeout=", "-fail-on", "", "a.example"}, nil, func(*Config) {}},
		{"inputs", []string{"a.example"}, map[string]string{
			"INPUT_FAIL-ON": "warning", "INPUT_MIN-DAYS": "30", "INPUT_ALLOW-PRIVATE": "TRUE", "INPUT_TIMEOUT": "1m30s",
			"INPUT_RETRIES": "0", "INPUT_CONCURRENCY": "512", "INPUT_CATEGORY": "tls/prod", "INPUT_SARIF-FILE": "out/x.sarif",
			"INPUT_REPORT-FILE": "-", "INPUT_LABEL": "preview", "INPUT_REVOCATION": "hard", "INPUT_WAIT": "1h",
			"INPUT_HEADER": "X-Bypass: secret\n\n  authorization:Basic am9lOnB3  \n",
		}, func(c *Config) {
			c.Policy = check.Policy{FailOn: check.Warning, MinDays: days(30), AllowPrivate: true, Revocation: fact.RevocationHard}
			c.Timeout, c.Retries, c.Concurrency = 90*time.Second, 0, 512
			c.Category, c.Files = "tls/prod", map[string]string{"sarif-file": "out/x.sarif", "report-file": "-"}
			c.Wait = time.Hour
			c.Headers = []fact.Header{{Name: "X-Bypass", Value: "secret"}, {Name: "authorization", Value: "Basic am9lOnB3"}}
			c.Targets[0].Label = "preview"
		}},
		{"flags win over inputs", []string{"-fail-on", "never", "a.example", "-retries=10", "-allow-private=false"},
			map[string]string{"INPUT_FAIL-ON": "note", "INPUT_RETRIES": "1", "INPUT_ALLOW-PRIVATE": "true"}, func(c *Config) {
				c.Policy.FailOn, c.Retries = check.Never, 10
			}},
		{"a switch needs no value", []string{"--allow-private", "a.example"}, nil, func(c *Config) { c.Policy.AllowPrivate = true }},
		{"min-days 0 is not unset", []string{"-min-days", "0", "a.example"}, nil, func(c *Config) { c.Policy.MinDays = days(0) }},
		{"the last of a repeated flag counts", []string{"-timeout=1s", "-timeout=2s", "a.example"}, nil, func(c *Config) { c.Timeout = 2 * time.Second }},
		{"sarif-file in Actions", []string{"a.example"}, map[string]string{"GITHUB_ACTIONS": "true"}, func(c *Config) { c.Files["sarif-file"] = "tlsgate.sarif" }},
		{"sarif-file on standard output", []string{"-sarif-file", "-", "a.example"}, nil, func(c *Config) { c.Files["sarif-file"] = "-" }},
		{"no revocation", []string{"-revocation", "off", "a.example"}, nil, func(c *Config) { c.Policy.Revocation = fact.RevocationOff }},
		{"statuses", []string{"-expect-status", "200-399, 401", "a.example"}, nil, func(c *Config) {
			c.Policy.ExpectStatus = []fact.StatusRange{{From: 200, To: 399}, {From: 401, To: 401}}
		}},
		{"headers by flags", []string{"-header", "a: b:c", "-header", "d: e", "a.example"}, nil, func(c *Config) { c.Headers = []fact.Header{{Name: "a", Value: "b:c"}, {Name: "d", Value: "e"}} }},
		{"resolve", []string{"-resolve", "A.example.:443:192.0.2.1,[2001:db8::1]", "-resolve", "a.example:80:2001:db8::2", "a.example"}, nil, func(c *Config) {
			c.Resolve = map[string][]netip.Addr{
				"a.example:443": {netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")},
				"a.example:80":  {netip.MustParseAddr("2001:db8::2")},
			}
		}},
		{"resolve for nobody", []string{"-resolve", "b.example:443:192.0.2.1", "a.example"}, nil, func(c *Config) {
			c.Resolve = map[string][]netip.Addr{"b.example:443": {netip.MustParseAddr("192.0.2.1")}}
			c.Warnings = []string{"resolve: no target is at 'b.example:443': the entry applies to redirects only"}
		}},
		{"user information", []string{"https://joe:secret@a.example"}, nil, func(c *Config) {
			c.Warnings = []string{"argument: 'https://***@a.example': user information is never sent: remove it from the URL"}
		}},
		{"an @ in a path is no user information", []string{"https://a.example/@joe"}, nil, func(c *Config) { c.Targets[0].Path = "/@joe" }},
		{"demo", []string{"-demo", "-sarif-file=x"}, map[string]string{"GITHUB_EVENT_NAME": "deployment_status"}, func(c *Config) {
			c.Demo, c.Targets, c.Files = true, nil, map[string]string{"sarif-file": "x"}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := defaults(t)
			tt.want(&want)
			got, err := Read(tt.args, world(tt.vars, nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, byValue); diff != "" {
				t.Errorf("Read (-want +got):\n%s", diff)
			}
		})
	}
}

// ruleOf is the rule with an id.
func ruleOf(id string) check.Rule {
	for _, r := range check.Rules() {
		if r.ID == id {
			return r
		}
	}
	panic("no rule " + id)
}

// A host that is called like a command is checked where its URL, or another
// argument, says that it is one.
func TestCommandsAreHostsToo(t *testing.T) {
	for _, args := range [][]string{{"https://help"}, {"help", "a.example"}, {"--", "version"}, {"-fail-on", "note", "rules"}} {
		got, err := Read(args, world(nil, nil))
		if err != nil || got.Help || got.Version || got.Text != "" || len(got.Targets) == 0 {
			t.Errorf("%q: %+v, %v", args, got.Targets, err)
		}
	}
}

func TestReadAsksForText(t *testing.T) {
	tests := []struct {
		args []string
		want Config
	}{
		{[]string{"-h"}, Config{Help: true}},
		{[]string{"-timeout", "nonsense", "--help"}, Config{Help: true}},
		{[]string{"-version", "ht!tp://x"}, Config{Version: true}},
		{[]string{"help"}, Config{Help: true}},
		{[]string{"version"}, Config{Version: true}},
		{[]string{"-rules", "-timeout", "nonsense"}, Config{Text: report.RuleList()}},
		{[]string{"rules"}, Config{Text: report.RuleList()}},
		{[]string{"-explain", "hsts-weak"}, Config{Text: report.Explain(ruleOf("hsts-weak"))}},
		{[]string{"explain", "hsts-weak"}, Config{Text: report.Explain(ruleOf("hsts-weak"))}},
	}
	for _, tt := range tests {
		got, err := Read(tt.args, world(nil, nil))
		if err != nil {
			t.Errorf("Read(%q): %v", tt.args, err)
		}
		if got.Help != tt.want.Help || got.Version != tt.want.Version || got.Text != tt.want.Text || len(got.Targets) > 0 {
			t.Errorf("Read(%q) = %+v, want %+v", tt.args, got, tt.want)
		}
	}
}

// usage is the end of the message that there is nothing to check.
const usage = "nothing to check: pass URLs as arguments, or set -urls-file (tlsgate -h lists all flags)"

func TestReadErrors(t *testing.T) {
	const a = "a.example"
	tests := []struct {
		name string
		args []string
		vars map[string]string
		want string
	}{
		{"nothing", nil, nil, usage},
		{"nothing in Actions", nil, map[string]string{"GITHUB_ACTIONS": "true"}, "nothing to check: set the input `urls` or `urls-file`, or run the step on the event deployment_status"},
		{"an unknown flag with a value", []string{"-tiemout", "10s", a}, nil, "there is no flag -tiemout: did you mean -timeout? (tlsgate -h lists all)"},
		{"an unknown flag like nothing", []string{"--frobnicate", a}, nil, "there is no flag -frobnicate (tlsgate -h lists all)"},
		{"a switch with a value", []string{"-demo=true"}, nil, "the flag -demo has no value: remove '=true'"},
		{"an unknown rule", []string{"-explain", "hsts-mising"}, nil, "explain: there is no rule 'hsts-mising': did you mean hsts-missing? (tlsgate -rules lists all)"},
		{"explain nothing", []string{a, "-explain"}, nil, "the flag -explain needs a value: write -explain VALUE"},
		{"flags and values at once", []string{"-fial-on", "note", "-retries=x", "ftp://z"}, nil, strings.Join([]string{
			"there is no flag -fial-on: did you mean -fail-on? (tlsgate -h lists all)",
			"retries: 'x' is not a whole number from 0 to 10",
			"argument: 'ftp://z': the scheme 'ftp' is not supported: expected https, http, wss or ws",
		}, "\n")},
		{"only separators", []string{"-urls", " ,\n, "}, nil, usage},
		{"another event", nil, map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": "event.json"}, usage},
		{"unknown flag", []string{"-fial-on", "note", a}, nil, "there is no flag -fial-on: did you mean -fail-on? (tlsgate -h lists all)"},
		{"flag without value", []string{a, "-timeout"}, nil, "the flag -timeout needs a value: write -timeout VALUE"},
		{"fail-on", []string{"-fail-on", "Error", a}, nil, "fail-on: 'Error' is not valid: expected error, warning, note or never: did you mean error?"},
		{"fail-on input", []string{a}, map[string]string{"INPUT_FAIL-ON": "none"}, "fail-on: 'none' is not valid: did you mean never?"},
		{"timeout without unit", []string{"-timeout", "10", a}, nil, "timeout: '10' has no unit: write '10s' for seconds"},
		{"timeout zero", []string{"-timeout", "0s", a}, nil, "timeout: '0s' is out of range: expected above 0s and up to 5m"},
		{"timeout zero without unit", []string{"-timeout", "0", a}, nil, "timeout: '0' is out of range: expected above 0s and up to 5m"},
		{"timeout negative", []string{"-timeout", "-1s", a}, nil, "timeout: '-1s' is out of range: expected above 0s and up to 5m"},
		{"timeout too long", []string{"-timeout", "5m1s", a}, nil, "timeout: '5m1s' is out of range: expected above 0s and up to 5m"},
		{"timeout nonsense", []string{"-timeout", "soon", a}, nil, "timeout: 'soon' is not a duration: write for example '10s' or '1m30s'"},
		{"retries", []string{"-retries", "11", a}, nil, "retries: '11' is not a whole number from 0 to 10"},
		{"retries negative", []string{"-retries", "-1", a}, nil, "retries: '-1' is not a whole number from 0 to 10"},
		{"concurrency", []string{"-concurrency", "0", a}, nil, "concurrency: '0' is not a whole number from 1 to 512"},
		{"concurrency fraction", []string{"-concurrency", "1.5", a}, nil, "concurrency: '1.5' is not a whole number from 1 to 512"},
		{"min-days", []string{"-min-days", "30d", a}, nil, "min-days: '30d' is not a whole number from 0 to 398"},
		{"forecast", []string{"-forecast", "-1", a}, nil, "forecast: '-1' is not a whole number from 0 to 3650"},
		{"allow-private", []string{a}, map[string]string{"INPUT_ALLOW-PRIVATE": "yes"}, "allow-private: 'yes' is not valid: expected true or false"},
		{"allow-private flag", []string{"-allow-private=1", a}, nil, "allow-private: '1' is not valid: expected true or false"},
		{"revocation", []string{"-revocation", "Hard", a}, nil, "revocation: 'Hard' is not valid: expected soft, hard or off: did you mean hard?"},
		{"wait", []string{"-wait", "61m", a}, nil, "wait: '61m' is out of range: expected from 0s to 1h"},
		{"wait negative", []string{"-wait", "-1ns", a}, nil, "wait: '-1ns' is out of range: expected from 0s to 1h"},
		{"wait without unit", []string{"-wait", "60", a}, nil, "wait: '60' has no unit: write '60s' for seconds"},
		{"waivers missing", []string{"-waivers", "w.yml", a}, nil, "waivers: 'w.yml' cannot be read: file does not exist"},
		{"standard output in Actions", []string{"-sarif-file", "-", "-report-file", "-", a}, map[string]string{"GITHUB_ACTIONS": "true"}, strings.Join([]string{
			"sarif-file: '-' cannot be used in GitHub Actions, which reads commands from standard output: use a file",
			"report-file: '-' cannot be used in GitHub Actions, which reads commands from standard output: use a file",
		}, "\n")},
		{"label", []string{"-label", "–.–", a}, nil, "label: '–.–' does not give a name of 1 to 100 letters, digits, '.', '_' and '-'"},
		{"JSON array", []string{"-urls", `["https://a.example", 1]`}, nil,
			`urls: '["https://a.example", 1]' starts like a JSON array, but is not one of strings: write '["https://a.example", "https://b.example"]'`},
		{"quoted URL", []string{"-urls", `"https://a.example"`}, nil, `urls: '"https://a.example"' has quotes in it: write 'https://a.example'`},
		{"list marker", []string{"-urls", "- https://a.example"}, nil, "urls: '-' is a list marker: write the URLs alone, one per line"},
		{"label for two hosts", []string{"-label", "preview", a, "b.example"}, nil,
			"label: 'preview' would stand for 2 hosts, but a label names one deployment: run tlsgate once for each host"},
		{"category", []string{"-category", "a\nb", a}, nil, "category: 'a b' is not one line of at most 200 bytes"},
		{"roots missing", []string{"-roots", "ca.pem", a}, nil, "roots: 'ca.pem' cannot be read: file does not exist"},
		{"one file by two names", []string{"-sarif-file", "x", "-report-file", "link-to-x", a}, nil, "report-file: 'link-to-x' is also the sarif-file: use a different file for each"},
		{"standard output for two", []string{"-sarif-file", "-", "-report-file", "-", a}, nil, "report-file: '-' is also the sarif-file: use a different file for each"},
		{"one file for two", []string{"-sarif-file", "x", "-report-file", "./x", a}, nil, "report-file: './x' is also the sarif-file: use a different file for each"},
		{"demo with a URL", []string{"-demo", a}, nil, "-demo has its own deployments: URLs, shard and replay cannot be combined with it"},
		{"demo with a shard", []string{"-demo", "-shard", "1/2"}, nil, "-demo has its own deployments: URLs, shard and replay cannot be combined with it"},
		{"bad argument", []string{"ftp://a.example"}, nil, "argument: 'ftp://a.example': the scheme 'ftp' is not supported: expected https, http, wss or ws"},
		{"bad URL", []string{a}, map[string]string{"INPUT_URLS": "https://b.example:99999"}, "urls: 'https://b.example:99999': port '99999' is not between 1 and 65535"},
		{"ambiguous comma", []string{"-urls", "https://a.example/?ids=1,2"}, nil,
			"urls: 'https://a.example/?ids=1,2': the comma before '2' is ambiguous: write a space if it separates URLs, or %2C if it belongs to the URL"},
		{"white space in an argument", []string{"a.example b.example"}, nil,
			"argument: 'a.example b.example' contains white space: separate URLs by line, or write a space in a URL as %20"},
		{"urls-file missing", []string{"-urls-file", "list.txt"}, nil, "urls-file: 'list.txt' cannot be read: file does not exist"},
		{"all at once", []string{"-retries=x", "-concurrency=y", "ftp://z"}, nil, strings.Join([]string{
			"retries: 'x' is not a whole number from 0 to 10",
			"concurrency: 'y' is not a whole number from 1 to 512",
			"argument: 'ftp://z': the scheme 'ftp' is not supported: expected https, http, wss or ws",
		}, "\n")},
		{"a workflow command in a value", []string{"-retries", "\n::error::x ##[error]y", a}, nil,
			"retries: ' ::error::x # #[error]y' is not a whole number from 0 to 10"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(tt.args, world(tt.vars, nil))
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRoots(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	args := []string{"-roots", "ca.pem", "a.example"}
	got, err := Read(args, world(nil, map[string]string{"ca.pem": string(n.Root().PEM())}))
	if err != nil {
		t.Fatal(err)
	}
	if r := got.Policy.Roots; r == nil || !r.Custom() || r.Len() != 1 {
		t.Errorf("roots = %+v, want the one of the file", r)
	}
	_, err = Read(args, world(nil, map[string]string{"ca.pem": "no certificate\n::error::x"}))
	if err == nil || !strings.HasPrefix(err.Error(), "roots: 'ca.pem': ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error = %v, want one line that names the file", err)
	}
}

// Whatever the arguments are, they give targets or errors of one line, and no
// argument is lost.
func FuzzArguments(f *testing.F) {
	for _, args := range []string{"a.example", "-fail-on\x00note\x00a.example", "--fail-on=note\x00a.example", "-x\x00y", "-\x00--\x00-x", "explain\x00x", "-demo=\x00a", "-=\x00a.example", "-header\x00A: b\x00-header\x00C: d\x00a.example"} {
		f.Add(args)
	}
	f.Fuzz(func(t *testing.T, joined string) {
		args := strings.Split(joined, "\x00")
		got, err := Read(args, world(nil, nil))
		if err == nil {
			if len(got.Targets) == 0 && !got.Help && !got.Version && !got.Demo && got.Text == "" {
				t.Errorf("%q: nothing to do, and no error", args)
			}
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if line == "" || strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }) {
				t.Errorf("%q: the line %q", args, line)
			}
		}
	})
}
