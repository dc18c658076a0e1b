package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// storesOf are stores of which those named do not simply accept.
func storesOf(refusing, unknown string) []pki.StoreTrust {
	out := []pki.StoreTrust{
		{Store: pki.Store{Client: pki.ClientChrome, Release: "40", Date: "2026-11-01", Current: true}},
		{Store: pki.Store{Client: pki.ClientFirefox, Date: "2026-10-30", Current: true}},
		{Store: pki.Store{Client: pki.ClientApple, Release: "iOS 15", Date: "2022-02-06"}},
		{Store: pki.Store{Client: pki.ClientApple, Release: "iOS 16", Date: "2023-09-10"}},
		{Store: pki.Store{Client: pki.ClientApple, Release: "iOS 17", Date: "2023-12-11"}},
		{Store: pki.Store{Client: pki.ClientApple, Release: "iOS 26", Date: "2025-12-28", Current: true}},
		{Store: pki.Store{Client: pki.ClientAndroid, Release: "8.1", Date: "2018-01-25"}},
		{Store: pki.Store{Client: pki.ClientAndroid, Release: "17", Date: "2026-06-21", Current: true}},
		{Store: pki.Store{Client: pki.ClientWindows, Date: "2026-07-19", Current: true}},
		{Store: pki.Store{Client: pki.ClientOpenJDK, Release: "17", Date: "2022-01-23", Current: true}},
	}
	for i := range out {
		name := "," + out[i].String() + ","
		switch {
		case strings.Contains(","+refusing+",", name):
			out[i].Acceptance = pki.Refused
		case !strings.Contains(","+unknown+",", name):
			out[i].Acceptance, out[i].Root = pki.Accepted, "Root"
		}
	}
	return out
}

func clientReport() *check.Report {
	everywhere := storesOf("", "")
	newer := storesOf("iOS 15,iOS 16,iOS 17,Android 8.1", "OpenJDK 17")
	newer[6].Install = []string{"R46 (issued by | Old)"}
	newer[5].Completed = []string{"R46"}
	return &check.Report{Started: checked, Results: []check.Result{
		{Observation: fact.Observation{Target: fact.Target{Host: "a.example"}}, Clients: []check.ChainTrust{{Host: "a.example", Stores: everywhere}}},
		{Observation: fact.Observation{Target: fact.Target{Host: "b.example"}}, Clients: []check.ChainTrust{
			{Host: "b.example", Stores: everywhere}, {Host: "b.example", Client: "clients that know only RSA certificates", Stores: newer}}},
	}}
}

func TestTrustByClient(t *testing.T) {
	v := newView(clientReport(), testRules)
	var b strings.Builder
	v.trustByClient(&b)
	_, table, _ := strings.Cut(b.String(), "\n\n|")
	want := " certificate of | Chrome 40, 2026-11-01 | Firefox, 2026-10-30 | iOS 26, 2025-12-28 | Android 17, 2026-06-21 | Windows, 2026-07-19 | OpenJDK 17, 2022-01-23 |\n" +
		"|---|---|---|---|---|---|---|\n" +
		"| <code>a.example, b.example</code> | ✅ | ✅ | ✅ | ✅ | ✅ | ✅ |\n" +
		"| <code>b.example (clients that know only RSA certificates)</code> | ✅ | ✅ | ✅ 26 ❌ 15 to 17 fetches R46 | ✅ 17 ❌ 8.1 install R46 (issued by &#124; Old) | ✅ | ❔ |\n\n"
	if d := cmp.Diff(want, table); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	lines := []string{
		"The root of 'a.example' and 1 other chain is accepted by Chrome, Firefox, iOS 15 to 26, Android 8.1, 17, Windows, OpenJDK 17.",
		"The root of 'b.example (clients that know only RSA certificates)' is accepted by Chrome, Firefox, iOS 26, Android 17, Windows; refused by iOS 15 to 17, Android 8.1; unknown for OpenJDK 17.",
	}
	if d := cmp.Diff(lines, v.clientLines()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	v = newView(&check.Report{Results: []check.Result{{}}}, testRules)
	b.Reset()
	if v.trustByClient(&b); b.Len() > 0 || len(v.clientLines()) > 0 {
		t.Errorf("of no chain: %q %q", b.String(), v.clientLines())
	}
}

// What is said of clients survives JSON.
func TestTrustByClientJSON(t *testing.T) {
	r := clientReport()
	text, err := NewView(r).JSON()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ReadJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Results {
		if d := cmp.Diff(r.Results[i].Clients, back.Results[i].Clients); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}
