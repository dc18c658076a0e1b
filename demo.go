package main

import (
	"github.com/tlsgate/tlsgate/check/deploytest"
	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/input"
	"github.com/tlsgate/tlsgate/check/pki"
)

// demo starts the demonstration's deployments and makes them the targets.
func (p *program) demo(cfg *input.Config) error {
	p.Network = deploytest.NewNetwork()
	roots, err := pki.ParseRoots(p.Network.Root().PEM())
	if err != nil {
		return err
	}
	cfg.Policy.Roots = roots
	cfg.Targets = nil
	for _, d := range deploytest.Demo() {
		t, err := fact.ParseTarget(p.Network.Deploy(d).URL())
		if err != nil {
			return err
		}
		t.Places = []fact.Place{{Input: "demo"}}
		cfg.Targets = append(cfg.Targets, t)
	}
	return nil
}
