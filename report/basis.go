package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"

	"github.com/tlsgate/tlsgate/check/text"
)

// customRoots says which of the public roots the user replaced; empty if none.
func customRoots(r *check.Report) string {
	var notes []string
	for i, roots := range r.Policy.AllRoots() {
		switch {
		case roots == nil || !roots.Custom():
		case i == 0:
			notes = append(notes, fmt.Sprintf("Certificates were judged against %s instead of the embedded public roots: a pass does not show public trust.", roots.Name()))
		default:
			notes = append(notes, fmt.Sprintf("Certificates of %s were judged against %s: a pass of these does not show public trust.", strings.Join(judgedAgainst(r, roots), ", "), roots.Name()))
		}
	}
	return strings.Join(notes, " ")
}

// judgedAgainst quotes the URLs of the targets with roots of their own.
func judgedAgainst(r *check.Report, roots *pki.Roots) []string {
	var urls []string
	for _, url := range slices.Sorted(maps.Keys(r.Policy.Targets)) {
		if own := r.Policy.Targets[url].Roots; own != nil && own.Name() == roots.Name() {
			urls = append(urls, "'"+url+"'")
		}
	}
	return urls
}

// proxiesUsed says which proxies targets were reached through; empty for none.
func proxiesUsed(r *check.Report) string {
	counts := map[string]int{}
	for _, res := range r.Results {
		used := res.Observation.Proxies
		for i, name := range []string{used.HTTPS, used.HTTP} {
			if name != "" && (i == 0 || name != used.HTTPS) {
				counts[name]++
			}
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("'%s' (%s)", text.Clip(name, 200), text.Count(counts[name], "target")))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Connections went through the proxy " + strings.Join(parts, " and ") + ". What a proxy hides is not checked: HTTP/3, and other protocols at an HTTP port that it opens no tunnel to."
}

// rootsUsed says which roots certificates were judged against, and of when
// they are.
func rootsUsed(r *check.Report) string {
	custom := customRoots(r)
	if all := r.Policy.AllRoots(); all[0] != nil && all[0].Custom() {
		return custom
	}
	mozilla, chrome := pki.Embedded(), pki.Chrome()
	embedded := fmt.Sprintf("Certificates were judged against %s (%s) and the Chrome Root Store, version %d of %s (%s).",
		mozilla.Name(), text.Count(mozilla.Len(), "root"), chrome.Version, chrome.Date.Format("2006-01"), text.Count(chrome.Len(), "root"))
	return strings.TrimSpace(embedded + " " + custom)
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
