//go:build linux

package main

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// zone is the domain of the deployments.
const zone = "bench.example"

// firstAddress is the address of the first deployment; the others follow.
var firstAddress = netip.MustParseAddr("10.64.0.1")

// hostName is the name of the deployment with an index.
func hostName(i int) string { return "t" + strconv.Itoa(i) + "." + zone }

// address is where the deployment with an index is.
func address(i int) netip.Addr {
	b := firstAddress.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]) + uint32(i)
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// serveNames answers questions for addresses of the zone until the socket is
// closed.
func serveNames(conn net.PacketConn) {
	buffer := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		if answer, err := answerName(buffer[:n]); err == nil {
			// A question whose answer is lost is asked again.
			_, _ = conn.WriteTo(answer, from)
		}
	}
}

// answerName gives the answer to a question: the zone has A records alone.
func answerName(message []byte) ([]byte, error) {
	var p dnsmessage.Parser
	header, err := p.Start(message)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	index, known := -1, false
	if label, ok := strings.CutSuffix(q.Name.String(), "."+zone+"."); ok {
		n, err := strconv.Atoi(strings.TrimPrefix(label, "t"))
		index, known = n, err == nil && n >= 0
	}
	reply := dnsmessage.Header{ID: header.ID, Response: true, Authoritative: true, RecursionDesired: header.RecursionDesired, RecursionAvailable: true}
	if !known {
		reply.RCode = dnsmessage.RCodeNameError
	}
	b := dnsmessage.NewBuilder(nil, reply)
	if err := b.StartQuestions(); err != nil {
		return nil, err
	}
	if err := b.Question(q); err != nil {
		return nil, err
	}
	if err := b.StartAnswers(); err != nil {
		return nil, err
	}
	if known && q.Type == dnsmessage.TypeA {
		h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60}
		if err := b.AResource(h, dnsmessage.AResource{A: address(index).As4()}); err != nil {
			return nil, err
		}
	}
	return b.Finish()
}
