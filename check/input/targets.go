package input

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tlsgate/tlsgate/check/fact"
)

// A declaration is the text of a URL as it was written.
type declaration struct {
	text  string
	where string // the start of messages about it
	place fact.Place
	// settings are the inputs that a configuration file sets for this target,
	// by their names.
	settings map[string]setting
}

// setURLs declares the URLs of the urls input. In GitHub Actions their place
// is the line of the workflow that holds them.
func (r *reader) setURLs(value string) error {
	items, err := listedURLs(value)
	if err != nil {
		return err
	}
	file, lines := r.workflow()
	lineOf := wordLines(lines)
	for _, item := range items {
		place := fact.Place{Input: "urls"}
		if n := lineOf[item]; n > 0 {
			place.File, place.Line = file, n
		}
		r.declared = append(r.declared, declaration{text: item, where: "urls", place: place})
	}
	return nil
}

// listedURLs are the items of a JSON array, such as toJSON gives of an output,
// or of text.
func listedURLs(value string) ([]string, error) {
	array, found := strings.CutPrefix(value, "[") // as an IPv6 address does too
	if array = strings.TrimSpace(array); !found || !strings.HasPrefix(array, `"`) && !strings.HasPrefix(array, "]") && !strings.HasPrefix(array, "{") {
		return splitURLs(value)
	}
	var items []string
	if err := json.Unmarshal([]byte(value), &items); err != nil {
		return nil, fmt.Errorf("%s starts like a JSON array, but is not one of strings: write '[\"https://a.example\", \"https://b.example\"]'", quote(value))
	}
	if len(items) == 0 {
		return nil, errors.New("the JSON array is empty")
	}
	for i, item := range items {
		if items[i] = strings.TrimSpace(item); items[i] == "" {
			return nil, fmt.Errorf("item %d of the JSON array is empty", i+1)
		}
	}
	return items, nil
}

// splitURLs splits at white space and commas. The meaning of a comma that may belong to
// a query or a fragment is never guessed: half a list would go unchecked.
func splitURLs(value string) ([]string, error) {
	var items []string
	for _, field := range strings.Fields(value) {
		before := ""
		for item := range strings.SplitSeq(field, ",") {
			if item == "" {
				continue
			}
			if strings.ContainsAny(before, "?#") && !hasScheme(item) {
				return nil, fmt.Errorf("%s: the comma before %s is ambiguous: write a space if it separates URLs, or %%2C if it belongs to the URL", quote(field), quote(item))
			}
			items = append(items, item)
			before = item
		}
	}
	return items, nil
}

// hasScheme reports whether the text starts as a URL does: letters and "://".
func hasScheme(s string) bool {
	scheme, _, found := strings.Cut(s, "://")
	return found && scheme != "" && !strings.ContainsFunc(scheme, func(c rune) bool { return !unicode.IsLetter(c) })
}

// setURLsFile declares the URLs of a list.
func (r *reader) setURLsFile(name string) error {
	b, err := r.readFile("urls-file", name)
	if err != nil {
		return err
	}
	shown := clean(filepath.ToSlash(name))
	if !utf8.Valid(b) {
		line, _ := firstInvalid(b)
		return fmt.Errorf("%s:%d: is not UTF-8 text", shown, line)
	}
	list := parseList(b)
	if len(list) == 0 {
		return fmt.Errorf("%s has no URLs: write one per line", quote(name))
	}
	file := r.env.inWorkspace(name)
	for _, e := range list {
		place := fact.Place{Input: "urls-file"}
		if file != "" {
			place.File, place.Line = file, e.line
		}
		where := fmt.Sprintf("urls-file: %s:%d", shown, e.line)
		r.declared = append(r.declared, declaration{text: e.text, where: where, place: place})
	}
	return nil
}

// An entry is a line of a list, without its comment.
type entry struct {
	line int // from 1
	text string
}

// parseList reads a list of URLs, one per line. A # starts a comment at the
// start of a line or after white space; elsewhere it starts a fragment.
func parseList(b []byte) []entry {
	b = bytes.TrimPrefix(b, []byte("\uFEFF"))
	var list []entry
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		if text := strings.TrimSpace(cutComment(line)); text != "" {
			list = append(list, entry{n, text})
		}
	}
	return list
}

// cutComment is the line up to its comment.
func cutComment(line string) string {
	space := true
	for i, c := range line {
		if c == '#' && space {
			return line[:i]
		}
		space = unicode.IsSpace(c)
	}
	return line
}

// declareTargets turns what was declared into targets.
func (r *reader) declareTargets() {
	replayed := len(r.config.Replay) > 0
	switch {
	case r.config.Demo:
		if len(r.declared) > 0 || replayed || r.config.Shard.Count > 0 {
			r.fail("-demo has its own deployments: URLs, shard and replay cannot be combined with it")
		}
		return
	case replayed && (slices.ContainsFunc(r.declared, declaration.toProbe) || r.label != "" || r.config.Shard.Count > 0):
		r.fail("replay: nothing is probed: URLs, label and shard cannot be combined with it")
		return
	case !replayed && len(r.declared) == 0 && len(r.problems) == 0:
		r.declareEvent()
	}
	at := map[string]int{}
	for _, d := range r.declared {
		t, ok := r.parse(d)
		if !ok {
			continue
		}
		i, again := at[t.URL()]
		if !again {
			i = len(r.config.Targets)
			at[t.URL()] = i
			t.Label, t.Position = r.label, i+1
			r.config.Targets = append(r.config.Targets, t)
		}
		r.config.Targets[i].Places = append(r.config.Targets[i].Places, d.place)
		r.applySettings(&r.config.Targets[i], d)
	}
	if replayed {
		r.config.Targets = nil // whose settings were wanted
	}
}

// toProbe reports whether the declaration asks for probing: a target of a
// configuration file has settings too, which a replay takes.
func (d declaration) toProbe() bool { return d.settings == nil }

// parse gives the target of a declaration, and notes what is wrong with it.
func (r *reader) parse(d declaration) (fact.Target, bool) {
	t, err := parseTarget(d.text)
	if err != nil {
		r.fail("%s: %s", d.where, clean(err.Error()))
		return fact.Target{}, false
	}
	if fact.MaskUserInfo(d.text) != d.text {
		r.warn("%s: %s: user information is never sent: remove it from the URL", d.where, quote(d.text))
	}
	return t, true
}

// parseTarget is [check.ParseTarget] for the text of a declaration.
func parseTarget(text string) (fact.Target, error) {
	switch bare := strings.Trim(text, `"'`); {
	case text == "-", text == "*", strings.HasPrefix(text, "- "), strings.HasPrefix(text, "* "):
		return fact.Target{}, fmt.Errorf("%s is a list marker: write the URLs alone, one per line", quote(text[:1]))
	case bare != text:
		return fact.Target{}, fmt.Errorf("%s has quotes in it: write %s", quote(text), quote(bare))
	}
	if strings.ContainsFunc(text, unicode.IsSpace) {
		return fact.Target{}, fmt.Errorf("%s contains white space: separate URLs by line, or write a space in a URL as %%20", quote(text))
	}
	return fact.ParseTarget(text)
}
