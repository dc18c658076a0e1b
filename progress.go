package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/report"
)

// Time between two signs of life: a bar on a terminal moves more often than a
// log grows.
const (
	barEvery  = time.Second
	lineEvery = 5 * time.Second
)

// A progress shows how far a run is while it works: by a bar on a terminal, by
// a line every few seconds elsewhere.
type progress struct {
	total int
	stop  chan struct{} // closed when the run is over
	wait  sync.WaitGroup

	mu      sync.Mutex
	done    int
	pending []pendingTarget // in the order they were begun
}

// A pendingTarget is a target that is being checked.
type pendingTarget struct {
	url   string
	since time.Time
}

// startProgress shows the progress of a run over targets until finish.
func (p *program) startProgress(targets int) *progress {
	g := &progress{total: targets, stop: make(chan struct{})}
	every, end := lineEvery, func() {}
	show := func(now time.Time) { fmt.Fprintf(p.Stderr, "tlsgate: %s\n", g.line(now)) }
	if isTerminal(p.Stderr) && !p.inActions() {
		every = barEvery
		show, end = g.bar(p.Stderr)
	}
	if p.Every > 0 {
		every = p.Every
	}
	g.wait.Go(func() {
		defer end()
		tick := time.NewTicker(every)
		defer tick.Stop()
		g.run(tick.C, func(now time.Time) {
			p.stderr.Lock()
			defer p.stderr.Unlock()
			show(now)
		})
	})
	return g
}

// run shows the progress at every tick until the run is over.
func (g *progress) run(ticks <-chan time.Time, show func(now time.Time)) {
	for {
		select {
		case <-g.stop:
			return
		case now := <-ticks:
			show(now)
		}
	}
}

// finish ends the showing.
func (g *progress) finish() {
	close(g.stop)
	g.wait.Wait()
}

// bar is a bar on a terminal, with its end.
func (g *progress) bar(w io.Writer) (show func(time.Time), end func()) {
	bar := progressbar.NewOptions(g.total, progressbar.OptionSetWriter(w), progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false))
	shown := false
	show = func(now time.Time) {
		shown = true
		done, slowest := g.state(now)
		bar.Describe(report.Line(slowest))
		bar.Set(done)
	}
	return show, func() {
		if shown {
			bar.Finish()
		}
	}
}

// line says how many targets are done, and which is the slowest of the others.
func (g *progress) line(now time.Time) string {
	done, slowest := g.state(now)
	s := fmt.Sprintf("%d of %d targets checked", done, g.total)
	if slowest != "" {
		s += "; " + slowest
	}
	return report.Line(s)
}

// state is the number of targets that are done, and the slowest pending one in
// words; empty for none.
func (g *progress) state(now time.Time) (done int, slowest string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.pending) > 0 {
		first := g.pending[0]
		slowest = fmt.Sprintf("%s for %d s", first.url, int(now.Sub(first.since).Seconds()))
		if more := len(g.pending) - 1; more > 0 {
			slowest += fmt.Sprintf(" and %d more", more)
		}
		slowest = "checking " + slowest
	}
	return g.done, slowest
}

// checked notes how many targets are done.
func (g *progress) checked(done int, _ check.Result) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done = done
}

// begin notes that a target is being checked, and gives what notes its end.
func (g *progress) begin(t fact.Target, now time.Time) (end func()) {
	mine := pendingTarget{t.URL(), now}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending = append(g.pending, mine)
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		for i, other := range g.pending {
			if other == mine {
				g.pending = append(g.pending[:i:i], g.pending[i+1:]...)
				break
			}
		}
	}
}

// watched is an observer whose targets are noted.
type watched struct {
	check.Observer
	progress *progress
}

func (w watched) Observe(ctx context.Context, t fact.Target) fact.Observation {
	defer w.progress.begin(t, time.Now())()
	return w.Observer.Observe(ctx, t)
}
