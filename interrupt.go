package main

import (
	"context"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
)

// interruptPatience is how long the observation of a target may take to end
// after the run was interrupted. GitHub kills the program 10 s after the first
// signal, and the reports have to be written before.
const interruptPatience = 3 * time.Second

// An interruptible observer gives up an observation that does not end when its
// context does.
type interruptible struct{ check.Observer }

// Observe is the observer's, whose panics it hands on.
func (i interruptible) Observe(ctx context.Context, t fact.Target) fact.Observation {
	done := make(chan fact.Observation, 1)
	panicked := make(chan any, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				panicked <- p
			}
		}()
		done <- i.Observer.Observe(ctx, t)
	}()
	late := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(interruptPatience, func() { close(late) }) })
	defer stop()
	select {
	case o := <-done:
		return o
	case p := <-panicked:
		panic(p)
	case <-late:
		return fact.Observation{Target: t, Resolution: fact.Resolution{Outcome: fact.Skipped, Error: "the run was interrupted while this target was checked"}}
	}
}
