package report

import (
	"strings"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
)

// The forecast is drawn beside the lifetimes and listed in words, each event
// once, and survives JSON.
func TestForecast(t *testing.T) {
	at := func(day string) time.Time {
		d, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	events := []check.ForecastEvent{
		{Host: "a.example", Event: pki.Event{Kind: pki.EventCutoff, At: at("2026-09-30"), Short: "Chrome refuses renewals through Old", Detail: "Its renewal is refused."}},
		{Host: "a.example", Event: pki.Event{Kind: pki.EventExpiry, At: at("2027-02-01"), Short: "leaf expires", Detail: "The certificate 'leaf' expires."}},
		{Host: "a.example", Event: pki.Event{Kind: pki.EventCutoff, At: at("2027-09-14"), Short: "Chrome refuses renewals through G2: <x>", Detail: "Renewed after '2027-09-14' | it fails."}},
		{Host: "a.example", Event: pki.Event{Kind: pki.EventLifetime, At: at("2035-03-15"), Short: "At most 47 days", Detail: "Shorter."}},
	}
	observation := fact.Observation{Target: fact.Target{Host: "a.example"}, At: checked, Endpoints: []fact.Endpoint{{
		TLS: fact.Handshake{Chain: [][]byte{leaf(t, "a.example", checked.AddDate(0, 0, -10), checked.AddDate(0, 0, 80))}}}}}
	r := &check.Report{Started: checked, Results: []check.Result{{Observation: observation, Forecast: events}, {Observation: observation, Forecast: events}}}
	var b strings.Builder
	newView(r, testRules).lifetimes(&b)
	for text, n := range map[string]int{
		":milestone, 2027-09-14, 0d": 1, ":milestone, 2026-09-30": 0, ":milestone, 2035": 0,
		"- 2026-09-30: Its renewal is refused.\n": 1, "- 2035-03-15: Shorter.\n": 1, "The certificate 'leaf' expires.": 0, "<x>": 0,
	} {
		if got := strings.Count(b.String(), text); got != n {
			t.Errorf("%d times %q, want %d:\n%s", got, text, n, b.String())
		}
	}
	text, err := NewView(r).JSON()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ReadJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Results[0].Forecast) != len(events) || back.Results[0].Forecast[2] != events[2] {
		t.Errorf("%+v", back.Results[0].Forecast)
	}
}
