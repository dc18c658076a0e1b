package input

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/report"
)

// A source is a file that an input names to be read.
type source struct{ input, name string }

// readFile reads the file that an input names.
func (r *reader) readFile(input, name string) ([]byte, error) {
	r.sources = append(r.sources, source{input, name})
	b, err := r.env.ReadFile(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	return b, nil
}

// unreadable is the error of a file that cannot be read.
func unreadable(name string, err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		err = cause // the name without the path error's repetition
	}
	return fmt.Errorf("%s cannot be read: %s", quote(name), clean(err.Error()))
}

// ReadReport reads a JSON report, such as one that the input replay names.
func ReadReport(name string, readFile func(string) ([]byte, error)) (*check.Report, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	return readReport(name, data)
}

// readReport reads the text of a file as a JSON report.
func readReport(name string, data []byte) (*check.Report, error) {
	r, err := report.ReadJSON(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", quote(name), clean(err.Error()))
	}
	return r, nil
}

// outputFile sets the file to write for an input.
func outputFile(input string) func(*reader, string) error {
	return func(r *reader, value string) error {
		if value == "-" && r.inActions() {
			return errors.New("'-' cannot be used in GitHub Actions, which reads commands from standard output: use a file")
		}
		r.config.Files[input] = value
		return nil
	}
}

// checkFiles keeps the files that are written apart from each other and from
// those that are read, and refuses those that may not be written.
func (r *reader) checkFiles() {
	taken := r.sources
	for _, in := range Inputs() {
		name := r.config.Files[in.Name]
		if name == "" {
			continue
		}
		for _, other := range taken {
			switch {
			case !r.sameFile(name, other.name):
			case r.config.Files[other.input] != "":
				r.fail("%s: %s is also the %s: use a different file for each", in.Name, quote(name), other.input)
			default:
				r.fail("%s: %s is read as %s and would be overwritten: use a different file", in.Name, quote(name), other.input)
			}
		}
		taken = append(taken, source{in.Name, name})
		if name == "-" || r.env.Writable == nil {
			continue
		}
		if err := r.env.Writable(name); err != nil {
			r.fail("%s: %s %s", in.Name, quote(name), clean(err.Error()))
		}
	}
}

// sameFile reports whether two names are of one file. In GitHub Actions the
// program starts in the workspace.
func (r *reader) sameFile(a, b string) bool {
	if a == "-" || b == "-" {
		return a == b
	}
	return r.absolute(a) == r.absolute(b) || r.env.SameFile(a, b)
}

// absolute is the name in the workspace, which is where GitHub starts the
// program.
func (r *reader) absolute(name string) string {
	if r.env.Workspace == "" || filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(r.env.Workspace, name)
}
