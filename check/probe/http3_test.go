package probe_test

import (
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
)

func TestHTTP3(t *testing.T) {
	const at = "203.0.113.90"
	for name, tc := range map[string]struct {
		deploytest.Deployment
		silent  bool // UDP gets no answer
		outcome fact.Outcome
		state   check.State
	}{
		"not advertised":   {deploytest.Deployment{}, false, fact.Unasked, check.NotApplicable},
		"good":             {deploytest.Deployment{HTTP3: deploytest.Issued(deploytest.Spec{})}, false, fact.Answered, check.Pass},
		"expired":          {deploytest.Deployment{HTTP3: deploytest.Expired}, false, fact.Answered, check.Fail},
		"another host":     {deploytest.Deployment{HTTP3: deploytest.WrongHost}, false, fact.Answered, check.Fail},
		"expired over TCP": {deploytest.Deployment{Certificate: deploytest.Expired, HTTP3: deploytest.Expired}, false, fact.Answered, check.Pass},
		"blocked":          {deploytest.Deployment{HTTP3: deploytest.Expired}, true, fact.TimedOut, check.Unknown},
		"nobody there": {deploytest.Deployment{HTTPS: deploytest.Page(deploytest.GoodPage, `Alt-Svc: h3=":443"`)}, false,
			fact.Unreachable, check.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := deploytest.NewNetwork()
			defer n.Close()
			tc.Host, tc.Addresses = "h3.example", []string{at}
			d := n.Deploy(tc.Deployment)
			if tc.silent {
				n.BlockUDP()
			}
			r := judge(t, n, d.URL(), nil)
			if got := r.Observation.Endpoints[0].HTTP3; got.Outcome != tc.outcome {
				t.Errorf("outcome %q (%s), want %q", got.Outcome, got.Error, tc.outcome)
			}
			for _, v := range r.Verdicts {
				if v.Rule == "http3-certificate" && v.State != tc.state {
					t.Errorf("%s %v %v, want %s", v.State, v.Findings, v.Reasons, tc.state)
				}
			}
			if tc.state != check.Pass || tc.Certificate == nil {
				if state(r, check.PubliclyTrusted) != check.Pass {
					t.Error("HTTP/3 changed the verdict")
				}
			}
		})
	}
}
