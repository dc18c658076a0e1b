package page

import "testing"

func TestParseRefresh(t *testing.T) {
	for _, tt := range []struct {
		value  string
		target string
		ok     bool
	}{
		{"0; url=http://example.com/", "http://example.com/", true},
		{"0;URL='http://example.com/'", "http://example.com/", true},
		{`5,url = "/x" rest`, "/x", true},
		{`5;url="/open`, "/open", true},
		{"\t 1.5 ;url=a", "a", true},
		{".5;url=a", "a", true},
		{"\v3 /bare", "/bare", true},
		{"3 /bare", "/bare", true},
		{"3; /bare", "/bare", true},
		{"3; 'quoted'", "quoted", true},
		{"3; url", "url", true},
		{"3; urls/x", "urls/x", true},
		{"3; url=url=x", "url=x", true},
		{"3;; url=x", "; url=x", true},
		{"99999999999999999999; x", "x", true},
		{"300", "", true},
		{".", "", true},
		{"300;", "", true},
		{"300; url=", "", true},
		{"300; url=' '", "", true},
		{"", "", false},
		{"url=/x", "", false},
		{"-1; url=/x", "", false},
		{"5x; url=/x", "", false},
		{"5:url=/x", "", false},
	} {
		target, ok := ParseRefresh(tt.value)
		if !ok && !tt.ok {
			continue
		}
		if target != tt.target || ok != tt.ok {
			t.Errorf("ParseRefresh(%q) = %q, %v; want %q, %v", tt.value, target, ok, tt.target, tt.ok)
		}
	}
}

func FuzzParseRefresh(f *testing.F) {
	f.Add("0; url=http://example.com/")
	f.Add(" 1.5 , URL = 'x' y")
	f.Fuzz(func(t *testing.T, value string) {
		target, ok := ParseRefresh(value)
		if target != "" && (!ok || clean(target) == "") {
			t.Errorf("ParseRefresh(%q) = %q, %v", value, target, ok)
		}
	})
}
