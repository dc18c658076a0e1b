//go:build browsers

package page_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/deploytest/browser"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"
)

// cookieRows are the Set-Cookie fields of one https answer each. {D} is the
// host, {U} the domain above it, which is a row's own.
var cookieRows = [][]string{
	{"a=b"}, {"a=b; Secure"}, {"a=b; SECURE"}, {"a=b; Secure=x"}, {"a=b; secure "}, {"a=b;Secure;HttpOnly;SameSite=Lax"},
	{"a=b; HttpOnly"}, {"a=b; SameSite=Lax"}, {"a=b; SameSite=Strict"}, {"a=b; SameSite=None"}, {"a=b; SameSite=none; Secure"}, {"a=b; SameSite=nonsense"},
	{"a=b; Partitioned"}, {"a=b; Partitioned; Secure"}, {"a=b; SameSite=None; Partitioned"}, {"a=b; Priority=High"},
	{"__Host-a=b; Path=/"}, {"__Host-a=b; Path=/; Secure"}, {"__Host-a=b; Secure"}, {"__Host-a=b; Path=/; Secure; Domain={D}"}, {"__host-a=b; Path=/"},
	{"__Secure-a=b"}, {"__Secure-a=b; Secure"}, {"__SECURE-a=b"}, {"__Http-a=b"}, {"__Host-Http-a=b; Path=/"},
	{"=__Host-a=b"}, {"=__Secure-a=b"}, {"=__host-a=b"}, {"__Host-a"}, {"=a=b"}, {"a"}, {"=b"}, {"="}, {"; Secure"}, {""},
	{"a=b", "a=b; Secure"}, {"a=b; Secure", "a=b"}, {"a=b", "a=c; Max-Age=0"}, {"a=b; Path=/", "a=b; Path=/c; Secure"}, {"a=b", "A=b; Secure"},
	{"a=b; Max-Age=0"}, {"a=b; Max-Age=-1"}, {"a=b; Max-Age=100"}, {"a=b; Max-Age=x"}, {"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT"},
	{"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=100"}, {"a=b; Expires=Fri, 31 Dec 2094 00:00:00 GMT"}, {"a=b; Expires=nonsense"},
	{"a=b; Expires=01-Jan-1999 00:00:00"}, {"a=b; Expires=Thu, 32 Jan 2030 00:00:00 GMT"},
	{"a=b; Domain={D}"}, {"a=b; Domain=.{D}"}, {"a=b; Domain={U}"}, {"a=b; Domain=test"}, {"a=b; Domain=other.test"}, {"a=b; Domain="},
	{"a=b; Domain=other.test; Domain={D}"}, {"a=b; Domain={D}; Domain=other.test"}, {"a=b; Domain=x.{D}"},
	{"a=b; Path=/c"}, {"a=b; Path="}, {"a=b; Path=x"}, {"a=b; Path=/elsewhere/; Path=/"},
	{"a = b"}, {" a=b"}, {"a=\"b c\""}, {"a=b,c=d"}, {"a=b\tc"}, {"a=" + strings.Repeat("x", 4095)}, {"a=" + strings.Repeat("x", 4096)},
	{"a=b; " + strings.Repeat("x", 1100)}, {"a=é"}, {"é=b"}, {"a=b; Secure; Domain=other.test"}, {"a=b", "c=d", "e=f; Secure"},
}

// TestBrowsersCookies lays cookies before the browsers: those that a browser
// sends in cleartext, after an https answer set them, are to be findings, and
// no others.
func TestBrowsersCookies(t *testing.T) {
	start := time.Now()
	root := deploytest.NewRoot(deploytest.Spec{Name: "Cookies Root"})
	for _, k := range browser.Kinds() {
		browser.Require(t, k)
	}
	var wg sync.WaitGroup
	sent := make([][][]string, len(browser.Kinds()))
	for i, k := range browser.Kinds() {
		wg.Go(func() { sent[i] = sentCookies(t, k, root) })
	}
	var found [][]string
	wg.Go(func() { found = foundCookies(t, root) })
	wg.Wait()
	if t.Failed() {
		return
	}
	agreements := 0
	for i, fields := range cookieRows {
		either := set(slices.Concat(sent[0][i], sent[1][i]))
		if slices.Equal(either, found[i]) {
			agreements++
			continue
		}
		t.Errorf("%.100q: %s sends %.100q, %s sends %.100q, tlsgate finds %.100q",
			fields, browser.Kinds()[0], sent[0][i], browser.Kinds()[1], sent[1][i], found[i])
	}
	fmt.Printf("browsers: cookies: %d answers, %d agreements; %.0f s\n", len(cookieRows), agreements, time.Since(start).Seconds())
}

// cookieHost is the host of a row.
func cookieHost(i int) string { return "www.c" + strconv.Itoa(i) + ".test" }

// cookiePath is where cookies are set, and where they are sent.
const cookiePath = "/c/d"

// newCookieSite sets each row's cookies at its host, over TLS.
func newCookieSite(t *testing.T, root *deploytest.CA) *browser.Site {
	var hosts []string
	for i := range cookieRows {
		hosts = append(hosts, cookieHost(i))
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host)
		w.Header().Set("Content-Type", "text/html")
		for i, fields := range cookieRows {
			if r.TLS == nil || r.URL.Path != cookiePath || host != cookieHost(i) {
				continue
			}
			for _, f := range fields {
				w.Header().Add("Set-Cookie", strings.NewReplacer("{D}", host, "{U}", strings.TrimPrefix(host, "www.")).Replace(f))
			}
		}
	})
	site, err := browser.NewSite(handler, &tls.Config{Certificates: []tls.Certificate{root.Leaf(deploytest.Spec{Hosts: hosts})}})
	if err != nil {
		t.Error(err)
		return nil
	}
	t.Cleanup(func() {
		if err := site.Close(); err != nil {
			t.Error(err)
		}
	})
	return site
}

// sentCookies gives the names of the cookies that a browser sends in cleartext
// after each row.
func sentCookies(t *testing.T, k browser.Kind, root *deploytest.CA) [][]string {
	site := newCookieSite(t, root)
	var jobs []job
	for i := range cookieRows {
		jobs = append(jobs, func(ctx context.Context, tab *browser.Tab) error {
			for _, scheme := range []string{"https://", "http://"} {
				if _, err := tab.Load(ctx, scheme+cookieHost(i)+":"+site.Port+cookiePath); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for i, err := range newTeam(t, k, true, root).do(jobs, tabs) {
		if err != nil {
			t.Errorf("%s: %.100q was not loaded: %v", k, cookieRows[i], err)
		}
	}
	all := make([][]string, len(cookieRows))
	for _, r := range site.Requests(cookiePath) {
		if r.TLS || r.Cookie == "" {
			continue
		}
		var i int
		if _, err := fmt.Sscanf(r.Host, "www.c%d.", &i); err != nil {
			t.Error(err)
			continue
		}
		for _, pair := range strings.Split(r.Cookie, "; ") {
			name, value, _ := strings.Cut(pair, "=")
			if value == "" {
				name = "" // a cookie without a name is sent as its value, by Firefox with an "="
			}
			all[i] = append(all[i], name)
		}
		all[i] = set(all[i])
	}
	return all
}

// cookieNamed finds the cookie in a message.
var cookieNamed = regexp.MustCompile(`^The cookie '([^']*)'`)

// foundCookies gives the names of the cookies that tlsgate's findings are about.
func foundCookies(t *testing.T, root *deploytest.CA) [][]string {
	site := newCookieSite(t, root)
	roots, err := pki.ParseRoots(root.PEM())
	if err != nil {
		t.Error(err)
		return nil
	}
	observer := probe.New(probe.Options{
		Resolver: loopback{}, Dial: dialer(site.Port), AllowPrivate: true, Roots: roots, Revocation: fact.RevocationOff,
	})
	var targets []fact.Target
	for i := range cookieRows {
		target, err := fact.ParseTarget("https://" + cookieHost(i) + ":" + site.Port + cookiePath)
		if err != nil {
			t.Error(err)
			return nil
		}
		targets = append(targets, target)
	}
	all := make([][]string, len(targets))
	for i, r := range check.Run(t.Context(), targets, observer, check.Policy{AllowPrivate: true, Roots: roots}, 8, nil) {
		for _, v := range r.Verdicts {
			if v.Rule != "insecure-cookie" {
				continue
			}
			for _, f := range v.Findings {
				if m := cookieNamed.FindStringSubmatch(f.Message); m != nil {
					all[i] = append(all[i], m[1])
				}
			}
		}
		all[i] = set(all[i])
	}
	return all
}
