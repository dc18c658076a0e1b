package probe_test

import (
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
)

// h3Record is an HTTPS record that advertises HTTP/3 on the host itself.
const h3Record = "\x00\x01\x00\x00\x01\x00\x06\x02h3\x02h2"

// quiet is a deployment whose answers do not advertise its HTTP/3.
func quiet(certificate deploytest.Issue) deploytest.Deployment {
	return deploytest.Deployment{HTTP3: certificate, HTTPS: quietServer{deploytest.Page(deploytest.GoodPage)}}
}

// A quietServer is one to which [deploytest.Network.Deploy] adds no Alt-Svc.
type quietServer struct{ deploytest.Server }

func TestHTTP3(t *testing.T) {
	const at = "203.0.113.90"
	for name, tc := range map[string]struct {
		deploytest.Deployment
		silent  bool     // UDP gets no answer
		records []string // HTTPS records
		outcome fact.Outcome
		state   check.State
	}{
		"not advertised":   {deploytest.Deployment{}, false, nil, fact.Unasked, check.NotApplicable},
		"good":             {deploytest.Deployment{HTTP3: deploytest.Issued(deploytest.Spec{})}, false, nil, fact.Answered, check.Pass},
		"expired":          {deploytest.Deployment{HTTP3: deploytest.Expired}, false, nil, fact.Answered, check.Fail},
		"another host":     {deploytest.Deployment{HTTP3: deploytest.WrongHost}, false, nil, fact.Answered, check.Fail},
		"expired over TCP": {deploytest.Deployment{Certificate: deploytest.Expired, HTTP3: deploytest.Expired}, false, nil, fact.Answered, check.Pass},
		"blocked":          {deploytest.Deployment{HTTP3: deploytest.Expired}, true, nil, fact.TimedOut, check.Unknown},
		"nobody there": {deploytest.Deployment{HTTPS: deploytest.Page(deploytest.GoodPage, `Alt-Svc: h3=":443"`)}, false, nil,
			fact.Unreachable, check.Unknown},
		"advertised by DNS":              {quiet(deploytest.Issued(deploytest.Spec{})), false, []string{h3Record}, fact.Answered, check.Pass},
		"expired, advertised by DNS":     {quiet(deploytest.Expired), false, []string{"\x00\x02\x00\x00\x01\x00\x03\x02h2", h3Record}, fact.Answered, check.Fail},
		"blocked, advertised by DNS":     {quiet(deploytest.Expired), true, []string{h3Record}, fact.TimedOut, check.Unknown},
		"record of HTTP/2":               {quiet(deploytest.Expired), false, []string{"\x00\x01\x00\x00\x01\x00\x03\x02h2"}, fact.Unasked, check.NotApplicable},
		"record beside a malformed one":  {quiet(deploytest.Expired), false, []string{h3Record, "\x00\x02"}, fact.Unasked, check.NotApplicable},
		"record for newer clients":       {quiet(deploytest.Expired), false, []string{"\x00\x01\x00\x00\x00\x00\x02\x01\x00\x00\x01\x00\x03\x02h3\x01\x00\x00\x00"}, fact.Unasked, check.NotApplicable},
		"alias":                          {quiet(deploytest.Expired), false, []string{"\x00\x00\x03cdn\x07example\x00"}, fact.Unasked, check.NotApplicable},
		"record, and no answer over TLS": {deploytest.Deployment{HTTP3: deploytest.Expired, HTTPS: deploytest.Hangup}, false, []string{h3Record}, fact.Answered, check.Fail},
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
			for _, record := range tc.records {
				n.HTTPSRecord("h3.example", []byte(record))
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
