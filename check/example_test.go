package check_test

import (
	"fmt"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/fact"
)

// A port 80 that serves the page violates V12.2.1, whatever else is unknown.
func ExampleJudge() {
	target, err := fact.ParseTarget("shop.example")
	if err != nil {
		fmt.Println(err)
		return
	}
	result := check.Judge(fact.Observation{
		Target: target,
		At:     time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Endpoints: []fact.Endpoint{{
			IP: "192.0.2.1",
			Cleartext: fact.Exchange{
				URL: target.HTTP(), Address: "192.0.2.1:80", Outcome: fact.Answered, Connected: true, Status: 200,
			},
		}},
	}, check.Policy{})
	for _, r := range result.Requirements {
		fmt.Println(r.Requirement, r.State)
	}
	for _, v := range result.Verdicts {
		if v.State == check.Fail && v.Rule != "target-not-verified" {
			fmt.Println(v.Rule, v.Findings[0].Addresses)
		}
	}
	// Output:
	// V12.2.1 fail
	// V12.2.2 unknown
	// cleartext-content [192.0.2.1:80]
}
