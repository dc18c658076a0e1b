//go:build browsers

package page_test

import (
	"context"
	"crypto/x509"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/deploytest/browser"
)

const (
	patience = 90 * time.Second // with one job
	tries    = 3                // of one job, each in another browser
	// A browser in which so many jobs failed is given up, and the jobs that
	// are left go to a fresh one; browsers bounds how often.
	mostFailures = 4
	browsers     = 8
)

// errNotTried is why a job was not done that no browser came to.
var errNotTried = errors.New("every browser before it got stuck")

// inTabs does n jobs in tabs of a browser, as many at a time. A job that fails, as
// where a tab got stuck, is tried again in a fresh browser. It gives the
// browser's version, and why each job was not done.
func inTabs(t *testing.T, k browser.Kind, permissive bool, root *deploytest.CA, tabs, n int, job func(ctx context.Context, tab *browser.Tab, i int) error) (version string, errs []error) {
	errs = make([]error, n)
	tried := make([]int, n)
	for i := range errs {
		errs[i] = errNotTried
	}
	for range browsers {
		var left []int
		for i, err := range errs {
			if err != nil && tried[i] < tries {
				left = append(left, i)
			}
		}
		if len(left) == 0 {
			break
		}
		b, err := browser.Start(t.Context(), k, browser.Options{Permissive: permissive, Roots: []*x509.Certificate{root.Certificate}})
		if err != nil {
			t.Error(err)
			return version, errs
		}
		version = b.Version
		inBrowser(t, b, tabs, left, func(ctx context.Context, tab *browser.Tab, i int) error {
			tried[i]++
			if errs[i] = job(ctx, tab, i); errs[i] != nil {
				t.Logf("%s: try %d: %v", k, tried[i], errs[i])
			}
			return errs[i]
		})
		if err := b.Close(); err != nil {
			t.Logf("%s: %v", k, err) // it may have got stuck
		}
	}
	return version, errs
}

// inBrowser does jobs in the tabs of one browser, until all are tried or too
// many failed.
func inBrowser(t *testing.T, b *browser.Browser, tabs int, jobs []int, job func(ctx context.Context, tab *browser.Tab, i int) error) {
	var mu sync.Mutex
	failures := 0
	next := func(err error) (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			failures++
		}
		if failures >= mostFailures || len(jobs) == 0 {
			return 0, false
		}
		i := jobs[0]
		jobs = jobs[1:]
		return i, true
	}
	var wg sync.WaitGroup
	for range min(tabs, len(jobs)) {
		wg.Go(func() {
			var tab *browser.Tab
			i, more := next(nil)
			for more {
				var err error
				tab, err = inTab(t.Context(), b, tab, i, job)
				i, more = next(err)
			}
		})
	}
	wg.Wait()
}

// inTab does a job in a tab, which it opens if there is none. It gives the tab
// for the next job, none if that got stuck.
func inTab(ctx context.Context, b *browser.Browser, tab *browser.Tab, i int, job func(ctx context.Context, tab *browser.Tab, i int) error) (*browser.Tab, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if tab == nil {
		var err error
		if tab, err = b.Open(ctx); err != nil {
			return nil, err
		}
	}
	if err := job(ctx, tab, i); err != nil {
		return nil, err
	}
	return tab, nil
}
