package probe_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/probe"

	"github.com/tlsgate/tlsgate/check/fact"
)

const secret = "s3same/öpen+you"

// A secret header reaches the declared origin over trusted TLS, and nothing
// else: no cleartext port, no other origin, no untrusted server, no report,
// also where the server echoes it.
func TestSecretHeader(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	var mu sync.Mutex
	seen := map[string]int{}
	record := func(name string, then http.HandlerFunc) deploytest.Server {
		return deploytest.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(fmt.Sprint(r.Header), "s3same") || strings.Contains(fmt.Sprint(r.Header), "Basic") {
				mu.Lock()
				seen[name]++
				mu.Unlock()
			}
			then(w, r)
		}))
	}
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", secret)
		w.Header().Add("Set-Cookie", r.Header.Get("X-Bypass")+"=1")
		if r.URL.Path == "/" {
			w.Header().Set("Location", "/next?"+r.Header.Get("X-Bypass"))
			w.WriteHeader(http.StatusFound)
			return
		}
		w.Header().Set("Location", "https://other.example/?token="+r.Header.Get("X-Bypass"))
		w.WriteHeader(http.StatusFound)
	}
	n.Deploy(deploytest.Deployment{Host: "shop.example", Addresses: []string{"203.0.113.70"},
		Cleartext: record("cleartext", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://shop.example/again", http.StatusFound)
		}),
		HTTPS: record("origin", echo)})
	n.Deploy(deploytest.Deployment{Host: "other.example", HTTPS: record("other origin", func(w http.ResponseWriter, r *http.Request) {})})
	n.Deploy(deploytest.Deployment{Host: "private.example", Certificate: deploytest.Untrusted, HTTPS: record("untrusted", echo)})
	n.Deploy(deploytest.Deployment{Host: "wrong.example", Certificate: deploytest.WrongHost, HTTPS: record("wrong host", echo)})

	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+secret))
	for _, host := range []string{"shop.example", "private.example", "wrong.example"} {
		r := judge(t, n, "https://"+host+"/", func(o *probe.Options) {
			o.Headers = []fact.Header{{Name: "X-Bypass", Value: secret}, {Name: "Authorization", Value: basic}}
		})
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{"s3same", basic[6:]} {
			if strings.Contains(string(data), form) {
				at := strings.Index(string(data), form)
				t.Errorf("%s: the report holds %q: %s", host, form, data[max(0, at-200):at+50])
			}
		}
	}
	if len(seen) != 1 || seen["origin"] < 2 {
		t.Errorf("the header was seen by %v, want only the origin, on both its URLs", seen)
	}
}

// Waiting ends when the deployment answers with a trusted certificate, and says what it waits for.
func TestWait(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	var told []string
	clock := time.Now() // when the certificates are made
	waiting := func(o *probe.Options) {
		o.Wait, o.Retries = time.Minute, 0
		o.Waiting = func(_ fact.Target, why string) { told = append(told, why) }
		o.Now = func() time.Time { return clock }
		o.Pause = func(_ context.Context, d time.Duration) {
			clock = clock.Add(d)
			if len(told) == 3 {
				n.Deploy(deploytest.Deployment{Host: "late.example"})
			}
		}
	}
	r := judge(t, n, "https://late.example/", waiting)
	if state(r, check.PubliclyTrusted) == check.Unknown || len(told) != 3 || !strings.Contains(told[0], "no-such-name") {
		t.Errorf("told %q; %q", told, messages(r))
	}

	told, began := nil, clock
	n.Deploy(deploytest.Deployment{Host: "never.example", Cleartext: deploytest.Closed, HTTPS: deploytest.Closed})
	r = judge(t, n, "https://never.example/", waiting)
	if state(r, check.TLSOnly) != check.Unknown || clock.Sub(began) != time.Minute || told[0] != "HTTPS port 443: refused" {
		t.Errorf("waited %s, told %q", clock.Sub(began), told)
	}
}
