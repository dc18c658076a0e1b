package input

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
	"github.com/tlsgate/tlsgate/report"
)

// switches are the flags that are no inputs and have no value.
func (r *reader) switches() map[string]*bool {
	return map[string]*bool{
		"demo": &r.config.Demo, "version": &r.config.Version, "rules": &r.rules,
		"print-config": &r.config.PrintConfig,
		"h":            &r.config.Help, "help": &r.config.Help,
	}
}

// explain is the flag that is no input and has a value.
const explain = "explain"

// commands are what a first and only word asks for, as with other tools. A host
// of such a name is checked by its URL.
var commands = []string{"help", "version", "rules", explain}

// parseFlags reads the command line: the text of every flag that was given,
// and URLs between, before and after the flags. A flag has one dash or two, and
// its value behind a = or as the next argument; -- ends the flags.
func (r *reader) parseFlags(args []string) map[string]string {
	given := map[string]string{}
	args = asFlags(args)
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			for _, arg := range args {
				r.declareArgument(arg)
			}
			break
		}
		name, isFlag := strings.CutPrefix(arg, "-")
		if !isFlag || name == "" {
			r.declareArgument(arg)
			continue
		}
		args = r.flag(strings.TrimPrefix(name, "-"), args, given)
	}
	return given
}

// asFlags writes a command as the flag that it is short for.
func asFlags(args []string) []string {
	switch {
	case len(args) == 1 && slices.Contains(commands[:3], args[0]), len(args) == 2 && args[0] == explain:
		return append([]string{"-" + args[0]}, args[1:]...)
	}
	return args
}

func (r *reader) declareArgument(arg string) {
	r.declared = append(r.declared, declaration{text: arg, where: "argument", place: fact.Place{Input: "argument"}})
}

// flag reads a flag without its dashes, and gives the arguments behind it and
// its value.
func (r *reader) flag(flag string, rest []string, given map[string]string) []string {
	name, value, hasValue := strings.Cut(flag, "=")
	i := slices.IndexFunc(Inputs(), func(in Input) bool { return in.Name == name })
	on, isSwitch := r.switches()[name]
	switch {
	case isSwitch && hasValue:
		r.fail("the flag -%s has no value: remove %s", name, quote("="+value))
		return rest
	case isSwitch:
		*on = true
		return rest
	case i < 0 && name != explain:
		return r.unknownFlag(name, hasValue, rest)
	case i >= 0 && Inputs()[i].Value == "" && !hasValue:
		value = "true"
	case !hasValue && len(rest) == 0:
		r.fail("the flag -%s needs a value: write -%s VALUE", name, name)
		return rest
	case !hasValue:
		value, rest = rest[0], rest[1:]
	}
	if name == explain {
		r.explain(value)
		return rest
	}
	if old, again := given[name]; again && Inputs()[i].Lines {
		value = old + "\n" + value
	}
	given[name] = value
	return rest
}

// unknownFlag notes a flag that does not exist. What follows is taken for its
// value if that of the flag it may stand for would be, so that it is not taken
// for a URL.
func (r *reader) unknownFlag(name string, hasValue bool, rest []string) []string {
	var names []string
	takesValue := map[string]bool{explain: true}
	for _, in := range Inputs() {
		names = append(names, in.Name)
		takesValue[in.Name] = in.Value != ""
	}
	names = append(names, slices.Collect(maps.Keys(r.switches()))...)
	names = append(names, explain)
	slices.Sort(names)
	nearest := text.Nearest(name, names)
	r.fail("there is no flag -%s%s (tlsgate -h lists all)", clean(name), suggest("-", nearest))
	if takesValue[nearest] && !hasValue && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return rest[1:]
	}
	return rest
}

// suggest asks whether a word was meant; empty if that is empty.
func suggest(prefix, nearest string) string {
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %s%s?", prefix, nearest)
}

// explain asks for what there is to say of a rule.
func (r *reader) explain(id string) {
	if rule, known := check.RuleByID(id); known {
		r.config.Text = report.Explain(rule)
		return
	}
	r.fail("explain: there is no rule %s%s (tlsgate -rules lists all)", quote(id), suggest("", text.Nearest(id, ruleIDs())))
}

// ruleIDs are the ids of all rules.
func ruleIDs() []string {
	var ids []string
	for _, r := range check.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}
