package check

import "strings"

// preloadedTLDs are top-level domains that browsers preload as a whole: they
// ask every host under them by https only, whatever it sends. They are those
// with policy "public-suffix" of Chromium's transport_security_state_static.json
// as published in 2018, and Google Registry's later ones (registry.google, as
// of 2025-06). A TLD that is left out costs a warning, so that only what is
// certain is here.
var preloadedTLDs = map[string]bool{
	"android": true, "app": true, "bank": true, "chrome": true, "dev": true, "foo": true, "gle": true, "google": true,
	"insurance": true, "new": true, "page": true, "play": true, "youtube": true,
	"boo": true, "channel": true, "dad": true, "day": true, "esq": true, "how": true, "ing": true, "meme": true, "mov": true,
	"nexus": true, "phd": true, "prof": true, "rsvp": true, "soy": true, "zip": true, "xn--q9jyb4c": true,
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
