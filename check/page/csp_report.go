package page

// A reporter is a policy that has what violates it reported to URLs in cleartext
// (CSP3 section 5.5). Firefox sends such reports; where nothing violates the
// policy, nobody sends anything.
type reporter struct {
	policy Policies    // that one, enforced or not
	to     []Reference // empty when a report was sent
}

// reportersOf gives the policies of a response's header fields that report in
// cleartext: by report-uri, where no report-to of the same policy names an
// endpoint.
func (p *parser) reportersOf(values ...string) (all []*reporter) {
	for _, one := range ParseCSP(values...) {
		if _, elsewhere := one["report-to"]; elsewhere {
			continue
		}
		r := &reporter{policy: Policies{one}}
		for _, ref := range one["report-uri"].raw {
			if to, ok := p.check(reference{kind: Blockable, directive: unjudged, el: element{name: "Content-Security-Policy"}, ref: ref}); ok {
				r.to = append(r.to, to)
			}
		}
		if len(r.to) > 0 {
			all = append(all, r)
		}
	}
	return all
}

// unjudged stands for the directive of what no policy withholds.
const unjudged = ""

// judgedSchemes are those of the URLs whose requests violate policies: no frame of
// about:blank does, nor what another program opens.
var judgedSchemes = setOf("blob data filesystem http https ws wss")

// reportRequest has the policies report a request that violates them: one that a
// browser makes by itself. What it scans ahead of the parser it does not report.
func (p *parser) reportRequest(r reference) {
	if len(p.reporters) == 0 || p.hidden || p.inert() || r.kind == Form || r.attr == "ping" {
		return
	}
	ref := clean(r.ref)
	u, ok := resolve(p.base, ref)
	if ref == "" || !ok || !judgedSchemes[u.Scheme] {
		return
	}
	made := request{r.directive, newTarget(u), r.el.nonce(), r.el.get("integrity"), r.preload}
	p.report(func(ps Policies) bool { return p.budget.spend(ps.work(made)) && !ps.allow(p.self, made) })
}

// report has the policies report that are violated.
func (p *parser) report(violated func(Policies) bool) {
	for _, r := range p.reporters {
		if len(r.to) == 0 || !violated(r.policy) {
			continue
		}
		for _, to := range r.to {
			p.keep(to)
		}
		r.to = nil
	}
}
