//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// tracedRTT is the round-trip time of the timeline: long beside what the
// program computes between two packets.
const tracedRTT = 200 * time.Millisecond

// showTrace writes the timeline of one target.
func (b *bench) showTrace(ctx context.Context) error {
	b.link.delay.Store(int64(tracedRTT / 2))
	list, err := b.list(1, 0)
	if err != nil {
		return err
	}
	b.tracing = true
	s, err := b.measure(ctx, b.gate(list))
	b.tracing = false
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "\nThe connections of one target, in round-trip times from the first packet (RTT %s, %s in all):\n\n", duration(tracedRTT), duration(s.wall))
	writeTable(b.out, b.markdown, timeline(s.trace, tracedRTT))
	return nil
}

// startRuns is how often each program is started for the table of starts.
const startRuns = 41

// showStart writes what the program costs before and beside probing: the
// verdict on a closed port, beside a Go program that does nothing.
func (b *bench) showStart(ctx context.Context) error {
	b.link.delay.Store(0)
	source, program := filepath.Join(b.dir, "nothing.go"), filepath.Join(b.dir, "nothing")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() { println(\"nothing\") }\n"), 0o644); err != nil {
		return err
	}
	if err := build(program, source); err != nil {
		return err
	}
	commands := []command{
		{name: "a Go program that prints a word", args: []string{program}},
		{name: "tlsgate -version", args: []string{b.tlsgate, "-version"}},
		{name: "tlsgate, verdict on a closed port", args: []string{b.tlsgate, "-allow-private", "https://127.0.0.1:9/"}, exit: 3},
	}
	samples := make([][]sample, len(commands))
	for range startRuns {
		for i, c := range commands {
			c.limit = time.Minute
			s, err := b.measure(ctx, c)
			if err != nil {
				return err
			}
			samples[i] = append(samples[i], s)
		}
	}
	lines := [][]string{{"start to exit", "wall", "fastest", "CPU", "peak memory"}}
	for i, c := range commands {
		fastest := samples[i][0].wall
		for _, s := range samples[i] {
			fastest = min(fastest, s.wall)
		}
		lines = append(lines, []string{c.name, duration(median(samples[i], wallOf)), duration(fastest), duration(median(samples[i], cpuOf)),
			fmt.Sprintf("%.1f MB", float64(median(samples[i], func(s sample) int { return s.memory }))/1024)})
	}
	fmt.Fprintf(b.out, "\nStart, medians of %d:\n\n", startRuns)
	writeTable(b.out, b.markdown, lines)
	return nil
}
