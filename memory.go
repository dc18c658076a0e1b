package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	// workMemory is for what is under way, targetMemory for what a target's result
	// takes to the end of the run, in bytes.
	workMemory, targetMemory = 100 << 20, 7 << 10
	// memoryEvery is after how many targets the limit is considered again, and
	// maxCollections how many collections there may have been in that time.
	memoryEvery, maxCollections = 256, 64
)

// A memoryLimit makes the garbage collector keep the program small, and gives
// way where more is in use than good targets take: a collector that finds
// nothing to collect only costs time.
type memoryLimit struct {
	limit       int64 // in bytes; 0 where the user has set one
	collections uint32
}

// limitMemory sets a limit for a run over so many targets.
func limitMemory(targets int) *memoryLimit {
	if os.Getenv("GOMEMLIMIT") != "" {
		return new(memoryLimit)
	}
	m := &memoryLimit{limit: workMemory + int64(targets)*targetMemory}
	debug.SetMemoryLimit(m.limit)
	return m
}

// checked notes how many targets are done.
func (m *memoryLimit) checked(done int) {
	if m.limit == 0 || done%memoryEvery != 0 {
		return
	}
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	if now.NumGC-m.collections > maxCollections {
		m.limit += m.limit / 4
		debug.SetMemoryLimit(m.limit)
	}
	m.collections = now.NumGC
}
