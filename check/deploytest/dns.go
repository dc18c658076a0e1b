package deploytest

import (
	"encoding/binary"
	"io"
	"net"

	"golang.org/x/net/dns/dnsmessage"
)

// A DNSAnswer is what a name server says to a question.
type DNSAnswer struct {
	RCode     dnsmessage.RCode
	Truncated bool
	Records   []dnsmessage.Resource
	// Silent lets the question go unanswered, Raw be answered by these bytes
	// after the question's id.
	Silent bool
	Raw    []byte
}

// ServeDNS runs a name server at a loopback address, by UDP and TCP, until the
// network is closed, and gives its address with the port.
func (n *Network) ServeDNS(answer func(network string, q dnsmessage.Question) DNSAnswer) string {
	tcp, udp := listenBoth()
	n.running.Go(func() {
		<-n.done
		_ = udp.Close() // they are gone either way
		_ = tcp.Close()
	})
	n.running.Go(func() {
		b := make([]byte, 4096)
		for {
			size, from, err := udp.ReadFrom(b)
			if err != nil {
				return
			}
			if reply := ReplyTo(b[:size], "udp", answer); reply != nil {
				_, _ = udp.WriteTo(reply, from) // a client that has gone is no matter
			}
		}
	})
	n.running.Go(func() {
		for {
			c, err := tcp.Accept()
			if err != nil {
				return
			}
			serveDNS(c, answer)
		}
	})
	return udp.LocalAddr().String()
}

// listenBoth listens at one port by TCP and UDP.
func listenBoth() (net.Listener, net.PacketConn) {
	for {
		tcp := must(net.Listen("tcp", "127.0.0.1:0"))
		if udp, err := net.ListenPacket("udp", tcp.Addr().String()); err == nil {
			return tcp, udp
		}
		_ = tcp.Close() // somebody else has the port by UDP
	}
}

// serveDNS answers one question by TCP (RFC 1035 section 4.2.2).
func serveDNS(c net.Conn, answer func(string, dnsmessage.Question) DNSAnswer) {
	defer c.Close()
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return
	}
	question := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(c, question); err != nil {
		return
	}
	if reply := ReplyTo(question, "tcp", answer); reply != nil {
		_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
	}
}

// ReplyTo makes the reply to the message of a question; nil for none, and for
// what is no question.
func ReplyTo(question []byte, network string, answer func(string, dnsmessage.Question) DNSAnswer) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		return nil
	}
	a := answer(network, m.Questions[0])
	switch {
	case a.Silent:
		return nil
	case a.Raw != nil:
		return append(question[:2:2], a.Raw...)
	}
	reply := dnsmessage.Message{Header: m.Header, Questions: m.Questions, Answers: a.Records}
	reply.Response, reply.RecursionAvailable = true, true
	reply.RCode, reply.Truncated = a.RCode, a.Truncated
	return must(reply.Pack())
}
