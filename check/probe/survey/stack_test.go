package survey

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/deploytest"

	"github.com/tlsgate/tlsgate/check/fact"
)

// surveyLoopback makes the handshake of a current client with a port, and
// surveys it.
func surveyLoopback(t *testing.T, address string) (fact.Handshake, fact.Capabilities) {
	t.Helper()
	var suites []uint16
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		suites = append(suites, s.ID)
	}
	current := fact.Handshake{Connected: true, Address: address, ServerName: "a.example", Outcome: fact.Answered}
	conn, err := tls.Dial("tcp", address, &tls.Config{
		ServerName: "a.example", InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: suites,
	})
	if err == nil {
		state := conn.ConnectionState()
		conn.Close()
		current.Version, current.Suite = state.Version, state.CipherSuite
		for _, c := range state.PeerCertificates {
			current.Chain = append(current.Chain, c.Raw)
		}
	} else {
		current.Outcome, current.Error = fact.Failed, err.Error()
	}
	return current, Port{Pause: pause, Current: current, Dial: func(ctx context.Context) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			conn.SetDeadline(time.Now().Add(5 * time.Second))
			context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
		}
		return conn, err
	}}.Survey(t.Context())
}

// A countingListener counts what it accepts.
type countingListener struct {
	net.Listener
	n atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.n.Add(1)
	}
	return c, err
}

// listen gives a loopback listener for the time of the test.
func listen(t *testing.T) *countingListener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &countingListener{Listener: l}
}

// crypto/tls at each range of versions it has.
func TestSurveyOfCryptoTLS(t *testing.T) {
	ecdsaOnly := []tls.Certificate{deploytest.SelfSigned(deploytest.Spec{Hosts: []string{"a.example"}})}
	rsaOnly := []tls.Certificate{deploytest.SelfSigned(deploytest.Spec{Hosts: []string{"a.example"}, Key: deploytest.RSA(2048)})}
	both := []tls.Certificate{ecdsaOnly[0], rsaOnly[0]}
	for _, c := range []struct {
		name     string
		min, max uint16
		certs    []tls.Certificate
		suites   []uint16
		want     surveyed
	}{
		{"1.2 to 1.3", tls.VersionTLS12, tls.VersionTLS13, ecdsaOnly, nil, surveyed{versions: "++----", weak: "---", chains: "-+", guards: "+?", conns: 7}},
		{"1.2 to 1.3 with RSA", tls.VersionTLS12, tls.VersionTLS13, rsaOnly, nil, surveyed{versions: "++----", weak: "---", chains: "+-", guards: "+?", conns: 7}},
		{"1.2 to 1.3 with both", tls.VersionTLS12, tls.VersionTLS13, both, nil, surveyed{versions: "++----", weak: "---", chains: "++", guards: "+?", conns: 8}},
		{"1.3", tls.VersionTLS13, tls.VersionTLS13, ecdsaOnly, nil, surveyed{versions: "+-----", weak: "---", chains: "--", guards: "??", conns: 7}},
		{"1.2", tls.VersionTLS12, tls.VersionTLS12, rsaOnly, nil, surveyed{versions: "-+----", weak: "---", chains: "+-", guards: "??", conns: 7}},
		{"1.0 to 1.3", tls.VersionTLS10, tls.VersionTLS13, ecdsaOnly, nil, surveyed{versions: "++++--", weak: "---", chains: "-+", guards: "+?", conns: 10}},
		{"1.1", tls.VersionTLS11, tls.VersionTLS11, ecdsaOnly, nil, surveyed{versions: "--+---", weak: "---", chains: "-+", guards: "??", conns: 7}},
		{"1.0", tls.VersionTLS10, tls.VersionTLS10, ecdsaOnly, nil, surveyed{versions: "---+--", weak: "---", chains: "-+", guards: "??", conns: 7}},
		{"1.2 to 1.3 with RC4 and 3DES", tls.VersionTLS12, tls.VersionTLS13, rsaOnly,
			[]uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA},
			surveyed{versions: "++----", weak: "--+", chains: "+-", guards: "+?", suites: []string{"TLS 1.2 0x000A", "TLS 1.2 0xC011"}, conns: 11}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := listen(t)
			server := &http.Server{
				Handler: http.NotFoundHandler(), ErrorLog: log.New(io.Discard, "", 0),
				TLSConfig: &tls.Config{MinVersion: c.min, MaxVersion: c.max, Certificates: c.certs, CipherSuites: c.suites},
			}
			go server.ServeTLS(l, "", "")
			defer server.Close()
			_, o := surveyLoopback(t, l.Addr().String())
			if d := cmp.Diff(c.want, summary(o), cmp.AllowUnexported(surveyed{})); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			if n := int(l.n.Load()) - 1; n != o.Connections {
				t.Errorf("%d connections said, %d seen", o.Connections, n)
			}
			for i, want := range [][][]byte{chainOf(c.certs, rsaOnly), chainOf(c.certs, ecdsaOnly)} {
				if d := cmp.Diff(want, [][][]byte{o.RSA.Chain, o.ECDSA.Chain}[i]); d != "" && c.max > tls.VersionTLS11 && c.min < tls.VersionTLS13 {
					t.Errorf("chain %d: -want +got\n%s", i, d)
				}
			}
		})
	}
}

// chainOf is the chain of one certificate if it is among those served.
func chainOf(served, one []tls.Certificate) [][]byte {
	for _, c := range served {
		if c.Leaf == one[0].Leaf {
			return c.Certificate
		}
	}
	return nil
}

// A port that resets connections instead of refusing, over real TCP.
func TestSurveyOfPortThatResets(t *testing.T) {
	l := listen(t)
	p := withDefaults(&modelPort{refuse: func(c net.Conn, _ uint8) { c.(*net.TCPConn).SetLinger(0) }})
	go deploytest.Raw(func(c net.Conn) { p.serve(0, c) }).Serve(l)
	s := Port{
		Dial: func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		},
		Pause: pause, Current: p.current(),
	}
	want := surveyed{versions: "++----", weak: "---", chains: "+-", guards: "+?", conns: 14}
	if d := cmp.Diff(want, summary(s.Survey(t.Context())), cmp.AllowUnexported(surveyed{})); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}
