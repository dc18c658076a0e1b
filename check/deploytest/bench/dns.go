//go:build linux

package main

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/tlsgate/tlsgate/check/deploytest"
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
	if reply := deploytest.ReplyTo(message, "udp", zoneAnswer); reply != nil {
		return reply, nil
	}
	return nil, errors.New("this is no question")
}

// zoneAnswer is what the zone has of a name.
func zoneAnswer(_ string, q dnsmessage.Question) deploytest.DNSAnswer {
	label, inside := strings.CutSuffix(q.Name.String(), "."+zone+".")
	n, err := strconv.Atoi(strings.TrimPrefix(label, "t"))
	switch {
	case !inside || err != nil || n < 0:
		return deploytest.DNSAnswer{RCode: dnsmessage.RCodeNameError}
	case q.Type != dnsmessage.TypeA:
		return deploytest.DNSAnswer{}
	}
	h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60}
	return deploytest.DNSAnswer{Records: []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AResource{A: address(n).As4()}}}}
}
