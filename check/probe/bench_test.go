package probe_test

import (
	"fmt"
	"testing"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"

	"github.com/tlsgate/tlsgate/check/fact"
)

// BenchmarkTarget judges good deployments on loopback, 32 at a time; one
// operation is one target.
func BenchmarkTarget(b *testing.B) {
	n := deploytest.NewNetwork()
	defer n.Close()
	roots, err := pki.ParseRoots(n.Root().PEM())
	if err != nil {
		b.Fatal(err)
	}
	var all []fact.Target
	var ports []string
	for i := range 64 {
		d := n.Deploy(deploytest.Deployment{Host: fmt.Sprintf("host%d.example", i)})
		t, err := fact.ParseTarget(d.URL())
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, t)
		ports = append(ports, fact.HostPort(d.Addresses[0], t.Port), fact.HostPort(d.Addresses[0], t.CleartextPort))
	}
	p := check.Policy{Roots: roots}
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= len(all) {
		// A prober of its own: one remembers what the targets of a host share.
		prober := probe.New(probe.Options{Resolver: n, Dial: n.DialContext, Roots: roots})
		for _, r := range check.Run(b.Context(), all[:min(left, len(all))], prober, p, 32, nil) {
			if state(r, check.TLSOnly) != check.Pass {
				b.Fatal(messages(r))
			}
		}
	}
	b.StopTimer()
	connections := 0
	for _, at := range ports {
		total, _ := n.Connections(at)
		connections += total
	}
	b.ReportMetric(float64(connections)/float64(b.N), "connections/op")
}
