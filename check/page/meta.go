package page

import (
	"net/url"
	"strings"
)

// meta takes a refresh or a policy.
func (p *parser) meta(el element) {
	if p.scopes.shadow() {
		return // it is of no document
	}
	switch el.keyword("http-equiv") {
	case "refresh":
		p.refresh(el)
	case "content-security-policy":
		// Elsewhere than in the head browsers ignore it.
		if !p.headOver && !p.noscript && p.metaPolicies < maxPolicies {
			p.metaPolicies++
			p.policies = append(p.policies, parseMetaPolicy(el.get("content")))
		}
	}
}

// refresh takes a refresh: of the document, or of one that it embeds. A sandbox
// without scripts forbids it (HTML section 7.1.5).
func (p *parser) refresh(el element) {
	to, ok := ParseRefresh(el.get("content"))
	if !ok || !p.scripting || p.policies.sandboxes("allow-scripts") {
		return
	}
	if p.embedded > 0 {
		if !p.noscript && to != "" {
			own := p.policies
			p.policies = p.around // what a frame shows next is up to the document around
			p.add(reference{kind: Blockable, directive: "frame-src", el: el, attr: "content", ref: to})
			p.policies = own
		}
		return
	}
	here := *p.document
	u := bare(&here)
	if to != "" {
		if u, ok = resolve(p.base, to); !ok || u.Scheme != "http" && u.Scheme != "https" {
			return
		}
	}
	if u.String() == bare(&here).String() {
		p.page.Reloads = true
		return
	}
	p.refreshes.take(p.document, u)
}

// refreshes are where the refreshes of a document lead. A policy that comes
// after one upgrades it too: it is followed once the document is there.
type refreshes struct {
	// first is where the first leads, cleartext the first to http, and foreign
	// the first to http that no policy upgrades.
	first, cleartext, foreign *url.URL
}

// take keeps where a refresh of a document leads.
func (r *refreshes) take(document, to *url.URL) {
	if r.first == nil {
		r.first = to
	}
	if to.Scheme == "http" && r.cleartext == nil {
		r.cleartext = to
	}
	if r.foreign == nil && upgradeNavigation(document, to).Scheme == "http" {
		r.foreign = to
	}
}

// finishRefreshes gives the refresh that matters.
func (p *parser) finishRefreshes() {
	r := p.refreshes
	upgrade := p.policies.Upgrade()
	to := r.first
	switch {
	case upgrade && r.foreign != nil:
		to = r.foreign
	case !upgrade && r.cleartext != nil:
		to = r.cleartext
	case to == nil:
		return
	case upgrade:
		to = upgradeNavigation(p.document, to)
	}
	goal := to.String()
	p.page.Refresh = goal[:min(len(goal), maxRefresh)]
}

// upgradeNavigation gives where a navigation from a document under
// upgrade-insecure-requests goes: to https, if that is the document's own
// origin, else where it was going (W3C Upgrade Insecure Requests, section 3.2).
func upgradeNavigation(from, to *url.URL) *url.URL {
	if to.Scheme != "http" {
		return to
	}
	upgraded := *to
	upgraded.Scheme = "https"
	if upgraded.Port() == "80" {
		upgraded.Host = strings.TrimSuffix(upgraded.Host, ":80")
	}
	a, b := newTarget(&upgraded), newTarget(from)
	if from.Scheme != "https" || a.host != b.host || a.port != b.port {
		return to
	}
	return &upgraded
}

// maxBasePath is how much of a base's path counts. Every relative URL repeats
// it, so a longer one would make the work grow with its square.
const maxBasePath = 2048

// rebase takes a <base>: the first whose href is a URL with a host counts. In
// HTML (section 4.2.3) the first with an href does, but browsers scan ahead by
// this rule, and ask for what they find.
func (p *parser) rebase(el element) {
	if p.based || !el.has("href") {
		return
	}
	u, ok := resolve(p.document, el.get("href"))
	if !ok || !special(u.Scheme) {
		return
	}
	p.based = true
	if !p.allows(request{directive: "base-uri", url: newTarget(u)}) {
		return
	}
	p.base = shortBase(u)
}

// shortBase cuts what a base's path has too much, at a slash.
func shortBase(u *url.URL) *url.URL {
	path := u.EscapedPath()
	if len(path) <= maxBasePath {
		return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	}
	short := path[:strings.LastIndexByte(path[:maxBasePath], '/')+1]
	if cut, err := url.Parse(u.Scheme + "://" + u.Host + short); err == nil {
		return cut
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}
}
