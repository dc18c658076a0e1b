package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
)

// A Waiver is a risk that its owner accepts until a date: findings of the
// rule at matching targets are reported, and fail nothing.
type Waiver struct {
	Rule string `json:"rule"`
	// Target is a URL, a host, or either with * for any text.
	Target string `json:"target"`
	// Detail is what tells the finding from others of the rule at the target (a
	// cookie's name, a path, a URL), with * for any text; empty for all.
	Detail string `json:"detail,omitempty"`
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	// Expires is the last day it counts (UTC), as 2006-01-02.
	Expires string `json:"expires"`
	// Place is where it stands.
	Place fact.Place `json:"place,omitzero"`
}

// Waivable reports whether the rule's findings can be waived. What was not
// verified is nobody's to accept.
func Waivable(rule string) bool { return rule != notVerifiedID }

// ends is the instant from which the waiver counts no more.
func (w Waiver) ends() time.Time {
	day, err := time.Parse(time.DateOnly, w.Expires)
	if err != nil {
		return time.Time{} // long ago: never counts
	}
	return day.AddDate(0, 0, 1)
}

// Expired reports whether the waiver counts no more at a time.
func (w Waiver) Expired(at time.Time) bool { return !at.Before(w.ends()) }

// Matches reports whether the waiver is about the target: a pattern with ://
// against the URL as declared and its https equivalent, any other against the host
// and the label.
func (w Waiver) Matches(t fact.Target) bool {
	pattern := strings.ToLower(w.Target)
	if !strings.Contains(pattern, "://") {
		host := strings.TrimSuffix(pattern, ".")
		return glob(host, t.Host) || t.Label != "" && glob(pattern, strings.ToLower(t.Label))
	}
	if !strings.Contains(pattern, "*") {
		if want, err := fact.ParseTarget(w.Target); err == nil {
			return want.URL() == t.URL() || want.URL() == t.HTTPS()
		}
	}
	return globURL(pattern, strings.ToLower(t.URL())) || globURL(pattern, strings.ToLower(t.HTTPS()))
}

// names reports whether the waiver speaks of the finding: of its detail, or of
// each of its items.
func (w Waiver) names(f Finding) bool {
	if w.Detail == "" || f.Distinct != "" && glob(w.Detail, f.Distinct) {
		return true
	}
	return len(f.Items) > 0 && !slices.ContainsFunc(f.Items, func(item string) bool { return !glob(w.Detail, item) })
}

// globURL is glob for URLs: a * of the pattern's scheme and host stays there.
func globURL(pattern, url string) bool {
	origin, path := splitOrigin(pattern)
	wantOrigin, wantPath := splitOrigin(url)
	return glob(origin, wantOrigin) && glob(path, wantPath)
}

// splitOrigin splits a URL before its path, which is "/" if there is none.
func splitOrigin(url string) (origin, path string) {
	start := strings.Index(url, "://") + len("://")
	if i := strings.IndexByte(url[start:], '/'); i >= 0 {
		return url[:start+i], url[start+i:]
	}
	return url, "/"
}

// glob reports whether the whole of s matches a pattern in which * stands for
// any text.
func glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}

// waive marks the finding of a rule at a target with the waiver that counts
// for it, the one that ends last.
func (p Policy) waive(rule string, t fact.Target, at time.Time, f *Finding) {
	for _, w := range p.Waivers {
		if w.Rule == rule && Waivable(rule) && !w.Expired(at) && w.Matches(t) && w.names(*f) &&
			(f.Waived == nil || f.Waived.ends().Before(w.ends())) {
			f.Waived = &w
		}
	}
}

// waiverNotices tell of waivers that count no more, or match no finding.
func (r *Report) waiverNotices() []Notice {
	var out []Notice
	for _, w := range r.Policy.allWaivers() {
		what := fmt.Sprintf("The waiver of '%s' for '%s'", w.Rule, w.Target)
		if w.Detail != "" {
			what += fmt.Sprintf(" (detail '%s')", w.Detail)
		}
		switch {
		case w.Expired(r.Started):
			out = append(out, Notice{w.Place, fmt.Sprintf("%s ended on '%s' and counts no more; its reason was '%s', its owner is '%s'.", what, w.Expires, w.Reason, w.Owner)})
		case !r.used(w):
			out = append(out, Notice{w.Place, what + " matches no finding: remove it if the risk is gone."})
		}
	}
	return out
}

// used reports whether a finding is waived by w, or would be but for another waiver.
func (r *Report) used(w Waiver) bool {
	for _, res := range r.Results {
		for _, v := range res.Verdicts {
			if v.Rule == w.Rule && slices.ContainsFunc(v.Findings, w.names) && w.Matches(res.Observation.Target) {
				return true
			}
		}
	}
	return false
}
