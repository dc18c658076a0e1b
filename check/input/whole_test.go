package input

import (
	"strings"
	"testing"
	"time"
	"unicode"
)

// readTime bounds the time for reading inputs of some kilobytes.
const readTime = 10 * time.Second

// Whatever arguments, files, environment and event say, they give targets, or
// errors of printable lines, in little time.
func FuzzRead(f *testing.F) {
	f.Add("a.example", "", "", "", "", "")
	f.Add("-urls-file\x00list\x00-config\x00config\x00-waivers\x00waivers", "https://a.example\n# b\n", "targets:\n- url: https://a.example\n  min-days: 3\n",
		"waivers:\n- rule: hsts-missing\n  target: https://a.example\n  reason: x\n  until: 2027-01-01\n", "", "")
	f.Add("-config\x00config\x00-print-config", "", "min-days: [1]\nurls: &a [*a]\n", "", "INPUT_FAIL-ON=note\x00GITHUB_ACTIONS=true", "")
	f.Add("", "", "", "", "GITHUB_EVENT_NAME=deployment_status\x00GITHUB_EVENT_PATH=event\x00GITHUB_ACTIONS=true",
		`{"deployment_status":{"state":"success","environment_url":"https://a.example/"}}`)
	f.Add("-baseline\x00event\x00-replay\x00event\x00-roots\x00list", "-----BEGIN CERTIFICATE-----", "", "", "HTTPS_PROXY=http://u:p@[::1%25x]:99/", "{}")
	f.Add("-waivers\x00waivers\x00a.example", "", "", "waivers: "+strings.Repeat("[", 5000), "INPUT_URLS=\x1b[31m\u202e\n::error::x", "")
	f.Fuzz(func(t *testing.T, arguments, list, config, waivers, variables, event string) {
		vars := map[string]string{}
		for v := range strings.SplitSeq(variables, "\x00") {
			name, value, _ := strings.Cut(v, "=")
			vars[name] = value
		}
		var args []string
		if arguments != "" {
			args = strings.Split(arguments, "\x00")
		}
		begun := time.Now()
		got, err := Read(args, world(vars, map[string]string{"list": list, "config": config, "waivers": waivers, "event": event}))
		if took := time.Since(begun); took > readTime {
			t.Errorf("it took %s", took)
		}
		if err == nil {
			if len(got.Targets)+len(got.Replay) == 0 && !got.Help && !got.Version && !got.Demo && got.Text == "" && got.Shard.Count == 0 {
				t.Error("nothing to do, and no error")
			}
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if line == "" || strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }) {
				t.Errorf("the error has the line %q", line)
			}
		}
	})
}
