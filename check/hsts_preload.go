package check

import "strings"

// preloadedTLDs are top-level domains that browsers preload as a whole: they
// ask every host under them by https only, whatever it sends. They are those
// of a list of candidates that Chromium 156 (November 2026) asks by https when
// a page names them by http. A TLD that is left out costs a warning.
var preloadedTLDs = map[string]bool{
	"amazon": true, "android": true, "app": true, "bank": true, "boo": true, "channel": true, "chrome": true, "dad": true,
	"day": true, "dev": true, "eat": true, "esq": true, "fly": true, "foo": true, "gle": true, "gmail": true,
	"google": true, "hangout": true, "ing": true, "insurance": true, "meet": true, "meme": true, "mov": true, "new": true,
	"nexus": true, "page": true, "phd": true, "play": true, "prof": true, "rsvp": true, "search": true, "youtube": true,
	"zip": true,
}

// preloadedTLD is the preloaded top-level domain that a host is under; empty
// for none.
func preloadedTLD(host string) string {
	tld := host[strings.LastIndexByte(host, '.')+1:]
	if preloadedTLDs[tld] {
		return tld
	}
	return ""
}
