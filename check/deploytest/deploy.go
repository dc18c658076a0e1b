package deploytest

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// A Deployment is a host with a cleartext port and a TLS port. With nothing
// but a Host it is good: port 80 redirects to https, port 443 speaks TLS 1.2
// and 1.3 with a certificate of the network's CA and serves a page with HSTS.
type Deployment struct {
	// Host is a name or an IP address.
	Host string
	// Addresses are where it listens; by default one that nobody has yet.
	// Several Deployments may share a Host, each at its own addresses.
	Addresses []string
	// Port is the TLS port, by default 443; CleartextPort by default 80.
	Port, CleartextPort uint16
	// Cleartext answers at the cleartext port.
	Cleartext Server
	// HTTPS answers at the TLS port, inside TLS unless NoTLS is set.
	HTTPS Server
	NoTLS bool
	// Sniff answers at the TLS port to clients that do not begin with a TLS
	// record, on ports that tell by the first byte.
	Sniff Server
	// Certificate makes what the TLS port presents.
	Certificate Issue
	// HTTP3 makes what HTTP/3 clients are shown at the TLS port's number over
	// UDP, which every answer over TLS then advertises; nil for no HTTP/3.
	HTTP3 Issue
	// TLS has the last word on the TLS port's configuration.
	TLS func(*tls.Config)
	// With are other hosts it leads to, deployed along with it.
	With []Deployment

	// Rule is the id of the rule that is broken, empty for none, and Fault
	// says in one sentence what is wrong. They change nothing.
	Rule, Fault string
}

// URL is the deployment's https URL.
func (d Deployment) URL() string {
	host := d.Host
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + host + "]"
	}
	if d.Port == 0 || d.Port == 443 {
		return "https://" + host + "/"
	}
	return fmt.Sprintf("https://%s:%d/", host, d.Port)
}

// Deploy starts a deployment and returns it with the defaults filled in.
func (n *Network) Deploy(d Deployment) Deployment {
	d = n.complete(d)
	if _, err := netip.ParseAddr(d.Host); err != nil {
		n.Name(d.Host, d.Addresses...)
	}
	https := d.HTTPS
	if w, ok := https.(web); ok && d.HTTP3 != nil {
		w.handler = advertiseHTTP3(w.handler, d.Port)
		https = w
	}
	if !d.NoTLS && https != Closed {
		https = secure{inner: https, config: n.config(d), sniff: d.Sniff}
	}
	for _, a := range d.Addresses {
		n.Serve(net.JoinHostPort(a, strconv.Itoa(int(d.CleartextPort))), d.Cleartext)
		n.Serve(net.JoinHostPort(a, strconv.Itoa(int(d.Port))), https)
		if d.HTTP3 != nil {
			n.serveHTTP3(netip.AddrPortFrom(must(netip.ParseAddr(a)), d.Port), d.HTTP3(n, d.Host))
		}
	}
	for _, other := range d.With {
		n.Deploy(other)
	}
	return d
}

// complete fills in the defaults.
func (n *Network) complete(d Deployment) Deployment {
	if d.Addresses == nil {
		d.Addresses = []string{n.address(d.Host)}
	}
	if d.Port == 0 {
		d.Port = 443
	}
	if d.CleartextPort == 0 {
		d.CleartextPort = 80
	}
	if d.Cleartext == nil {
		d.Cleartext = ToHTTPS(d.Port)
	}
	if d.HTTPS == nil {
		d.HTTPS = Page(GoodPage)
	}
	if d.Certificate == nil {
		d.Certificate = Issued(Spec{})
	}
	return d
}

// address is the host's own, or else the next free one of the documentation
// networks (RFC 5737).
func (n *Network) address(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	nets := []string{"203.0.113.", "198.51.100.", "192.0.2."}
	const first, each = 10, 240
	i := n.given
	n.given++
	return nets[i/each] + strconv.Itoa(first+i%each)
}

// config is the TLS port's configuration.
func (n *Network) config(d Deployment) *tls.Config {
	c := &tls.Config{
		Certificates: []tls.Certificate{d.Certificate(n, d.Host)},
		NextProtos:   []string{"h2", "http/1.1"},
	}
	if _, ok := d.HTTPS.(web); !ok {
		c.NextProtos = []string{"http/1.1"}
	}
	if d.TLS != nil {
		d.TLS(c)
	}
	return c
}
