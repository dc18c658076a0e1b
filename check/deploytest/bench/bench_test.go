//go:build linux

package main

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/tlsgate/tlsgate/check/probe/clienthello"
)

// ipv4 is a packet from one address and port to another, TCP with flags.
func ipv4(from, to string, flags byte, payload string) []byte {
	source, destination := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	p := make([]byte, 40, 40+len(payload))
	p[0], p[9] = 0x45, protocolTCP
	copy(p[12:], source.Addr().AsSlice())
	copy(p[16:], destination.Addr().AsSlice())
	binary.BigEndian.PutUint16(p[20:], source.Port())
	binary.BigEndian.PutUint16(p[22:], destination.Port())
	p[32], p[33] = 5<<4, flags
	return append(p, payload...)
}

func TestParsePacket(t *testing.T) {
	const client, server = "10.0.0.1:40000", "10.64.0.1:443"
	f := flow{40000, netip.MustParseAddrPort(server)}
	for _, c := range []struct {
		name    string
		raw     []byte
		outward bool
		want    flow
		data    int
		opens   bool
		fails   bool
	}{
		{name: "SYN", raw: ipv4(client, server, flagSYN, ""), outward: true, want: f, opens: true},
		{name: "SYN and ACK", raw: ipv4(server, client, flagSYN|flagACK, ""), want: f},
		{name: "data out", raw: ipv4(client, server, flagACK, "GET"), outward: true, want: f, data: 3},
		{name: "data in", raw: ipv4(server, client, flagACK, "HTTP/1.1"), want: f, data: 8},
		{name: "IPv6", raw: append([]byte{0x60}, make([]byte, 60)...), fails: true},
		{name: "cut header", raw: ipv4(client, server, flagSYN, "")[:30], outward: true, fails: true},
		{name: "nothing", fails: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, ok := parsePacket(c.raw, c.outward)
			if ok == c.fails {
				t.Fatalf("ok is %v", ok)
			}
			if ok && (p.flow != c.want || p.data != c.data || p.opens() != c.opens) {
				t.Errorf("got %+v", p)
			}
		})
	}
}

func TestAnswerName(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  dnsmessage.Type
		code  dnsmessage.RCode
		bytes [][4]byte
	}{
		{"t0.bench.example.", dnsmessage.TypeA, dnsmessage.RCodeSuccess, [][4]byte{{10, 64, 0, 1}}},
		{"t300.bench.example.", dnsmessage.TypeA, dnsmessage.RCodeSuccess, [][4]byte{{10, 64, 1, 45}}},
		{"t0.bench.example.", dnsmessage.TypeAAAA, dnsmessage.RCodeSuccess, nil},
		{"other.example.", dnsmessage.TypeA, dnsmessage.RCodeNameError, nil},
	} {
		question := dnsmessage.Message{Header: dnsmessage.Header{ID: 7}, Questions: []dnsmessage.Question{
			{Name: dnsmessage.MustNewName(c.name), Type: c.kind, Class: dnsmessage.ClassINET}}}
		packed, err := question.Pack()
		if err != nil {
			t.Fatal(err)
		}
		packed, err = answerName(packed)
		if err != nil {
			t.Fatal(err)
		}
		var m dnsmessage.Message
		if err := m.Unpack(packed); err != nil {
			t.Fatal(err)
		}
		var got [][4]byte
		for _, a := range m.Answers {
			got = append(got, a.Body.(*dnsmessage.AResource).A)
		}
		if m.ID != 7 || m.RCode != c.code || !cmp.Equal(got, c.bytes) {
			t.Errorf("%s %v: %v %v", c.name, c.kind, m.RCode, got)
		}
	}
	if _, err := answerName([]byte{1, 2, 3}); err == nil {
		t.Error("three bytes are a question")
	}
}

func TestTimeline(t *testing.T) {
	hello, err := clienthello.Write(clienthello.ClientHello{Version: clienthello.TLS13, Suites: []uint16{0x1301}, ServerName: "t0.bench.example"})
	if err != nil {
		t.Fatal(err)
	}
	const rtt = 100 * time.Millisecond
	var trace []packet
	add := func(at float64, port string, outward bool, flags byte, payload string) {
		client, server := "10.0.0.1:4"+port, "10.64.0.1:"+port
		from, to := client, server
		if !outward {
			from, to = server, client
		}
		p, ok := parsePacket(ipv4(from, to, flags, payload), outward)
		if !ok {
			t.Fatal("no packet")
		}
		p.at = time.Unix(0, int64(at*float64(rtt)))
		trace = append(trace, p)
	}
	add(0.5, "8080", false, flagACK, "of an earlier run")
	add(1, "443", true, flagSYN, "")
	add(2, "443", false, flagSYN|flagACK, "")
	add(2, "443", true, flagACK, string(hello[:100]))
	add(2, "443", true, flagACK, string(hello[100:]))
	add(3, "443", false, flagACK, "answer")
	add(3.1, "80", true, flagSYN, "")
	add(4.1, "80", false, flagSYN|flagACK, "")
	add(4.2, "80", true, flagACK, "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
	var got []string
	for _, line := range timeline(trace, rtt)[1:] {
		got = append(got, strings.Join(line[:9], "|"))
	}
	want := []string{
		"1|443|hello, TLS 1.3, 1 suites|0.00|start|1.00|itself|2.00|2.00",
		"2|80|GET, WebSocket|2.10|1|3.20|itself|-|3.20",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestRatio(t *testing.T) {
	of := func(walls ...int) (all []sample) {
		for _, w := range walls {
			all = append(all, sample{wall: time.Duration(w) * time.Second})
		}
		return all
	}
	r := row{samples: of(2, 30, 3), pairs: of(1, 10, 2)}
	if got := r.ratio(wallOf); got != 2 {
		t.Errorf("ratio of pairs %v", got)
	}
	if got := median(r.samples, wallOf); got != 3*time.Second {
		t.Errorf("median %v", got)
	}
	if got := (row{samples: of(1)}).ratio(wallOf); got != 0 {
		t.Errorf("ratio without pairs %v", got)
	}
}

func TestSymbolSizes(t *testing.T) {
	got := symbolSizes([]byte(`  401000   100 T github.com/tlsgate/tlsgate/check/pki.Judge
  401000    10 T github.com/tlsgate/tlsgate/main.run
  401000     7 R type:*net/http.Request
  401000     5 T net/http.(*Request).Write
  401000  9000 B runtime.bss
  401000     3 T _
`))
	want := map[string]int{"github.com/tlsgate/tlsgate": 110, "net/http": 12, "_": 3}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
