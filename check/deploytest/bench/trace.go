//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// A connection is the timeline of one flow, as its client sees it. A zero
// time is one that never was.
type connection struct {
	flow
	number                     int // in the order of their beginnings
	words                      []byte
	begun, sent, answered, end time.Time
	beganAfter, sentAfter      *connection // whose packet had come last; nil for none
	toServer, toClient         int         // bytes of payload
}

// connections puts a trace together by flow, in the order in which they began.
func connections(trace []packet) []*connection {
	slices.SortStableFunc(trace, func(a, b packet) int { return a.at.Compare(b.at) })
	byFlow := map[flow]*connection{}
	var all []*connection
	var last *connection // of the packet that the client was given last
	for _, p := range trace {
		c := byFlow[p.flow]
		if c == nil {
			if !p.opens() && p.protocol == protocolTCP {
				continue // of an earlier run
			}
			c = &connection{flow: p.flow, number: len(all) + 1, begun: p.at, beganAfter: last}
			byFlow[p.flow] = c
			all = append(all, c)
		}
		c.add(p, last)
		if !p.outward && (p.data > 0 || p.flags&flagSYN != 0) {
			last = c
		}
	}
	return all
}

// add goes on with a packet. Last is whose packet the client was given last.
func (c *connection) add(p packet, last *connection) {
	if p.data == 0 {
		return
	}
	c.end = p.at
	if !p.outward {
		if c.answered.IsZero() {
			c.answered = p.at
		}
		c.toClient += p.data
		return
	}
	if c.sent.IsZero() {
		c.sent, c.sentAfter = p.at, last
	}
	if c.answered.IsZero() {
		c.words = append(c.words, p.payload...)
	}
	c.toServer += p.data
}

// describe tells what the first words of a connection are.
func (c *connection) describe() string {
	b := c.words
	switch {
	case len(b) == 0:
		return "nothing"
	case c.server.Port() == 53 && bytes.HasSuffix(b, []byte{0, 28, 0, 1}):
		return "question for AAAA"
	case c.server.Port() == 53:
		return "question"
	case len(b) > 5 && b[0] == 22:
		return describeHello(b)
	case len(b) > 2 && b[0]&0x80 != 0 && b[2] == 1:
		return "hello, SSL 2"
	case bytes.HasPrefix(b, []byte("PRI * HTTP/2")):
		return "GET, HTTP/2"
	}
	text := strings.ToLower(string(b))
	switch {
	case strings.Contains(text, "upgrade: websocket"):
		return "GET, WebSocket"
	case strings.Contains(text, "upgrade: tls"):
		return "GET, upgrade to TLS"
	case strings.HasPrefix(text, "get "):
		return "GET"
	}
	return fmt.Sprintf("%d bytes", len(b))
}

// describeHello names the highest version that a ClientHello offers, and how
// many cipher suites (RFC 8446 sections 4.1.2 and 4.2.1).
func describeHello(record []byte) string {
	const extSupportedVersions = 43
	s := cryptobyte.String(record)
	var version, extension uint16
	var session, suites, compression, extensions cryptobyte.String
	if !s.Skip(9) || !s.ReadUint16(&version) || !s.Skip(32) || !s.ReadUint8LengthPrefixed(&session) ||
		!s.ReadUint16LengthPrefixed(&suites) || !s.ReadUint8LengthPrefixed(&compression) {
		return "hello"
	}
	n := len(suites) / 2
	if s.ReadUint16LengthPrefixed(&extensions) {
		var body cryptobyte.String
		for extensions.ReadUint16(&extension) && extensions.ReadUint16LengthPrefixed(&body) {
			if extension == extSupportedVersions && len(body) >= 3 {
				version = binary.BigEndian.Uint16(body[1:])
			}
		}
	}
	name := map[uint16]string{0x0300: "SSL 3", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}[version]
	return fmt.Sprintf("hello, %s, %d suites", name, n)
}

// timeline is the trace of one target as a table, in round-trip times from
// the first packet.
func timeline(trace []packet, rtt time.Duration) [][]string {
	all := connections(trace)
	lines := [][]string{{"", "port", "first words", "begins", "after", "sends", "after", "answered", "last byte", "bytes out", "bytes in"}}
	for _, c := range all {
		at := func(t time.Time) string {
			if t.IsZero() {
				return "-"
			}
			return fmt.Sprintf("%.2f", float64(t.Sub(all[0].begun))/float64(rtt))
		}
		lines = append(lines, []string{fmt.Sprint(c.number), fmt.Sprint(c.server.Port()), c.describe(),
			at(c.begun), c.beganAfter.label(c), at(c.sent), c.sentAfter.label(c), at(c.answered), at(c.end),
			fmt.Sprint(c.toServer), fmt.Sprint(c.toClient)})
	}
	return lines
}

// label names the connection whose packet another waited for.
func (c *connection) label(waiting *connection) string {
	switch c {
	case nil:
		return "start"
	case waiting:
		return "itself"
	}
	return fmt.Sprint(c.number)
}
