package probe

import (
	"crypto/tls"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
)

// In TLS 1.3 the certificate goes by the signature algorithms that a client
// knows: the chains of both kinds are seen.
func TestChainBySignature(t *testing.T) {
	hosts := []string{"a.example"}
	rsa := deploytest.SelfSigned(deploytest.Spec{Hosts: hosts, Key: deploytest.RSA(2048)})
	ecdsa := deploytest.SelfSigned(deploytest.Spec{Hosts: hosts})
	declined := fact.ChainOffer{Offer: fact.Offer{Answer: fact.Declined, Detail: "alert 'handshake_failure'"}}
	shown := func(c tls.Certificate) fact.ChainOffer {
		return fact.ChainOffer{Offer: fact.Offer{Answer: fact.Accepted, Detail: "its Certificate message"}, Chain: c.Certificate}
	}
	for name, c := range map[string]struct {
		has     []tls.Certificate
		version uint16
		want    fact.Capabilities
	}{
		"both, ECDSA first": {[]tls.Certificate{ecdsa, rsa}, tls.VersionTLS13, fact.Capabilities{RSATLS13: shown(rsa), Connections: 1}},
		"both, RSA first":   {[]tls.Certificate{rsa, ecdsa}, tls.VersionTLS13, fact.Capabilities{ECDSATLS13: shown(ecdsa), Connections: 1}},
		"RSA alone":         {[]tls.Certificate{rsa}, tls.VersionTLS13, fact.Capabilities{ECDSATLS13: declined, Connections: 1}},
		"ECDSA alone":       {[]tls.Certificate{ecdsa}, tls.VersionTLS13, fact.Capabilities{RSATLS13: declined, Connections: 1}},
		"up to TLS 1.2":     {[]tls.Certificate{ecdsa, rsa}, tls.VersionTLS12, fact.Capabilities{}},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: c.has})
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			t.Cleanup(func() { l.Close(); <-done })
			go func() {
				defer close(done)
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					conn.SetDeadline(time.Now().Add(10 * time.Second))
					conn.(*tls.Conn).Handshake() // fails where the client is refused
					conn.Close()
				}
			}()
			current := fact.Handshake{Version: c.version, Chain: c.has[0].Certificate, ServerName: "a.example"}
			var got fact.Capabilities
			New(Options{}).chainBySignature(t.Context(), netip.MustParseAddrPort(l.Addr().String()), current, &got)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// What the user raised holds for every probe.
func TestPatience(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{
		0: 5 * time.Second, 2 * time.Second: 2 * time.Second, 10 * time.Second: 5 * time.Second, 20 * time.Second: 20 * time.Second,
	} {
		if got := New(Options{Timeout: timeout}).patience(answerPatience); got != want {
			t.Errorf("with a timeout of %s: %s, want %s", timeout, got, want)
		}
	}
}

// A prober remembers the latest surveys, and no more of a long list.
func TestSurveysAreForgotten(t *testing.T) {
	p := New(Options{})
	at := netip.MustParseAddrPort("192.0.2.1:443")
	first := p.surveyAt(at, "0.example")
	for i := range maxSurveys {
		host := strconv.Itoa(i) + ".example"
		if survey := p.surveyAt(at, host); p.surveyAt(at, host) != survey {
			t.Fatalf("%s: two surveys", host)
		}
	}
	if p.surveyAt(at, "0.example") != first {
		t.Error("the first was forgotten before there were too many")
	}
	p.surveyAt(at, "another.example")
	if len(p.surveys) != maxSurveys || len(p.recent) != maxSurveys {
		t.Errorf("%d surveys, %d keys", len(p.surveys), len(p.recent))
	}
	if p.surveyAt(at, "0.example") == first {
		t.Error("the first is still remembered")
	}
}
