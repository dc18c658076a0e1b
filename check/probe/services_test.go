package probe_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe"
	"github.com/tlsgate/tlsgate/check/probe/svcb"
)

// What DNS says of HTTPS records is a fact and evidence; that it says nothing
// changes no verdict.
func TestServices(t *testing.T) {
	n := deploytest.NewNetwork()
	t.Cleanup(n.Close)
	const ech = "\x00\x01\x00\x00\x01\x00\x06\x02h3\x02h2\x00\x04\x00\x04\xcb\x00\x71\x09\x00\x05\x00\x03\x00\x01x"
	n.Deploy(deploytest.Deployment{Host: "ech.example", HTTP3: deploytest.Issued(deploytest.Spec{})})
	n.HTTPSRecord("ech.example", []byte(ech))
	n.Deploy(deploytest.Deployment{Host: "port.example", Port: 8443})
	n.HTTPSRecord("_8443._https.port.example", []byte("\x00\x01\x00"))
	n.Deploy(deploytest.Deployment{Host: "bad.example"})
	n.HTTPSRecord("bad.example", []byte("\x00\x01"))
	n.Deploy(deploytest.Deployment{Host: "fails.example"})
	n.Deploy(deploytest.Deployment{Host: "stalls.example"})
	n.Deploy(deploytest.Deployment{Host: "203.0.113.170"})
	look := func(ctx context.Context, name string) ([][]byte, error) {
		switch name {
		case "fails.example.":
			return nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}
		case "stalls.example.":
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		return n.LookupHTTPS(ctx, name)
	}
	for url, tc := range map[string]struct {
		want     fact.Services
		evidence string
	}{
		"https://ech.example/": {fact.Services{Name: "ech.example", Outcome: fact.Answered, Records: []fact.ServiceRecord{
			{Priority: 1, Target: ".", ALPN: []string{"h3", "h2"}, IPv4Hints: []string{"203.0.113.9"}, ECH: true}}},
			"'ech.example' has the HTTPS record '1 . alpn=h3,h2 ipv4hint=203.0.113.9 ech', which offers Encrypted ClientHello."},
		"https://port.example:8443/": {fact.Services{Name: "_8443._https.port.example", Outcome: fact.Answered, Records: []fact.ServiceRecord{{Priority: 1, Target: "."}}},
			"'_8443._https.port.example' has the HTTPS record '1 .'."},
		"https://bad.example/": {fact.Services{Name: "bad.example", Outcome: fact.Answered, Records: []fact.ServiceRecord{{Priority: 1, Error: "malformed: it ends too early"}}},
			"Clients pass over an HTTPS record of 'bad.example': malformed: it ends too early."},
		"https://fails.example/": {fact.Services{Name: "fails.example", Outcome: fact.Failed, Error: "server misbehaving"},
			"The HTTPS records of 'fails.example' could not be read: failed ('server misbehaving')."},
		"https://stalls.example/": {fact.Services{Name: "stalls.example", Outcome: fact.TimedOut, Error: "there was no answer by the time that all else was done"},
			"The HTTPS records of 'stalls.example' could not be read: no answer in time"},
		"https://203.0.113.170/": {},
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			r := judge(t, n, url, func(o *probe.Options) { o.LookupHTTPS = look })
			if d := cmp.Diff(tc.want, r.Observation.Services); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			if got := failed(r); len(got) > 0 || state(r, check.TLSOnly) != check.Pass || state(r, check.PubliclyTrusted) != check.Pass {
				t.Errorf("failed %q: %q", got, messages(r))
			}
			var evidence []string
			for _, v := range r.Verdicts {
				if v.Rule == "http3-certificate" || v.Rule == "tls-missing" {
					for _, e := range v.Evidence {
						evidence = append(evidence, e.Text)
					}
				}
			}
			all := strings.Join(evidence, "\n")
			if !strings.Contains(all, tc.evidence) || !strings.Contains(all, "key exchange 'X25519MLKEM768', protocol 'h2'") {
				t.Errorf("evidence %q", all)
			}
		})
	}
}

// A toyResolver answers questions as a name server does, and remembers them.
type toyResolver struct {
	mu     sync.Mutex
	asked  []string
	fails  map[dnsmessage.Type]int // how many questions for a type get SERVFAIL
	n      *deploytest.Network
	search string // under which every name exists
}

func (s *toyResolver) answer(_ string, q dnsmessage.Question) deploytest.DNSAnswer {
	name := strings.TrimSuffix(q.Name.String(), ".")
	s.mu.Lock()
	s.asked = append(s.asked, q.Type.String()+" "+q.Name.String())
	fails := s.fails[q.Type] > 0
	if fails {
		s.fails[q.Type]--
	}
	s.mu.Unlock()
	var a deploytest.DNSAnswer
	add := func(b dnsmessage.ResourceBody) {
		a.Records = append(a.Records, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}, Body: b})
	}
	addrs, err := s.n.LookupNetIP(context.Background(), "ip", name)
	switch {
	case fails:
		a.RCode = dnsmessage.RCodeServerFailure
		return a
	case strings.HasSuffix(name, s.search) && q.Type == dnsmessage.TypeA: // its wildcard
		add(&dnsmessage.AResource{A: [4]byte{203, 0, 113, 66}})
		return a
	case err != nil:
		a.RCode = dnsmessage.RCodeNameError
		return a
	}
	for _, ip := range addrs {
		switch {
		case q.Type == dnsmessage.TypeA && ip.Is4():
			add(&dnsmessage.AResource{A: ip.As4()})
		case q.Type == dnsmessage.TypeAAAA && ip.Is6():
			add(&dnsmessage.AAAAResource{AAAA: ip.As16()})
		}
	}
	records, _ := s.n.LookupHTTPS(context.Background(), name) // fails only when the context is over
	for _, data := range records {
		if q.Type == 65 {
			add(&dnsmessage.UnknownResource{Type: 65, Data: data})
		}
	}
	return a
}

// The names that are asked on the wire are absolute ones; each question is
// asked again where the name server fails, and costs nothing else.
func TestNamesOnTheWire(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "names.example", Addresses: []string{"203.0.113.141"}, HTTP3: deploytest.Issued(deploytest.Spec{})})
	n.Deploy(deploytest.Deployment{Host: "names.example", Addresses: []string{"2001:db8::141"}, Cleartext: deploytest.Answer(200, "hello")})
	n.HTTPSRecord("names.example", []byte(h3Record))
	type fails = map[dnsmessage.Type]int
	const a, aaaa, https = dnsmessage.TypeA, dnsmessage.TypeAAAA, dnsmessage.Type(65)
	for name, tc := range map[string]struct {
		fails fails
		want  []string
		most  int // questions
	}{
		"good name server":       {nil, []string{"cleartext-content"}, 3},
		"AAAA fails for a while": {fails{aaaa: 2}, []string{"cleartext-content"}, 5},
		"AAAA always fails":      {fails{aaaa: 1000}, []string{"address-not-verified"}, 20},
		"A always fails":         {fails{a: 1000}, []string{"address-not-verified", "cleartext-content"}, 20},
		"HTTPS always fails":     {fails{https: 1000}, []string{"cleartext-content"}, 3},
		"each fails for a while": {fails{a: 2, aaaa: 2, https: 1}, []string{"cleartext-content"}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			toy := &toyResolver{n: n, fails: tc.fails, search: ".corp.test"}
			server := n.ServeDNS(toy.answer)
			r := judge(t, n, "https://names.example/", func(o *probe.Options) {
				o.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, server)
				}}
				o.LookupHTTPS = svcb.Client{Servers: []string{server}}.Lookup
				o.Pause, o.Revocation = func(context.Context, time.Duration) {}, fact.RevocationOff
			})
			got := failed(r)
			if slices.Sort(got); !slices.Equal(got, tc.want) {
				t.Errorf("failed %q, want %q\n%q", got, tc.want, messages(r))
			}
			for _, q := range toy.asked {
				if !strings.HasSuffix(q, " names.example.") {
					t.Errorf("asked for %s", q)
				}
			}
			if len(toy.asked) > tc.most {
				t.Errorf("%d questions: %q", len(toy.asked), toy.asked)
			}
		})
	}
}

// HTTPS records are no matter where the host has no address, and are not asked
// for where the addresses are given.
func TestServicesOfNoName(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	r := judge(t, n, "https://nowhere.example/", func(o *probe.Options) {
		o.LookupHTTPS = func(context.Context, string) ([][]byte, error) { return nil, errors.New("broken") }
	})
	if got := failed(r); !slices.Equal(got, []string{"target-not-verified"}) {
		t.Errorf("failed %q", got)
	}
	r = judge(t, n, "https://nowhere.example/", func(o *probe.Options) {
		o.Resolve = map[string][]netip.Addr{"nowhere.example:443": {netip.MustParseAddr("203.0.113.171")}}
		o.LookupHTTPS = func(context.Context, string) ([][]byte, error) { t.Error("asked"); return nil, nil }
	})
	if r.Observation.Services.Outcome != fact.Unasked {
		t.Errorf("%+v", r.Observation.Services)
	}
}
