package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// crowd deploys hosts, one in three of them misconfigured in some way, and gives
// their URLs. The number can be raised by TLSGATE_TARGETS.
func crowd(t *testing.T, n *deploytest.Network) []string {
	t.Helper()
	count := 27
	if s := os.Getenv("TLSGATE_TARGETS"); s != "" {
		var err error
		if count, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	var urls []string
	for i := range count {
		d := deploytest.Deployment{}
		switch i % 9 {
		case 2:
			d.Cleartext = deploytest.Answer(200, deploytest.GoodPage)
		case 5:
			d.Certificate = deploytest.Untrusted
		case 8:
			d.Cleartext, d.HTTPS = deploytest.Closed, deploytest.Closed
		}
		d.Host = fmt.Sprintf("host%d.example", i)
		urls = append(urls, n.Deploy(d).URL())
	}
	return urls
}

var times = regexp.MustCompile(`"(start|end)TimeUtc": "[^"]*"|20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d\d:\d\d UTC|20\d\d-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC`)

// What several shards find, merged, is what one run finds: the same SARIF,
// byte for byte but for the times of the runs, and the same exit code. A
// replayed report gives its own SARIF again, times and all.
func TestShardsMerge(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	writeFile(t, file("roots.pem"), string(n.Root().PEM()))
	writeFile(t, file("list.txt"), strings.Join(crowd(t, n), "\n"))

	run := func(want int, args ...string) {
		t.Helper()
		p, out := onMachine(n)
		if code := p.run(t.Context(), append(args, "-retries", "0")); code != want {
			t.Fatalf("%q: exit code %d\n%s", args, code, out)
		}
	}
	list := []string{"-urls-file", file("list.txt"), "-roots", file("roots.pem")}
	run(1, append(list, "-sarif-file", file("one.sarif"), "-report-file", file("one.json"))...)
	for i := 8; i >= 1; i-- {
		run(0, append(list, "-fail-on", "never", "-shard", fmt.Sprintf("%d/8", i), "-report-file", file(fmt.Sprintf("shard-%d.json", i)))...)
	}
	run(1, "-replay", file("shard-*.json"), "-sarif-file", file("merged.sarif"))
	run(1, "-replay", file("one.json"), "-sarif-file", file("again.sarif"))
	run(0, "-replay", file("one.json"), "-fail-on", "never")

	one := string(readFile(t, file("one.sarif")))
	if d := cmp.Diff(times.ReplaceAllString(one, "TIME"), times.ReplaceAllString(string(readFile(t, file("merged.sarif"))), "TIME")); d != "" {
		t.Errorf("merged shards (-one run +merged)\n%s", d)
	}
	if d := cmp.Diff(one, string(readFile(t, file("again.sarif")))); d != "" {
		t.Errorf("replayed (-run +replay)\n%s", d)
	}

	if err := os.Remove(file("shard-3.json")); err != nil {
		t.Fatal(err)
	}
	p, out := onMachine(n)
	code := p.run(t.Context(), []string{"-replay", file("shard-*.json"), "-sarif-file", file("none.sarif")})
	if want := "tlsgate: error: replay: the report of shard 3/8 is missing: its targets would go unchecked\n"; code != 2 || out.String() != want {
		t.Errorf("exit code %d, said %q", code, out)
	}
	if _, err := os.Stat(file("none.sarif")); err == nil {
		t.Error("SARIF was written though a shard is missing")
	}
}

// A report that cannot be read is a usage error of one line, which names the
// input, the file and where the fault is.
func TestReplayErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "report.json")
	for name, tc := range map[string]struct{ args, text, want string }{
		"a folder":     {dir, "", "'" + dir + "' cannot be read: is a directory"},
		"not a report": {file, "{\n  oops", "'" + file + "': this is not a tlsgate report: it is not valid JSON (line 2)"},
		"no targets":   {file, `{"schema": "tlsgate-report/2"}`, "'" + file + "': the report is damaged: it does not say when it was made"},
	} {
		t.Run(name, func(t *testing.T) {
			writeFile(t, file, tc.text)
			p, out := onMachine(nil)
			code := p.run(t.Context(), []string{"-replay", tc.args})
			if want := "tlsgate: error: replay: " + tc.want + "\n"; code != exitUsage || out.String() != want {
				t.Errorf("exit code %d, %q, want %q", code, out, want)
			}
		})
	}
}
