package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
)

// seen is an observer that waits for a signal.
type seen struct {
	observing, goOn chan bool
}

func (s seen) Observe(context.Context, fact.Target) fact.Observation {
	s.observing <- true
	<-s.goOn
	return fact.Observation{}
}

// While a run works, it says how many targets are done and which is the
// slowest.
func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	g := &progress{total: 3, stop: make(chan struct{})}
	ticks, shown := make(chan time.Time), make(chan bool)
	g.wait.Go(func() {
		g.run(ticks, func(now time.Time) {
			fmt.Fprintln(&out, g.line(now))
			shown <- true
		})
	})
	show := func(at time.Time) { ticks <- at; <-shown }
	start := time.Now()
	show(start)
	end := g.begin(fact.Target{Scheme: "https", Host: "slow.example", Port: 443, Path: "/a"}, start)
	g.begin(fact.Target{Scheme: "https", Host: "b.example", Port: 443, Path: "/"}, start.Add(2*time.Second))
	show(start.Add(5 * time.Second))
	g.checked(1, check.Result{})
	end()
	show(start.Add(10 * time.Second))
	g.finish()
	want := []string{
		"0 of 3 targets checked",
		"0 of 3 targets checked; checking https://slow.example/a for 5 s and 1 more",
		"1 of 3 targets checked; checking https://b.example/ for 8 s",
		"",
	}
	if d := cmp.Diff(want, strings.Split(out.String(), "\n")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// A target is pending exactly while it is observed.
func TestProgressWatches(t *testing.T) {
	g := &progress{total: 1}
	s := seen{make(chan bool), make(chan bool)}
	done := make(chan bool)
	go func() {
		watched{s, g}.Observe(t.Context(), fact.Target{Scheme: "https", Host: "a.example", Port: 443, Path: "/"})
		done <- true
	}()
	<-s.observing
	if _, slowest := g.state(time.Now()); !strings.HasPrefix(slowest, "checking https://a.example/ for ") {
		t.Errorf("while it is observed: %q", slowest)
	}
	s.goOn <- true
	<-done
	if _, slowest := g.state(time.Now()); slowest != "" {
		t.Errorf("afterwards: %q", slowest)
	}
}

func TestColor(t *testing.T) {
	for _, c := range []struct {
		vars     string
		terminal bool
		want     bool
	}{
		{"", true, true},
		{"", false, false},
		{"NO_COLOR=1", true, false},
		{"TERM=dumb", true, false},
		{"CLICOLOR=0", true, false},
		{"FORCE_COLOR=1", false, true},
		{"FORCE_COLOR=0", true, false},
		{"FORCE_COLOR=1 NO_COLOR=1", false, true},
		{"CLICOLOR_FORCE=1", false, true},
		{"CLICOLOR_FORCE=0", false, false},
		{"CLICOLOR_FORCE=1 NO_COLOR=1", false, false},
		{"FORCE_COLOR=3 TERM=dumb", false, true},
	} {
		vars := map[string]string{}
		for _, v := range strings.Fields(c.vars) {
			name, value, _ := strings.Cut(v, "=")
			vars[name] = value
		}
		p := program{Getenv: func(name string) string { return vars[name] }}
		if got := p.color(c.terminal); got != c.want {
			t.Errorf("%q, terminal %t: %t", c.vars, c.terminal, got)
		}
	}
}
