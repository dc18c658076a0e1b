package report

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Colour changes nothing but the colour, and is there only where wanted.
func TestConsoleColor(t *testing.T) {
	for _, g := range goldens {
		v := newView(g.report(t), testRules)
		dull := string(v.Console(ConsoleOptions{}))
		colored := string(v.Console(ConsoleOptions{Color: true}))
		if strings.Contains(dull, "\x1b") {
			t.Errorf("%s: an escape where no colour is wanted", g.name)
		}
		if !strings.Contains(colored, "\x1b[") {
			t.Errorf("%s: no colour where it is wanted", g.name)
		}
		if diff := cmp.Diff(dull, regexp.MustCompile(`\x1b\[\d+m`).ReplaceAllString(colored, "")); diff != "" {
			t.Errorf("%s (-dull +coloured):\n%s", g.name, diff)
		}
	}
}

func TestConsoleSaysTheVerdictLast(t *testing.T) {
	for name, want := range map[string]string{
		"clean":      "tlsgate: pass: 0 errors, 0 warnings and 0 notes at 2 targets; 0 not verified.",
		"violated":   "tlsgate: fail: 4 errors, 1 warning and 1 note at 3 targets; 0 not verified.",
		"unverified": "tlsgate: not verified: 0 errors, 1 warning and 0 notes at 2 targets; 1 not verified.",
		"empty":      "tlsgate: not verified: 0 errors, 0 warnings and 0 notes at 0 targets; 0 not verified.",
	} {
		for _, g := range goldens {
			if g.name != name {
				continue
			}
			lines := strings.Split(strings.TrimSpace(string(newView(g.report(t), testRules).Console(ConsoleOptions{}))), "\n")
			if got := lines[len(lines)-1]; got != want {
				t.Errorf("%s: the last line is %q, want %q", name, got, want)
			}
		}
	}
}

// Of many targets, the console counts those that pass, and shows the others.
func TestConsoleFoldsPasses(t *testing.T) {
	console := string(newView(manyReport(t, 500), testRules).Console(ConsoleOptions{}))
	table, _, _ := strings.Cut(console[strings.Index(console, "target "):], "\n\n")
	if rows := strings.Count(table, "https://"); rows != 333 || !strings.Contains(table, "\n167 targets passed without findings.") {
		t.Errorf("%d rows of 333 with findings:\n%s", rows, table)
	}
}

// A row of the matrix leads to the findings of each rule that it counts.
func TestMatrixLinksToFindings(t *testing.T) {
	md := string(newView(violatedReport(t), testRules).Summary())
	links := regexp.MustCompile(`\(#([a-z-]+)\)`).FindAllStringSubmatch(md, -1)
	if len(links) != 6 {
		t.Errorf("%d links, want 6: %q", len(links), links)
	}
	for _, l := range links {
		if !strings.Contains(md, `<a id="`+l[1]+`"></a>`) {
			t.Errorf("%s leads nowhere", l[0])
		}
	}
}
