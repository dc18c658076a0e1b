package page

import (
	"strings"
	"testing"
	"time"
)

const (
	// costSize is the size of the documents whose cost is bounded, in bytes.
	costSize = 256 << 10
	// costTime bounds the time for one of them, a hundred times what a usual one
	// takes. What is quadratic in its size takes minutes.
	costTime = 10 * time.Second
)

// Whatever comes again and again, a document is read in time linear in its size.
func FuzzCost(f *testing.F) {
	for _, seed := range [][3]string{
		{"<base href=http://a/", "x", ""}, {"", "<form action=b>", ""}, {"<form action=http://a/>", "<button formaction=http://b/>", ""},
		{"<p ", "a=1 ", ""}, {"<style>", "a{b:url(http://b/)}", "</style>"}, {"<style>a{b:", "(", ""}, {"<style>", "a ", "{b:url(http://b/)}"},
		{"<style>", ".a{--b:var(--c)}", "</style>"}, {"<style>", ":is(", ""}, {"", "<template>", ""}, {"", "<svg><a>", ""}, {"", "<table><td>", ""},
		{"<img srcset='", "b 1x,", "'>"}, {"", "<iframe srcdoc='", ""}, {"", "<!--", ""}, {"<script>", "<!--<script>", ""}, {"", "&amp", ""}, {"", "<a b='", ""},
		{"", "<meta http-equiv=content-security-policy content='script-src a.b'>", "<script src=http://a/></script>"},
	} {
		f.Add(seed[0], seed[1], seed[2], "text/html")
	}
	f.Add("<a>", "<b/>", "", "text/xml")
	f.Add("<!DOCTYPE a [<!ENTITY e 'xx'>]><a>", "&e;", "</a>", "text/xml")
	f.Add("<!DOCTYPE a [", "<!ENTITY e '&e;'>", "]><a>&e;</a>", "text/xml")
	f.Fuzz(func(t *testing.T, before, part, after, contentType string) {
		if part == "" || len(before)+len(after) > costSize {
			t.Skip()
		}
		body := before + strings.Repeat(part, costSize/len(part)) + after
		begun := time.Now()
		read([]byte(body), contentType, here)
		if took := time.Since(begun); took > costTime {
			t.Errorf("%d bytes of %.80q take %s", len(body), part, took)
		}
	})
}
