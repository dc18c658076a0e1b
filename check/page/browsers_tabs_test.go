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
	tabs     = 8                // of a browser at a time, with one page each
	crowds   = 4                // of tabs with many pages each
	patience = 45 * time.Second // with one job
	tries    = 3                // of one job, each in another browser
	// A browser in which so many jobs failed is given up, and the jobs that
	// are left go to a fresh one; rounds bounds how often.
	mostFailures = 4
	rounds       = 8
)

// errNotTried is why a job was not done that no browser came to.
var errNotTried = errors.New("every browser before it got stuck")

// A job is work in a tab. It is tried again where it fails.
type job func(ctx context.Context, tab *browser.Tab) error

// A team does jobs in the tabs of one browser. The browser is started when
// there is a job, replaced where a job failed in it, and closed with the test.
type team struct {
	t       *testing.T
	kind    browser.Kind
	options browser.Options

	browser *browser.Browser
	version string

	mu       sync.Mutex
	idle     []*browser.Tab
	failures int // in this browser
}

func newTeam(t *testing.T, k browser.Kind, permissive bool, root *deploytest.CA) *team {
	m := &team{t: t, kind: k, options: browser.Options{Permissive: permissive, Roots: []*x509.Certificate{root.Certificate}}}
	t.Cleanup(m.close)
	return m
}

// do does the jobs, each in one of so many tabs, and gives why each was not
// done, nil where it was.
func (m *team) do(jobs []job, tabs int) []error {
	errs := make([]error, len(jobs))
	tried := make([]int, len(jobs))
	for i := range errs {
		errs[i] = errNotTried
	}
	for range rounds {
		var left []int
		for i, err := range errs {
			if err != nil && tried[i] < tries {
				left = append(left, i)
			}
		}
		if len(left) == 0 {
			break
		}
		if err := m.start(); err != nil {
			m.t.Error(err)
			return errs
		}
		m.round(left, tabs, func(ctx context.Context, tab *browser.Tab, i int) error {
			tried[i]++
			if errs[i] = jobs[i](ctx, tab); errs[i] != nil {
				m.t.Logf("%s: try %d: %v", m.kind, tried[i], errs[i])
			}
			return errs[i]
		})
	}
	return errs
}

// start sees to it that there is a browser in which no job failed.
func (m *team) start() error {
	if m.browser != nil && m.failures == 0 {
		return nil
	}
	m.close()
	b, err := browser.Start(m.t.Context(), m.kind, m.options)
	if err != nil {
		return err
	}
	m.browser, m.version = b, b.Version
	return nil
}

func (m *team) close() {
	if m.browser == nil {
		return
	}
	if err := m.browser.Close(); err != nil {
		m.t.Logf("closing %s: %v", m.kind, err) // it may have got stuck
	}
	m.browser, m.idle, m.failures = nil, nil, 0
}

// round does the jobs of these numbers in the tabs, until all are tried or too
// many failed.
func (m *team) round(numbers []int, tabs int, do func(ctx context.Context, tab *browser.Tab, i int) error) {
	next := func() (int, bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.failures >= mostFailures || len(numbers) == 0 {
			return 0, false
		}
		i := numbers[0]
		numbers = numbers[1:]
		return i, true
	}
	var wg sync.WaitGroup
	for range min(tabs, len(numbers)) {
		wg.Go(func() {
			for i, more := next(); more; i, more = next() {
				m.inTab(func(ctx context.Context, tab *browser.Tab) error { return do(ctx, tab, i) })
			}
		})
	}
	wg.Wait()
}

// inTab does a job in an idle tab, or in a new one. Where it fails, the tab is
// not used again.
func (m *team) inTab(do job) {
	ctx, cancel := context.WithTimeout(m.t.Context(), patience)
	defer cancel()
	tab, err := m.tab(ctx)
	if err == nil {
		err = do(ctx, tab)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.failures++
		return
	}
	m.idle = append(m.idle, tab)
}

func (m *team) tab(ctx context.Context) (*browser.Tab, error) {
	m.mu.Lock()
	if n := len(m.idle); n > 0 {
		defer m.mu.Unlock()
		tab := m.idle[n-1]
		m.idle = m.idle[:n-1]
		return tab, nil
	}
	m.mu.Unlock()
	return m.browser.Open(ctx)
}
