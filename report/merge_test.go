package report

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"

	"github.com/tlsgate/tlsgate/check/fact"
)

// The shares of a list, each written and read back, merge into the very SARIF
// log that one run over the list gives.
func TestMergedSARIFIsThatOfOneRun(t *testing.T) {
	const shares = 8
	p := check.Policy{Waivers: []check.Waiver{{Rule: "hsts-missing", Target: "host00*", Reason: "soon", Owner: "web", Expires: "2027-01-01"}}}
	ended := checked.Add(time.Minute)
	var targets []fact.Target
	observed := map[string]fact.Observation{}
	for i := range 100 {
		tg := target(fmt.Sprintf("host%03d.example", i%90))
		tg.Position = i + 1
		if i >= 90 {
			tg.Path = "/again"
		}
		o := goodResult(t, tg, fmt.Sprintf("192.0.2.%d", i)).Observation
		o.Endpoints[0].IP = fmt.Sprintf("192.0.2.%d", i)
		switch i % 4 {
		case 1:
			o.Endpoints[0].Cleartext.Status, o.Endpoints[0].Cleartext.Headers = 200, nil
		case 2:
			o.Endpoints[0].TLS, o.Endpoints[0].HTTPS = fact.Handshake{Address: tg.Host, Outcome: fact.Refused}, fact.Exchange{}
		}
		targets = append(targets, tg)
		observed[tg.URL()] = o
	}
	judge := func(targets []fact.Target, s check.Shard) *check.Report {
		var results []check.Result
		for _, tg := range targets {
			results = append(results, check.Judge(observed[tg.URL()], p))
		}
		return check.NewReport("1.2.3", checked, ended, p, s, results)
	}
	var read []*check.Report
	for i := shares; i >= 1; i-- {
		mine, shard := check.Share(targets, i, shares)
		data, err := NewView(judge(mine, shard)).JSON()
		if err != nil {
			t.Fatal(err)
		}
		r, err := ReadJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, r)
	}
	merged, err := check.Merge("1.2.3", read, func(*check.Policy) {})
	if err != nil {
		t.Fatal(err)
	}
	want, err := NewView(judge(targets, check.Shard{})).SARIF("")
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewView(merged).SARIF("")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("merged (-want +got):\n%s", cmp.Diff(string(want), string(got)))
	}
	if n := bytes.Count(got, []byte(`"partialFingerprints"`)); n < 100 {
		t.Errorf("only %d results: the comparison says little", n)
	}
}
