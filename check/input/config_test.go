package input

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
)

const configText = `
defaults:
  min-days: 21
  fail-on: warning
  revocation: hard
  header:
    - "X-Bypass: ${BYPASS}"
targets:
  - url: https://www.example.com/
    label: Preview – website
    min-days: 7
    expect-status: [200-299, 401]
    header: "X-Other: a-${OTHER}"
  - url: api.example.com
    revocation: "off"
    deadline: 30s
    waivers: w.yml
  - url: plain.example.com
`

const waiverText = `
waivers:
  - {rule: hsts-missing, target: api.example.com, reason: no browsers, owner: api team, expires: 2027-01-01}
`

// configured reads configText beside other inputs.
func configured(t *testing.T, args []string, vars map[string]string) Config {
	t.Helper()
	all := map[string]string{"BYPASS": "s3cret-one", "OTHER": "s3cret-two"}
	for name, value := range vars {
		all[name] = value
	}
	c, err := Read(append([]string{"-config", "tlsgate.yml"}, args...), world(all, map[string]string{"tlsgate.yml": configText, "w.yml": waiverText}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfigTargets(t *testing.T) {
	c := configured(t, nil, nil)
	var got []string
	for _, target := range c.Targets {
		got = append(got, target.URL()+" "+target.Label)
	}
	want := []string{"https://www.example.com/ Preview-website", "https://api.example.com/ ", "https://plain.example.com/ "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if place := (fact.Place{Input: "config", File: "tlsgate.yml", Line: 14}); c.Targets[1].Places[0] != place {
		t.Errorf("declared at %+v, want %+v", c.Targets[1].Places[0], place)
	}
	www, api, plain := c.Policy.For(c.Targets[0]), c.Policy.For(c.Targets[1]), c.Policy.For(c.Targets[2])
	if *www.MinDays != 7 || *api.MinDays != 21 || *plain.MinDays != 21 {
		t.Errorf("min-days: %d, %d, %d", *www.MinDays, *api.MinDays, *plain.MinDays)
	}
	if www.Revocation != fact.RevocationHard || api.Revocation != fact.RevocationOff {
		t.Errorf("revocation: %s, %s", www.Revocation, api.Revocation)
	}
	if diff := cmp.Diff([]fact.StatusRange{{From: 200, To: 299}, {From: 401, To: 401}}, www.ExpectStatus); diff != "" {
		t.Errorf("expect-status (-want +got):\n%s", diff)
	}
	if len(api.Waivers) != 1 || len(www.Waivers) != 0 {
		t.Errorf("waivers: %d for the one that has some, %d for another", len(api.Waivers), len(www.Waivers))
	}
	if c.Policy.FailOn != check.Warning {
		t.Errorf("fail-on: %s", c.Policy.FailOn)
	}
	if diff := cmp.Diff([]fact.Header{{Name: "X-Other", Value: "a-s3cret-two"}}, c.Options["https://www.example.com/"].Headers); diff != "" {
		t.Errorf("a target's header (-want +got):\n%s", diff)
	}
	if got := c.Options["https://api.example.com/"].Deadline; got != 30*time.Second {
		t.Errorf("deadline: %s", got)
	}
	if diff := cmp.Diff([]fact.Header{{Name: "X-Bypass", Value: "s3cret-one"}}, c.Headers); diff != "" {
		t.Errorf("header of all (-want +got):\n%s", diff)
	}
}

// Flag, input, target, defaults, built-in: the first that says something wins.
func TestConfigPrecedence(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		vars map[string]string
		want []int // min-days of the three targets
	}{
		{"the file alone", nil, nil, []int{7, 21, 21}},
		{"an input", nil, map[string]string{"INPUT_MIN-DAYS": "30"}, []int{30, 30, 30}},
		{"a flag before an input", []string{"-min-days", "5"}, map[string]string{"INPUT_MIN-DAYS": "30"}, []int{5, 5, 5}},
	} {
		c := configured(t, tt.args, tt.vars)
		for i, target := range c.Targets {
			if got := *c.Policy.For(target).MinDays; got != tt.want[i] {
				t.Errorf("%s: %s has min-days %d, want %d", tt.name, target.Host, got, tt.want[i])
			}
		}
	}
	// The runner sets every input to the default of action.yml: nobody gave it.
	if c := configured(t, nil, map[string]string{"INPUT_FAIL-ON": "error", "GITHUB_ACTIONS": "true"}); c.Policy.FailOn != check.Warning {
		t.Errorf("action.yml's default hides the file's: fail-on is %s", c.Policy.FailOn)
	}
}

func TestConfigMergesDeclarations(t *testing.T) {
	c := configured(t, []string{"www.example.com", "more.example.com"}, nil)
	if len(c.Targets) != 4 || *c.Policy.For(c.Targets[0]).MinDays != 7 || c.Targets[0].Label != "Preview-website" {
		t.Errorf("%d targets, the first with label %q", len(c.Targets), c.Targets[0].Label)
	}
}

func TestConfigOfReplay(t *testing.T) {
	c, err := Read([]string{"-config", "c.yml", "-replay", "r.json"}, world(nil, map[string]string{
		"r.json": "{}", "c.yml": "targets:\n  - url: a.example\n    min-days: 3\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	seven := 7
	p := check.Policy{MinDays: &seven, Targets: map[string]check.TargetPolicy{"https://b.example/": {MinDays: &seven}}}
	c.Override(&p)
	if len(c.Targets) != 0 || *p.Targets["https://a.example/"].MinDays != 3 || len(p.Targets) != 1 || *p.MinDays != 7 {
		t.Errorf("%d targets to probe, policy %+v", len(c.Targets), p)
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "1:1: the file is empty: write 'targets:' with a list, or 'defaults:'"},
		{"a list", "- a.example", "1:1: found a list: write 'targets:' with a list, or 'defaults:'"},
		{"unknown key", "target: []", "1:1: unknown key 'target': expected 'defaults' or 'targets'"},
		{"unknown setting", "targets:\n  - url: a.example\n    min-day: 3", "3:5: unknown key 'min-day': expected url, label, min-days, roots, expect-status, header, revocation, waivers, deadline"},
		{"no URL", "targets:\n  - label: x", "2:5: the target lacks url"},
		{"an empty URL", "targets:\n  - url: \"\"", "2:10: url is empty"},
		{"bad value", "targets:\n  - url: a.example\n    min-days: soon", "3:15: min-days: 'soon' is not a whole number from 0 to 398"},
		{"bad default", "defaults:\n  retries: 99\ntargets: [{url: a.example}]", "2:12: retries: '99' is not a whole number from 0 to 10"},
		{"bad URL", "targets:\n  - url: ftp://a.example", "2:10: url: 'ftp://a.example': the scheme 'ftp' is not supported: expected https, http, wss or ws"},
		{"settings twice", "targets:\n  - {url: a.example, min-days: 3}\n  - {url: 'https://a.example/', min-days: 4}", "3:11: url: duplicate: 'https://a.example/' has settings above already"},
		{"one label for two hosts", "targets:\n  - {url: a.example, label: x}\n  - {url: b.example, label: x}", "label: 'x' would stand for 2 hosts, but a label names one deployment: run tlsgate once for each host"},
		{"a secret in the file", "targets:\n  - {url: a.example, header: 'X-Bypass: s3cret'}", "2:30: header has its value in the file: write 'Name: ${VARIABLE}', and set the environment variable from a secret"},
		{"unset variable", "targets:\n  - {url: a.example, header: 'X-Bypass: ${NONE}'}", "2:30: header names the environment variable 'NONE', which is not set"},
		{"replay in the file", "defaults: {replay: x.json}", "1:12: unknown key 'replay': expected " + strings.Join(inputsOfDefaults(), ", ")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read([]string{"-config", "c.yml"}, world(nil, map[string]string{"c.yml": tt.text}))
			if err == nil {
				t.Fatal("no error")
			}
			want := "config: c.yml:" + tt.want
			if strings.HasPrefix(tt.want, "label") {
				want = tt.want
			}
			if first := err.Error(); first != want {
				t.Errorf("%q, want %q", first, want)
			}
		})
	}
}

func TestPrintConfig(t *testing.T) {
	c := configured(t, []string{"-print-config", "-timeout", "5s"}, map[string]string{"INPUT_RETRIES": "1"})
	for _, want := range []string{
		"  fail-on: warning # config: tlsgate.yml:4:12\n",
		"  timeout: 5s # flag\n",
		"  retries: 1 # input\n",
		"  wait: 0s # default\n",
		"  header: \"X-Bypass: ***\" # config: tlsgate.yml:7:5\n",
		"  - url: https://www.example.com/ # config: tlsgate.yml:9\n    label: Preview-website\n    min-days: 7\n    expect-status: \"200-299,401\"\n    header: \"X-Other: ***\"\n",
	} {
		if !strings.Contains(c.Text, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if strings.Contains(c.Text, "s3cret") {
		t.Error("shows the value of a header")
	}
	if t.Failed() {
		t.Log("\n" + c.Text)
	}
}

// An output of another step goes into urls by toJSON.
func TestURLsOfJSON(t *testing.T) {
	c, err := Read(nil, world(map[string]string{"INPUT_URLS": "[\n  \"https://a.example/?x=1,2\",\n  \"b.example\"\n]"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Targets) != 2 || c.Targets[0].URL() != "https://a.example/?x=1,2" || c.Targets[1].Host != "b.example" {
		t.Errorf("targets: %+v", c.Targets)
	}
	if c, err = Read([]string{"[2001:db8::1]:8443"}, world(nil, nil)); err != nil || c.Targets[0].Port != 8443 {
		t.Errorf("an IPv6 address: %+v, %v", c.Targets, err)
	}
	if c, err = Read([]string{"-urls", "[2001:db8::2]"}, world(nil, nil)); err != nil || c.Targets[0].Host != "2001:db8::2" {
		t.Errorf("an IPv6 address in urls: %+v, %v", c.Targets, err)
	}
}

func TestLabelSlugs(t *testing.T) {
	for given, want := range map[string]string{
		"Preview – website": "Preview-website", "pr/123": "pr-123", "a--b": "a--b", " Production (EU) ": "Production-EU", "../x": "x",
	} {
		c, err := Read([]string{"-label", given, "a.example"}, world(nil, nil))
		if err != nil || c.Targets[0].Label != want {
			t.Errorf("%q: %+v, %v; want %q", given, c.Targets, err, want)
		}
	}
}
