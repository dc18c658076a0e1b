package text

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"error", "warning", "note", "never", "fail-on", "hsts-missing", "hsts-weak", "urls", "urls-file"}
	for misspelled, want := range map[string]string{
		"Error": "error", "eror": "error", "errors": "error", "fial-on": "fail-on", "failon": "fail-on", "hsts-mising": "hsts-missing",
		"url": "urls", "url-file": "urls-file", "nver": "never", "": "", "x": "", "no": "", "entirely": "",
		strings.Repeat("x", 1000): "",
	} {
		if got := Nearest(misspelled, words); got != want {
			t.Errorf("%q: %q, want %q", misspelled, got, want)
		}
	}
}
