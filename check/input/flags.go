package input

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/tlsgate/tlsgate/check/fact"
)

// A flagValue keeps a flag's text; it is read together with the INPUT_*
// variables afterwards, so that both have the same rules and messages.
type flagValue struct {
	in   Input
	into map[string]string
}

func (v flagValue) String() string { return "" }

// IsBoolFlag lets a switch stand without a value.
func (v flagValue) IsBoolFlag() bool { return v.in.Value == "" }

func (v flagValue) Set(s string) error {
	if old, again := v.into[v.in.Name]; again && v.in.Lines {
		s = old + "\n" + s
	}
	v.into[v.in.Name] = s
	return nil
}

// parseFlags reads the command line: the text of every flag that was given,
// and URLs between, before and after the flags.
func (r *reader) parseFlags(args []string) (map[string]string, error) {
	given := map[string]string{}
	fs := flag.NewFlagSet("tlsgate", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	for _, in := range Inputs() {
		fs.Var(flagValue{in, given}, in.Name, in.Usage)
	}
	fs.BoolVar(&r.config.Demo, "demo", false, "")
	fs.BoolVar(&r.config.PrintConfig, "print-config", false, "")
	fs.BoolVar(&r.config.Version, "version", false, "")
	for {
		err := fs.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			r.config.Help = true
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s (see tlsgate -h)", clean(err.Error()))
		}
		if fs.NArg() == 0 {
			return given, nil
		}
		r.declared = append(r.declared, declaration{
			text: fs.Arg(0), where: "argument", place: fact.Place{Input: "argument"},
		})
		args = fs.Args()[1:]
	}
}
