package input

import (
	"errors"
	"fmt"
	"path/filepath"
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

// outputFile sets a field to the name of a file to write.
func outputFile(field func(*Config) *string) func(*reader, string) error {
	return func(r *reader, value string) error {
		if value == "-" && r.inActions() {
			return errors.New("'-' cannot be used in GitHub Actions, which reads commands from standard output: name a file")
		}
		*field(&r.config) = value
		return nil
	}
}

// checkFiles keeps the files that are written apart from each other and from
// those that are read.
func (r *reader) checkFiles() {
	c := &r.config
	if c.SARIFFile != "" && c.ReportFile != "" && r.sameFile(c.SARIFFile, c.ReportFile) {
		r.fail("report-file: %s is the sarif-file too: give each its own", quote(c.ReportFile))
	}
	for _, out := range []source{{"sarif-file", c.SARIFFile}, {"report-file", c.ReportFile}} {
		for _, in := range r.sources {
			if out.name != "" && r.sameFile(out.name, in.name) {
				r.fail("%s: %s is read for %s: give it another name", out.input, quote(out.name), in.input)
			}
		}
	}
}

// sameFile reports whether two names are of one file, as far as names tell.
func (r *reader) sameFile(a, b string) bool {
	return r.absolute(a) == r.absolute(b)
}

// absolute is the name in the workspace, which is where GitHub starts the
// program.
func (r *reader) absolute(name string) string {
	if r.env.Workspace == "" || filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(r.env.Workspace, name)
}
