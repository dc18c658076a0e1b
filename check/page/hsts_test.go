package page

import (
	"math"
	"testing"
	"time"
)

func TestParseHSTS(t *testing.T) {
	const year = 31536000 * time.Second
	for _, tt := range []struct {
		value string
		want  HSTS
	}{
		{"max-age=31536000", HSTS{MaxAge: year}},
		{"MAX-AGE=31536000; INCLUDESUBDOMAINS; Preload", HSTS{year, true, true}},
		{`max-age="31536000"`, HSTS{MaxAge: year}},
		{`max-age="3153\6000"`, HSTS{MaxAge: year}},
		{" max-age = 31536000 ; includeSubDomains\t", HSTS{MaxAge: year, IncludeSubDomains: true}},
		{";; max-age=31536000;; includeSubDomains;", HSTS{MaxAge: year, IncludeSubDomains: true}},
		{"includeSubDomains; max-age=31536000", HSTS{MaxAge: year, IncludeSubDomains: true}},
		{"max-age=0", HSTS{}},
		{"max-age=000", HSTS{}},
		{"max-age=99999999999999999999999", HSTS{MaxAge: math.MaxInt64}},
		{"max-age=9223372037", HSTS{MaxAge: math.MaxInt64}},
		{`max-age=31536000; report="a;b=c, d"; x=y`, HSTS{MaxAge: year}},
		{"max-age=31536000; preload; preload; x; x", HSTS{MaxAge: year, Preload: true}},
	} {
		got, err := ParseHSTS(tt.value)
		if err != nil || got != tt.want {
			t.Errorf("ParseHSTS(%q) = %+v, %v; want %+v", tt.value, got, err, tt.want)
		}
	}
}

func TestParseHSTSInvalid(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{"", "the directive max-age is missing"},
		{";", "the directive max-age is missing"},
		{"includeSubDomains", "the directive max-age is missing"},
		{"maxage=31536000", "the directive max-age is missing"},
		{"max-age", "max-age is not a number of seconds"},
		{`max-age=""`, "max-age is not a number of seconds"},
		{"max-age=-1", "max-age is not a number of seconds"},
		{"max-age=+1", "max-age is not a number of seconds"},
		{"max-age=1e9", "max-age is not a number of seconds"},
		{"max-age='31536000'", "max-age is not a number of seconds"},
		{"max-age=", "the value of the directive max-age is neither a token nor a quoted string"},
		{"max-age=31536000 includeSubDomains", "the value of the directive max-age is neither a token nor a quoted string"},
		{"max-age=31536000, max-age=31536000", "the value of the directive max-age is neither a token nor a quoted string"},
		{`max-age="31536000`, "a quoted string does not end"},
		{`max-age="31536000\"`, "a quoted string does not end"},
		{`max-age="3"1536000"`, "a quoted string does not end"},
		{`max-age=1; x="a"b"c"`, "the value of the directive x is neither a token nor a quoted string"},
		{"max-age=31536000; max-age=31536000", "the directive max-age is repeated"},
		{"max-age=31536000; Max-Age=0", "the directive max-age is repeated"},
		{"max-age=31536000; includeSubDomains; includesubdomains", "the directive includesubdomains is repeated"},
		{"max-age=31536000; includeSubDomains=true", "the directive includeSubDomains has a value"},
		{`"max-age=31536000"`, "a directive's name is not a token"},
		{"=1; max-age=31536000", "a directive's name is not a token"},
		{"max-age: 31536000", "a directive's name is not a token"},
	} {
		got, err := ParseHSTS(tt.value)
		if err == nil || err.Error() != tt.want || got != (HSTS{}) {
			t.Errorf("ParseHSTS(%q) = %+v, %v; want the error %q", tt.value, got, err, tt.want)
		}
	}
}

func FuzzParseHSTS(f *testing.F) {
	f.Add("max-age=31536000; includeSubDomains; preload")
	f.Add(`; max-age="1\2";x="a;b"`)
	f.Fuzz(func(t *testing.T, value string) {
		policy, err := ParseHSTS(value)
		if policy.MaxAge < 0 || err != nil && policy != (HSTS{}) {
			t.Errorf("ParseHSTS(%q) = %+v, %v", value, policy, err)
		}
		// An empty directive more changes nothing.
		again, err2 := ParseHSTS(";" + value)
		if again != policy || (err == nil) != (err2 == nil) {
			t.Errorf("ParseHSTS(%q) = %+v, %v; with an empty directive before it %+v, %v", value, policy, err, again, err2)
		}
	})
}
