package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/input"
)

// evil is text that a runner, a terminal or a reader obeys where it is printed
// raw.
const evil = "\n::error::owned\r::warning::owned\r\n##[error]owned\x1b[31m\u202eowned\u2028::error::owned\u0085::notice::owned\x9b1m##[group]"

// tame reports what a stream holds that something might obey. Annotations are
// those that the program itself writes in GitHub Actions.
func tame(t *testing.T, what, stream string, annotations bool) {
	t.Helper()
	for i, line := range strings.Split(stream, "\n") {
		start := strings.TrimLeftFunc(line, unicode.IsSpace)
		if strings.HasPrefix(start, "::") && !(annotations && strings.HasPrefix(line, "::") && !strings.HasPrefix(line, "::error::")) {
			t.Errorf("%s:%d: a command: %.200q", what, i+1, line)
		}
		if strings.Contains(line, "##[") {
			t.Errorf("%s:%d: a command: %.200q", what, i+1, line)
		}
		if j := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) && r != unicode.ReplacementChar }); j >= 0 {
			t.Errorf("%s:%d: unprintable: %.200q", what, i+1, line[j:])
		}
	}
}

// What a user or a file of a pull request gives is printed like what a
// deployment says: as text.
func TestHostileInput(t *testing.T) {
	type row struct {
		args  []string
		env   map[string]string
		files map[string]string
	}
	rows := map[string]row{
		"argument":         {args: []string{evil}},
		"URL":              {args: []string{"https://good.example/" + evil}},
		"URL's host":       {args: []string{"https://" + evil + ".example/"}},
		"flag":             {args: []string{"-" + evil, "x"}},
		"list":             {args: []string{"-urls-file", "list"}, files: map[string]string{"list": "good.example " + evil + "\nhttp://" + evil}},
		"name of a list":   {args: []string{"-urls-file", evil}, files: map[string]string{evil: "ftp://x\nhttp://good.example/"}},
		"good list":        {args: []string{"-urls-file", evil}, files: map[string]string{evil: "http://good.example/"}},
		"waivers":          {args: []string{"good.example", "-waivers", "w"}, files: map[string]string{"w": "waivers:\n- rule: \"" + strings.ReplaceAll(evil, "\n", " ") + "\"\n  target: x\n"}},
		"key of a waiver":  {args: []string{"good.example", "-waivers", "w"}, files: map[string]string{"w": "waivers:\n- ? |\n   " + strings.ReplaceAll(evil, "\n", "\n   ") + "\n  : x\n"}},
		"broken waivers":   {args: []string{"good.example", "-waivers", "w"}, files: map[string]string{"w": "waivers: [" + evil}},
		"name of waivers":  {args: []string{"good.example", "-waivers", evil}, files: map[string]string{evil: "x"}},
		"name of roots":    {args: []string{"good.example", "-roots", evil}, files: map[string]string{evil: "x"}},
		"roots":            {args: []string{"good.example", "-roots", "r"}, files: map[string]string{"r": "-----BEGIN " + evil + "-----\n"}},
		"missing file":     {args: []string{"-replay", evil}},
		"name of a report": {args: []string{"-replay", "*"}, files: map[string]string{evil: "{}"}},
		"report":           {args: []string{"-replay", "r"}, files: map[string]string{"r": evil}},
		"schema":           {args: []string{"-replay", "r"}, files: map[string]string{"r": `{"schema": "\n::error::owned\u001b##[x"}`}},
		"field":            {args: []string{"-replay", "r"}, files: map[string]string{"r": `{"schema": "tlsgate-report/2", "\n::error::owned\u001b##[x": 1}`}},
		"value":            {args: []string{"-replay", "r"}, files: map[string]string{"r": `{"schema": "tlsgate-report/2", "started": "\n::error::owned\u001b##[x"}`}},
		"number":           {args: []string{"-replay", "r"}, files: map[string]string{"r": `{"schema": "tlsgate-report/2", "results": [{"observation": {"target": {"port": "\n::error::owned"}}}]}`}},
		"merged":           {args: []string{"-replay", "r"}, files: map[string]string{"r": `{"schema": "tlsgate-report/2", "version": "\n::error::owned\u001b##[x", "policy": {"failOn": "\n::error::owned\u001b##[x"}}`}},
		"event":            {env: map[string]string{"GITHUB_EVENT_NAME": "deployment_status", "GITHUB_EVENT_PATH": "e"}, files: map[string]string{"e": `{"deployment_status": {"state": "\n::error::owned\u001b##[x"}}`}},
		"event's URL":      {env: map[string]string{"GITHUB_EVENT_NAME": "deployment_status", "GITHUB_EVENT_PATH": "e"}, files: map[string]string{"e": `{"deployment_status": {"state": "success", "environment_url": "\n::error::owned\u001b##[x"}}`}},
		"broken event":     {env: map[string]string{"GITHUB_EVENT_NAME": "deployment_status", "GITHUB_EVENT_PATH": "e"}, files: map[string]string{"e": evil}},
		"file to write":    {args: []string{"good.example", "-report-file", "/proc/self/fd" + evil}},
	}
	for _, in := range input.Inputs() {
		rows["input "+in.Name] = row{args: []string{"good.example", "-" + in.Name + "=" + evil}}
		rows["two of input "+in.Name] = row{args: []string{"good.example", "-" + in.Name + "=x" + evil, "-report-file=" + evil, "-sarif-file=" + evil}}
		rows["variable of "+in.Name] = row{env: map[string]string{"INPUT_" + strings.ToUpper(in.Name): evil + "x"}, args: []string{"good.example"}}
	}
	for name, r := range rows {
		for _, actions := range []bool{false, true} {
			w := newWorld(t, deploytest.Deployment{Host: "good.example"})
			t.Chdir(t.TempDir())
			if actions {
				w.inActions(t)
			}
			for k, v := range r.env {
				w.env[k] = v
			}
			for k, v := range r.files {
				w.files[k] = v
				writeFile(t, k, "") // for patterns of names
			}
			var stdout, stderr bytes.Buffer
			p := w.program(&stdout, &stderr)
			args := append([]string{"-retries", "0"}, r.args...)
			if r.env["GITHUB_EVENT_NAME"] == "" {
				args = append(args, "-timeout", "5s")
			}
			p.run(t.Context(), args)
			tame(t, name+": stdout", stdout.String(), actions)
			tame(t, name+": stderr", stderr.String(), false)
			if stdout.Len()+stderr.Len() == 0 {
				t.Errorf("%s: nothing was said", name)
			}
			if actions {
				tame(t, name+": summary", string(readFile(t, w.env["GITHUB_STEP_SUMMARY"])), false)
			}
		}
	}
}
