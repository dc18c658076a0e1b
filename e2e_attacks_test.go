//go:build hostile && unix

package main

import (
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tlsgate/tlsgate/check/fact"
)

// What an attack may cost. Processor time and memory are those of the program's
// process, which other load on the machine does not change; the time that passes
// is bounded only so that a run that hangs is noticed.
const (
	attackTimeout  = 2 * time.Second
	attackDeadline = 6 * time.Second
	attackElapsed  = 3 * time.Minute
	attackCPU      = 20 * time.Second
	attackMemory   = 200 << 20
)

// attacksAtOnce is how many attacks run at a time: most of an attack is
// waiting.
const attacksAtOnce = 4

// patientTimes is how much longer attacks may take that send much, and busyTimes
// how much longer all may where they did not get anywhere.
const patientTimes, busyTimes = 3, 5

// An attack is what a hostile server does with each connection.
type attack struct {
	// serve does it; the connection is closed at its end. Over TLS the handshake
	// is still to come.
	serve func(a *attackServer, c net.Conn)
	// cleartext makes the targets http URLs.
	cleartext bool
	// targets are so many at once, 32 by default, each with this many addresses,
	// 1 by default.
	targets, addresses int
	// certificate makes another one than the good one; if apart is set, another
	// one for each address.
	certificate func(a *attackServer) tls.Certificate
	apart       bool
	// source answers where certificates name lists, responders and issuers.
	source func(a *attackServer, c net.Conn)
	// patient gives the program patientTimes as long, to get further.
	patient bool
	// times is by how much the program's times are longer than usual, and cpu the
	// processor time that it may take.
	times, cpu time.Duration
	// pass is set where a good deployment is behind it and the verdict has to be
	// one.
	pass bool
	// reached reports whether the attack got to what it attacks, at one endpoint
	// at least; by default that the endpoint answered at all.
	reached func(e fact.Endpoint) bool
}

// withoutSources takes the addresses off that a certificate names.
func withoutSources(c *x509.Certificate) {
	c.CRLDistributionPoints, c.OCSPServer, c.IssuingCertificateURL = nil, nil, nil
}

// TestAttacks attacks a run of the program in many ways, each within bounds of
// time, processor time and memory; see docs/hostile.md.
func TestAttacks(t *testing.T) {
	build(t)
	var all sync.WaitGroup
	places := make(chan struct{}, attacksAtOnce)
	for _, family := range []map[string]attack{floods(), frameFloods(), bombs(), pages(), headers(), chains(), lists(), held()} {
		for _, name := range slices.Sorted(maps.Keys(family)) {
			at := family[name]
			if at.times, at.cpu = 1, attackCPU; at.patient {
				at.times = patientTimes
			}
			if at.targets == 0 {
				at.targets = 32
			}
			places <- struct{}{}
			all.Go(func() {
				defer func() { <-places }()
				t.Run(name, func(t *testing.T) {
					out := at.run(t)
					if !at.met(out) { // on a busy machine it takes longer to get there
						at.times, at.cpu = at.times*busyTimes, at.cpu*busyTimes
						out = at.run(t)
					}
					at.judge(t, out)
				})
			})
		}
	}
	all.Wait()
}

// judge checks what every attack has to keep to.
func (at attack) judge(t *testing.T, out attackOutcome) {
	t.Helper()
	c := out.report.Counts()
	t.Logf("exit code %d, %s, CPU %s, %d MB; %d errors, %d not verified of %d",
		out.code, out.elapsed.Round(100*time.Millisecond), out.cpu.Round(100*time.Millisecond), out.memory>>20, c.Errors, c.NotVerified, c.Targets)
	if out.code != 0 && out.code != exitViolations && out.code != exitNotVerified || strings.Contains(out.stderr, "goroutine ") {
		t.Errorf("exit code %d\n%.3000s", out.code, out.stderr)
	}
	if c.Targets != at.targets {
		t.Errorf("%d targets in the report", c.Targets)
	}
	if out.elapsed > attackElapsed {
		t.Errorf("took %s", out.elapsed)
	}
	if out.cpu > at.cpu {
		t.Errorf("took %s of processor time", out.cpu)
	}
	if out.memory > attackMemory {
		t.Errorf("took %d MB", out.memory>>20)
	}
	if at.pass && (c.Errors > 0 || c.NotVerified > 0) {
		t.Errorf("%d errors, %d not verified\n%.3000s", c.Errors, c.NotVerified, out.stdout)
	}
	if !at.met(out) {
		t.Errorf("the attack was not met\n%.3000s", out.stdout)
	}
	tame(t, "stdout", out.stdout, false)
	tame(t, "stderr", out.stderr, false)
}

// met reports whether the attack got to what it attacks.
func (at attack) met(out attackOutcome) bool {
	if at.source != nil && !out.asked {
		return false
	}
	reached := at.reached
	if reached == nil {
		reached = func(e fact.Endpoint) bool { return e.TLS.Connected || e.Cleartext.Connected }
	}
	for _, result := range out.report.Results {
		if slices.ContainsFunc(result.Observation.Endpoints, reached) {
			return true
		}
	}
	return false
}

// shownAPage is reached by attacks of pages.
func shownAPage(e fact.Endpoint) bool { return e.HTTPS.Page != nil }

// answered is reached by attacks after a header.
func answered(e fact.Endpoint) bool { return e.HTTPS.Status != 0 }

// shook is reached by attacks after a handshake.
func shook(e fact.Endpoint) bool { return len(e.TLS.Chain) > 0 }
