package probe_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/probe"
)

// waiting lets a prober wait for a minute, of which each pause takes its part
// at once, and notes why it waits.
func waiting(reasons *[]string) func(*probe.Options) {
	return func(o *probe.Options) {
		start := time.Now()
		var paused atomic.Int64
		o.Wait, o.Now = time.Minute, func() time.Time { return start.Add(time.Duration(paused.Load())) }
		o.Pause = func(_ context.Context, d time.Duration) { paused.Add(int64(d)) }
		o.Waiting = func(_ fact.Target, why string) { *reasons = append(*reasons, why) }
	}
}

// A deployment is waited for until it answers itself, with a trusted
// certificate; at the end of the wait what is there is judged.
func TestWaitForTheDeployment(t *testing.T) {
	down := func(status int) deploytest.Server { return deploytest.Answer(status, "down") }
	downgrade := deploytest.Redirect("http://other.example/")
	good := deploytest.Page(deploytest.GoodPage)
	for name, tt := range map[string]struct {
		https  deploytest.Server
		want   check.State
		waits  bool
		reason string
	}{
		"503, then a redirect to cleartext": {deploytest.First(3, down(503), downgrade), check.Fail, true, "answers 503"},
		"522, then a redirect to cleartext": {deploytest.First(2, down(522), downgrade), check.Fail, true, "answers 522"},
		"429, then up":                      {deploytest.First(2, down(429), good), check.Pass, true, "answers 429"},
		"up at once":                        {nil, check.Pass, false, ""},
		"500 is the application's":          {down(500), check.Pass, false, ""},
		"503 to the end":                    {down(503), check.Unknown, true, "answers 503"},
		"429 to the end":                    {down(429), check.Unknown, true, "answers 429"},
	} {
		t.Run(name, func(t *testing.T) {
			var reasons []string
			r, _ := failing(t, deploytest.Deployment{Host: "up.example", TLS: http1Only, HTTPS: tt.https, With: []deploytest.Deployment{{Host: "other.example"}}}, waiting(&reasons))
			if got := state(r, check.TLSOnly); got != tt.want || (len(reasons) > 0) != tt.waits || tt.waits && !strings.Contains(reasons[0], tt.reason) {
				t.Errorf("%s, waits %q\n%q", got, reasons, messages(r))
			}
		})
	}
}

// A certificate that is not trusted yet is waited for, and judged at the end.
func TestWaitForTheCertificate(t *testing.T) {
	var reasons []string
	_, got := failing(t, deploytest.Deployment{Host: "up.example", Certificate: deploytest.SignedByItself}, waiting(&reasons))
	if len(reasons) == 0 || !strings.Contains(reasons[0], "not trusted") || !strings.Contains(strings.Join(got, " "), "self-signed") {
		t.Errorf("waits %q, failed %q", reasons, got)
	}
}

// Over TLS, too, a rate limit is asked again once.
func TestRateLimitOverTLS(t *testing.T) {
	many, good := deploytest.Answer(429, "slower"), deploytest.Page(deploytest.GoodPage)
	for name, tt := range map[string]struct {
		https deploytest.Server
		want  check.State
	}{"once": {deploytest.First(1, many, good), check.Pass}, "always": {many, check.Unknown}} {
		r, _ := failing(t, deploytest.Deployment{TLS: http1Only, HTTPS: tt.https}, nil)
		if got := state(r, check.TLSOnly); got != tt.want {
			t.Errorf("%s: %s\n%q", name, got, messages(r))
		}
	}
}
