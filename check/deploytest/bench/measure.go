//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// A sample is one run of a program.
type sample struct {
	wall, cpu   time.Duration
	memory      int // peak, in KiB
	connections int
	dials       int // with SYNs that were sent again
	bytes       int
	trace       []packet
	cut         bool // it was ended by the time limit
}

// errNotPass says that a program ended otherwise than its row expects.
var errNotPass = errors.New("unexpected exit code")

// A command is a program to measure.
type command struct {
	name    string // in the table
	targets int
	args    []string
	stdin   string // a file; "" is none
	exit    int    // the exit code to expect; -1 is any
	limit   time.Duration
	other   bool // not of this repository
}

// measure runs a command in the clients' namespace.
func (b *bench) measure(ctx context.Context, c command) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		return sample{}, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{launchArgument}, c.args...)...)
	cmd.WaitDelay = time.Second
	cmd.Dir = b.dir
	diagnostics, err := os.Create(filepath.Join(b.dir, "console"))
	if err != nil {
		return sample{}, err
	}
	defer diagnostics.Close()
	cmd.Stdout, cmd.Stderr = diagnostics, diagnostics
	if c.stdin != "" {
		in, err := os.Open(c.stdin)
		if err != nil {
			return sample{}, err
		}
		defer in.Close()
		cmd.Stdin = in
	}
	read, write, err := os.Pipe()
	if err != nil {
		return sample{}, err
	}
	defer read.Close()
	defer write.Close()
	cmd.ExtraFiles = []*os.File{write}
	// What the last run left on the link belongs to nobody.
	time.Sleep(4*time.Duration(b.link.delay.Load()) + 20*time.Millisecond)
	b.link.reset(b.tracing)
	if err := b.clients.do(cmd.Start); err != nil {
		return sample{}, err
	}
	err = cmd.Wait()
	t := b.link.reset(false)
	s := sample{connections: len(t.connections), dials: t.dials, bytes: t.bytes, trace: t.trace}
	if ctx.Err() != nil {
		s.cut, s.wall = true, c.limit
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("%s: %w\n%s", c.name, err, last(diagnostics.Name()))
	}
	var u usage
	if err := json.NewDecoder(read).Decode(&u); err != nil {
		return s, fmt.Errorf("%s: %w", c.name, err)
	}
	s.wall, s.cpu, s.memory = u.Wall, u.CPU, u.Memory
	if c.exit >= 0 && u.Exit != c.exit {
		return s, fmt.Errorf("%s: %w %d, not %d\n%s", c.name, errNotPass, u.Exit, c.exit, last(diagnostics.Name()))
	}
	return s, nil
}

// last is the end of a file, for a message.
func last(file string) []byte {
	text, err := os.ReadFile(file)
	if err != nil {
		return []byte(err.Error())
	}
	return text[max(0, len(text)-4000):]
}

// A row is what a table shows of one program at one size and round-trip time.
type row struct {
	targets int
	rtt     time.Duration
	program string
	samples []sample
	pairs   []sample // of the reference client, one for each sample; empty without
}

// median is the middle one of what f gives of each sample, or the lower of
// the two in the middle.
func median[T int | time.Duration | float64](samples []sample, f func(sample) T) T {
	var all []T
	for _, s := range samples {
		all = append(all, f(s))
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

// ratio is the median of the quotients of each sample and the reference
// client's run beside it: what else the machine does falls on both.
func (r row) ratio(f func(sample) time.Duration) float64 {
	var all []float64
	for i, s := range r.samples {
		if i < len(r.pairs) && f(r.pairs[i]) > 0 {
			all = append(all, float64(f(s))/float64(f(r.pairs[i])))
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

func wallOf(s sample) time.Duration { return s.wall }
func cpuOf(s sample) time.Duration  { return s.cpu }
