package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// workMemory is for what is under way, targetMemory for what a target's result
	// takes to the end of the run, in bytes.
	workMemory, targetMemory = 100 << 20, 8 << 10
	// memoryEvery is after how many targets the limit is compared with what is in
	// use.
	memoryEvery = 256
)

// A memoryLimit makes the garbage collector keep the program small, and gives
// way where more is in use than good targets take: a collector that finds
// nothing to collect only costs time.
type memoryLimit struct{ limit int64 } // in bytes; 0 where the user has set one

// limitMemory sets a limit for a run over so many targets.
func limitMemory(targets int) *memoryLimit {
	if os.Getenv("GOMEMLIMIT") != "" {
		return &memoryLimit{}
	}
	m := &memoryLimit{workMemory + int64(targets)*targetMemory}
	debug.SetMemoryLimit(m.limit)
	return m
}

// checked notes how many targets are done.
func (m *memoryLimit) checked(done int) {
	if m.limit == 0 || done%memoryEvery != 0 {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if room := workMemory/2 + int64(live[0].Value.Uint64())*5/4; room > m.limit {
		m.limit = room
		debug.SetMemoryLimit(room)
	}
}
