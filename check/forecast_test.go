package check_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
)

// The forecast of recorded deployments, counted from three times of
// observation: it comes from the observation alone.
func TestForecast(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(observations, "certificate-expiring", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no recorded observations")
	}
	var got bytes.Buffer
	for _, file := range files {
		rec := readRecorded(t, file)
		at := rec.Observation.At
		for _, later := range []int{0, 5, 365} {
			rec.Observation.At = at.AddDate(0, 0, later)
			fmt.Fprintf(&got, "%s, %d days later\n", filepath.Base(file), later)
			for _, e := range check.Judge(rec.Observation, rec.Policy).Forecast {
				fmt.Fprintf(&got, "  %s %s %s: %s\n", e.Host, e.At.Format(time.DateOnly), e.Kind, e.Detail)
			}
		}
	}
	golden(t, filepath.Join(observations, "..", "forecast.txt"), got.Bytes())
}

// trust-ending needs its input, and knows nothing of what was not seen.
func TestTrustEndingWithoutFacts(t *testing.T) {
	ninety := 90
	for _, tc := range []struct {
		forecast *int
		want     check.State
	}{{nil, check.NotApplicable}, {&ninety, check.Unknown}} {
		r := check.Judge(fact.Observation{Target: fact.Target{Host: "a.example"}}, check.Policy{Forecast: tc.forecast})
		for _, v := range r.Verdicts {
			if v.Rule == "trust-ending" && v.State != tc.want {
				t.Errorf("%v: %s (%s), want %s", tc.forecast, v.State, v.Reason(), tc.want)
			}
		}
	}
}
