package input

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// A waiverKey is a key of a waiver.
type waiverKey struct {
	name     string
	meaning  string // in one phrase, for the schema
	optional bool
}

// waiverKeys are what a waiver says.
var waiverKeys = []waiverKey{
	{name: "rule", meaning: "id of the rule whose findings are accepted"},
	{name: "target", meaning: "URL, host or label; * stands for any text"},
	{name: "detail", meaning: "the one finding that is accepted, if the rule has several: a cookie's name, a path or a URL, as the message shows it; * stands for any text", optional: true},
	{name: "reason", meaning: "why the risk is accepted"},
	{name: "owner", meaning: "who accepts it"},
	{name: "expires", meaning: "the last day (UTC) on which the waiver applies, at most a year ahead: YYYY-MM-DD"},
}

// keyNames names the keys in a sentence.
func keyNames(keys []waiverKey) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	return strings.Join(names, ", ")
}

// setWaivers reads the accepted risks.
func (r *reader) setWaivers(name string) error {
	data, err := r.readFile("waivers", name)
	if err != nil {
		return err
	}
	f := &waiverFile{yamlFile: r.newYAMLFile(name), today: r.env.Now().UTC().Truncate(24 * time.Hour)}
	if root := f.parse(data, "write a list under 'waivers:'"); root != nil {
		f.document(root)
	}
	r.config.Policy.Waivers = f.waivers
	return errors.Join(f.problems...)
}

// A waiverFile is a file of waivers while it is read.
type waiverFile struct {
	yamlFile
	today   time.Time
	waivers []check.Waiver
	known   map[check.Waiver]bool // by rule, target and detail alone
}

// document reads the whole of a document: a mapping whose only key, waivers,
// has a list.
func (f *waiverFile) document(n ast.Node) {
	m, ok := n.(*ast.MappingNode)
	if !ok || len(m.Values) == 0 {
		f.fail(n, "found %s: write a list under 'waivers:'", kind(n))
		return
	}
	for _, v := range m.Values {
		list, ok := v.Value.(*ast.SequenceNode)
		switch key := v.Key.GetToken().Value; {
		case key != "waivers":
			f.fail(v.Key, "unknown key %s: expected 'waivers'", quote(key))
		case !ok:
			f.fail(v.Value, "waivers is %s: write a list, '[]' for none", kind(v.Value))
		default:
			for _, item := range list.Values {
				f.entry(item)
			}
		}
	}
}

// entry reads one waiver.
func (f *waiverFile) entry(n ast.Node) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		f.fail(n, "a waiver is %s: write a mapping of %s", kind(n), keyNames(waiverKeys))
		return
	}
	before := len(f.problems)
	values := map[string]string{}
	for _, v := range m.Values {
		key := v.Key.GetToken().Value
		if !slices.ContainsFunc(waiverKeys, func(k waiverKey) bool { return k.name == key }) {
			f.fail(v.Key, "unknown key %s: expected %s%s", quote(key), keyNames(waiverKeys), suggest("", text.Nearest(key, strings.Split(keyNames(waiverKeys), ", "))))
			continue
		}
		value, err := f.value(key, v.Value)
		if err != nil {
			f.fail(v.Value, "%s %v", key, err)
		}
		values[key] = value
	}
	missing := slices.DeleteFunc(slices.Clone(waiverKeys), func(k waiverKey) bool {
		_, found := values[k.name]
		return found || k.optional
	})
	if len(missing) > 0 {
		f.fail(n, "the waiver lacks %s", keyNames(missing))
	}
	if len(f.problems) == before {
		f.add(n, values)
	}
}

// add adds a waiver that is valid by itself.
func (f *waiverFile) add(n ast.Node, values map[string]string) {
	line := position(n).Line
	w := check.Waiver{
		Rule: values["rule"], Target: values["target"], Detail: values["detail"], Reason: values["reason"],
		Owner: values["owner"], Expires: values["expires"],
		Place: fact.Place{Input: "waivers"},
	}
	if f.place != "" {
		w.Place.File, w.Place.Line = f.place, line
	}
	same := check.Waiver{Rule: w.Rule, Target: strings.ToLower(w.Target), Detail: w.Detail}
	if f.known[same] {
		f.fail(n, "duplicate: %s at %s is already waived above", quote(w.Rule), quote(w.Target))
		return
	}
	if f.known == nil {
		f.known = map[check.Waiver]bool{}
	}
	f.known[same] = true
	f.waivers = append(f.waivers, w)
}

// value reads the value of a key. The error goes on after the key's name.
func (f *waiverFile) value(key string, n ast.Node) (string, error) {
	value, err := scalar(n)
	if err != nil {
		return "", err
	}
	switch key {
	case "rule":
		return value, checkWaivable(value)
	case "target":
		return waiverTarget(value)
	case "expires":
		return value, f.checkExpires(value)
	}
	return value, nil
}

// checkWaivable reports why findings of a rule cannot be waived.
func checkWaivable(id string) error {
	switch _, known := check.RuleByID(id); {
	case !known:
		return fmt.Errorf("%s does not exist%s (tlsgate -rules lists all)", quote(id), suggest("", text.Nearest(id, ruleIDs())))
	case !check.Waivable(id):
		return fmt.Errorf("%s cannot be waived: fix what could not be checked, or remove the target", quote(id))
	}
	return nil
}

// checkExpires reports what is wrong with the expiry date of a waiver. A past
// one is for the report to mention; one too far ahead would outlive its reason.
func (f *waiverFile) checkExpires(text string) error {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return fmt.Errorf("%s is not a date: expected YYYY-MM-DD", quote(text))
	}
	if last := f.today.AddDate(1, 0, 0); day.After(last) {
		return fmt.Errorf("%s is more than a year ahead: the latest possible date is %s", quote(text), last.Format(time.DateOnly))
	}
	return nil
}

// waiverTarget gives the pattern of targets in the form in which
// [check.Waiver.Matches] compares it, or why it could never match.
func waiverTarget(text string) (string, error) {
	isURL := strings.Contains(text, "://")
	switch {
	case strings.Contains(text, " "):
		return "", fmt.Errorf("%s contains white space", quote(text))
	case strings.Contains(text, "*") && strings.ContainsFunc(text, func(c rune) bool { return c > unicode.MaxASCII }):
		return "", fmt.Errorf("%s combines '*' with non-ASCII letters: write host names in their xn-- form, and percent-encode paths", quote(text))
	case !isURL && strings.ContainsAny(text, "/?#@"):
		return "", fmt.Errorf("%s is neither a host nor a URL: start a URL with its scheme, such as 'https://'", quote(text))
	case strings.Contains(text, "*"), labelForm().MatchString(text) && !strings.Contains(text, "."):
		return text, nil
	}
	t, err := fact.ParseTarget(text)
	switch {
	case err != nil:
		return "", err
	case isURL:
		return text, nil
	case strings.Contains(text, ":") && (t.Port != 443 || !t.IP().Is6()):
		return "", fmt.Errorf("%s has a port: write a URL that starts with 'https://'", quote(text))
	}
	return t.Host, nil
}
