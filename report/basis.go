package report

import (
	"fmt"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"
)

// customRoots says that the user replaced the public roots; empty if not.
func customRoots(r *check.Report) string {
	if r.Policy.Roots == nil || !r.Policy.Roots.Custom() {
		return ""
	}
	return fmt.Sprintf("Certificates were judged against %s instead of the embedded public roots: a pass says nothing about public trust.", r.Policy.Roots.Name())
}

// rootsUsed says which roots certificates were judged against, and of when
// they are.
func rootsUsed(r *check.Report) string {
	if note := customRoots(r); note != "" {
		return note
	}
	mozilla, chrome := pki.Embedded(), pki.Chrome()
	return fmt.Sprintf("Certificates were judged against %s (%s) and the Chrome Root Store, version %d of %s (%s).",
		mozilla.Name(), plural(mozilla.Len(), "root"), chrome.Version, chrome.Date.Format("2006-01"), plural(chrome.Len(), "root"))
}

// share says which part of the list was checked, or that nothing was; empty
// for all of it.
func (v *view) share() string {
	switch {
	case v.Shard.Count == 0 && len(v.Results) == 0:
		return "There was no target to check."
	case v.Shard.Count == 0:
		return ""
	case len(v.Results) == 0:
		return fmt.Sprintf("No target falls to shard %s of the list.", v.Shard)
	}
	return fmt.Sprintf("This is shard %s of the list.", v.Shard)
}
