package page

// meta takes a refresh or a policy.
func (r *parser) meta(el element) {
	switch el.keyword("http-equiv") {
	case "refresh":
		r.refresh(el.get("content"))
	case "content-security-policy":
		// Elsewhere than in the head browsers ignore it.
		if !r.headOver && !r.noscript {
			more := ParseCSP(el.get("content"))
			r.csp.Upgrade = r.csp.Upgrade || more.Upgrade
			r.csp.Block = r.csp.Block || more.Block
		}
	}
}

// refresh takes the first refresh that leads elsewhere.
func (r *parser) refresh(content string) {
	target, ok := ParseRefresh(content)
	if !ok || r.page.Refresh != "" || r.embedded > 0 {
		return
	}
	u, ok := resolve(r.base, target)
	if !ok || u.Scheme != "http" && u.Scheme != "https" {
		return
	}
	here := *r.document
	if goal := u.String(); goal != bare(&here).String() {
		r.page.Refresh = goal[:min(len(goal), maxRefresh)]
	}
}

// rebase takes a <base>: the first with an href counts, even if it is no good.
func (r *parser) rebase(el element) {
	if r.based || !el.has("href") {
		return
	}
	r.based = true
	r.attribute(Blockable, el, "href")
	if u, ok := resolve(r.document, el.get("href")); ok && special(u.Scheme) {
		r.base = u
	}
}
