package probe_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe"
)

// A target's own header gets in at that target, in the place of the run's, and
// is sent to no other.
func TestHeaderOfOneTarget(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	wants := func(bypass string) deploytest.Server {
		return deploytest.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
			if r.Header.Get("X-Bypass") != bypass {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}))
	}
	n.Deploy(deploytest.Deployment{Host: "own.example", HTTPS: wants("own-bypass")})
	n.Deploy(deploytest.Deployment{Host: "other.example", HTTPS: wants("run-bypass")})
	for url, want := range map[string]check.State{"https://own.example/": check.Pass, "https://other.example/": check.Pass} {
		r := judge(t, n, url, func(o *probe.Options) {
			o.Headers = []fact.Header{{Name: "X-Bypass", Value: "run-bypass"}}
			o.Targets = map[string]probe.TargetOptions{"https://own.example/": {Headers: []fact.Header{{Name: "X-Bypass", Value: "own-bypass"}}}}
		})
		if got := state(r, check.TLSOnly); got != want {
			t.Errorf("%s: %s, want %s\n%q", url, got, want, messages(r))
		}
	}
}

// Revocation is looked for at the target that wants it, and at no other.
func TestRevocationOfOneTarget(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "on.example", Certificate: deploytest.RevokedByCRL})
	n.Deploy(deploytest.Deployment{Host: "off.example", Certificate: deploytest.RevokedByCRL})
	asked := map[string]bool{}
	for _, host := range []string{"on.example", "off.example"} {
		r := judge(t, n, "https://"+host+"/", func(o *probe.Options) {
			o.Revocation = fact.RevocationSoft
			o.Targets = map[string]probe.TargetOptions{"https://off.example/": {Revocation: fact.RevocationOff}}
		})
		asked[host] = strings.Contains(strings.Join(failed(r), " "), "certificate-revoked")
	}
	if diff := cmp.Diff(map[string]bool{"on.example": true, "off.example": false}, asked); diff != "" {
		t.Errorf("certificate-revoked (-want +got):\n%s", diff)
	}
}
