package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
)

// A recorded observation, as the tests of package check keep them.
type recorded struct {
	Policy      check.Policy
	Observation fact.Observation
}

// recordedObservations are some of the recorded ones: one of each rule that
// failed, and the files they are in.
func recordedObservations(t testing.TB) (files []string, all []recorded) {
	t.Helper()
	files, err := filepath.Glob("../testdata/observations/*/fail-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no observations: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r recorded
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, r)
	}
	return files, all
}

// copyOf is a deep copy through JSON.
func copyOf(t testing.TB, o fact.Observation) (again fact.Observation) {
	t.Helper()
	data, err := json.Marshal(o)
	if err == nil {
		err = json.Unmarshal(data, &again)
	}
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// A mutator changes the parts of a value as its bytes say, one for each part.
type mutator struct {
	choices []byte
	text    string // what strings become
}

// next is the next byte; 0, for no change, after the last.
func (m *mutator) next() byte {
	if len(m.choices) == 0 {
		return 0
	}
	b := m.choices[0]
	m.choices = m.choices[1:]
	return b
}

// change goes through a value and everything in it.
func (m *mutator) change(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			if b := m.next(); b != 0 {
				v.Set(reflect.ValueOf(v.Interface().(time.Time).AddDate(int(int8(b))*10, 0, 0)))
			}
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Type != reflect.TypeFor[*fact.Judge]() {
				m.change(v.Field(i))
			}
		}
	case reflect.Pointer:
		switch b := m.next(); {
		case b%4 == 1:
			v.SetZero()
		case b%4 == 2 && v.IsNil():
			v.Set(reflect.New(v.Type().Elem()))
		}
		if !v.IsNil() {
			m.change(v.Elem())
		}
	case reflect.Slice:
		m.changeSlice(v)
	case reflect.Map:
		if m.next()%4 == 1 {
			v.SetZero()
		}
	default:
		m.changeScalar(v)
	}
}

func (m *mutator) changeSlice(v reflect.Value) {
	b := m.next()
	switch {
	case b%4 == 1:
		v.SetZero()
	case b%4 == 2:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	case b%4 == 3 && v.Len() > 0:
		v.Set(reflect.Append(v, v.Index(0)))
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		if v.Len() > 0 && b >= 4 {
			at := v.Index(int(b) * 37 % v.Len())
			at.SetUint(at.Uint() ^ uint64(b))
		}
		return
	}
	for i := range v.Len() {
		m.change(v.Index(i))
	}
}

func (m *mutator) changeScalar(v reflect.Value) {
	b := m.next()
	if b == 0 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		switch b % 4 {
		case 0:
			v.SetString("")
		case 1:
			v.SetString(m.text)
		case 2:
			v.SetString(v.String() + m.text)
		case 3:
			v.SetString(m.text + v.String())
		}
	case reflect.Bool:
		v.SetBool(b%2 == 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(int8(b)) << (b % 24))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(b))
	case reflect.Float64:
		v.SetFloat(float64(int8(b)) * 1e6)
	}
}

// Whatever was seen, every rule judges it and every form of the report keeps to
// the rules of its medium.
func FuzzObservation(f *testing.F) {
	files, all := recordedObservations(f)
	for i := range files {
		f.Add(uint8(i), []byte{}, "")
		f.Add(uint8(i), []byte(strings.Repeat("\x01", 60)), hostile)
		f.Add(uint8(i), []byte(strings.Repeat("\x00\x02\x07\x00\x00\x0d", 200)), "\n::error::x##[error]y\x1b[31m\u202e]]>\xff")
		f.Add(uint8(i), []byte(strings.Repeat("\x00\x00\x00\x03\x00\x0a\x00", 300)), "https://[::1%25x]:99999/\u2028##\x00[")
	}
	f.Fuzz(func(t *testing.T, which uint8, choices []byte, text string) {
		if len(choices) > 1<<12 || len(text) > 1<<10 {
			t.Skip()
		}
		base := all[int(which)%len(all)]
		o := copyOf(t, base.Observation)
		(&mutator{choices, text}).change(reflect.ValueOf(&o).Elem())
		res := check.Judge(o, base.Policy)
		for _, v := range res.Verdicts {
			for _, why := range v.Reasons {
				if strings.Contains(why, "failed inside") {
					t.Errorf("%s: %s", v.Rule, why)
				}
			}
		}
		keepsToMedia(t, check.NewReport("1.2.3", checked, checked, base.Policy, check.Shard{}, []check.Result{res}))
	})
}

// Whatever a report says that is replayed, what is made of it keeps to the rules
// of each medium.
func FuzzReplay(f *testing.F) {
	for _, g := range goldens {
		data, err := NewView(g.report(f)).JSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add([]byte(strings.ReplaceAll(string(data), "192.0.2", "\\n::error::x##[group]\\u001b[31m\\u202e")))
		f.Add([]byte(strings.ReplaceAll(string(data), "example.com", "\\u2028::set-output x]]>")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadJSON(data)
		if err != nil {
			noCommand(t, "error", Line(err.Error())) // as it is printed
			return
		}
		keepsToMedia(t, r)
		merged, err := check.Merge("1.2.3", []*check.Report{r}, func(*check.Policy) {})
		if err != nil {
			noCommand(t, "error", Line(err.Error())) // as it is printed
			return
		}
		keepsToMedia(t, merged)
	})
}

// keepsToMedia checks every form of a report. A form that is refused has no
// command in the error.
func keepsToMedia(t *testing.T, r *check.Report) {
	t.Helper()
	v := NewView(r)
	noCommand(t, "console", string(v.Console(ConsoleOptions{Width: 60})))
	noCommand(t, "annotations", string(list(v.Annotations())))
	for _, form := range Formats() {
		var b bytes.Buffer
		if err := form.Write(&b, v, FormatOptions{Category: "x"}); err != nil {
			noCommand(t, form.Name, Line(err.Error()))
			continue
		}
		noCommand(t, form.Name, b.String())
		switch form.Name {
		case "Markdown":
		case "JUnit":
			isXML(t, b.Bytes())
		default:
			if !json.Valid(b.Bytes()) {
				t.Errorf("%s is no JSON: %.300q", form.Name, b.Bytes())
			}
		}
	}
}

// isXML checks that a document is well-formed.
func isXML(t *testing.T, document []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(document)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// noCommand checks that a text drives neither a runner nor a terminal.
func noCommand(t *testing.T, what, text string) {
	t.Helper()
	if strings.Contains(text, "##[") {
		t.Errorf("%s holds a runner's command", what)
	}
	for line := range strings.SplitSeq(text, "\n") {
		noControl(t, line)
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("%s holds a runner's command: %.200q", what, line)
		}
	}
}
