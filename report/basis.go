package report

import (
	"fmt"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/text"
)

// customRoots says that the user replaced the public roots; empty if not.
func customRoots(r *check.Report) string {
	if r.Policy.Roots == nil || !r.Policy.Roots.Custom() {
		return ""
	}
	return fmt.Sprintf("Certificates were judged against %s instead of the embedded public roots: a pass does not show public trust.", r.Policy.Roots.Name())
}

// rootsUsed says which roots certificates were judged against, and of when
// they are.
func rootsUsed(r *check.Report) string {
	if note := customRoots(r); note != "" {
		return note
	}
	mozilla, chrome := pki.Embedded(), pki.Chrome()
	return fmt.Sprintf("Certificates were judged against %s (%s) and the Chrome Root Store, version %d of %s (%s).",
		mozilla.Name(), text.Count(mozilla.Len(), "root"), chrome.Version, chrome.Date.Format("2006-01"), text.Count(chrome.Len(), "root"))
}

// shard names the shard that was checked, or reports that nothing was; empty
// for all of it.
func (v *View) shard() string {
	switch {
	case v.Shard.Count == 0 && len(v.Results) == 0:
		return "There are no targets to check."
	case v.Shard.Count == 0:
		return ""
	case len(v.Results) == 0:
		return fmt.Sprintf("No target is in shard %s of the list.", v.Shard)
	}
	return fmt.Sprintf("This report covers shard %s of the list.", v.Shard)
}
