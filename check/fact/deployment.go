package fact

import "fmt"

// challengeFields are the header fields by which an edge says that the answer
// is its challenge to a bot, and none of the application's (Cloudflare, "Detect
// a Challenge Page response"; AWS WAF, "CAPTCHA and Challenge").
var challengeFields = []string{"Cf-Mitigated", "X-Amzn-Waf-Action"}

// NotDeployment says in words why an answer is not the deployment's own, and
// what to do about it; empty where it may be. Rate limits (RFC 6585 section
// 4), gateways without an application (RFC 9110 section 15.6) and Cloudflare's
// statuses 520 to 530 are an edge's, as challenges to bots are.
func (x Exchange) NotDeployment() string {
	if x.Outcome != Answered {
		return ""
	}
	for _, name := range challengeFields {
		if value, ok := x.Get(name); ok {
			return fmt.Sprintf("'%s' answers with a challenge to bots (status %d, '%s: %s'), not with the deployment: let the runner through, for example with the input header",
				x.URL, x.Status, name, Clip(value, 100))
		}
	}
	switch {
	case x.Status == 429:
		return fmt.Sprintf("'%s' answers 429 (too many requests), not with the deployment: lower the input concurrency, or exempt the runner from the rate limit", x.URL)
	case x.Status >= 502 && x.Status <= 504, x.Status >= 520 && x.Status <= 530:
		return fmt.Sprintf("'%s' answers %d, which says that the application is not up behind it: check the deployment, or give it time with the input wait", x.URL, x.Status)
	}
	return ""
}
