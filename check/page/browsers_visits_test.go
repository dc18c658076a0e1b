//go:build browsers

package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/deploytest/browser"
)

// A visit is what a browser did with a page.
type visit struct {
	Cleartext, Secure []string // host and path of requests but that of the page itself
	Result            browser.Result
	Done              bool
}

// A manner is how pages are loaded.
type manner string

const (
	// together loads many pages as frames of one document, and alone those
	// about which that is no answer.
	together manner = "together"
	// alone loads each page in a tab.
	alone manner = "alone"
	// patient is alone, waits longer for the last request, and loads the page
	// twice: by the second time a browser knows which codecs there are.
	patient manner = "patient"
	// afresh is patient, in browsers that have loaded nothing before: what they
	// have loaded and connected to makes them send less.
	afresh manner = "afresh"
)

// visits are what browsers did with pages, by browser, mode, manner and page.
type visits struct {
	mu sync.Mutex
	by map[string]visit
}

// key names a visit.
func key(m *team, how manner, p page) string {
	p.differs = "" // nothing that a browser sees
	name := fmt.Sprintf("%s %v %s %+v", m.kind, m.options.Permissive, p.id, p.row)
	if how != alone {
		name += " " + string(how)
	}
	return name
}

// get gives the kept visit. A page that was loaded alone need not be loaded together.
func (v *visits) get(m *team, how manner, p page) (visit, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	made, ok := v.by[key(m, how, p)]
	if !ok && how == together {
		made, ok = v.by[key(m, alone, p)]
	}
	return made, ok
}

// visitIn gives what both browsers do with pages, by their names.
func (v *visits) visitIn(teams map[browser.Kind]*team, how manner, root *deploytest.CA, pages func(browser.Kind) []page) map[browser.Kind]map[string]visit {
	all := map[browser.Kind]map[string]visit{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for k, team := range teams {
		wg.Go(func() {
			made := v.visit(team, how, root, pages(k))
			mu.Lock()
			defer mu.Unlock()
			all[k] = made
		})
	}
	wg.Wait()
	return all
}

// visit gives the visits of the pages by their names: those kept, and the others made now.
func (v *visits) visit(m *team, how manner, root *deploytest.CA, pages []page) map[string]visit {
	all := map[string]visit{}
	var missing []page
	for _, p := range pages {
		made, ok := v.get(m, how, p)
		if !ok {
			missing = append(missing, p)
		}
		all[p.id] = made
	}
	if len(missing) == 0 {
		return all
	}
	made := visitAll(m, how, root, missing)
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, p := range missing {
		if made[i].Done {
			v.by[key(m, how, p)] = made[i]
			all[p.id] = made[i]
		}
	}
	v.write(m.t)
	return all
}

// readVisits reads the file that TLSGATE_VISITS names.
func readVisits(t *testing.T) *visits {
	v := &visits{by: map[string]visit{}}
	if text, err := os.ReadFile(os.Getenv("TLSGATE_VISITS")); err == nil {
		if err := json.Unmarshal(text, &v.by); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// write keeps the visits, if a file was named.
func (v *visits) write(t *testing.T) {
	file := os.Getenv("TLSGATE_VISITS")
	if file == "" {
		return
	}
	text, err := json.Marshal(v.by)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

// visitAll loads the pages. One that no browser could be brought to load fails
// the test, by its name.
func visitAll(m *team, how manner, root *deploytest.CA, pages []page) []visit {
	start := time.Now()
	site := newSite(m.t, root, pages)
	made := make([]visit, len(pages))
	inFrames := 0
	if how == together {
		inFrames = visitTogether(m, site, pages, made)
	}
	var jobs []job
	var numbers []int
	for i, p := range pages {
		if made[i].Done {
			continue
		}
		numbers = append(numbers, i)
		jobs = append(jobs, func(ctx context.Context, tab *browser.Tab) (err error) {
			made[i], err = load(ctx, tab, site, p, how == patient || how == afresh)
			return err
		})
	}
	for i, err := range m.do(jobs, tabs) {
		if p := pages[numbers[i]]; err != nil {
			m.t.Errorf("%s, permissive %v: %s (%s) was not loaded: %v", m.kind, m.options.Permissive, p.id, p.html, err)
		}
	}
	mode := "as shipped"
	if m.options.Permissive {
		mode = "permissive"
	}
	fmt.Printf("browsers: pages: %s, %s: %d in frames, %d alone (%s); %.0f s\n", m.version, mode, inFrames, len(jobs), how, time.Since(start).Seconds())
	return made
}

// load loads a page in a tab, does what is to be done there, and waits until
// the browser asks for nothing more.
func load(ctx context.Context, tab *browser.Tab, site *browser.Site, p page, patient bool) (visit, error) {
	quiet, loads := quietTime(p), 1
	if patient {
		quiet, loads = 5*time.Second, 2
	}
	prefix := "/" + p.id + "/"
	site.Forget(prefix) // of an earlier try
	var result browser.Result
	for range loads {
		var err error
		if result, err = tab.Load(ctx, "https://"+pageHost+":"+site.Port+prefix); err != nil {
			return visit{}, err
		}
		if p.act != "" {
			if err := tab.Eval(ctx, p.act); err != nil {
				return visit{}, err
			}
		}
		if err := site.Quiet(ctx, quiet, prefix); err != nil {
			return visit{}, err
		}
	}
	v := visitOf(site, p)
	v.Result = result
	return v, nil
}

// quietTime is how long nothing more must be requested for a page to be done.
func quietTime(p page) time.Duration {
	if p.rule == form || p.rule == downgrade {
		return 1500 * time.Millisecond // what is sent after the load event
	}
	return 600 * time.Millisecond
}

// visitOf is the visit of a page by the requests that the site got.
func visitOf(site *browser.Site, p page) visit {
	prefix := "/" + p.id + "/"
	v := visit{Done: true}
	for _, r := range site.Requests(prefix) {
		switch address := canonical(strings.TrimSuffix(r.Host, ":"+site.Port) + r.URI); {
		case !r.TLS:
			v.Cleartext = append(v.Cleartext, address)
		case r.URI != prefix:
			v.Secure = append(v.Secure, address)
		}
	}
	v.Cleartext, v.Secure = set(v.Cleartext), set(v.Secure)
	return v
}

// hasAny tells whether a text contains one of the others.
func hasAny(text string, others ...string) bool {
	return slices.ContainsFunc(others, func(other string) bool { return strings.Contains(text, other) })
}
