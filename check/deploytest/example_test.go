package deploytest_test

import (
	"crypto/tls"
	"fmt"
	"net/http"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

func ExampleNetwork_Deploy() {
	n := deploytest.NewNetwork()
	defer n.Close()
	shop := n.Deploy(deploytest.Deployment{
		Host:      "shop.example",
		Addresses: []string{"203.0.113.10", "2001:db8::10"},
		Cleartext: deploytest.Answer(http.StatusOK, "<p>Anybody can read this.</p>"),
	})
	client := &http.Client{Transport: &http.Transport{
		DialContext:     n.DialContext,
		TLSClientConfig: &tls.Config{RootCAs: n.Root().Pool()},
	}}
	for _, url := range []string{"http://shop.example/", shop.URL()} {
		res, err := client.Get(url)
		if err != nil {
			fmt.Println(err)
			continue
		}
		res.Body.Close()
		fmt.Println(url, res.Status, res.TLS != nil)
	}
	total, _ := n.Connections("203.0.113.10:443")
	fmt.Println("connections to the TLS port:", total)
	// Output:
	// http://shop.example/ 200 OK false
	// https://shop.example/ 200 OK true
	// connections to the TLS port: 1
}

func ExampleDeployment() {
	n := deploytest.NewNetwork()
	defer n.Close()
	// Each field makes it different from a good one.
	n.Deploy(deploytest.Deployment{Host: "expired.example", Certificate: deploytest.Expired})
	n.Deploy(deploytest.Deployment{Host: "reset.example", HTTPS: deploytest.Reset, NoTLS: true})
	n.Deploy(deploytest.Deployment{Host: "closed.example", HTTPS: deploytest.Closed})
	n.Deploy(deploytest.Deployment{Host: "old.example", TLS: func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }})
	// One address of a host's two is dead, and another host has none alive.
	n.Name("old.example", "203.0.113.99")
	n.Name("dead.example", "198.51.100.1")
	n.BlackHole("198.51.100.1")
}
