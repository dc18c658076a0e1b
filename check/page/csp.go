package page

import (
	"slices"
	"strings"
)

// maxPolicies bounds the policies of header fields, and those that one document
// adds by <meta>. Those beyond it are not applied, which can only add findings.
const maxPolicies = 64

// Policies are the Content-Security-Policies in force, all of which a request
// must satisfy (W3C Content Security Policy Level 3, section 4).
type Policies []policy

// A policy is one serialized policy (CSP3 section 2.2): its directives by name
// in lower case, each with its source list.
type policy map[string]sourceList

// ParseCSP reads the values of every Content-Security-Policy header field, each
// a comma-separated list of policies (CSP3 section 2.2.2). Those of report-only
// fields stop and upgrade nothing.
func ParseCSP(values ...string) Policies {
	var all Policies
	for _, value := range values {
		for serialized := range strings.SplitSeq(value, ",") {
			if len(all) == maxPolicies {
				return all
			}
			if p := parsePolicy(serialized); len(p) > 0 {
				all = append(all, p)
			}
		}
	}
	return all
}

// parsePolicy reads one policy. Of a repeated directive the first counts.
func parsePolicy(serialized string) policy {
	p := policy{}
	for directive := range strings.SplitSeq(serialized, ";") {
		tokens := strings.FieldsFunc(directive, isHTMLSpace)
		if len(tokens) == 0 {
			continue
		}
		name := strings.ToLower(tokens[0])
		if _, repeated := p[name]; !repeated && directives[name] && isASCII(directive) {
			p[name] = parseSourceList(tokens[1:])
		}
	}
	return p
}

// directives are those that decide about what is judged here.
var directives = setOf(`base-uri block-all-mixed-content child-src connect-src default-src font-src form-action frame-src
	img-src manifest-src media-src object-src prefetch-src report-to report-uri sandbox script-src script-src-attr script-src-elem style-src
	style-src-attr style-src-elem upgrade-insecure-requests worker-src`)

// parseMetaPolicy reads the content of a <meta>, one policy, without the
// directives that count in header fields only (HTML section 4.2.5.3).
func parseMetaPolicy(content string) policy {
	p := parsePolicy(content)
	delete(p, "sandbox")
	return p
}

// isASCII reports whether s is ASCII; directives that are not are ignored.
func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// has reports whether any policy has the directive.
func (ps Policies) has(directive string) bool {
	return slices.ContainsFunc(ps, func(p policy) bool { _, ok := p[directive]; return ok })
}

// Upgrade reports whether upgrade-insecure-requests is in force: subresources,
// forms and navigations to the own host then go over TLS (W3C Upgrade Insecure
// Requests, section 4.1).
func (ps Policies) Upgrade() bool { return ps.has("upgrade-insecure-requests") }

// sandboxes reports whether a sandbox directive withholds what the flag allows.
func (ps Policies) sandboxes(flag string) bool {
	return slices.ContainsFunc(ps, func(p policy) bool {
		list, ok := p["sandbox"]
		return ok && !slices.ContainsFunc(list.raw, func(token string) bool { return strings.EqualFold(token, flag) })
	})
}

// fallbacks are the directives that stand in for an absent one, in order (CSP3
// section 6.8.3). form-action and base-uri have none.
var fallbacks = map[string][]string{
	"connect-src":     {"default-src"},
	"font-src":        {"default-src"},
	"frame-src":       {"child-src", "default-src"},
	"img-src":         {"default-src"},
	"manifest-src":    {"default-src"},
	"media-src":       {"default-src"},
	"object-src":      {"default-src"},
	"script-src-attr": {"script-src", "default-src"},
	"script-src-elem": {"script-src", "default-src"},
	"style-src-elem":  {"style-src", "default-src"},
	"style-src-attr":  {"style-src", "default-src"},
}

// effective is the source list that a policy has for a directive.
func (p policy) effective(directive string) (sourceList, bool) {
	if list, ok := p[directive]; ok {
		return list, true
	}
	for _, name := range fallbacks[directive] {
		if list, ok := p[name]; ok {
			return list, true
		}
	}
	return sourceList{}, false
}

// A request is what policies judge (Fetch section 2.2.5).
type request struct {
	directive string // the effective directive of its destination
	url       target
	// nonce and integrity are the element's.
	nonce, integrity string
	// preload is set where the request is not made by the element that runs
	// the script: 'strict-dynamic' lets it through.
	preload bool
}

// allow reports whether every policy lets a request out.
func (ps Policies) allow(self target, r request) bool {
	for _, p := range ps {
		if r.directive == prefetchDirective {
			if !p.allowsPrefetch(self, r) {
				return false
			}
			continue
		}
		if list, ok := p.effective(r.directive); ok && !list.allows(self, r) {
			return false
		}
	}
	return true
}

// prefetchDirective stands for the judgement of a prefetch, whose destination
// is not known yet.
const prefetchDirective = "prefetch-src"

// allowsPrefetch reports whether any fetch directive of a policy that has a
// default-src lets the request out (CSP3 section 6.1.9). A policy without it
// says nothing of prefetches.
func (p policy) allowsPrefetch(self target, r request) bool {
	list, ok := p["default-src"]
	if !ok || list.allows(self, r) {
		return true
	}
	return slices.ContainsFunc(prefetchDirectives, func(name string) bool {
		list, ok := p[name]
		return ok && list.allows(self, r)
	})
}

// prefetchDirectives are those that may let a prefetch out.
var prefetchDirectives = strings.Fields(`child-src connect-src font-src frame-src img-src manifest-src media-src object-src
	script-src script-src-elem style-src style-src-elem worker-src`)

// allowInline reports whether every policy lets a <style> (style-src-elem), a
// style attribute (style-src-attr), an inline script (script-src-elem) or an
// event handler (script-src-attr) take effect (CSP3 section 6.7.3).
func (ps Policies) allowInline(directive, nonce, text string) bool {
	for _, p := range ps {
		if list, ok := p.effective(directive); ok && !list.allowsInline(directive, nonce, text) {
			return false
		}
	}
	return true
}
