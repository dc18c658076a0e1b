package report

import (
	"fmt"
	"time"

	"github.com/tlsgate/tlsgate/check/pki"
)

// customRoots says that the user replaced the public roots; empty if not.
func (v *view) customRoots() string {
	if v.Policy.Roots == nil || !v.Policy.Roots.Custom() {
		return ""
	}
	return fmt.Sprintf("Certificates were judged against %s instead of the embedded public roots: a pass says nothing about public trust.", v.Policy.Roots.Name())
}

// rootsUsed says which roots certificates were judged against.
func (v *view) rootsUsed() string {
	if note := v.customRoots(); note != "" {
		return note
	}
	r := pki.Embedded()
	return fmt.Sprintf("Certificates were judged against %s (%s, as of %s).", r.Name(), plural(r.Len(), "public root"), r.Date().Format(time.DateOnly))
}
