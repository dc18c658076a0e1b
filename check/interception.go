package check

import "fmt"

// An interceptor is a proxy that ends TLS itself, and shows certificates of an
// issuer of its own.
type interceptor struct{ proxy, issuer string }

// interceptorOf tells of an intercepting proxy: all chains that were seen
// through proxies end at one issuer above which there is no root. Nil for none.
func interceptorOf(results []Result, p Policy) *interceptor {
	var by *interceptor
	for _, res := range results {
		o := res.Observation
		if o.Proxies.HTTPS == "" {
			continue
		}
		for _, chain := range o.Chains(p.For(o.Target).Roots) {
			switch {
			case chain.Client != "":
			case chain.UnknownIssuer == "" || by != nil && by.issuer != chain.UnknownIssuer:
				return nil
			case by == nil:
				by = &interceptor{o.Proxies.HTTPS, chain.UnknownIssuer}
			}
		}
	}
	return by
}

// judge judges again, in place, what was seen through an intercepting proxy,
// nil for none: its TLS and its certificates say nothing of a deployment.
func (i *interceptor) judge(results []Result, p Policy) {
	if i == nil {
		return
	}
	for n, res := range results {
		if o := res.Observation; o.Proxies.HTTPS != "" {
			e := newEvaluation(o, p.For(o.Target), Rules())
			e.intercepted = i.reason()
			results[n] = e.result()
		}
	}
}

// reason is why nothing is known of a deployment's TLS.
func (i *interceptor) reason() string {
	return fmt.Sprintf("the proxy '%s' intercepts TLS: every certificate seen through it ends at one issuer, '%s', which is no trusted root", i.proxy, i.issuer)
}

// notice tells of the proxy once for all targets.
func (i *interceptor) notice() string {
	return fmt.Sprintf("The proxy '%s' seems to intercept TLS: every certificate seen through it ends at one issuer, '%s', which is no trusted root. What it shows says nothing of the deployments' own TLS: exempt them from interception, or run tlsgate where it reaches them directly.", i.proxy, i.issuer)
}
