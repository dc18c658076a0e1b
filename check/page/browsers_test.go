//go:build browsers

package page_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/net/idna"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/deploytest/browser"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"
)

// The hosts of the pages and of what they name in cleartext.
const (
	pageHost  = "page.test"
	plainHost = "plain.test"
)

// most is the share of pages, in percent, that may differ for a reason.
const most = 5

// TestBrowsers lays every page before the browsers and before tlsgate. What
// either browser requests in cleartext, with nothing to stop it, is to be a
// finding of the section's rule, and nothing else is.
//
// Pages are loaded together, as frames, where that changes nothing. A page
// about which browsers and tlsgate then differ is loaded alone, patiently, and if
// they still differ so in browsers that have loaded nothing else: that counts.
//
// TLSGATE_PAGES narrows the pages by a regular expression. TLSGATE_PAGES_ALONE
// loads each alone from the beginning. TLSGATE_VISITS names a file that keeps
// what browsers did, so that a page which is in it already is judged again
// without them.
func TestBrowsers(t *testing.T) {
	start := time.Now()
	pages := allPages(t)
	kept := readVisits(t)
	root := deploytest.NewRoot(deploytest.Spec{Name: "Pages Root"})
	for _, k := range browser.Kinds() {
		browser.Require(t, k)
	}
	first := together
	if os.Getenv("TLSGATE_PAGES_ALONE") != "" {
		first = alone
	}
	teams := newTeams(t, true, root)
	var findings []map[string]string
	var wg sync.WaitGroup
	wg.Go(func() { findings = judgeAll(t, root, pages) })
	sent := kept.visitIn(teams, first, root, func(browser.Kind) []page { return pages })
	wg.Wait()
	if t.Failed() {
		return
	}
	for _, how := range []manner{patient, afresh} {
		doubtful := slices.DeleteFunc(slices.Clone(pages), func(p page) bool {
			return p.differs != "" || slices.Equal(inCleartext(sent, p), slices.Sorted(maps.Keys(findings[p.number])))
		})
		if how == afresh && len(doubtful) > 0 {
			closeAll(teams)
			teams = newTeams(t, true, root)
		}
		again := kept.visitIn(teams, how, root, func(browser.Kind) []page { return doubtful })
		for k := range sent {
			maps.Copy(sent[k], again[k])
		}
	}
	closeAll(teams)
	teams = newTeams(t, false, root)
	byDefault := kept.visitIn(teams, first, root, func(k browser.Kind) []page {
		return slices.DeleteFunc(slices.Clone(pages), func(p page) bool { return !p.shipped || len(sent[k][p.id].Cleartext) == 0 })
	})
	again := kept.visitIn(teams, alone, root, func(k browser.Kind) []page {
		return slices.DeleteFunc(slices.Clone(pages), func(p page) bool { return len(upgradedErrors(p, byDefault[k][p.id], findings[p.number])) == 0 })
	})
	for k := range byDefault {
		maps.Copy(byDefault[k], again[k])
	}
	compare(t, pages, sent, byDefault, findings)
	fmt.Printf("browsers: pages: %.0f s\n", time.Since(start).Seconds())
}

// inCleartext is what either browser requests in cleartext for a page.
func inCleartext(sent map[browser.Kind]map[string]visit, p page) []string {
	var all []string
	for _, k := range browser.Kinds() {
		all = append(all, sent[k][p.id].Cleartext...)
	}
	return set(all)
}

// upgradedErrors are the URLs that a browser upgrades by default, though a
// finding says that browsers block them.
func upgradedErrors(p page, byDefault visit, found map[string]string) []string {
	if p.rule != blockable {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(byDefault.Secure), func(url string) bool {
		return found[url] != blockable || slices.Contains(byDefault.Cleartext, url)
	})
}

// newTeams makes a team of each browser.
func newTeams(t *testing.T, permissive bool, root *deploytest.CA) map[browser.Kind]*team {
	teams := map[browser.Kind]*team{}
	for _, k := range browser.Kinds() {
		teams[k] = newTeam(t, k, permissive, root)
	}
	return teams
}

func closeAll(teams map[browser.Kind]*team) {
	for _, team := range teams {
		team.close()
	}
}

// A page is a row with its name, which is also its path.
type page struct {
	row
	id      string
	number  int // in the list of all
	rule    string
	shipped bool // as in its section
}

func allPages(t *testing.T) []page {
	only := regexp.MustCompile(os.Getenv("TLSGATE_PAGES"))
	var pages []page
	seen := map[string]bool{}
	for i, s := range sections {
		for j, r := range s.rows {
			if key := fmt.Sprintf("%+v", r); seen[key] {
				t.Errorf("duplicate page %s", key)
			} else {
				seen[key] = true
			}
			p := page{r, fmt.Sprintf("%s%d-%d", string(rune('a'+i%26)), i, j), len(pages), s.rule, s.shipped}
			if only.MatchString(p.id + " " + p.html) {
				pages = append(pages, p)
			}
		}
	}
	return pages
}

// judgeAll gives tlsgate's findings about the pages: the rule by the host and
// path of each cleartext URL.
func judgeAll(t *testing.T, root *deploytest.CA, pages []page) []map[string]string {
	site := newSite(t, root, pages)
	roots, err := pki.ParseRoots(root.PEM())
	if err != nil {
		t.Error(err)
		return nil
	}
	observer := probe.New(probe.Options{
		Resolver: loopback{}, Dial: dialer(site.Port), AllowPrivate: true, Roots: roots, Revocation: fact.RevocationOff,
	})
	var targets []fact.Target
	for _, p := range pages {
		target, err := fact.ParseTarget("https://" + pageHost + ":" + site.Port + "/" + p.id + "/")
		if err != nil {
			t.Error(err)
			return nil
		}
		targets = append(targets, target)
	}
	results := check.Run(t.Context(), targets, observer, check.Policy{AllowPrivate: true, Roots: roots}, 8, nil)
	var all []map[string]string
	for _, r := range results {
		all = append(all, findings(r, site.Port))
	}
	return all
}

// named finds the cleartext URLs in a message.
var named = regexp.MustCompile(`'(?:http|ws)://([^'?]+)[^']*'`)

// findings gives the cleartext URLs that the findings about a page name.
func findings(r check.Result, port string) map[string]string {
	urls := map[string]string{}
	for _, v := range r.Verdicts {
		switch v.Rule {
		case blockable, passive, form, downgrade:
		default:
			continue
		}
		for _, f := range v.Findings {
			for _, m := range named.FindAllStringSubmatch(f.Message, -1) {
				urls[canonical(regexp.MustCompile(":0?"+port).ReplaceAllString(m[1], ""))] = v.Rule
			}
		}
	}
	return urls
}

// canonical gives the host, as A-labels, and the path of a URL without its
// scheme, dots resolved.
func canonical(address string) string {
	address, _, _ = strings.Cut(address, "?")
	host, rest, _ := strings.Cut(address, "/")
	if plain, err := url.PathUnescape(host); err == nil {
		if ascii, err := idna.Lookup.ToASCII(plain); err == nil {
			host = ascii
		}
	}
	return strings.TrimSuffix(host, ".") + path.Clean("/"+rest)
}

// compare reports every page that browsers and tlsgate do not agree about.
func compare(t *testing.T, pages []page, sent, byDefault map[browser.Kind]map[string]visit, found []map[string]string) {
	agreements, reasoned, blocked, upgraded, asis := 0, 0, 0, 0, 0
	for i, p := range pages {
		both := inCleartext(sent, p)
		ours := slices.Sorted(maps.Keys(found[i]))
		var wrong []string
		for _, url := range ours {
			if rule := found[i][url]; rule != p.rule {
				wrong = append(wrong, rule+" of "+url)
			}
		}
		for _, url := range both {
			switch {
			case !p.shipped:
			case slices.Contains(byDefault[browser.Chromium][p.id].Cleartext, url), slices.Contains(byDefault[browser.Firefox][p.id].Cleartext, url):
				asis++
				t.Logf("%s: by default %s is requested in cleartext\n  html %s", p.id, url, p.html)
			case slices.Contains(byDefault[browser.Chromium][p.id].Secure, url), slices.Contains(byDefault[browser.Firefox][p.id].Secure, url):
				upgraded++
			default:
				blocked++
			}
		}
		for _, k := range browser.Kinds() {
			for _, url := range upgradedErrors(p, byDefault[k][p.id], found[i]) {
				wrong = append(wrong, fmt.Sprintf("%s upgrades %s", k, url))
			}
		}
		if slices.Equal(both, ours) && len(wrong) == 0 {
			agreements++
			continue
		}
		what := fmt.Sprintf("%s %s\n  html %s\n  header %q %q type %q status %d\n  Chromium sends %q %s, Firefox sends %q %s\n  tlsgate finds %q; wrong: %q",
			p.id, p.rule, p.html, p.header, p.early, p.contentType, p.status,
			sent[browser.Chromium][p.id].Cleartext, sent[browser.Chromium][p.id].Result.Error,
			sent[browser.Firefox][p.id].Cleartext, sent[browser.Firefox][p.id].Result.Error, found[i], wrong)
		if p.differs != "" {
			reasoned++
			t.Logf("%s\n  reason: %s", what, p.differs)
			continue
		}
		t.Error(what)
	}
	fmt.Printf("browsers: pages: %d, %d agreements, %d reasoned exceptions, %d differences; of the URLs that browsers request in cleartext when nothing stops them, by default %d are blocked, %d upgraded, and %d requested as they are\n",
		len(pages), agreements, reasoned, len(pages)-agreements-reasoned, blocked, upgraded, asis)
	if len(pages) > 100 && reasoned*100 > most*len(pages) {
		t.Errorf("%d of %d pages differ for a reason, more than %d %%", reasoned, len(pages), most)
	}
}

// newSite serves the pages, and whatever they name.
func newSite(t *testing.T, root *deploytest.CA, pages []page) *browser.Site {
	byID := map[string]page{}
	for _, p := range pages {
		byID[p.id] = p
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		p, ok := byID[id]
		_, port, _ := net.SplitHostPort(r.Host)
		switch {
		case r.URL.Path == hubPath && r.TLS != nil:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(hub)) // a client that has gone is no matter
		case !ok:
			http.NotFound(w, r)
		case rest == "" && r.TLS != nil && strings.HasPrefix(r.Host, pageHost):
			serve(w, p, port)
		default:
			serveOther(w, r)
		}
	})
	leaf := root.Leaf(deploytest.Spec{Hosts: []string{pageHost, plainHost, "*." + pageHost, "*." + plainHost}})
	site, err := browser.NewSite(handler, &tls.Config{Certificates: []tls.Certificate{leaf}})
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

// thinking is how long a server takes from early hints to the page: hints that
// come at once with it are heeded or not by chance.
const thinking = 1500 * time.Millisecond

// serve answers with a page.
func serve(w http.ResponseWriter, p page, port string) {
	fill := fillIn(p.id, port)
	if len(p.early) > 0 {
		for _, link := range p.early {
			w.Header().Add("Link", fill(link))
		}
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		time.Sleep(thinking)
	}
	switch p.contentType {
	case "":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	case "-":
		w.Header()["Content-Type"] = nil
	default:
		w.Header().Set("Content-Type", p.contentType)
	}
	for _, h := range p.header {
		name, value, _ := strings.Cut(h, ": ")
		w.Header().Add(name, fill(value))
	}
	w.WriteHeader(max(p.status, http.StatusOK))
	body := p.html
	if strings.ContainsRune(body, 0) {
		body = encode(fill(decode(body)))
	} else {
		body = fill(body)
	}
	_, _ = w.Write([]byte(body)) // a client that has gone is no matter
}

// fillIn puts the URLs of a page's own into a text.
func fillIn(id, port string) func(string) string {
	return strings.NewReplacer(
		"{R}", "http://"+plainHost+":"+port+"/"+id+"/r",
		"{W}", "ws://"+plainHost+":"+port+"/"+id+"/w",
		"{H}", "http://"+pageHost+":"+port+"/"+id+"/h",
		"{S}", "https://"+pageHost+":"+port+"/"+id+"/s",
		"{P}", port, "{I}", id,
	).Replace
}

// kinds are the bodies of what pages name, by extension. What has none is empty text.
var kinds = map[string]struct{ contentType, body string }{
	".js":   {"text/javascript", ""},
	".css":  {"text/css", ""},
	".html": {"text/html", "<!DOCTYPE html>"},
	".json": {"application/json", "{}"},
	".xml":  {"text/xml", "<x/>"},
	".svg":  {"image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"/>`},
	".vtt":  {"text/vtt", "WEBVTT\n"},
	".png":  {"image/png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\b\x00\x00\x00\x00:~\x9bU\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"},
}

func serveOther(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "no-store")
	k, ok := kinds[path.Ext(r.URL.Path)]
	if !ok {
		k.contentType = "text/plain"
	}
	w.Header().Set("Content-Type", k.contentType)
	_, _ = w.Write([]byte(k.body)) // a client that has gone is no matter
}

// utf16 encodes a row's page as UTF-16, little endian.
func encode(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	return b.String()
}

// decode undoes encode.
func decode(s string) string {
	var units []uint16
	for i := 0; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])|uint16(s[i+1])<<8)
	}
	return string(utf16.Decode(units))
}

// set sorts texts and drops what is there twice.
func set(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

// loopback resolves every name to one external address, which dialer knows.
type loopback struct{}

func (loopback) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("203.0.113.1")}, nil
}

// dialer connects to the site on its port, and to nothing else.
func dialer(port string) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if _, p, err := net.SplitHostPort(address); err != nil || p != port {
			return nil, errors.New("connection refused")
		}
		var d net.Dialer
		return d.DialContext(ctx, network, "127.0.0.1:"+port)
	}
}
