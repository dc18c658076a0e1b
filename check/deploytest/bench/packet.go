//go:build linux

package main

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// The protocols of IPv4 packets that the link takes note of.
const (
	protocolTCP = 6
	protocolUDP = 17
)

// The TCP flags that the link takes note of (RFC 9293 section 3.1).
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	_
	flagACK
)

// A flow is what the packets of one connection have in common.
type flow struct {
	client uint16 // port
	server netip.AddrPort
}

// A packet is what is kept of one that crossed the link.
type packet struct {
	flow
	at       time.Time // when the client sent it, or was given it
	outward  bool      // from the client
	protocol byte
	flags    byte
	data     int // bytes of payload
	payload  []byte
}

// opens reports whether the packet asks for a connection.
func (p packet) opens() bool {
	return p.protocol == protocolTCP && p.outward && p.flags&(flagSYN|flagACK) == flagSYN
}

// parsePacket reads the headers of an IPv4 packet of TCP or UDP. Payload is a
// part of raw.
func parsePacket(raw []byte, outward bool) (packet, bool) {
	p := packet{outward: outward}
	if len(raw) < 20 || raw[0]>>4 != 4 {
		return p, false
	}
	header := int(raw[0]&15) * 4
	p.protocol = raw[9]
	if (p.protocol != protocolTCP && p.protocol != protocolUDP) || len(raw) < header+8 {
		return p, false
	}
	segment := raw[header:]
	source, _ := netip.AddrFromSlice(raw[12:16])
	destination, _ := netip.AddrFromSlice(raw[16:20])
	from := netip.AddrPortFrom(source, binary.BigEndian.Uint16(segment))
	to := netip.AddrPortFrom(destination, binary.BigEndian.Uint16(segment[2:]))
	if !outward {
		from, to = to, from
	}
	p.client, p.server = from.Port(), to
	length := 8
	if p.protocol == protocolTCP {
		if len(segment) < 20 {
			return p, false
		}
		p.flags, length = segment[13], int(segment[12]>>4)*4
		if len(segment) < length {
			return p, false
		}
	}
	p.payload = segment[length:]
	p.data = len(p.payload)
	return p, true
}
