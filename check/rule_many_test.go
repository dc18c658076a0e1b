package check

import (
	"fmt"
	"testing"
)

// Findings about one target are bounded, and what is beyond the bound is not
// lost to a waiver.
func TestManyFindings(t *testing.T) {
	var all tally
	for address := range 64 {
		for n := range 10_000 {
			all.fail(fmt.Sprint(address), fmt.Sprint(n), "The cookie '%d' lacks Secure.", n)
		}
	}
	findings := all.verdict(Verdict{}).Findings
	if len(findings) != maxFindings+1 || len(findings[0].Addresses) != 64 {
		t.Fatalf("%d findings, the first at %d addresses", len(findings), len(findings[0].Addresses))
	}
	if last := findings[maxFindings]; last.Distinct == findings[0].Distinct || last.Message == "" {
		t.Errorf("%+v", last)
	}
}
