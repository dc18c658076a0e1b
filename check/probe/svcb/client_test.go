package svcb

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// httpsRecord is an HTTPS record of a name, with data in wire form.
func httpsRecord(name, data string) dnsmessage.Resource {
	return dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Class: dnsmessage.ClassINET},
		Body: &dnsmessage.UnknownResource{Type: typeHTTPS, Data: []byte(data)}}
}

func cname(name, to string) dnsmessage.Resource {
	return dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Class: dnsmessage.ClassINET},
		Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(to)}}
}

func TestLookup(t *testing.T) {
	const name = "a.example."
	var asked atomic.Int32
	for title, tc := range map[string]struct {
		answer func(network string, q dnsmessage.Question) deploytest.DNSAnswer
		want   []string
		fails  string
		asked  int32
	}{
		"records": {func(_ string, q dnsmessage.Question) deploytest.DNSAnswer {
			return deploytest.DNSAnswer{Records: []dnsmessage.Resource{httpsRecord(name, "one"), httpsRecord(name, "two"), httpsRecord("other.example.", "three")}}
		}, []string{"one", "two"}, "", 1},
		"through aliases": {func(_ string, q dnsmessage.Question) deploytest.DNSAnswer {
			return deploytest.DNSAnswer{Records: []dnsmessage.Resource{cname("A.example.", "b.example."), cname("b.example.", "C.example."), httpsRecord("c.example.", "one")}}
		}, []string{"one"}, "", 1},
		"aliases in a circle": {func(_ string, q dnsmessage.Question) deploytest.DNSAnswer {
			return deploytest.DNSAnswer{Records: []dnsmessage.Resource{cname("a.example.", "b.example."), cname("b.example.", "a.example."), httpsRecord("c.example.", "one")}}
		}, nil, "", 1},
		"none": {func(string, dnsmessage.Question) deploytest.DNSAnswer { return deploytest.DNSAnswer{} }, nil, "", 1},
		"no such name": {func(string, dnsmessage.Question) deploytest.DNSAnswer {
			return deploytest.DNSAnswer{RCode: dnsmessage.RCodeNameError}
		}, nil, "no such host", 1},
		"SERVFAIL": {func(string, dnsmessage.Question) deploytest.DNSAnswer {
			return deploytest.DNSAnswer{RCode: dnsmessage.RCodeServerFailure}
		}, nil, "ServerFailure", 1},
		"truncated, then by TCP": {func(network string, q dnsmessage.Question) deploytest.DNSAnswer {
			return deploytest.DNSAnswer{Truncated: network == "udp", Records: []dnsmessage.Resource{httpsRecord(name, strings.Repeat("x", 3000))}[:map[string]int{"tcp": 1}[network]]}
		}, []string{strings.Repeat("x", 3000)}, "", 2},
		"truncated by TCP too": {func(string, dnsmessage.Question) deploytest.DNSAnswer { return deploytest.DNSAnswer{Truncated: true} }, nil, "truncated", 2},
		"no DNS": {func(string, dnsmessage.Question) deploytest.DNSAnswer {
			return deploytest.DNSAnswer{Raw: []byte("HTTP/1.1 400 Bad Request")}
		}, nil, "", 1},
	} {
		t.Run(title, func(t *testing.T) {
			n := deploytest.NewNetwork()
			defer n.Close()
			asked.Store(0)
			server := n.ServeDNS(func(network string, q dnsmessage.Question) deploytest.DNSAnswer {
				asked.Add(1)
				if q.Name.String() != name || q.Type != typeHTTPS {
					t.Errorf("asked %v", q)
				}
				return tc.answer(network, q)
			})
			got, err := Client{Servers: []string{server}}.Lookup(t.Context(), name)
			var texts []string
			for _, b := range got {
				texts = append(texts, string(b))
			}
			failed := tc.fails != "" || title == "no DNS"
			if !slices.Equal(texts, tc.want) || (err != nil) != failed || err != nil && !strings.Contains(err.Error(), tc.fails) {
				t.Errorf("%.100q, %v", texts, err)
			}
			if dns := new(net.DNSError); err != nil && !errors.As(err, &dns) {
				t.Errorf("%T", err)
			}
			if asked.Load() != tc.asked {
				t.Errorf("asked %d times", asked.Load())
			}
		})
	}
}

// The second server is asked where the first is not there.
func TestLookupOfTheSecondServer(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	server := n.ServeDNS(func(string, dnsmessage.Question) deploytest.DNSAnswer {
		return deploytest.DNSAnswer{Records: []dnsmessage.Resource{httpsRecord("a.example.", "one")}}
	})
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	got, err := Client{Servers: []string{gone.LocalAddr().String(), server}}.Lookup(t.Context(), "a.example.")
	if err != nil || len(got) != 1 {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := (Client{}).Lookup(t.Context(), "a.example."); err == nil {
		t.Error("no server, no error")
	}
	if _, err := (Client{Servers: []string{server}}).Lookup(t.Context(), "no final dot"); err == nil {
		t.Error("a name that is none")
	}
}

func TestNameServers(t *testing.T) {
	got := nameServers(strings.NewReader("# a comment\nnameserver 192.0.2.1\nsearch corp.example\nnameserver fe80::1%eth0\nnameserver\nnameserver nonsense\n nameserver 2001:db8::1 \nnameserver 192.0.2.4\n"))
	if want := []string{"192.0.2.1:53", "[fe80::1%eth0]:53", "[2001:db8::1]:53"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzReadAnswer(f *testing.F) {
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: 7, Response: true}, Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("a.example."), Type: typeHTTPS, Class: dnsmessage.ClassINET}},
		Answers: []dnsmessage.Resource{cname("a.example.", "b.example."), httpsRecord("b.example.", "\x00\x01\x00")}}
	answer, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(answer)
	f.Fuzz(func(t *testing.T, b []byte) {
		data, truncated, err := readAnswer(b, 7, "a.example.")
		if len(data) > 0 && (truncated || err != nil) {
			t.Errorf("data beside %v, %v", truncated, err)
		}
	})
}
