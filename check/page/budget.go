package page

import "strings"

const (
	// minBudget and budgetPerByte bound the comparisons that judging a page by
	// its policies may take. Real pages take some thousands.
	minBudget     = 1 << 20
	budgetPerByte = 2
)

// A budget is the work that may be done on a page whose parts have to be
// compared with each other. It is shared with the documents within.
type budget struct{ left int }

// newBudget is that of a document of a size in bytes.
func newBudget(size int) *budget { return &budget{minBudget + budgetPerByte*size} }

// spend takes work off, and reports whether there was enough.
func (b *budget) spend(work int) bool {
	b.left -= work
	return b.left >= 0
}

// allows reports whether the policies in force let a request out.
func (p *parser) allows(r request) bool {
	return p.budget.spend(p.policies.work(r)) && p.policies.allow(p.self, r)
}

// allowsInline reports whether the policies in force let a style or
// an inline script take effect.
func (p *parser) allowsInline(directive, nonce, text string) bool {
	p.report(func(ps Policies) bool {
		return p.budget.spend(ps.workInline(directive, text)) && !ps.allowInline(directive, nonce, text)
	})
	return p.budget.spend(p.policies.workInline(directive, text)) && p.policies.allowInline(directive, nonce, text)
}

// workInline is about how many comparisons it takes to judge an inline style or
// script.
func (ps Policies) workInline(directive, text string) int {
	work := len(ps)
	for _, policy := range ps {
		if list, ok := policy.effective(directive); ok {
			work += len(list.nonces)
			if len(list.hashes) > 0 {
				work += 3*(len(list.hashes)+10) + len(text)/32
			}
		}
	}
	return work
}

// work is about how many comparisons it takes to judge a request.
func (ps Policies) work(r request) int {
	work := len(ps)
	for _, p := range ps {
		if r.directive == prefetchDirective {
			for _, list := range p {
				work += list.work(r)
			}
		} else if list, ok := p.effective(r.directive); ok {
			work += list.work(r)
		}
	}
	return work
}

// work is about how many comparisons it takes to judge a request by the list.
func (l sourceList) work(r request) int {
	work := len(l.schemes) + len(l.hosts["*"]) + len(l.hosts[r.url.host]) + len(r.url.host)/4
	if r.nonce != "" {
		work += len(l.nonces)
	}
	work += len(r.integrity) / 8 * (len(l.hashes) + 1)
	for suffix := r.url.host; ; {
		var found bool
		if _, suffix, found = strings.Cut(suffix, "."); !found {
			return work
		}
		work += len(l.hosts["*."+suffix])
	}
}
