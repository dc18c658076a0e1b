package input

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/fact"
)

func TestReadTargets(t *testing.T) {
	inFile := func(file string, line int) fact.Place {
		return fact.Place{Input: "urls-file", File: file, Line: line}
	}
	urls, argument := fact.Place{Input: "urls"}, fact.Place{Input: "argument"}
	tests := []struct {
		name  string
		args  []string
		vars  map[string]string
		files map[string]string
		want  []fact.Target
	}{
		{"white space and commas", nil, map[string]string{"INPUT_URLS": "a.example,b.example/x\n  https://c.example , d.example,"}, nil,
			[]fact.Target{target("a.example", "/", urls), target("b.example", "/x", urls), target("c.example", "/", urls), target("d.example", "/", urls)}},
		{"a comma ends a query before a scheme", []string{"-urls", "https://a.example/?x=1,https://b.example/?y=2"}, nil, nil,
			[]fact.Target{target("a.example", "/?x=1", urls), target("b.example", "/?y=2", urls)}},
		{"an escaped comma", []string{"-urls", "https://a.example/?x=1%2C2"}, nil, nil, []fact.Target{target("a.example", "/?x=1%2C2", urls)}},
		{"a comma in an argument is its own", []string{"https://a.example/?x=1,2"}, nil, nil, []fact.Target{target("a.example", "/?x=1,2", argument)}},
		{"the same URL in other words", []string{"a.example", "HTTPS://A.example.:443/#top", "-urls", "https://a.example"}, nil, nil,
			[]fact.Target{target("a.example", "/", argument, argument, urls)}},
		{"arguments between flags", []string{"a.example", "-retries", "1", "b.example", "-allow-private", "--", "c.example"}, nil, nil,
			[]fact.Target{target("a.example", "/", argument), target("b.example", "/", argument), target("c.example", "/", argument)}},
		{"a list", []string{"-urls-file", "list.txt"}, nil,
			map[string]string{"list.txt": "\uFEFF# deployments\r\na.example # main\r\n\r\n\tb.example/x#part\r\n#c.example\r\nd.example/?x=1,2"},
			[]fact.Target{target("a.example", "/", inFile("list.txt", 2)), target("b.example", "/x", inFile("list.txt", 4)), target("d.example", "/?x=1,2", inFile("list.txt", 6))}},
		{"a list named absolutely", []string{"-urls-file", "/github/workspace/ops/list.txt"}, nil,
			map[string]string{"/github/workspace/ops/list.txt": "a.example"}, []fact.Target{target("a.example", "/", inFile("ops/list.txt", 1))}},
		{"a list outside the workspace", []string{"-urls-file", "/etc/list.txt"}, nil,
			map[string]string{"/etc/list.txt": "a.example"}, []fact.Target{target("a.example", "/", fact.Place{Input: "urls-file"})}},
		{"a list above the workspace", []string{"-urls-file", "x/../../list.txt"}, nil,
			map[string]string{"x/../../list.txt": "a.example"}, []fact.Target{target("a.example", "/", fact.Place{Input: "urls-file"})}},
		{"everything together, arguments first", []string{"-urls", "a.example", "-urls-file", "list.txt", "b.example"}, nil,
			map[string]string{"list.txt": "a.example\na.example"},
			[]fact.Target{target("b.example", "/", argument), target("a.example", "/", urls, inFile("list.txt", 1), inFile("list.txt", 2))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(tt.args, world(tt.vars, tt.files))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(numbered(tt.want...), got.Targets); diff != "" {
				t.Errorf("targets (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadListErrors(t *testing.T) {
	twelve := ""
	var first []string
	for i := range 12 {
		twelve += "ftp://x\n"
		if i < maxProblems {
			first = append(first, fmt.Sprintf("urls-file: list.txt:%d: 'ftp://x': the scheme 'ftp' is not supported: expected https, http, wss or ws", i+1))
		}
	}
	tests := []struct{ name, list, want string }{
		{"empty", "", "urls-file: 'list.txt' has no URLs: write one per line"},
		{"only comments", "# a.example\n\n  # b.example", "urls-file: 'list.txt' has no URLs: write one per line"},
		{"UTF-16", "\xff\xfea\x00", "urls-file: list.txt:1: is not UTF-8 text"},
		{"Latin-1", "a.example\n# M\xfcnchen\n", "urls-file: list.txt:2: is not UTF-8 text"},
		{"two in a line", "a.example\na.example b.example\n",
			"urls-file: list.txt:2: 'a.example b.example' contains white space: separate URLs by line, or write a space in a URL as %20"},
		{"every bad line, no secret", "a.example\nftp://u:pw@b.example\n\n# fine\ngopher:// # no\n",
			"urls-file: list.txt:2: 'ftp://***@b.example': the scheme 'ftp' is not supported: expected https, http, wss or ws\n" +
				"urls-file: list.txt:5: 'gopher://': the scheme 'gopher' is not supported: expected https, http, wss or ws"},
		{"ten of many", twelve, strings.Join(first, "\n") + "\nand 2 more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read([]string{"-urls-file", "list.txt"}, world(nil, map[string]string{"list.txt": tt.list}))
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadEvent(t *testing.T) {
	const advice = ". Run the job only if github.event.deployment_status.state == 'success'"
	tests := []struct{ name, event, want string }{
		{"success", `{"deployment_status":{"state":"success","environment_url":"https://pr-7.example/x"}}`, ""},
		{"pending", `{"deployment_status":{"state":"pending","environment_url":"https://a.example"}}`,
			"nothing to check: the state of the deployment is 'pending'" + advice},
		{"not that event", `{"action":"opened"}`, "nothing to check: the state of the deployment is ''" + advice},
		{"no URL", `{"deployment_status":{"state":"success","environment_url":""}}`,
			"nothing to check: the deployment_status event has no environment_url. Set it in the deployment, or set the input urls or urls-file"},
		{"null URL", `{"deployment_status":{"state":"success","environment_url":null}}`,
			"nothing to check: the deployment_status event has no environment_url. Set it in the deployment, or set the input urls or urls-file"},
		{"bad URL", `{"deployment_status":{"state":"success","environment_url":"ftp://a.example"}}`,
			"event: environment_url: 'ftp://a.example': the scheme 'ftp' is not supported: expected https, http, wss or ws"},
		{"no JSON", `{`, "event: GITHUB_EVENT_PATH is not valid JSON"},
	}
	vars := map[string]string{"GITHUB_EVENT_NAME": "deployment_status", "GITHUB_EVENT_PATH": "/github/workflow/event.json"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(nil, world(vars, map[string]string{"/github/workflow/event.json": tt.event}))
			message := ""
			if err != nil {
				message = err.Error()
			}
			if diff := cmp.Diff(tt.want, message); diff != "" {
				t.Fatalf("error (-want +got):\n%s", diff)
			}
			if tt.want == "" {
				if diff := cmp.Diff(numbered(target("pr-7.example", "/x", fact.Place{Input: "event"})), got.Targets); diff != "" {
					t.Errorf("targets (-want +got):\n%s", diff)
				}
			}
		})
	}
	t.Run("a URL goes before the event", func(t *testing.T) {
		got, err := Read([]string{"a.example"}, world(vars, nil))
		if err != nil || len(got.Targets) != 1 || got.Targets[0].Host != "a.example" {
			t.Errorf("Read = %+v, %v", got.Targets, err)
		}
	})
	t.Run("no file", func(t *testing.T) {
		_, err := Read(nil, world(vars, nil))
		if err == nil || err.Error() != "event: 'GITHUB_EVENT_PATH' cannot be read: file does not exist" {
			t.Errorf("error = %v", err)
		}
	})
}

func FuzzParseList(f *testing.F) {
	for _, s := range []string{"", "a.example\n", "\uFEFFa\r\nb#c\r\n# d", "x # y\n\n\n z", "a\x00b\n\v#", "#"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		last := 0
		for _, e := range parseList(b) {
			if e.line <= last || e.text == "" || e.text != strings.TrimSpace(e.text) || e.text[0] == '#' || strings.Contains(e.text, "\n") {
				t.Errorf("after line %d: %+v", last, e)
			}
			last = e.line
		}
		if lines := strings.Count(string(b), "\n") + 1; last > lines {
			t.Errorf("line %d of %d", last, lines)
		}
	})
}

func FuzzSplitURLs(f *testing.F) {
	for _, s := range []string{"", "a,b c", "https://a/?x,https://b", "https://a/?x,1", ",,", "a#b,c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		items, err := splitURLs(value)
		if err != nil {
			if len(items) > 0 || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q with error %v", items, err)
			}
			return
		}
		// Nothing but separators may be lost.
		strip := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, ",", " ")), "") }
		if got, want := strings.Join(items, ""), strip(value); got != want {
			t.Errorf("items hold %q, want %q", got, want)
		}
	})
}
