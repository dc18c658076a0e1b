package fact

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/tlsgate/tlsgate/check/page"

	"github.com/tlsgate/tlsgate/check/text"
)

// MaxRedirects is how many redirects are followed from an answer, as many as
// browsers follow (Fetch standard, "HTTP-redirect fetch").
const MaxRedirects = 20

// A Redirect is where an answer sends a browser without its user's doing.
type Redirect struct {
	// To is the destination; its scheme and host alone, as written, where Err is set.
	To  Target
	URL string // the destination's: absolute, without user info and fragment
	Via string // "Location", "Refresh" or "meta refresh"
	Err error  // why nobody can follow it
}

// Redirect gives the answer's redirect: the Location of a redirection (RFC
// 9110 section 15.4), else a Refresh header or the page's meta refresh: one to
// cleartext before others. Only http and https destinations count.
func (x Exchange) Redirect() (Redirect, bool) {
	if x.Outcome != Answered {
		return Redirect{}, false
	}
	if to := x.location(); to != "" && redirects(x.Status) {
		return x.redirect(to, "Location")
	}
	var refreshes []Redirect
	if len(x.Values("Refresh")) > 0 {
		if to, ok := page.RefreshField(x.response(), x.Page); ok {
			refreshes = append(refreshes, x.refresh(to, "Refresh")...)
		}
	}
	if x.Page != nil && x.Page.Refresh != "" {
		refreshes = append(refreshes, x.refresh(x.Page.Refresh, "meta refresh")...)
	}
	// Browsers differ in which of several they follow.
	for _, r := range refreshes {
		if r.To.Scheme == "http" {
			return r, true
		}
	}
	if len(refreshes) == 0 {
		return Redirect{}, false
	}
	return refreshes[0], true
}

// Reload gives the answer's URL where a Refresh header or the page's meta refresh
// loads the page again and cookies are set, which the next answer may depend on. A
// page that has findings already, or was not read to its end, is judged as it is.
func (x Exchange) Reload() (Redirect, bool) {
	if x.Outcome != Answered || x.Error != "" || !x.has("Set-Cookie") ||
		x.Page != nil && (len(x.Page.References) > 0 || x.Page.Incomplete != "") {
		return Redirect{}, false
	}
	if x.Page != nil && x.Page.Reloads {
		return x.redirect("", "meta refresh")
	}
	to, refreshes := page.RefreshField(x.response(), x.Page)
	if !refreshes {
		return Redirect{}, false
	}
	r, ok := x.redirect(to, "Refresh")
	return r, ok && r.URL == x.URL
}

// response is the answer as package page has it, without its body.
func (x Exchange) response() page.Response {
	h := page.Header{}
	for _, field := range x.Headers {
		h[field.Name] = append(h[field.Name], field.Value)
	}
	return page.Response{URL: x.URL, Status: x.Status, Header: h}
}

// location is the first Location that is not empty: Chromium passes over
// empty ones, and shows the body where there is no other.
func (x Exchange) location() string {
	for _, v := range x.Values("Location") {
		if v != "" {
			return v
		}
	}
	return ""
}

// refresh is redirect, but for a page that loads itself again: it stays.
func (x Exchange) refresh(to, via string) []Redirect {
	if r, ok := x.redirect(to, via); ok && r.URL != x.URL {
		return []Redirect{r}
	}
	return nil
}

// redirects reports whether clients follow the status's Location by themselves.
func redirects(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// redirect resolves a destination against the exchange's URL.
func (x Exchange) redirect(to, via string) (Redirect, bool) {
	u, ok := page.Resolve(x.URL, to)
	if !ok || u.Scheme != "http" && u.Scheme != "https" {
		return Redirect{}, false
	}
	t, err := targetOf(u)
	if err != nil {
		// Nobody can follow it, yet it says which scheme it would take.
		return Redirect{To: Target{Scheme: u.Scheme, Host: text.Clip(u.Hostname(), 200)}, URL: u.Scheme + "://" + text.Clip(u.Host, 200) + "/", Via: via,
			Err: fmt.Errorf("'%s': %w", text.Clip(u.String(), 200), err)}, true
	}
	return Redirect{To: t, URL: t.URL(), Via: via}, true
}

// A RedirectStep is one redirect of a chain: the answer, and where it led.
type RedirectStep struct {
	From Exchange
	Redirect
}

// RedirectChain follows the redirects from an answer through the observed hops. It
// gives each redirect, and the exchange the chain ends at: one that redirects
// no further, or could not be had, or (with circle set) leads to one that was
// there before and was asked with the same cookies. A page that was loaded
// again by itself is no redirect, and the chain goes on behind it.
func (o Observation) RedirectChain(start Exchange) (steps []RedirectStep, end Exchange, circle bool) {
	seen, fromCleartext := map[string]int{start.URL: 1}, strings.HasPrefix(start.URL, "http:")
	for x := start; ; {
		r, leads := x.Redirect()
		if leads {
			steps = append(steps, RedirectStep{x, r})
		} else {
			var reloads bool
			if r, reloads = x.Reload(); !reloads {
				return steps, x, false
			}
		}
		next, _ := o.Followed(r, start.Address, seen[r.URL], fromCleartext)
		if seen[r.URL] > 0 && next.Outcome == Unasked {
			return steps, x, leads // with the same cookies as before
		}
		seen[r.URL]++
		x = next
	}
}

// Followed is the exchange that a redirect leads to on a chain that starts at
// an address of the target (an ip:port, or an IP): a hop, or the answer of an
// endpoint where the URL is the deployment's own. One that was asked with
// cookies of the cleartext port goes before others on a chain from there, and
// counts on no other. A URL on another host is asked once; one on the target's
// own host once at each address. Asked is
// false if it was not asked for this chain; then x is what another address
// answered, if any was asked, else an exchange with no outcome. Again is how
// often the chain came by the URL before (see [Exchange.Again]).
func (o Observation) Followed(r Redirect, address string, again int, fromCleartext bool) (x Exchange, asked bool) {
	best, rank := Exchange{URL: r.URL}, -1
	consider := func(x Exchange) {
		if x.URL != r.URL || x.Again != again || best.CleartextCookies && !x.CleartextCookies {
			return
		}
		n := 0
		if x.Outcome == Answered {
			n = 1
		}
		if WithoutPort(x.Address) == WithoutPort(address) {
			n = 2
		}
		if x.CleartextCookies && (!fromCleartext || n < 2 && r.To.Host == o.Target.Host) {
			return
		}
		if n > rank || x.CleartextCookies && !best.CleartextCookies {
			best, rank = x, n
		}
	}
	for _, h := range o.Hops {
		consider(h.Exchange)
	}
	for _, e := range o.Endpoints {
		consider(e.HTTPS)
		consider(e.Cleartext)
	}
	return best, rank == 2 || rank >= 0 && r.To.Host != o.Target.Host
}

// WithoutPort is the IP, or the host, of an address with or without a port.
func WithoutPort(address string) string {
	if at, err := netip.ParseAddrPort(address); err == nil {
		return at.Addr().String()
	}
	if _, err := netip.ParseAddr(address); err == nil {
		return address
	}
	host, _, _ := strings.Cut(address, ":")
	return host
}

// WantsCertificate reports whether a URL's server ended the connection because
// it requires a client certificate.
func (o Observation) WantsCertificate(url string) bool {
	for _, h := range o.Hops {
		if h.URL == url && h.TLS.ClientCertificateRequired {
			return true
		}
	}
	for _, e := range o.Endpoints {
		if e.HTTPS.URL == url && e.ClientCertificateOnly() {
			return true
		}
	}
	return false
}

// HostOf is the host of an absolute URL, without port and brackets.
func HostOf(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// WithoutQuery cuts a URL's query, which may hold what changes from run to run.
func WithoutQuery(s string) string {
	s, _, _ = strings.Cut(s, "?")
	return s
}
