package probe_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe"
)

// Neither a redirect nor a certificate makes the program speak to a port of
// another protocol; the port of the target itself was declared.
func TestBlockedPorts(t *testing.T) {
	redirect := func(to string) deploytest.Deployment {
		return deploytest.Deployment{HTTPS: deploytest.Redirect(to)}
	}
	names := func(edit func(*x509.Certificate)) deploytest.Deployment {
		return deploytest.Deployment{Certificate: func(n *deploytest.Network, host string) tls.Certificate {
			return n.Issuer().Leaf(deploytest.Spec{Hosts: []string{host}, Edit: edit})
		}}
	}
	for name, c := range map[string]struct {
		deploytest.Deployment
		url    string
		dialed string // what is, beside the target's own ports
		states check.State
	}{
		"cleartext redirect":       {redirect("http://other.example:22/"), "", "", check.Fail},
		"redirect":                 {redirect("https://other.example:22/"), "", "", check.Pass},
		"redirect on the own host": {redirect("https://ports.example:22/"), "", "", check.Unknown},
		"redirect to an address":   {redirect("https://203.0.113.50:25/"), "", "", check.Pass},
		"redirect to another port": {redirect("https://other.example:8443/"), "", "203.0.113.50:8443", check.Pass},
		"refresh":                  {deploytest.Deployment{HTTPS: deploytest.Page("<p>", "Refresh: 0;url=https://other.example:6667/")}, "", "", check.Pass},
		"revocation list": {names(func(c *x509.Certificate) {
			c.OCSPServer, c.CRLDistributionPoints = nil, []string{"http://other.example:25/"}
		}), "", "", check.Pass},
		"responder": {names(func(c *x509.Certificate) {
			c.CRLDistributionPoints, c.OCSPServer = nil, []string{"http://other.example:6379/", "http://other.example:6000/"}
		}), "", "203.0.113.50:6379", check.Pass},
		"alternative service":        {deploytest.Deployment{HTTPS: deploytest.Page("<p>", `Alt-Svc: h3=":53"`)}, "", "", check.Pass},
		"declared":                   {deploytest.Deployment{Port: 6000}, "https://ports.example:6000/", "", check.Pass},
		"declared, redirects there":  {deploytest.Deployment{Port: 6000, HTTPS: paths(map[string]http.HandlerFunc{"/": to("https://ports.example:6000/x"), "/x": html("<p>")})}, "https://ports.example:6000/", "", check.Pass},
		"declared, redirects beyond": {deploytest.Deployment{Port: 6000, HTTPS: deploytest.Redirect("https://ports.example:6665/")}, "https://ports.example:6000/", "", check.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			n.Name("other.example", "203.0.113.50")
			c.Host, c.Addresses = "ports.example", []string{"203.0.113.49"}
			n.Deploy(c.Deployment)
			url := "https://ports.example/"
			if c.url != "" {
				url = c.url
			}
			var mu sync.Mutex
			var dialed []string
			own := []string{"203.0.113.49:443", "203.0.113.49:80", "203.0.113.49:6000", "203.0.113.1:80"} // the last is the authority's
			note := func(address string) {
				mu.Lock()
				defer mu.Unlock()
				if !slices.Contains(own, address) && !slices.Contains(dialed, address) {
					dialed = append(dialed, address)
				}
			}
			r := judge(t, n, url, func(o *probe.Options) {
				o.Revocation = fact.RevocationSoft
				o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					note(address)
					return n.DialContext(ctx, network, address)
				}
			})
			if got := strings.Join(dialed, " "); got != c.dialed {
				t.Errorf("dialed %q, want %q", got, c.dialed)
			}
			if got := state(r, check.TLSOnly); got != c.states {
				t.Errorf("%s, want %s", got, c.states)
			}
			if r.Observation.Endpoints[0].HTTP3.Outcome == fact.Answered {
				t.Error("HTTP/3 was asked")
			}
		})
	}
}
