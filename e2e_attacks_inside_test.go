//go:build hostile && linux

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// publicHost is where the hosts of this test are, and publicPlace what is connected
// to as a proof that a way is open to public addresses.
var (
	publicHost  = netip.MustParseAddr("203.0.113.1")
	publicPlace = netip.MustParseAddr("203.0.113.200")
)

// A way is a host whose deployment tries to lead a client somewhere.
type way struct {
	host    string
	url     string                          // that is declared; empty for the host's own
	answers func(question int) []netip.Addr // its addresses, for each time that they are asked for
	service []byte                          // the data of its HTTPS record
	fields  string                          // of its answer's header
	status  int                             // of its answer, 200 if 0
	body    string                          // of its answer
	sources func(*x509.Certificate, string) // names them in its certificate
	to      string                          // the place, or the URL, of sources
	unsent  bool                            // its intermediate has to be fetched
}

// kindsOfWays are those to an address: by the name of each, how a host leads
// there.
var kindsOfWays = map[string]func(place netip.Addr) way{
	"declared": func(place netip.Addr) way { return way{url: "https://" + inURL(place) + "/"} },
	"declared, cleartext": func(place netip.Addr) way {
		return way{url: "http://" + inURL(place) + "/"}
	},
	"declared port": func(place netip.Addr) way { return way{url: "https://" + inURL(place) + ":8443/"} },
	"name":          func(place netip.Addr) way { return way{answers: always(place)} },
	"name, one of two addresses": func(place netip.Addr) way {
		return way{answers: always(publicHost, place)}
	},
	"name that changes": func(place netip.Addr) way {
		return way{fields: "Location: /again\r\n", status: 302, answers: func(question int) []netip.Addr {
			if question == 0 {
				return []netip.Addr{publicHost}
			}
			return []netip.Addr{place}
		}}
	},
	"Location": func(place netip.Addr) way {
		return way{status: 302, fields: "Location: https://" + inURL(place) + "/\r\n"}
	},
	"Location, cleartext": func(place netip.Addr) way {
		return way{status: 302, fields: "Location: http://" + inURL(place) + "/\r\n"}
	},
	"Location, another port": func(place netip.Addr) way {
		return way{status: 302, fields: "Location: https://" + inURL(place) + ":8443/\r\n"}
	},
	"Location to a name": func(place netip.Addr) way {
		return way{status: 302, fields: "Location: https://" + nameOf(place) + "/\r\n"}
	},
	"Refresh": func(place netip.Addr) way { return way{fields: "Refresh: 0;url=https://" + inURL(place) + "/\r\n"} },
	"refresh in a page": func(place netip.Addr) way {
		return way{fields: "Content-Type: text/html\r\n", body: "<meta http-equiv=refresh content='0;url=https://" + inURL(place) + "/'>"}
	},
	"Alt-Svc":           func(place netip.Addr) way { return way{fields: "Alt-Svc: h3=\"" + inURL(place) + ":443\"\r\n"} },
	"Alt-Svc to a name": func(place netip.Addr) way { return way{fields: "Alt-Svc: h3=\"" + nameOf(place) + ":443\"\r\n"} },
	"HTTPS record to a name": func(place netip.Addr) way {
		return way{service: serviceRecord(nameOf(place), nil)}
	},
	"HTTPS record's hint": func(place netip.Addr) way { return way{service: serviceRecord("", &place)} },
	"CRL": func(place netip.Addr) way {
		return way{to: inURL(place), sources: func(c *x509.Certificate, at string) { c.CRLDistributionPoints = []string{at} }}
	},
	"OCSP": func(place netip.Addr) way {
		return way{to: inURL(place), sources: func(c *x509.Certificate, at string) { c.OCSPServer = []string{at} }}
	},
	"CRL at a name": func(place netip.Addr) way {
		return way{to: nameOf(place), sources: func(c *x509.Certificate, at string) { c.CRLDistributionPoints = []string{at} }}
	},
	"issuer": func(place netip.Addr) way {
		return way{to: inURL(place), unsent: true, sources: func(c *x509.Certificate, at string) { c.IssuingCertificateURL = []string{at} }}
	},
}

// blindWays are those that lead nowhere, not even to public places: hints are
// not used, and the redirects of a host are followed at the address that it had.
var blindWays = []string{"HTTPS record's hint", "name that changes"}

// always gives the same addresses.
func always(all ...netip.Addr) func(int) []netip.Addr {
	return func(int) []netip.Addr { return all }
}

// inURL is an address as URLs have it.
func inURL(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

// nameOf is a name whose address is that one.
func nameOf(a netip.Addr) string { return "at-" + hex.EncodeToString(a.AsSlice()) + ".places.example" }

// serviceRecord is the data of an HTTPS record that offers HTTP/3 at a name, ""
// for the owner, with an address as a hint.
func serviceRecord(name string, hint *netip.Addr) []byte {
	data := []byte{0, 1}
	for _, label := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' }) {
		data = append(append(data, byte(len(label))), label...)
	}
	data = append(data, 0, 0, 1, 0, 3, 2, 'h', '3')
	if hint != nil {
		key := byte(4)
		if hint.Is6() {
			key = 6
		}
		raw := hint.AsSlice()
		data = append(append(data, 0, key, 0, byte(len(raw))), raw...)
	}
	return data
}

// insideAddresses are an address of each block of the special-purpose registries
// that is not globally reachable, metadata services, and IPv6 addresses that
// carry one of IPv4.
func insideAddresses(t *testing.T) []netip.Addr {
	t.Helper()
	var all []netip.Addr
	for line := range strings.Lines(string(readFile(t, filepath.Join("check", "fact", "special-addresses.csv")))) {
		columns := strings.Split(strings.TrimSpace(line), ",")
		block, err := netip.ParsePrefix(columns[0])
		if err != nil || columns[len(columns)-1] != "false" || strings.Contains(line, "ocumentation") {
			continue
		}
		a := block.Addr()
		for range 3 {
			if next := a.Next(); block.Contains(next) {
				a = next
			}
		}
		all = append(all, a)
	}
	for _, a := range []string{
		"127.0.0.1", "127.255.255.254", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1", "169.254.169.254", "169.254.170.2",
		"100.100.100.200", "192.0.0.192", "224.0.0.1", "255.255.255.255", "0.0.0.0", "::", "::1", "fd00:ec2::254", "fe80::1", "fc00::1", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1",
		"2002:7f00:1::", "2002:a00:1::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1",
	} {
		all = append(all, netip.MustParseAddr(a))
	}
	slices.SortFunc(all, netip.Addr.Compare)
	if all = slices.Compact(all); len(all) < 50 {
		t.Fatalf("%d addresses", len(all))
	}
	return all
}

// otherForms are names that clients take for loopback or metadata addresses,
// other than by the usual forms of these.
var otherForms = []string{
	"2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.1", "0", "0x0", "017700000001", "127.0.0.1.", "2852039166", "0xa9fea9fe",
	"0251.0376.0251.0376", "169.254.43518", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::1%25lo]", "localhost", "localhost.", "LOCALHOST",
	"x.localhost", "ⓛocalhost", "１２７.0.0.1", "127。0。0。1", "%6c%6f%63alhost", "metadata.google.internal", "ip6-localhost",
}

// TestInside has a run without allow-private led inside in every way that there
// is, in a network namespace where every address answers, and watches what goes
// over its wire.
func TestInside(t *testing.T) {
	build(t)
	ways := []*way{}
	add := func(w way) {
		w.host = fmt.Sprintf("w%d.ways.example", len(ways))
		if w.url == "" {
			w.url = "https://" + w.host + "/"
		}
		if w.answers == nil {
			w.answers = always(publicHost)
		}
		ways = append(ways, &w)
	}
	for _, make := range kindsOfWays {
		for _, place := range insideAddresses(t) {
			add(make(place))
		}
	}
	for _, form := range otherForms {
		for _, scheme := range []string{"https://", "http://", "//"} {
			add(way{status: 302, fields: "Location: " + scheme + form + "/\r\n"})
		}
		add(way{fields: "Alt-Svc: h3=\"" + form + ":443\"\r\n"})
		add(way{to: form, sources: kindsOfWays["CRL"](publicHost).sources})
	}
	t.Logf("%d ways", len(ways))
	for at, how := range insideNamespace(t, ways) {
		if at != publicHost && at != nameServer {
			t.Errorf("%s was connected to (%s)", at, how)
		}
	}
}

// TestOutside has a run led to public addresses in the same ways, and so shows
// that it follows them.
func TestOutside(t *testing.T) {
	build(t)
	place := publicPlace
	for kind, make := range kindsOfWays {
		if slices.Contains(blindWays, kind) {
			continue
		}
		place = place.Next()
		w := make(place)
		w.host = "way.example"
		if w.url == "" {
			w.url = "https://" + w.host + "/"
		}
		if w.answers == nil {
			w.answers = always(publicHost)
		}
		if _, met := insideNamespace(t, []*way{&w})[place]; !met {
			t.Errorf("%q leads nowhere: %s was not connected to", kind, place)
		}
	}
}

// TestDeclaredInside declares loopback and metadata services in all forms of
// their addresses.
func TestDeclaredInside(t *testing.T) {
	build(t)
	for _, form := range otherForms {
		for at, how := range insideNamespace(t, []*way{{host: "none.example", url: "https://" + form + "/", answers: always(publicHost)}}) {
			if at != publicHost && at != nameServer {
				t.Errorf("%s was connected to (%s) by '%s'", at, how, form)
			}
		}
	}
}

// An insideServer answers at every address of a namespace.
type insideServer struct {
	network *deploytest.Network
	unsent  *deploytest.CA
	ways    map[string]*way // by host

	mu    sync.Mutex
	asked map[string]int // questions by name and type
	certs map[string]*tls.Certificate
}

// insideNamespace runs the program over ways in a namespace of its own, and
// gives to which addresses it connected, and how.
func insideNamespace(t *testing.T, ways []*way) map[netip.Addr]string {
	t.Helper()
	n := deploytest.NewNetwork()
	t.Cleanup(n.Close)
	s := &insideServer{
		network: n, ways: map[string]*way{}, asked: map[string]int{}, certs: map[string]*tls.Certificate{},
		unsent: n.Root().Intermediate(deploytest.Spec{Name: "Unsent", Edit: withoutSources}),
	}
	dir := t.TempDir()
	roots, list := filepath.Join(dir, "roots.pem"), filepath.Join(dir, "urls.txt")
	writeFile(t, roots, string(n.Root().PEM()))
	var urls []string
	for _, w := range ways {
		s.ways[w.host] = w
		urls = append(urls, w.url)
	}
	writeFile(t, list, strings.Join(urls, "\n"))
	ns := newNamespace(t)
	ns.serve(t, s)
	wire := ns.watch(t)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, attacked, "-urls-file", list, "-roots", roots, "-timeout", "5s", "-deadline", "20s", "-retries", "0")
	cmd.Env = append(os.Environ(), "GITHUB_ACTIONS=")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	// How it ends is no matter here, but for a crash.
	ns.do(func() { _ = cmd.Run() })
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != exitViolations && code != exitNotVerified && (code != exitUsage || len(ways) > 1) || strings.Contains(out.String(), "goroutine ") {
		t.Errorf("exit code %d\n%.2000s", code, out.String())
	}
	return wire()
}

// certificate is that of a host.
func (s *insideServer) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cert := s.certs[hello.ServerName]; cert != nil {
		return cert, nil
	}
	w := s.ways[hello.ServerName]
	issuer := s.network.Issuer()
	if w != nil && w.unsent {
		issuer = s.unsent
	}
	cert := issuer.Leaf(deploytest.Spec{Hosts: []string{max(hello.ServerName, "none.example")}, Edit: func(c *x509.Certificate) {
		withoutSources(c)
		if w != nil && w.sources != nil {
			w.sources(c, "http://"+w.to+"/"+strconv.Itoa(len(s.certs)))
		}
	}})
	if w != nil && w.unsent {
		cert.Certificate = cert.Certificate[:1]
	}
	s.certs[hello.ServerName] = &cert
	return &cert, nil
}

// tls is how a connection to a TLS port goes.
func (s *insideServer) tls(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	conn := tls.Server(c, &tls.Config{GetCertificate: s.certificate, SessionTicketsDisabled: true})
	if conn.Handshake() != nil {
		return
	}
	request(conn)
	w := s.ways[conn.ConnectionState().ServerName]
	if w == nil {
		w = new(way)
	}
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d X\r\nStrict-Transport-Security: max-age=63072000\r\nContent-Length: %d\r\n%s\r\n%s", max(w.status, 200), len(w.body), w.fields, w.body)
}

// cleartext is how one to a cleartext port goes.
func (s *insideServer) cleartext(c net.Conn) {
	defer c.Close()
	request(c)
	_, _ = fmt.Fprint(c, "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n")
}

// typeHTTPS is that of HTTPS records (RFC 9460 section 14.1).
const typeHTTPS = dnsmessage.Type(65)

// answer is the name server.
func (s *insideServer) answer(_ string, q dnsmessage.Question) (a deploytest.DNSAnswer) {
	name := strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	s.mu.Lock()
	count := s.asked[name+q.Type.String()]
	s.asked[name+q.Type.String()]++
	s.mu.Unlock()
	var addresses []netip.Addr
	w := s.ways[name]
	switch text, isPlace := strings.CutPrefix(strings.TrimSuffix(name, ".places.example"), "at-"); {
	case isPlace:
		raw, _ := hex.DecodeString(text)
		if place, ok := netip.AddrFromSlice(raw); ok {
			addresses = []netip.Addr{place}
		}
	case w != nil:
		addresses = w.answers(count)
	default: // whatever else resolves inside, where a client asks for it
		addresses = []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}
	}
	header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: dnsmessage.ClassINET}
	for _, at := range addresses {
		switch {
		case q.Type == dnsmessage.TypeA && at.Is4():
			a.Records = append(a.Records, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: at.As4()}})
		case q.Type == dnsmessage.TypeAAAA && at.Is6():
			a.Records = append(a.Records, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: at.As16()}})
		}
	}
	if q.Type == typeHTTPS && w != nil && w.service != nil {
		a.Records = append(a.Records, dnsmessage.Resource{Header: header, Body: &dnsmessage.UnknownResource{Type: typeHTTPS, Data: w.service}})
	}
	return a
}
