//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/probe"
)

// loopback counts the connections to good deployments within this process.
func loopback(ctx context.Context, w io.Writer, markdown bool) error {
	n := deploytest.NewNetwork()
	defer n.Close()
	roots, err := pki.ParseRoots(n.Root().PEM())
	if err != nil {
		return err
	}
	lines := [][]string{{"targets", "wall", "connections a target"}}
	var targets []fact.Target
	for _, size := range []int{1, 20, 200} {
		for i := len(targets); i < size; i++ {
			t, err := fact.ParseTarget(n.Deploy(deploytest.Deployment{Host: fmt.Sprintf("host%d.example", i)}).URL())
			if err != nil {
				return err
			}
			targets = append(targets, t)
		}
		var dials atomic.Int64
		dial := func(ctx context.Context, network, address string) (net.Conn, error) {
			dials.Add(1)
			return n.DialContext(ctx, network, address)
		}
		prober := probe.New(probe.Options{Resolver: n, Dial: dial, Roots: roots})
		begin := time.Now()
		for _, r := range check.Run(ctx, targets, prober, check.Policy{Roots: roots}, 32, nil) {
			for _, q := range r.Requirements {
				if q.State != check.Pass {
					return fmt.Errorf("%s: a good deployment does not pass", r.Observation.Target.URL())
				}
			}
		}
		lines = append(lines, []string{fmt.Sprint(size), duration(time.Since(begin)), fmt.Sprintf("%.1f", float64(dials.Load())/float64(size))})
	}
	writeTable(w, markdown, lines)
	return nil
}
