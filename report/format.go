package report

import "io"

// A Format is a form of a report that goes to a file.
type Format struct {
	// Name is the form's own: "SARIF".
	Name string
	// Input is the input that names the file, and Usage what it means.
	Input, Usage string
	// ActionsFile is the file in GitHub Actions where the input names none;
	// empty for none.
	ActionsFile string
	// Output is the meaning of the step output that names the written file,
	// relative to the workspace, and has the input's name; empty for no output.
	Output string
	// Whole is set where whoever reads the form takes what is missing in it for
	// gone: of a run that was interrupted it is not written, and one of an
	// earlier run does not stay.
	Whole bool
	// Write writes the report.
	Write func(io.Writer, *View, FormatOptions) error
}

// FormatOptions are the choices of the user that formats know.
type FormatOptions struct {
	// Category tells several analyses of one commit apart; empty for none.
	Category string
}

// Formats lists every format, in the order of the inputs.
func Formats() []Format {
	return []Format{
		{
			Name: "SARIF", Input: "sarif-file", ActionsFile: "tlsgate.sarif", Whole: true,
			Usage:  "file for the SARIF log; - is standard output",
			Output: "path of the SARIF file, relative to the workspace; empty if none was written",
			Write:  func(w io.Writer, v *View, o FormatOptions) error { return v.WriteSARIF(w, o.Category) },
		},
		{
			Name: "JSON", Input: "report-file",
			Usage:  "file for the JSON report with all evidence; - is standard output",
			Output: "path of the JSON report, relative to the workspace; empty if none was written",
			Write:  func(w io.Writer, v *View, _ FormatOptions) error { return v.WriteJSON(w) },
		},
		{
			Name: "Markdown", Input: "summary-file",
			Usage: "file for the summary in Markdown; - is standard output",
			Write: whole(func(v *View, _ FormatOptions) ([]byte, error) { return v.Summary(), nil }),
		},
		{
			Name: "JUnit", Input: "junit-file",
			Usage: "file for JUnit XML: a test suite for each target, a test case for each rule; - is standard output",
			Write: func(w io.Writer, v *View, _ FormatOptions) error { return v.WriteJUnit(w) },
		},
		{
			Name: "CodeQuality", Input: "codequality-file", Whole: true,
			Usage: "file for GitLab Code Quality; - is standard output",
			Write: whole(func(v *View, _ FormatOptions) ([]byte, error) { return v.CodeQuality() }),
		},
		{
			Name: "in-toto statement", Input: "attest-file", Whole: true,
			Usage: "file for an unsigned in-toto statement of the verdict; - is standard output",
			Write: whole(func(v *View, _ FormatOptions) ([]byte, error) { return v.Statement() }),
		},
	}
}

// whole writes a form that is made in one piece.
func whole(form func(*View, FormatOptions) ([]byte, error)) func(io.Writer, *View, FormatOptions) error {
	return func(w io.Writer, v *View, o FormatOptions) error {
		data, err := form(v, o)
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	}
}
