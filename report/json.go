package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/text"
)

// jsonSchema names the form of JSON reports; it changes when an older reader
// would misread a newer report.
const jsonSchema = "tlsgate-report/2"

type jsonReport struct {
	Schema string `json:"schema"`
	// Roots says what certificates were judged against. It is for readers:
	// who judges again goes by the policy.
	Roots string `json:"roots,omitempty"`
	*check.Report
}

// WriteJSON writes the whole report with every observation, to be read by
// programs and by [ReadJSON]. One result is in memory at a time, with its
// evidence.
func (v *View) WriteJSON(w io.Writer) error {
	frame := *v.Report
	frame.Results = nil
	data, err := json.MarshalIndent(jsonReport{jsonSchema, rootsUsed(v.Report), &frame}, "", " ")
	if err != nil {
		return err
	}
	if v.Results == nil {
		_, err := w.Write(inertJSON(append(data, '\n')))
		return err
	}
	// In a JSON string a line feed is escaped: the member is the frame's own.
	before, after, _ := bytes.Cut(inertJSON(append(data, '\n')), []byte("\n \"results\": null"))
	out := errWriter{w: w}
	out.write(before, []byte("\n \"results\": ["))
	for i, res := range v.Results {
		one, err := json.MarshalIndent(v.Whole(res), "  ", " ")
		if err != nil {
			return err
		}
		separator := ",\n  "
		if i == 0 {
			separator = "\n  "
		}
		out.write([]byte(separator), inertJSON(one))
	}
	if len(v.Results) > 0 {
		out.write([]byte("\n "))
	}
	out.write([]byte("]"), after)
	return out.err
}

// An errWriter remembers the first error of writing, and writes nothing after it.
type errWriter struct {
	w   io.Writer
	err error
}

func (e *errWriter) write(parts ...[]byte) {
	for _, p := range parts {
		if e.err == nil {
			_, e.err = e.w.Write(p)
		}
	}
}

// ReadJSON reads a report back. It fails on what is no whole report of a form
// that this version knows, down to a single unknown field: a report read by
// halves could pass what failed.
func ReadJSON(data []byte) (*check.Report, error) {
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, notJSON(data, err)
	}
	switch {
	case head.Schema == nil:
		return nil, errors.New(`this is JSON, but not a tlsgate report: it has no "schema"`)
	case *head.Schema != jsonSchema:
		return nil, fmt.Errorf("the report's schema is %q; this version of tlsgate reads %q", text.Clip(*head.Schema, 80), jsonSchema)
	}
	in := jsonReport{Report: &check.Report{}}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, unreadable(data, err)
	}
	if in.Started.IsZero() {
		return nil, errors.New("the report is damaged: it does not say when it was made")
	}
	return in.Report, nil
}

// unreadable says why a report of this schema cannot be read. Within a schema
// fields are only ever added, so that an unknown one is a newer version's.
func unreadable(data []byte, err error) error {
	// The decoder has no type for this error (encoding/json issue 29035).
	if field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return fmt.Errorf("the report was written by a newer tlsgate: this version does not know its field '%s'; update tlsgate", text.Clip(strings.Trim(field, `"`), 80))
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("the report is damaged: its field '%s' has the wrong type (%s, line %d)",
			text.Clip(strings.TrimPrefix(wrong.Field, "Report."), 80), wrong.Value, lineOf(data, wrong.Offset))
	}
	var noTime *time.ParseError
	if errors.As(err, &noTime) {
		return fmt.Errorf("the report is damaged: '%s' is not a time such as '2026-11-30T12:00:00Z'", text.Clip(strings.Trim(noTime.Value, `"`), 80))
	}
	return fmt.Errorf("the report is damaged: %w", err)
}

// notJSON says what is wrong with data that is no JSON object.
func notJSON(data []byte, err error) error {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return errors.New("this is not a tlsgate report: it is empty")
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(data)):
		return fmt.Errorf("the report is truncated: it ends after %d bytes", len(data))
	case errors.As(err, &syntax):
		return fmt.Errorf("this is not a tlsgate report: it is not valid JSON (line %d)", lineOf(data, syntax.Offset))
	case errors.As(err, &wrong):
		return fmt.Errorf("this is JSON, but not a tlsgate report: it begins with a value of the wrong type (%s)", wrong.Value)
	}
	return fmt.Errorf("this is not a tlsgate report: %w", err)
}

// lineOf is the line, from 1, of the last byte of as many as the decoder read.
func lineOf(data []byte, read int64) int {
	before := max(0, min(int(read)-1, len(data)))
	return bytes.Count(data[:before], []byte("\n")) + 1
}
