package deploytest_test

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/tlsgate/tlsgate/check/deploytest"
)

// client is an ordinary HTTP client on the network that trusts its root.
func client(n *deploytest.Network) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:       n.DialContext,
		TLSClientConfig:   &tls.Config{RootCAs: n.Root().Pool()},
		ForceAttemptHTTP2: true,
		DisableKeepAlives: true,
	}}
}

func TestSound(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	d := n.Deploy(deploytest.Deployment{Host: "shop.example"})
	res, err := client(n).Get("http://shop.example/cart?item=1")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, want := res.Request.URL.String(), d.URL()+"cart?item=1"; got != want {
		t.Errorf("port 80 leads to %s, want %s", got, want)
	}
	if got := res.Header.Get("Strict-Transport-Security"); got != deploytest.SoundHSTS {
		t.Errorf("HSTS is %q", got)
	}
}
