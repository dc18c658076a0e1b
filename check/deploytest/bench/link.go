//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// mtu is the size of the largest packet on the link, in bytes.
const mtu = 1500

// A link carries packets between two TUN devices and keeps each for the
// delay. It loses none and has no bandwidth limit.
type link struct {
	delay atomic.Int64 // one way, in nanoseconds

	mu      sync.Mutex
	traffic traffic
	tracing bool
}

// A traffic is what crossed the link in one run.
type traffic struct {
	connections map[flow]bool // asked for
	dials       int           // SYNs, with those sent again
	bytes       int           // of IP packets, both ways
	trace       []packet
}

// start begins to carry packets; it ends with the process.
func (l *link) start(client, server int) {
	go l.carry(client, server, true)
	go l.carry(server, client, false)
}

// reset forgets the traffic, and gives what was.
func (l *link) reset(tracing bool) traffic {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.traffic
	l.traffic, l.tracing = traffic{connections: map[flow]bool{}}, tracing
	return t
}

// note adds a packet to the traffic. At is when it is on the client's side.
func (l *link) note(raw []byte, outward bool, at time.Time) {
	p, ok := parsePacket(raw, outward)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.traffic.bytes += len(raw)
	if !ok {
		return
	}
	if p.opens() {
		l.traffic.connections[p.flow] = true
		l.traffic.dials++
	}
	if l.tracing {
		p.at, p.payload = at, bytes.Clone(p.payload)
		l.traffic.trace = append(l.traffic.trace, p)
	}
}

// A delayed packet waits for its time.
type delayed struct {
	due time.Time
	raw []byte
}

// carry moves packets one way. It has a thread of its own, ahead of what is
// measured: a link that waits for a processor would add to its delay.
func (l *link) carry(from, to int, outward bool) {
	runtime.LockOSThread()
	// Without the right to, the link is less punctual on a busy machine.
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -15)
	var queue []delayed
	var free [][]byte
	for {
		if err := awaitPacket(from, queue); err != nil {
			fmt.Fprintln(os.Stderr, "bench: the link broke:", err)
			os.Exit(1)
		}
		for range 64 {
			var raw []byte
			if n := len(free); n > 0 {
				raw, free = free[n-1][:mtu], free[:n-1]
			} else {
				raw = make([]byte, mtu)
			}
			n, err := unix.Read(from, raw)
			if err != nil {
				free = append(free, raw)
				break // nothing there, or nothing more
			}
			now := time.Now()
			due := now.Add(time.Duration(l.delay.Load()))
			l.note(raw[:n], outward, map[bool]time.Time{true: now, false: due}[outward])
			queue = append(queue, delayed{due, raw[:n]})
		}
		now := time.Now()
		sent := 0
		for sent < len(queue) && !queue[sent].due.After(now) {
			// What a device does not take is lost, as on any link.
			_, _ = unix.Write(to, queue[sent].raw)
			free = append(free, queue[sent].raw)
			sent++
		}
		if queue = queue[sent:]; len(queue) == 0 {
			queue = nil
		}
	}
}

// awaitPacket waits until a device has a packet, or the first of the queue is
// due.
func awaitPacket(device int, queue []delayed) error {
	var timeout *unix.Timespec
	if len(queue) > 0 {
		t := unix.NsecToTimespec(max(int64(time.Until(queue[0].due)), 0))
		timeout = &t
	}
	_, err := unix.Ppoll([]unix.PollFd{{Fd: int32(device), Events: unix.POLLIN}}, timeout, nil)
	if err == unix.EINTR {
		return nil
	}
	return err
}

// openTUN makes a TUN device in the namespace of the calling thread, and
// gives the descriptor of its other end.
func openTUN(name string) (int, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return 0, fmt.Errorf("/dev/net/tun: %w", err)
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		unix.Close(fd)
		return 0, fmt.Errorf("TUNSETIFF: %w", err)
	}
	return fd, nil
}
