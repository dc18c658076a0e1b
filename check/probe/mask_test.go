package probe

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/tlsgate/tlsgate/check/fact"
)

// No text field of an observation escapes the mask, whichever are added: all
// of them are filled with the secret, and the JSON of the rest is searched.
func TestMaskWalksEveryText(t *testing.T) {
	const secret = "hunter2-hunter2"
	var o fact.Observation
	filled := fill(reflect.ValueOf(&o).Elem(), secret)
	if filled < 20 {
		t.Errorf("only %d texts were filled", filled)
	}
	o.Target = fact.Target{}
	newMask([]fact.Header{{Name: "X-Bypass", Value: secret}}, "https://x.example/").observation(&o)
	data, err := json.MarshalIndent(o, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		if strings.Contains(line, secret) {
			t.Errorf("not masked: %s", line)
		}
	}
}

// fill puts a text into every string that is in a value or can be, and counts
// them.
func fill(v reflect.Value, text string) (n int) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(text)
			n++
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		n += fill(v.Elem(), text)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				n += fill(v.Field(i), text)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			n += fill(v.Index(0), text)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		n += fill(key, text) + fill(value, text)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	}
	return n
}
