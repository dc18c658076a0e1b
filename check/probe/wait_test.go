package probe_test

import (
	"context"
	"io"
	"net/http"
	"slices"
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

// What is waited for is the answer that redirects end at, by the statuses that
// are expected where these are given.
func TestWaitForWhatIsExpected(t *testing.T) {
	behind := func(then ...int) deploytest.Server { // a page behind a redirect
		n := -1
		return paths(map[string]http.HandlerFunc{"/": to("/app"), "/app": func(w http.ResponseWriter, _ *http.Request) {
			n = min(n+1, len(then)-1)
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(then[n])
			io.WriteString(w, mixed)
		}})
	}
	statuses := func(then ...int) deploytest.Server {
		n := -1
		return paths(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) {
			n = min(n+1, len(then)-1)
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(then[n])
			io.WriteString(w, mixed)
		}})
	}
	expect := func(from, to int) []fact.StatusRange { return []fact.StatusRange{{From: from, To: to}} }
	for name, tt := range map[string]struct {
		https    deploytest.Server
		expected []fact.StatusRange
		want     check.State
		waits    int
		reason   string
	}{
		"503 behind a redirect":        {behind(503, 503, 200), nil, check.Fail, 2, "'https://up.example/app' answers 503"},
		"404 until it is expected":     {statuses(404, 404, 404, 200), expect(200, 200), check.Fail, 3, "answers 404"},
		"404 behind a redirect":        {behind(404, 200), expect(200, 299), check.Fail, 1, "'https://up.example/app' answers 404"},
		"404 is the application's":     {statuses(404, 200), nil, check.Fail, 0, ""},
		"503 is expected":              {statuses(503), expect(503, 503), check.Fail, 0, ""},
		"never what is expected":       {statuses(404), expect(200, 200), check.Unknown, -1, "answers 404"},
		"to a host that never is":      {deploytest.Redirect("https://nowhere.example/"), nil, check.Pass, -1, "'https://nowhere.example/' https answer no-such-name"},
		"in a circle":                  {deploytest.Redirect("/"), nil, check.Pass, 0, ""},
		"to a redirect to cleartext":   {deploytest.Redirect("http://other.example/"), nil, check.Fail, 0, ""},
		"to a page of somebody else":   {deploytest.Redirect("https://other.example/"), nil, check.Pass, 0, ""},
		"redirects are never expected": {behind(200), expect(302, 302), check.Unknown, -1, "answers 200"},
	} {
		t.Run(name, func(t *testing.T) {
			var reasons []string
			r, _ := failing(t, deploytest.Deployment{Host: "up.example", HTTPS: tt.https, With: []deploytest.Deployment{{Host: "other.example"}}}, func(o *probe.Options) {
				waiting(&reasons)(o)
				o.ExpectStatus = tt.expected
			}, tt.expected...)
			if got := state(r, check.TLSOnly); got != tt.want {
				t.Errorf("%s, want %s\n%q", got, tt.want, messages(r))
			}
			if tt.waits >= 0 && len(reasons) != tt.waits || tt.waits < 0 && len(reasons) < 5 || tt.reason != "" && !strings.Contains(reasons[0], tt.reason) {
				t.Errorf("waits %q", reasons)
			}
		})
	}
}

// One address that is ready is not enough where another is not yet up.
func TestWaitForEachAddress(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "up.example", Addresses: []string{"203.0.113.150"}})
	n.Deploy(deploytest.Deployment{Host: "up.example", Addresses: []string{"203.0.113.151"}, TLS: http1Only,
		HTTPS: deploytest.First(2, deploytest.Answer(503, "down"), deploytest.Page(mixed))})
	n.Name("up.example", "203.0.113.152") // closed
	var reasons []string
	r := judge(t, n, "https://up.example/", waiting(&reasons))
	if got := failed(r); len(reasons) != 2 || !slices.Contains(got, "mixed-content") {
		t.Errorf("waits %q, failed %q", reasons, got)
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
