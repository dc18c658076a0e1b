package probe_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"
)

// A clock that is before the day of the embedded data is wrong: certificates are
// neither expired nor to come, but not verified, and the reason says why.
func TestClockThatIsWrong(t *testing.T) {
	n := deploytest.NewNetwork()
	defer n.Close()
	n.Deploy(deploytest.Deployment{Host: "good.example"})
	n.Deploy(deploytest.Deployment{Host: "old.example", Certificate: deploytest.Expired})
	day := pki.EmbeddedDate()
	for _, url := range []string{"https://good.example/", "https://old.example/"} {
		for name, now := range map[string]time.Time{"1970": time.Unix(0, 0), "years ago": day.AddDate(-3, 0, 0), "the day before": day.Add(-time.Second)} {
			t.Run(url+" "+name, func(t *testing.T) {
				r := judge(t, n, url, func(o *probe.Options) {
					o.Now = func() time.Time { return now }
					o.Wait = time.Hour // for what will not come
				})
				if got := failed(r); len(got) != 1 || got[0] != "target-not-verified" {
					t.Errorf("failed %q: %q", got, messages(r))
				}
				if all := strings.Join(messages(r), "\n"); !strings.Contains(all, "'"+now.UTC().Format(time.DateOnly)+"'") || !strings.Contains(all, "'"+day.Format(time.DateOnly)+"'") {
					t.Errorf("%s", all)
				}
				if tls, trust := state(r, check.TLSOnly), state(r, check.PubliclyTrusted); tls != check.Pass || trust != check.Unknown {
					t.Errorf("TLS only: %s, publicly trusted: %s", tls, trust)
				}
				notices(t, r, "set the clock")
			})
		}
	}
	if r := judge(t, n, "https://old.example/", nil); len(failed(r)) != 1 || r.Observation.ClockBefore != "" {
		t.Errorf("with a good clock: %q", failed(r))
	}
	r := judge(t, n, "https://good.example/", func(o *probe.Options) { o.Now = func() time.Time { return day.AddDate(8, 0, 0) } })
	r.Observation.At = day.AddDate(8, 0, 0)
	notices(t, r, "set the clock if that is wrong")
}

// notices expects a notice with a text in the report of a result.
func notices(t *testing.T, r check.Result, want string) {
	t.Helper()
	at := r.Observation.At
	report := check.NewReport("1.2.3", at, at, check.Policy{}, check.Shard{}, []check.Result{{Observation: fact.Observation{At: at, ClockBefore: r.Observation.ClockBefore}}})
	for _, notice := range report.Notices {
		if strings.Contains(strings.ToLower(notice.Text), want) {
			return
		}
	}
	t.Errorf("no notice has %q: %+v", want, report.Notices)
}
