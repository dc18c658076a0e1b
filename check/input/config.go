package input

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// A setting is the text of an input with where a configuration file has it.
type setting struct {
	text  string
	where string // the start of messages about it: "config: tlsgate.yml:3:5"
}

// TargetOptions is what the configuration says about probing one target.
type TargetOptions struct {
	// Headers are sent to this target's origin only, instead of the run's.
	Headers []fact.Header
	// Deadline is for everything about this target; 0 for the run's.
	Deadline time.Duration
}

// inputsOfTargets are the inputs that a target of the configuration file can
// set for itself.
var inputsOfTargets = []string{"label", "min-days", "roots", "expect-status", "header", "revocation", "waivers", "deadline"}

// inputsOfDefaults are the inputs that the configuration file can set for the
// whole run: all that say neither what to check nor where this file is.
func inputsOfDefaults() []string {
	var names []string
	for _, in := range Inputs() {
		if in.Group != groupTargets {
			names = append(names, in.Name)
		}
	}
	return names
}

// setConfig reads the configuration file. It is the first input that is set,
// since the others' defaults come from it.
func (r *reader) setConfig(name string) error {
	text, err := r.readFile("config", name)
	if err != nil {
		return err
	}
	f := &configFile{yamlFile: r.newYAMLFile(name), getenv: r.env.Getenv, defaults: map[string]setting{}}
	if root := f.parse(text, "write 'targets:' with a list, or 'defaults:'"); root != nil {
		f.document(root)
	}
	r.defaults = f.defaults
	r.declared = append(r.declared, f.targets...)
	return errors.Join(f.problems...)
}

// A configFile is a configuration file while it is read.
type configFile struct {
	yamlFile
	getenv   func(string) string
	defaults map[string]setting
	targets  []declaration
}

// document reads the whole of a document.
func (f *configFile) document(n ast.Node) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		f.fail(n, "found %s: write 'targets:' with a list, or 'defaults:'", kind(n))
		return
	}
	for _, v := range m.Values {
		switch key := v.Key.GetToken().Value; key {
		case "defaults":
			f.defaults = f.settings(v.Value, "defaults", inputsOfDefaults())
		case "targets":
			f.list(v.Value)
		default:
			f.fail(v.Key, "unknown key %s: expected 'defaults' or 'targets'", quote(key))
		}
	}
}

// list reads the list of targets.
func (f *configFile) list(n ast.Node) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		f.fail(n, "targets is %s: write a list, '[]' for none", kind(n))
		return
	}
	for _, item := range list.Values {
		settings := f.settings(item, "a target", append([]string{"url"}, inputsOfTargets...))
		url, found := settings["url"]
		if settings != nil && !found && !hasKey(item, "url") {
			f.fail(item, "the target lacks url")
		}
		if !found {
			continue
		}
		delete(settings, "url")
		place := fact.Place{Input: "config"}
		if f.place != "" {
			place.File, place.Line = f.place, position(item).Line
		}
		f.targets = append(f.targets, declaration{text: url.text, where: url.where, place: place, settings: settings})
	}
}

// hasKey reports whether a mapping has a key, with whatever value.
func hasKey(n ast.Node, key string) bool {
	m, ok := n.(*ast.MappingNode)
	return ok && slices.ContainsFunc(m.Values, func(v *ast.MappingValueNode) bool { return v.Key.GetToken().Value == key })
}

// settings reads a mapping of inputs to values; nil where it is none.
func (f *configFile) settings(n ast.Node, what string, known []string) map[string]setting {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		f.fail(n, "%s is %s: write a mapping of %s", what, kind(n), strings.Join(known, ", "))
		return nil
	}
	out := map[string]setting{}
	for _, v := range m.Values {
		key := v.Key.GetToken().Value
		if !slices.Contains(known, key) {
			f.fail(v.Key, "unknown key %s: expected %s", quote(key), strings.Join(known, ", "))
			continue
		}
		text, err := f.value(key, v.Value)
		if err != nil {
			f.fail(v.Value, "%s %v", key, err)
			continue
		}
		at := position(v.Value)
		out[key] = setting{text, fmt.Sprintf("config: %s:%d:%d: %s", f.name, at.Line, at.Column, key)}
	}
	return out
}

// value is the text of an input's value: of a list, one line for each item.
func (f *configFile) value(key string, n ast.Node) (string, error) {
	items := []ast.Node{n}
	if list, ok := n.(*ast.SequenceNode); ok {
		items = list.Values
	}
	var lines []string
	for _, item := range items {
		text, err := valueText(item)
		switch {
		case err != nil:
		case key == "header":
			text, err = f.expand(text, "Name: ${VARIABLE}")
		case key == "proxy" && strings.ContainsAny(text, "@$"):
			text, err = f.expand(text, "${VARIABLE}")
		}
		if err != nil {
			return "", err
		}
		lines = append(lines, text)
	}
	separator := "\n"
	if key == "expect-status" {
		separator = ","
	}
	return strings.Join(lines, separator), nil
}

// valueText is the text of a node that may be a number or a boolean.
func valueText(n ast.Node) (string, error) {
	switch n.Type() {
	case ast.IntegerType, ast.FloatType, ast.BoolType:
		return n.GetToken().Value, nil
	}
	return scalar(n)
}

// environmentVariable is a reference to one, as shells write it.
var environmentVariable = text.Pattern(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expand replaces ${NAME} by the environment variable of that name. A value
// without one would be a secret in a file that everybody reads.
func (f *configFile) expand(text, instead string) (string, error) {
	if !environmentVariable().MatchString(text) {
		return "", fmt.Errorf("has its value in the file: write '%s', and set the environment variable from a secret", instead)
	}
	missing := ""
	out := environmentVariable().ReplaceAllStringFunc(text, func(reference string) string {
		name := environmentVariable().FindStringSubmatch(reference)[1]
		value := f.getenv(name)
		if value == "" {
			missing = name
		}
		return value
	})
	if missing != "" {
		return "", fmt.Errorf("names the environment variable %s, which is not set", quote(missing))
	}
	return out, nil
}

// applySettings gives a target what the configuration says about it alone. What a
// flag or an input says for all takes precedence.
func (r *reader) applySettings(t *fact.Target, d declaration) {
	if len(d.settings) == 0 {
		return
	}
	if _, again := r.config.Policy.Targets[t.URL()]; again {
		r.fail("%s: duplicate: %s has settings above already", d.where, quote(t.URL()))
		return
	}
	if r.own == nil {
		r.own = map[string]map[string]setting{}
	}
	r.own[t.URL()] = d.settings
	own := reader{env: r.env, config: Config{Files: map[string]string{}}, given: map[string]bool{}}
	for _, in := range Inputs() {
		s, found := d.settings[in.Name]
		if !found || r.explicit[in.Name] {
			continue
		}
		if err := in.set(&own, s.text); err != nil {
			r.failLines(s.where, err)
		}
	}
	r.sources = append(r.sources, own.sources...)
	if own.label != "" {
		t.Label = own.label
	}
	p := own.config.Policy
	r.setTarget(t.URL(), check.TargetPolicy{
		MinDays: p.MinDays, Roots: p.Roots, Revocation: p.Revocation, ExpectStatus: p.ExpectStatus, Waivers: p.Waivers,
	}, TargetOptions{Headers: own.config.Headers, Deadline: own.config.Deadline})
}

// setTarget keeps what was said about a target.
func (r *reader) setTarget(url string, p check.TargetPolicy, o TargetOptions) {
	c := &r.config
	if c.Policy.Targets == nil {
		c.Policy.Targets = map[string]check.TargetPolicy{}
	}
	c.Policy.Targets[url] = p
	if c.Options == nil {
		c.Options = map[string]TargetOptions{}
	}
	c.Options[url] = o
}

// labelled checks that no label stands for two hosts.
func (r *reader) labelled() {
	hosts := map[string]map[string]bool{}
	for _, t := range r.config.Targets {
		if t.Label == "" {
			continue
		}
		if hosts[t.Label] == nil {
			hosts[t.Label] = map[string]bool{}
		}
		hosts[t.Label][t.Host] = true
	}
	for _, label := range slices.Sorted(maps.Keys(hosts)) {
		if n := len(hosts[label]); n > 1 {
			r.fail("label: %s would stand for %d hosts, but a label names one deployment: run tlsgate once for each host", quote(label), n)
		}
	}
}
