package fact

import (
	"fmt"
	"slices"
	"strings"
)

// TooManyRequests is the status of a rate limit (RFC 6585 section 4): it says
// nothing of what is served otherwise.
const TooManyRequests = 429

// maxShownURL is how many bytes of a URL a reason shows.
const maxShownURL = 200

// A StatusRange is a range of HTTP statuses, both ends in it.
type StatusRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// A challengeField is a response header field by which an edge says that the
// answer is its challenge to a bot, and none of the application's.
type challengeField struct {
	name     string
	values   []string // in lower case; none for any
	statuses []int    // none for any
}

// challengeFields are those of Cloudflare ("Detect a Challenge Page response"),
// AWS WAF ("CAPTCHA and Challenge"), Vercel (its firewall's "challenge"; it
// marks refusals as "deny") and DataDome (whose SDKs take 401 and 403 with this
// field for a challenge). What Akamai, Fastly, F5 and Imperva send stands on
// every answer that they pass on, so it proves none.
var challengeFields = []challengeField{
	{name: "Cf-Mitigated", values: []string{"challenge"}},
	{name: "X-Amzn-Waf-Action", values: []string{"challenge", "captcha"}},
	{name: "X-Vercel-Mitigated", values: []string{"challenge"}},
	{name: "X-Dd-B", statuses: []int{401, 403}},
}

// challenge gives the header field, with its value, that makes an answer a
// challenge to bots.
func (x Exchange) challenge() (name, value string, ok bool) {
	for _, c := range challengeFields {
		value, ok := x.Get(c.name)
		if ok && (c.values == nil || slices.Contains(c.values, strings.ToLower(strings.TrimSpace(value)))) &&
			(c.statuses == nil || slices.Contains(c.statuses, x.Status)) {
			return c.name, value, true
		}
	}
	return "", "", false
}

// NotDeployment says in words why an answer is not the deployment's own, and
// what to do about it; empty where it may be. Rate limits, gateways without an
// application (RFC 9110 section 15.6) and Cloudflare's statuses 520 to 530 are
// an edge's, as challenges to bots are. Statuses that are expected replace all
// of these.
func (x Exchange) NotDeployment(expected []StatusRange) string {
	if x.Outcome != Answered {
		return ""
	}
	url := Clip(x.URL, maxShownURL)
	if len(expected) > 0 {
		if slices.ContainsFunc(expected, func(r StatusRange) bool { return r.From <= x.Status && x.Status <= r.To }) {
			return ""
		}
		return fmt.Sprintf("'%s' answers %d, which the input expect-status does not name as the deployment's answer", url, x.Status)
	}
	if name, value, ok := x.challenge(); ok {
		return fmt.Sprintf("'%s' answers with a challenge to bots (status %d, '%s: %s'), not with the deployment: let the runner through, for example with the input header",
			url, x.Status, name, Clip(value, 100))
	}
	switch {
	case x.Status == TooManyRequests:
		return fmt.Sprintf("'%s' answers 429 (too many requests), not with the deployment: lower the input concurrency, or exempt the runner from the rate limit", url)
	case x.Status >= 502 && x.Status <= 504, x.Status >= 520 && x.Status <= 530:
		return fmt.Sprintf("'%s' answers %d, which says that the application is not up behind it: check the deployment, or give it time with the input wait", url, x.Status)
	}
	return ""
}
